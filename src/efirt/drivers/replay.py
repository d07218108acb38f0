"""A recording as a driver: the answers a real machine once gave, without the machine."""

from collections import defaultdict, deque
from collections.abc import Mapping
from pathlib import Path
from threading import RLock

from efirt.annotation import Final
from efirt.errors import DecodeError, DriverError, ReplayMismatch
from efirt.ops.driver import Finding, Op
from efirt.ops.malformed import Malformed
from efirt.ops.recording import Question, Recording, Step
from efirt.ops.reply import Reply
from efirt.ops.wording import asked

_LARGEST: Final = 256 << 20
_ADVICE: Final = "record it anew (--record), or let the order differ (?order=any)"


class Replay:
    """A driver that gives the recorded answers to the recorded questions, in their order.

    A question that differs from the recorded one ends it: from then on every call raises the same error, so that code which goes on after
    a driver's error cannot hide where the two parted.

    Attributes:
        name: The name of the driver that was recorded, so that a program takes the same way as then.
        recording: What it plays back.
        where: What it calls that in an error.
        parted: Where it was asked something else; empty while it was not.
    """

    def __init__(self, recording: Recording, where: str) -> None:
        self.name = recording.driver
        self.recording = recording
        self.where = where
        self._lock = RLock()
        self._position = 0
        self.parted = ""

    @property
    def carried(self) -> frozenset[type[Op]]:
        """The operations that the recorded driver had a road for."""
        return self.recording.carried

    @property
    def left(self) -> int:
        """Answers that have not been asked for."""
        return len(self.recording.steps) - self._position

    def call(self, op: Op) -> Reply:
        """Give the recorded answer.

        Raises:
            ReplayMismatch: The recording has another question here, or none.
            DriverError: The recorded driver raised one; it is of the same class.
        """
        return self._answer(op)

    @property
    def carries_malformed(self) -> bool:
        """Whether pointers that were NULL, or sizes that lied, are among the recorded questions."""
        return any(isinstance(step.op, Malformed) for step in self.recording.steps)

    def call_malformed(self, asked: Malformed) -> Reply:
        """Give the recorded answer.

        Raises:
            ReplayMismatch: As :meth:`call`.
            DriverError: As :meth:`call`.
        """
        return self._answer(asked)

    def why_not(self, operation: type[Op]) -> str:
        """Why the recorded driver had no road for an operation."""
        return self.recording.not_carried.get(operation, f"the recorded driver {self.name} had no road for it")

    def close(self) -> None:
        """Hold nothing, give back nothing."""

    def _answer(self, op: Question) -> Reply:
        with self._lock:
            if self.parted:
                raise ReplayMismatch(self.parted, _ADVICE)
            step = self._next(op)
        if isinstance(step.answer, Exception):
            raise step.answer.with_traceback(None)
        return step.answer

    def _next(self, op: Question) -> Step:
        steps = self.recording.steps
        if self._position == len(steps):
            cut = ", its last line cut off," if self.recording.cut_off else ""
            self._part(f"{self.where}{cut} has no call {len(steps) + 1}, and {asked(op)} was asked")
        step = steps[self._position]
        if _identity(step.op) != _identity(op):
            place = f"{self.where}, line {step.line}, call {self._position + 1}"
            self._part(f"{place}: the recording has {asked(step.op)}, and {asked(op)} was asked ({_difference(step.op, op)})")
        self._position += 1
        return step

    def _part(self, message: str) -> None:
        self.parted = message
        raise ReplayMismatch(message, _ADVICE)


class ReplayInAnyOrder(Replay):
    """A driver that gives the first answer that is left to a recorded question, whenever it is asked."""

    def __init__(self, recording: Recording, where: str) -> None:
        super().__init__(recording, where)
        self._steps: dict[tuple[object, ...], deque[Step]] = defaultdict(deque)
        for step in recording.steps:
            self._steps[_identity(step.op)].append(step)

    def _next(self, op: Question) -> Step:
        steps = self._steps.get(_identity(op))
        if not steps:
            often = "nowhere" if steps is None else "not so often"
            raise ReplayMismatch(f"{self.where}: {asked(op)} was asked, and the recording has it {often}", "record it anew (--record)")
        self._position += 1
        return steps.popleft()


def _identity(op: Question) -> tuple[object, ...]:
    """What tells a question from another: GetTime() and GetWakeupTime() are equal as tuples."""
    return (type(op), type(op.op), op) if isinstance(op, Malformed) else (type(op), op)


def _difference(recorded: Question, op: Question) -> str:
    if isinstance(recorded, Malformed) and isinstance(op, Malformed) and _identity(recorded.op) != _identity(op.op):
        return _difference(recorded.op, op.op)
    if type(recorded) is not type(op):
        return "another operation"
    pairs = {name: (getattr(recorded, name), getattr(op, name)) for name in op._fields}
    return "differs in " + ", ".join(_place(name, *pair) for name, pair in pairs.items() if pair[0] != pair[1])


def _place(name: str, one: object, other: object) -> str:
    if not isinstance(one, bytes) or not isinstance(other, bytes):
        return name
    at = next((at for at, (mine, theirs) in enumerate(zip(one, other, strict=False)) if mine != theirs), min(len(one), len(other)))
    return f"{name} at byte {at}"


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> Replay:
    """Open by the parts of a driver's name, such as ``replay:dom0.jsonl?order=any``.

    Args:
        argument: The recording's path.
        options: ``order``: ``recorded`` (each question where it was recorded, which is usual) or ``any``.

    Raises:
        DriverError: The file cannot be read.
        DecodeError: It is not a recording, or a damaged one.
        ValueError: There is no path, or an option makes no sense.
    """
    options = options or {}
    order = options.get("order", "recorded")
    if not argument or options.keys() - {"order"} or order not in {"recorded", "any"}:
        raise ValueError("the driver replay takes a recording's path and one option: write replay:FILE, or replay:FILE?order=any")
    where = f"the recording {argument}"
    recording = Recording.decode(_read(argument, where), where)
    return (ReplayInAnyOrder if order == "any" else Replay)(recording, where)


def _read(path: str, where: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, ValueError) as cause:  # ValueError: a NUL in the path
        why = cause.strerror if isinstance(cause, OSError) else str(cause)
        number = cause.errno if isinstance(cause, OSError) else None
        raise DriverError(f"{where} cannot be read: {why}", "give the path of a file made with --record", os_errno=number) from None
    if len(data) > _LARGEST:
        raise DecodeError(where, _LARGEST, f"it is larger than {_LARGEST >> 20} MiB, which no recording is")
    return data


def find() -> Finding:
    """It applies everywhere."""
    return Finding(applies=True, reason="needs a recording only: replay:FILE")


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """Nothing that can be known without the recording."""
    return frozenset(), {}
