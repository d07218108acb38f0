"""What came back, read from bytes laid by hand: every output, also beside errors and warnings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.drivers.xen.codec import DATA, NAME, decode
from efirt.ops import (
    FirmwareFacts,
    FirmwareInfo,
    FirmwareInfoIndex,
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
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.xen.raw import GUID, TIME, call, info

NOON = EfiTime.decode(TIME)
KEY = Key("A", GLOBAL)
OK, WARNING, ERROR, SMALL, ABSENT = 0, 5, 2**63 | 7, 2**63 | 5, 2**63 | 14
VARIABLE = GetVariable(KEY, 8)
NEXT = GetNextVariableName(KEY, 8)
QUERY = QueryVariableInfo(Attributes(7))
COUNT = GetNextHighMonotonicCount()


class Memory:
    """The memory of a hypercall, as bytes."""

    def __init__(self, op: bytes, name: bytes = b"", data: bytes = b"") -> None:
        self.op = op
        self._buffers = {NAME: name, DATA: data}

    def read(self, slot: int, size: int) -> bytes:
        assert size <= len(self._buffers[slot]), "read beyond the buffer"
        return self._buffers[slot][:size]


def variable(status: int, misc: int, size: int) -> bytes:
    return call(6, misc, (16, "Q", status), (32, "Q", size), (48, "16s", GUID))


def next_name(status: int, size: int) -> bytes:
    return call(8, 0, (16, "Q", status), (24, "Q", size), (40, "16s", GUID))


def clock(function: int, misc: int, status: int, time: bytes = TIME) -> bytes:
    return call(function, misc, (16, "Q", status), (24, "16s", time), (40, "I", 2), (44, "I", 50_000_000))


ANSWERS: list[tuple[Op, Memory, Reply]] = [
    (GetTime(), Memory(clock(1, 0, OK)), Reply(Status(OK), time=NOON, capabilities=TimeCapabilities(2, 50_000_000, sets_to_zero=False))),
    (
        GetTime(),
        Memory(clock(1, 1, WARNING)),
        Reply(Status(WARNING), time=NOON, capabilities=TimeCapabilities(2, 50_000_000, sets_to_zero=True)),
    ),
    (
        GetTime(),
        Memory(clock(1, 0, OK, bytes(16))),
        Reply(Status(OK), time=EfiTime.decode(bytes(16)), capabilities=TimeCapabilities(2, 50_000_000, sets_to_zero=False)),
    ),
    (GetTime(), Memory(clock(1, 0, ERROR)), Reply(Status(ERROR), time=NOON)),
    (GetTime(), Memory(clock(1, 0, ERROR, bytes(16))), Reply(Status(ERROR))),
    (SetTime(NOON), Memory(clock(2, 0, OK)), Reply(Status(OK))),
    (SetTime(NOON), Memory(clock(2, 0, ERROR)), Reply(Status(ERROR))),
    (GetWakeupTime(), Memory(clock(3, 0, OK)), Reply(Status(OK), time=NOON, enabled=False, pending=False)),
    (GetWakeupTime(), Memory(clock(3, 1, OK)), Reply(Status(OK), time=NOON, enabled=True, pending=False)),
    (GetWakeupTime(), Memory(clock(3, 2, WARNING)), Reply(Status(WARNING), time=NOON, enabled=False, pending=True)),
    (GetWakeupTime(), Memory(clock(3, 3, ERROR)), Reply(Status(ERROR), time=NOON)),
    (SetWakeupTime(enable=True), Memory(clock(4, 0, ERROR)), Reply(Status(ERROR))),
    (COUNT, Memory(call(5, 0, (16, "Q", OK))), Reply(Status(OK), count=0)),
    (COUNT, Memory(call(5, 0xFFFFFFFF, (16, "Q", OK))), Reply(Status(OK), count=0xFFFFFFFF)),
    (COUNT, Memory(call(5, 7, (16, "Q", ERROR))), Reply(Status(ERROR), count=7)),
    (COUNT, Memory(call(5, 0, (16, "Q", ERROR))), Reply(Status(ERROR))),
    (VARIABLE, Memory(variable(OK, 7, 3), data=b"abcdefgh"), Reply(Status(OK), b"abc", 3, Attributes(7))),
    (VARIABLE, Memory(variable(OK, 0, 0), data=b"abcdefgh"), Reply(Status(OK), b"", 0, Attributes(0))),
    (VARIABLE, Memory(variable(WARNING, 7, 8), data=b"abcdefgh"), Reply(Status(WARNING), b"abcdefgh", 8, Attributes(7))),
    (VARIABLE, Memory(variable(OK, 7, 99), data=b"abcdefgh"), Reply(Status(OK), b"abcdefgh", 99, Attributes(7))),
    (VARIABLE, Memory(variable(SMALL, 7, 99)), Reply(Status(SMALL), size=99, attributes=Attributes(7))),
    (VARIABLE, Memory(variable(SMALL, 0, 8)), Reply(Status(SMALL), size=8)),
    (VARIABLE, Memory(variable(ABSENT, 0, 8)), Reply(Status(ABSENT))),
    (VARIABLE, Memory(variable(ABSENT, 3, 5)), Reply(Status(ABSENT), size=5, attributes=Attributes(3))),
    (SetVariable(KEY, Attributes(7), b""), Memory(variable(ERROR, 7, 0)), Reply(Status(ERROR))),
    (NEXT, Memory(next_name(OK, 4), name=b"B\0\0\0tail"), Reply(Status(OK), b"B\0\0\0", 4, key=Key("B", GLOBAL))),
    (NEXT, Memory(next_name(OK, 2), name=b"B\0C\0\0\0il"), Reply(Status(OK), b"B\0C\0\0\0", 2, key=Key("BC", GLOBAL))),
    (NEXT, Memory(next_name(WARNING, 8), name=b"B\0C\0D\0\0\0"), Reply(Status(WARNING), b"B\0C\0D\0\0\0", 8, key=Key("BCD", GLOBAL))),
    (NEXT, Memory(next_name(OK, 4), name=b"\0\xd8\0\0tail"), Reply(Status(OK), b"\0\xd8\0\0", 4, key=Key("\ud800", GLOBAL))),
    (NEXT, Memory(next_name(OK, 8), name=b"BCDEFGHI"), Reply(Status(OK), b"BCDEFGHI", 8)),
    (NEXT, Memory(next_name(SMALL, 40), name=b"A\0\0\0tail"), Reply(Status(SMALL), size=40)),
    (NEXT, Memory(next_name(ABSENT, 8), name=b"A\0\0\0tail"), Reply(Status(ABSENT))),
    (QUERY, Memory(call(9, 0, (32, "Q", 1), (40, "Q", 2), (48, "Q", 2**64 - 1))), Reply(Status(OK), storage=VariableInfo(1, 2, 2**64 - 1))),
    (QUERY, Memory(call(9)), Reply(Status(OK), storage=VariableInfo(0, 0, 0))),
    (QUERY, Memory(call(9, 0, (16, "Q", ERROR))), Reply(Status(ERROR))),
    (QUERY, Memory(call(9, 0, (16, "Q", ERROR), (40, "Q", 2))), Reply(Status(ERROR), storage=VariableInfo(0, 2, 0))),
]
FACTS: list[tuple[FirmwareInfo, Memory, Reply]] = [
    (FirmwareInfo(0), Memory(info(0, (16, "I", 0x20046))), Reply(Status.SUCCESS, facts=FirmwareFacts(revision=0x20046))),
    (
        FirmwareInfo(1),
        Memory(info(1, (16, "Q", 2**40), (24, "I", 11))),
        Reply(Status.SUCCESS, facts=FirmwareFacts(address=2**40, count=11)),
    ),
    (
        FirmwareInfo(2, room=4),
        Memory(info(2, (16, "I", 9), (20, "I", 4)), name=b"E\0\0\0more"),
        Reply(Status.SUCCESS, b"E\0\0\0", facts=FirmwareFacts(revision=9)),
    ),
    (
        FirmwareInfo(3, 1, 2),
        Memory(info(3, (16, "Q", 1), (24, "Q", 2), (32, "Q", 2**63 | 8), (40, "I", 6))),
        Reply(Status.SUCCESS, facts=FirmwareFacts(address=1, size=2, attributes=2**63 | 8, type=6)),
    ),
    (FirmwareInfo(4), Memory(info(4, (16, "I", 0x2001F))), Reply(Status.SUCCESS, facts=FirmwareFacts(revision=0x2001F))),
    (FirmwareInfo(5), Memory(info(5, (24, "Q", 3), (32, "Q", 4))), Reply(Status.SUCCESS, facts=FirmwareFacts(address=3, size=4))),
    (FirmwareInfo(6), Memory(info(6, (16, "Q", 5), (24, "Q", 6))), Reply(Status.SUCCESS, facts=FirmwareFacts(address=5, size=6))),
    (FirmwareInfo(99), Memory(info(99, (16, "Q", 5))), Reply(Status.SUCCESS, facts=FirmwareFacts())),
]


@pytest.mark.parametrize(("op", "memory", "reply"), [*ANSWERS, *FACTS])
def test_bytes_are_this_reply(op: Op, memory: Memory, reply: Reply) -> None:
    assert decode(op, memory) == reply


def test_every_index_that_can_be_asked_is_answered_above() -> None:
    named = {value for name, value in vars(FirmwareInfoIndex).items() if name.isupper()}
    assert named <= {op.index for op, _, _ in FACTS}


@given(st.sampled_from([op for op, _, _ in ANSWERS]), st.binary(min_size=136, max_size=136), st.binary(min_size=8, max_size=8))
def test_any_bytes_are_a_reply(op: Op, answer: bytes, buffer: bytes) -> None:
    reply = decode(op, Memory(answer, buffer, buffer))
    assert reply.status == int.from_bytes(answer[16:24], "little")
