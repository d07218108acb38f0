"""The steps of which cases are made: small functions that ask one thing and look at the answer."""

from collections.abc import Callable, Iterable

from efirt.ops import GetNextVariableName, GetVariable, Malformed, Op, QueryVariableInfo, Reply, SetVariable, VariableInfo
from efirt.testing.conformance import asked
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Step
from efirt.testing.conformance.words import INVALID, NOT_FOUND, OK, OURS, STORED, TEN, T
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status


def reading(run: Callable[[Bench], None]) -> Step:
    """A step that changes nothing."""
    return Step(run)


def writing(run: Callable[[Bench], None]) -> Step:
    """A step that may change what firmware holds."""
    return Step(run, writes=True)


def _as_key(name: str | Key, guid: Guid = OURS) -> Key:
    return name if isinstance(name, Key) else Key(name, guid)


def have(key: str | Key = T, data: bytes = TEN, attributes: int = STORED) -> Step:
    """A variable is there."""
    op = SetVariable(_as_key(key), Attributes(attributes), data)
    return Step(lambda bench: _drop(bench.prepare(op)), writes=True)


def put(attributes: int, data: bytes, *gives: Status, key: str | Key = T) -> Step:
    """SetVariable answers one of these."""
    op = SetVariable(_as_key(key), Attributes(attributes), data)
    return Step(lambda bench: _drop(bench.expect(bench.ask(op), *gives)), writes=True)


def erased(key: str | Key = T, attributes: int = 0, data: bytes = b"") -> Step:
    """A variable that is there goes away."""
    return put(attributes, data, OK, key=key)


def get(
    key: str | Key = T,
    *gives: Status,
    room: int = 4096,
    data: bytes | None = None,
    attributes: int | None = None,
    size: int | None = None,
) -> Step:
    """GetVariable answers one of these, SUCCESS where none is given, and what is given beside it."""
    op = GetVariable(_as_key(key), room)

    def run(bench: Bench) -> None:
        reply = bench.expect(bench.ask(op), *(gives or (OK,)))
        for name, wanted, got in (("data", data, reply.data), ("attributes", attributes, reply.attributes), ("size", size, reply.size)):
            bench.check(wanted is None or wanted == got, f"{name} {_shown(wanted)}", f"{name} {_shown(got)} ({asked.answer(reply)})")

    return Step(run)


def _shown(value: object) -> str:
    return value[:32].hex() if isinstance(value, bytes) else str(value)


def holds(data: bytes = TEN, attributes: int = STORED, key: str | Key = T) -> Step:
    """The variable has this value and these attributes."""
    return get(key, room=max(4096, len(data)), data=data, attributes=attributes, size=len(data))


def absent(key: str | Key = T) -> Step:
    """The variable is not there."""
    return get(key, NOT_FOUND)


def following(key: Key, room: int, *gives: Status) -> Step:
    """GetNextVariableName answers one of these."""
    op = GetNextVariableName(key, room)
    return Step(lambda bench: _drop(bench.expect(bench.ask(op), *gives)))


def listed(key: str | Key = T, times: int = 1) -> Step:
    """The variable is listed so many times."""
    wanted = _as_key(key)

    def run(bench: Bench) -> None:
        count = bench.names().count(wanted)
        bench.check(count == times, f"{wanted} listed {times} times", f"{count} times")

    return Step(run)


def query(attributes: int, *gives: Status, check: Callable[[VariableInfo], bool] | None = None, says: str = "") -> Step:
    """QueryVariableInfo answers one of these, and its figures hold."""
    op = QueryVariableInfo(Attributes(attributes))

    def run(bench: Bench) -> None:
        reply = bench.expect(bench.ask(op), *gives)
        if check is not None:
            info = reply.storage or VariableInfo(0, 0, 0)
            bench.check(check(info), says, asked.answer(reply))

    return Step(run)


def null(op: Op, *pointers: str, gives: Iterable[Status] = (INVALID,), writes: bool = False) -> Step:
    """An operation with NULL pointers answers one of these."""
    question = Malformed(op, frozenset(pointers))
    return Step(lambda bench: _drop(bench.expect(bench.ask_malformed(question), *gives)), writes=writes)


def answers(op: Op, *gives: Status, writes: bool = False) -> Step:
    """Any operation answers one of these."""
    return Step(lambda bench: _drop(bench.expect(bench.ask(op), *gives)), writes=writes)


def recorded(op: Op, *gives: Status, writes: bool = False) -> Step:
    """Any operation's answer is written down; these are known."""

    def run(bench: Bench) -> None:
        reply = bench.ask(op)
        bench.notes.append(f"{bench.last}: {asked.answer(reply)}")
        bench.expect(reply, *gives)

    return Step(run, writes=writes)


def _leave_boot(bench: Bench) -> None:
    bench.machine.exit_boot_services()


def _power_cycle(bench: Bench) -> None:
    bench.machine.reset()


at_runtime = Step(_leave_boot)
"""The boot phase ends."""

power_cycled = Step(_power_cycle, writes=True)
"""The machine starts again."""


def _drop(_reply: Reply) -> None:
    pass
