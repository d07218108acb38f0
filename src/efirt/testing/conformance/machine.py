"""What the suite runs on: a driver, and whatever else can be done to the machine behind it."""

from collections.abc import Callable
from typing import Protocol

from efirt.ops import Driver
from efirt.testing.conformance.case import Case, Phase


class Machine(Protocol):
    """A machine with firmware."""

    @property
    def driver(self) -> Driver:
        """The way to it; it may be another one after :meth:`start`."""

    @property
    def profile(self) -> str:
        """Which firmware, as the tables of deviations name it, with its quirks: ``edk2+user-absent``."""

    @property
    def live(self) -> bool:
        """Whether it goes on when the cases have ended, so that what is left behind stays."""

    def lacks(self, need: str) -> str:
        """Why it has not what a case needs, as a sentence; empty when it has."""

    def start(self, phase: Phase, case: Case) -> None:
        """Make it ready for a case: a simulated one begins anew, in this phase and built as the case needs it.

        Raises:
            Unprepared: It cannot be asked this case in this phase.
        """

    def exit_boot_services(self) -> None:
        """End the boot phase."""

    def reset(self) -> None:
        """Start again, up to where it was."""

    def sleep(self, seconds: int) -> None:
        """Let time pass."""

    def elapsed(self) -> float:
        """Seconds by a clock that nobody sets; from when does not matter."""

    def quirk_of(self, wrong: str, ask: "Callable[[Machine], str]") -> str:
        """Which of its quirks a wrong answer comes from, and what that is, as a sentence; empty where it comes from none.

        Args:
            wrong: The answer.
            ask: Asks another machine the same, and gives its wrong answer; empty where that is right.
        """
