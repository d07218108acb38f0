"""Through driver, codec, port, guest memory and simulated Xen and back: what firmware says arrives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.ops import (
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    QueryVariableInfo,
    Reply,
    SetTime,
    SetVariable,
    SetWakeupTime,
    TimeCapabilities,
    VariableInfo,
)
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import decode_units, encode_char16
from tests.drivers.xen.scripted import Firmware, simulated

UNITS = st.lists(st.integers(1, 0xFFFF), max_size=40).map(lambda units: b"".join(unit.to_bytes(2, "little") for unit in units))
KEYS = st.builds(Key, UNITS.map(decode_units), st.binary(min_size=16, max_size=16).map(Guid))
TIMES = st.binary(min_size=16, max_size=16).map(EfiTime.decode)
ATTRIBUTES = st.integers(0, 2**32 - 1).map(Attributes)
FINE = st.sampled_from([Status.SUCCESS, Status.WARN_UNKNOWN_GLYPH, Status(2**63 - 1)])
STATUSES = st.integers(0, 2**64 - 1).map(Status)
WORD = st.integers(0, 2**32 - 1)
LONG = st.integers(0, 2**64 - 1)


def through_xen(op: Op, reply: Reply) -> Reply:
    """Ask, and check that firmware was asked exactly this."""
    firmware = Firmware({type(op): reply})
    answer = simulated(firmware).call(op)
    assert firmware.asked == [op]
    return answer


@given(KEYS, st.binary(max_size=300), FINE, ATTRIBUTES)
def test_a_value_arrives(key: Key, data: bytes, status: Status, attributes: Attributes) -> None:
    reply = Reply(status, data, len(data), attributes)
    assert through_xen(GetVariable(key, len(data) + 7), reply) == reply


@given(KEYS, st.integers(0, 2**40), ATTRIBUTES)
def test_the_size_that_is_needed_arrives(key: Key, needed: int, attributes: Attributes) -> None:
    reply = Reply(Status.BUFFER_TOO_SMALL, size=needed, attributes=attributes or None)
    assert through_xen(GetVariable(key, 5), reply) == reply


@given(KEYS, st.binary(max_size=300), ATTRIBUTES, STATUSES)
def test_a_write_arrives(key: Key, data: bytes, attributes: Attributes, status: Status) -> None:
    assert through_xen(SetVariable(key, attributes, data), Reply(status)) == Reply(status)


@given(KEYS, KEYS, FINE)
def test_the_next_name_arrives_whatever_stood_behind_the_last(before: Key, after: Key, status: Status) -> None:
    name = encode_char16(after.name)
    reply = Reply(status, name, len(name), key=after)
    assert through_xen(GetNextVariableName(before, 100), reply) == reply


@given(ATTRIBUTES, STATUSES, LONG, LONG, st.integers(1, 2**64 - 1))
def test_the_room_arrives(attributes: Attributes, status: Status, maximum: int, remaining: int, largest: int) -> None:
    reply = Reply(status, storage=VariableInfo(maximum, remaining, largest))
    assert through_xen(QueryVariableInfo(attributes), reply) == reply


@given(FINE, TIMES, WORD, WORD, st.booleans())
def test_the_time_arrives(status: Status, time: EfiTime, resolution: int, accuracy: int, zero: bool) -> None:
    reply = Reply(status, time=time, capabilities=TimeCapabilities(resolution, accuracy, zero))
    assert through_xen(GetTime(), reply) == reply


@given(FINE, TIMES, st.booleans(), st.booleans())
def test_the_alarm_arrives(status: Status, time: EfiTime, enabled: bool, pending: bool) -> None:
    reply = Reply(status, time=time, enabled=enabled, pending=pending)
    assert through_xen(GetWakeupTime(), reply) == reply


@given(TIMES, st.booleans(), STATUSES)
def test_a_clock_that_is_set_is_set_to_the_byte(time: EfiTime, enable: bool, status: Status) -> None:
    for op in (SetTime(time), SetWakeupTime(enable, time), SetWakeupTime(enable)):
        assert through_xen(op, Reply(status)) == Reply(status)


@given(STATUSES, st.integers(1, 2**32 - 1))
def test_the_count_arrives_beside_any_status(status: Status, count: int) -> None:
    assert through_xen(GetNextHighMonotonicCount(), Reply(status, count=count)) == Reply(status, count=count)


@pytest.mark.parametrize("first", [GetNextHighMonotonicCount(), GetWakeupTime(), GetTime()])
def test_what_one_call_left_behind_does_not_spoil_the_next(first: Op) -> None:
    time = EfiTime(2026)
    firmware = Firmware(
        {
            GetNextHighMonotonicCount: Reply(Status.SUCCESS, count=0xFFFFFFFF),
            GetWakeupTime: Reply(Status.SUCCESS, time=time, enabled=True, pending=True),
            GetTime: Reply(Status.SUCCESS, time=time, capabilities=TimeCapabilities(1, 2, sets_to_zero=True)),
            SetTime: Reply(Status.SUCCESS),
        }
    )
    driver = simulated(firmware)
    for op in (first, SetTime(time), first, GetTime(), first):
        assert driver.call(op).status == Status.SUCCESS
