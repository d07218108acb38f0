"""Machines that hold a machine, as drivers hold a driver: with others around its driver, or written down so that it can be played back."""

from collections.abc import Callable, Iterable, Mapping

from efirt.drivers.readonly import ReadOnly
from efirt.drivers.record import Record
from efirt.ops import Driver
from efirt.ops.holder import Holder, layers
from efirt.testing.conformance.case import Case, Phase, Unprepared
from efirt.testing.conformance.machine import Machine


class Holding:
    """Everything passes through to the machine it holds; a subclass says what is different.

    Attributes:
        machine: The machine it holds.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    @property
    def driver(self) -> Driver:
        """The way to it."""
        return self.machine.driver

    @property
    def profile(self) -> str:
        """Which firmware."""
        return self.machine.profile

    @property
    def live(self) -> bool:
        """Whether it goes on when the cases have ended."""
        return self.machine.live

    def lacks(self, need: str) -> str:
        """Why it has not what a case needs."""
        return self.machine.lacks(need)

    def start(self, phase: Phase, case: Case) -> None:
        """Make it ready for a case."""
        self.machine.start(phase, case)

    def exit_boot_services(self) -> None:
        """End the boot phase."""
        self.machine.exit_boot_services()

    def reset(self) -> None:
        """Start again."""
        self.machine.reset()

    def sleep(self, seconds: int) -> None:
        """Let time pass."""
        self.machine.sleep(seconds)

    def elapsed(self) -> float:
        """Seconds by a clock that nobody sets."""
        return self.machine.elapsed()

    def quirk_of(self, wrong: str, ask: Callable[[Machine], str]) -> str:
        """Which of its quirks a wrong answer comes from."""
        return self.machine.quirk_of(wrong, ask)


class Socket(Holder):
    """A place for a driver that is exchanged while others hold the place; the machine closes what stands in it."""

    def close(self) -> None:
        """Leave the driver to its machine."""


class HeldMachine(Holding):
    """A machine that is new for each case, with one set of drivers around each of its drivers in turn.

    So a trace shows the questions of all cases, a recording holds them in one file, and the nth call of a fault is the nth of the run.

    Args:
        machine: What to hold.
        hold: Puts the drivers around one.
        name: What they are told its driver is called.
    """

    def __init__(self, machine: Machine, hold: Callable[[Driver], Driver], name: str) -> None:
        super().__init__(machine)
        self._socket = Socket(machine.driver)
        self._socket.name = name
        self._driver = hold(self._socket)

    @property
    def driver(self) -> Driver:
        """The outermost of the drivers around the machine's own."""
        return self._driver

    def start(self, phase: Phase, case: Case) -> None:
        """Make it ready for a case, and put its driver where the others hold it."""
        super().start(phase, case)
        self._socket.driver = self.machine.driver


class RecordedMachine(Holding):
    """A machine of which everything is noted that a run goes by, beside the calls, so that the run can be played back case by case.

    The notes are read by :class:`~efirt.testing.conformance.replayed.ReplayedMachine`.

    Args:
        machine: What to hold; its driver is held by the recording.
        record: The recording.
    """

    def __init__(self, machine: Machine, record: Record) -> None:
        super().__init__(machine)
        self._record = record

    def begin(self, cases: Iterable[Case], *, write: bool, destructive: bool) -> None:
        """Note what kind of run it is."""
        ids = [case.id for case in cases]
        kind = {
            "profile": self.profile,
            "live": self.live,
            "boot": not self.machine.lacks("boot"),
            "write": write,
            "destructive": destructive,
            "read_only": any(isinstance(one, ReadOnly) for one in layers(self.driver)),
        }
        self.note({"check": kind | {"cases": ids}})

    def note(self, value: Mapping[str, object]) -> None:
        """Note anything."""
        self._record.note(value)

    def end(self) -> None:
        """Note that the run was not interrupted."""
        self.note({"ended": True})

    def start(self, phase: Phase, case: Case) -> None:
        """Note which case begins, and make the machine ready for it."""
        self.note({"case": case.id, "phase": phase})
        super().start(phase, case)

    def lacks(self, need: str) -> str:
        """Note why it has not what a case needs, and how many calls it took to find out."""
        before = self._record.count
        why = super().lacks(need)
        self.note({"need": need, "why": why, "calls": self._record.count - before})
        return why

    def exit_boot_services(self) -> None:
        """Note whether the boot phase could be ended."""
        self._noted(super().exit_boot_services)

    def reset(self) -> None:
        """Note whether it could be started again."""
        self._noted(super().reset)

    def elapsed(self) -> float:
        """Note the seconds."""
        seconds = super().elapsed()
        self.note({"elapsed": seconds})
        return seconds

    def quirk_of(self, wrong: str, ask: Callable[[Machine], str]) -> str:
        """Note which of its quirks a wrong answer comes from."""
        quirk = super().quirk_of(wrong, ask)
        self.note({"quirk": quirk})
        return quirk

    def _noted(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Unprepared as why:
            self.note({"cannot": str(why)})
            raise
        self.note({"cannot": ""})
