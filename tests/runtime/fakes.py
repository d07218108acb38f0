"""Small drivers that answer as a test says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from threading import Event
from typing import Any

from efirt import Attributes, Guid, Key, NoDriver, Status
from efirt.ops import GetNextVariableName, GetVariable, Op, Reply
from efirt.ops.driver import not_carried
from efirt.wire.text import encode_char16

PATIENCE_SECONDS = 10.0
OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a11")
FOUND = Reply(Status.SUCCESS, b"value", 5, Attributes(7))
END = Reply(Status.NOT_FOUND)


def key(name: str) -> Key:
    """Give a key in a namespace nobody else uses."""
    return Key(name, OURS)


def named(found: Key | str) -> Reply:
    """Give a well-formed answer to GetNextVariableName."""
    found = key(found) if isinstance(found, str) else found
    buffer = encode_char16(found.name)
    return Reply(Status.SUCCESS, buffer, len(buffer), key=found)


class Scripted:
    """A driver that answers each kind of operation as a function says, and remembers what it was asked."""

    def __init__(self, answers: Mapping[type[Op], Callable[[Any], Reply]], name: str = "scripted") -> None:
        self.name = name
        self.asked: list[Op] = []
        self.closed = 0
        self._answers = dict(answers)

    @property
    def carried(self) -> frozenset[type[Op]]:
        return frozenset(self._answers)

    def call(self, op: Op) -> Reply:
        self.asked.append(op)
        if self.closed:
            message = f"{self.name} is closed"
            raise NoDriver(message)
        if type(op) not in self._answers:
            raise not_carried(self, type(op))
        return self._answers[type(op)](op)

    def why_not(self, operation: type[Op]) -> str:
        return f"no answer is scripted for {operation.__name__}"

    def close(self) -> None:
        self.closed += 1


class Blocking(Scripted):
    """A driver whose calls wait until the test lets them go."""

    def __init__(self, name: str = "blocking") -> None:
        super().__init__({GetVariable: self._wait}, name)
        self.entered = Event()
        self.release = Event()
        self.closed_in_call = False
        self._inside = 0

    def _wait(self, _op: GetVariable) -> Reply:
        self._inside += 1
        self.entered.set()
        assert self.release.wait(PATIENCE_SECONDS)
        self._inside -= 1
        return FOUND

    def close(self) -> None:
        self.closed_in_call |= bool(self._inside)
        super().close()


def plain(name: str = "plain") -> Scripted:
    """Give a driver that answers GetVariable and nothing else."""
    return Scripted({GetVariable: lambda _op: FOUND}, name)


def listing(order: Iterable[str], values: Mapping[str, Reply] | None = None) -> Scripted:
    """Give a driver that lists names by the place of the one before, as most firmware does; unknown places are INVALID_PARAMETER."""
    names = list(order)

    def after(op: GetNextVariableName) -> Reply:
        if op.key.name and op.key.name not in names:
            return Reply(Status.INVALID_PARAMETER)
        at = names.index(op.key.name) + 1 if op.key.name else 0
        return named(names[at]) if at < len(names) else END

    return Scripted({GetNextVariableName: after, GetVariable: lambda op: (values or {}).get(op.key.name, FOUND)}, "listing")


def answering(*replies: Reply, for_: type[Op] = GetNextVariableName, ever: Reply | None = None) -> Scripted:
    """Give a driver that answers one operation with these replies, one after the other, then with `ever`."""
    rest: Iterator[Reply] = iter(replies)

    def answer(_op: Op) -> Reply:
        reply = next(rest, ever)
        assert reply is not None, "asked more often than scripted"
        return reply

    return Scripted({for_: answer}, "answering")
