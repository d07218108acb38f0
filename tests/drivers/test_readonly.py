"""A driver held read-only."""

import pytest

from efirt.drivers.readonly import CHANGES, ReadOnly
from efirt.errors import NotCarried
from efirt.ops import (
    OPERATIONS,
    GetNextHighMonotonicCount,
    GetVariable,
    Op,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
    UpdateCapsule,
)
from efirt.runtime.registry import open_driver
from efirt.testing.sequences import replay
from efirt.values.efi_time import EfiTime
from tests.drivers.held import NAMES, NV_BS_RT, ORDER, closed, key, sequence

WRITES: tuple[Op, ...] = (
    SetVariable(key("A"), NV_BS_RT, b"x"),
    SetVariable(ORDER, NV_BS_RT, b""),
    SetTime(EfiTime(2026, 1, 1)),
    SetWakeupTime(enable=False),
    GetNextHighMonotonicCount(),
    UpdateCapsule((b"capsule",)),
    ResetSystem(0),
)
pytestmark = pytest.mark.parametrize("name", NAMES)


@pytest.mark.parametrize("op", WRITES, ids=lambda op: type(op).__name__)
def test_what_changes_something_is_refused_and_says_by_what(name: str, op: Op) -> None:
    inner = open_driver(name)
    held = ReadOnly(inner)
    assert type(op) not in held.carried
    with pytest.raises(NotCarried, match=rf"^{type(op).__name__} is not carried by {name}: ") as caught:
        held.call(op)
    assert caught.value.operation == type(op).__name__
    if type(op) in inner.carried:
        assert "held read-only (--read-only)" in str(caught.value)


def test_what_changes_nothing_passes(name: str) -> None:
    inner = open_driver(name)
    held = ReadOnly(inner)
    assert held.call(GetVariable(ORDER)).data == b"\1\0\2\0\0\0"
    assert held.carried | CHANGES == inner.carried | CHANGES
    assert held.name == name


def test_what_the_held_driver_has_no_road_for_keeps_its_reason(name: str) -> None:
    inner = open_driver(name)
    held = ReadOnly(inner)
    missing = [operation for operation in OPERATIONS if operation not in inner.carried]
    assert missing
    assert [held.why_not(operation) for operation in missing] == [inner.why_not(operation) for operation in missing]


def test_whatever_is_asked_the_machine_stays_as_it_was(name: str) -> None:
    inner = open_driver(name)
    everything = [op for op in sequence() if type(op) not in CHANGES]
    before = replay(inner, everything)
    replay(ReadOnly(inner), sequence())
    clock = {"GetTime", "GetWakeupTime"}
    after = replay(inner, everything)
    differing = {
        type(op).__name__ for op, one, other in zip(everything, before, after, strict=True) if isinstance(one, tuple) and one != other
    }
    assert differing <= clock


def test_closing_closes_the_held_driver(name: str) -> None:
    inner = open_driver(name)
    times = closed(inner)
    ReadOnly(inner).close()
    assert times == ["closed"]
