"""What a case is, and what came of one."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from efirt.ops import Reply
from efirt.values.status import Status

if TYPE_CHECKING:
    from efirt.testing.conformance.bench import Bench

Level: TypeAlias = Literal["MUST", "SHOULD", "EDK2", "SPEC", "INFO"]
"""MUST: the specification or another test suite asserts it. SHOULD: most do. EDK2: so does edk2, others may differ. SPEC: a profile with
the specification's Secure Boot modes. INFO: what firmware does is recorded."""

Phase: TypeAlias = Literal["boot", "runtime", "both", "offline"]
OutcomeName: TypeAlias = Literal["passed", "failed", "deviates", "skipped"]
OUTCOMES: Final[tuple[OutcomeName, ...]] = ("passed", "failed", "deviates", "skipped")


class Step(NamedTuple):
    """One thing a case does.

    Attributes:
        run: Does it; raises :class:`Mismatch` where the answer is another.
        writes: Whether it may change what firmware holds.
    """

    run: "Callable[[Bench], None]"
    writes: bool = False


class Deviation(NamedTuple):
    """A difference that is known of one firmware.

    Attributes:
        profile: The firmware, or how its name begins.
        name: What it does, in a few words.
        got: The statuses it answers instead; None for any other difference.
    """

    profile: str
    name: str
    got: tuple[Status, ...] | None = None

    def explains(self, profile: str, got: Status | None) -> bool:
        """Whether it is this difference."""
        return profile.startswith(self.profile) and (self.got is None or got in self.got)


class Otherwise(NamedTuple):
    """What one firmware is expected to do instead, since it was seen to: only where a case says what firmware does, and not what it must.

    Attributes:
        profile: The firmware, as in :class:`Deviation`.
        why: What it does, in a few words.
        steps: The case, as it is on this firmware.
    """

    profile: str
    why: str
    steps: tuple[Step, ...]


class Case(NamedTuple):
    """One row of the list.

    Attributes:
        id: Its name, stable.
        level: How binding it is.
        phase: When it holds; ``both`` is asked at runtime, and in the boot phase too where there is one.
        setup: What is there before, in words.
        call: What is asked, in words.
        expected: What must come, in words.
        source: Who says so.
        steps: The same as functions.
        needs: What a machine must have, as words of :mod:`~efirt.testing.conformance.needs`.
        deviations: Known differences.
        otherwise: What is expected of single firmwares instead of ``steps``.
        variant: A machine that is built differently, as a word of :mod:`~efirt.testing.conformance.variants`; simulated ones only.
        fills: 0, or its place among the cases that leave little room in the store: those run last, and in this order.
        absent: Why it has no steps, as a sentence.
    """

    id: str
    level: Level
    phase: Phase
    setup: str
    call: str
    expected: str
    source: str
    steps: tuple[Step, ...] = ()
    needs: tuple[str, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    otherwise: tuple[Otherwise, ...] = ()
    variant: str = ""
    fills: int = 0
    absent: str = ""

    @property
    def group(self) -> str:
        """The part of the list it stands in."""
        return self.id.rpartition("-")[0]

    @property
    def writes(self) -> bool:
        """Whether it may change what firmware holds."""
        return any(step.writes for steps in (self.steps, *(one.steps for one in self.otherwise)) for step in steps)

    def on(self, profile: str) -> tuple[tuple[Step, ...], str]:
        """Its steps on a firmware, and why they are not the usual ones; empty where they are."""
        return next(((one.steps, one.why) for one in self.otherwise if profile.startswith(one.profile)), (self.steps, ""))

    @property
    def is_destructive(self) -> bool:
        """Whether it touches what is not the suite's own, wears the store, or hands in what firmware may stumble over."""
        return self.fills > 0 or "destructive" in self.needs


class Mismatch(Exception):
    """Firmware answered something else.

    Attributes:
        asked: What was asked.
        expected: What should have come.
        got: What came.
        reply: All of that, where it was an answer.
        wanted: The statuses that should have come, where it is about them.
    """

    def __init__(self, asked: str, expected: str, got: str, reply: Reply | None = None, wanted: tuple[Status, ...] = ()) -> None:
        super().__init__(f"{asked}: expected {expected}, got {got}")
        self.asked = asked
        self.expected = expected
        self.got = got
        self.reply = reply
        self.wanted = wanted

    @property
    def status(self) -> Status | None:
        """The status that came, where there was one."""
        return self.reply.status if self.reply else None

    @property
    def os_errno(self) -> int | None:
        """The error number that stood for it, where one did."""
        return self.reply.os_errno if self.reply else None


class Unprepared(Exception):
    """What the case needs could not be made, so it says nothing."""


class Outcome(NamedTuple):
    """What came of a case.

    Attributes:
        case: Which.
        outcome: ``deviates`` is a known difference, or one that this firmware may have; it is no pass.
        reason: Why it did not pass, what was recorded, or what is expected of this firmware only; empty for a plain pass.
        asked: The question whose answer differed.
        expected: What should have come.
        got: What came.
        seconds: How long it took.
    """

    case: Case
    outcome: OutcomeName
    reason: str = ""
    asked: str = ""
    expected: str = ""
    got: str = ""
    seconds: float = 0.0

    def record(self) -> dict[str, object]:
        """All that programs are told."""
        return {"id": self.case.id, "level": self.case.level, "outcome": self.outcome, "reason": self.reason}
