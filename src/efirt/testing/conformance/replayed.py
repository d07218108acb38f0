"""A recorded run of the suite as a machine: each case is asked again of the answers it was given then."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from efirt.drivers.readonly import ReadOnly
from efirt.drivers.replay import Replay
from efirt.errors import DecodeError, ReplayMismatch
from efirt.ops import Driver
from efirt.ops.recording import Note, Recording, Step
from efirt.testing.conformance.book import Book
from efirt.testing.conformance.case import Case, Phase, Unprepared
from efirt.testing.conformance.machine import Machine
from efirt.testing.conformance.needs import NEEDS

_ADVICE: Final = "record one: efirt --record FILE check"


class _Part(NamedTuple):
    """What one case was asked in one phase, in order.

    Attributes:
        steps: Its questions with their answers.
        needs: Needs, and why each was not there.
        cannot: Why the machine could not be brought further, for each time that was tried.
        elapsed: Seconds, for each time the clock was looked at.
        quirks: Quirks that a wrong answer came from, for each time there was one.
    """

    steps: list[Step]
    needs: dict[str, str]
    cannot: list[str]
    elapsed: list[float]
    quirks: list[str]


def _part() -> _Part:
    return _Part([], {}, [], [], [])


class ReplayedMachine:
    """The machine that a recorded run was made on, as far as it was asked.

    Args:
        recording: Of a run of the suite, with its notes.
        where: What to call it in an error.
        profile: Which firmware it is taken for; the one of the run where it is empty.

    Attributes:
        replay: The answers of the case that was started last.
        profile: Which firmware.
        live: Whether the machine went on when the cases had ended.
        cases: The cases that were to be run, by id.
        write: Whether they could write.
        destructive: Whether they could touch more than the suite's own variables.
        signer: Gives the signatures that were made then.

    Raises:
        ReplayMismatch: It is no recording of such a run.
        DecodeError: A note is not what it should be.
    """

    def __init__(self, recording: Recording, where: str, profile: str = "") -> None:
        self._recording = recording
        self._where = where
        self._parts: dict[tuple[str, str], _Part] = {}
        self._certificates: dict[str, str] = {}
        self._signatures: dict[str, str] = {}
        self._begun: _Part | None = None
        head = self._run()
        self._read_notes()
        self.live, self._boots, self.write, self.destructive = (_flag(head, name) for name in ("live", "boot", "write", "destructive"))
        self.profile = profile or _text(head, "profile")
        self.cases = tuple(map(str, head["cases"]))
        self.signer = Book(self._certificates, self._signatures, where)
        self._part = _part()
        self._cannot: Iterator[str] = iter(())
        self._elapsed: Iterator[float] = iter(())
        self._quirks: Iterator[str] = iter(())
        self._read_only = head.get("read_only", False) is True
        self.replay = Replay(recording._replace(steps=()), where)

    @property
    def driver(self) -> Driver:
        """Gives the answers of the case that was started last; what was refused as a change then is refused again."""
        return ReadOnly(self.replay) if self._read_only else self.replay

    def lacks(self, need: str) -> str:
        """Why it had not what a case needs."""
        if need == "boot":
            return "" if self._boots else NEEDS["boot"]
        return self._part.needs.get(need, f"{self._where} does not say whether the machine has what the need {need!r} stands for")

    def start(self, phase: Phase, case: Case) -> None:
        """Go to where the case begins.

        Raises:
            Unprepared: The recording does not have it in this phase, or not to its end.
        """
        part = self._parts.get((case.id, phase))
        if part is None:
            raise Unprepared(f"{self._where} does not have this case in this phase")
        if part is self._begun:
            raise Unprepared(f"{self._where} ends in the middle of this case")
        self._part, self._cannot, self._elapsed, self._quirks = part, iter(part.cannot), iter(part.elapsed), iter(part.quirks)
        self.replay = Replay(self._recording._replace(steps=tuple(part.steps), cut_off=False), f"{self._where}, {case.id} ({phase})")

    def exit_boot_services(self) -> None:
        """Go on as the machine did.

        Raises:
            Unprepared: It could not.
        """
        self._go_on()

    def reset(self) -> None:
        """Go on as the machine did.

        Raises:
            Unprepared: It could not.
        """
        self._go_on()

    def sleep(self, _seconds: int) -> None:
        """Time passes by itself."""

    def elapsed(self) -> float:
        """The seconds of then."""
        return next(self._elapsed, 0.0)

    def quirk_of(self, _wrong: str, _ask: Callable[[Machine], str]) -> str:
        """The quirk that was found then; none where the run is not asked what it was asked then."""
        return "" if self.replay.parted else next(self._quirks, "")

    def _go_on(self) -> None:
        why = next(self._cannot, "")
        if why:
            raise Unprepared(why)

    def _run(self) -> Mapping[str, Any]:
        """What kind of run it was."""
        note = next((note for note in self._recording.notes if "check" in note.value), None)
        if note is None:
            raise ReplayMismatch(f"{self._where} is not one of a run of efirt check, which could be asked again case by case", _ADVICE)
        head = note.value["check"]
        if not isinstance(head, dict) or not isinstance(head.get("cases"), list):
            raise DecodeError(f"{self._where}, line {note.line}", 0, "it does not say which cases were run")
        return head

    def _read_notes(self) -> None:
        """Sort the calls by the case they were made for."""
        taken = 0
        for note in (*self._recording.notes, Note(0, len(self._recording.steps), {})):
            if self._begun is not None:
                self._begun.steps.extend(self._recording.steps[taken : note.at])
            taken = note.at
            try:
                self._read(note.value)
            except ValueError as cause:
                raise DecodeError(f"{self._where}, line {note.line}", 0, f"the note makes no sense: {cause}") from None

    def _read(self, value: Mapping[str, Any]) -> None:
        if "case" in value:
            self._begun = self._parts[_text(value, "case"), _text(value, "phase")] = _part()
        elif "certificate" in value:
            self._certificates[_text(value, "certificate")] = bytes.fromhex(_text(value, "data")).hex()
        elif "signature" in value:
            self._signatures[_text(value, "signature")] = bytes.fromhex(_text(value, "data")).hex()
        elif "ended" in value:
            self._begun = None
        elif self._begun is not None:
            self._read_of_case(self._begun, value)

    @staticmethod
    def _read_of_case(part: _Part, value: Mapping[str, Any]) -> None:
        if "need" in value:
            part.needs[_text(value, "need")] = _text(value, "why")
            calls = value.get("calls")
            if not isinstance(calls, int) or not 0 <= calls <= len(part.steps):
                raise ValueError(f"{calls!r:.60} is not a number of calls")
            del part.steps[len(part.steps) - calls :]
        elif "cannot" in value:
            part.cannot.append(_text(value, "cannot"))
        elif "quirk" in value:
            part.quirks.append(_text(value, "quirk"))
        elif "elapsed" in value:
            seconds = value["elapsed"]
            if not isinstance(seconds, int | float) or not abs(seconds) < 1 << 53:
                raise ValueError(f"{seconds!r:.60} is not a number of seconds")
            part.elapsed.append(float(seconds))


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name)
    if not isinstance(text, str):
        raise ValueError(f"{name} is not text")  # noqa: TRY004 - it is the bytes' fault
    return text


def _flag(value: Mapping[str, Any], name: str) -> bool:
    return value.get(name) is True
