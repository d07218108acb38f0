"""Operations to bytes: each encoding whole, byte for byte."""

import pytest

from efirt.drivers.xen.codec import CARRIED, DATA, NAME, Buffer, Request, encode
from efirt.ops import (
    OPERATIONS,
    CopyTable,
    FirmwareInfo,
    FirmwareInfoIndex,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTable,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    Probe,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
    UpdateCapsule,
)
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from tests.drivers.xen.raw import GUID, TIME, call, info

NOON = EfiTime.decode(TIME)
KEY = Key("Aé", GLOBAL)
UNITS = bytes.fromhex("4100e9000000")

GOLDEN: list[tuple[Op, bytes, tuple[Buffer, ...]]] = [
    (GetTime(), call(1), ()),
    (SetTime(NOON), call(2, 0, (24, "16s", TIME)), ()),
    (GetWakeupTime(), call(3), ()),
    (SetWakeupTime(enable=True, time=NOON), call(4, 1, (24, "16s", TIME)), ()),
    (SetWakeupTime(enable=False, time=NOON), call(4, 0, (24, "16s", TIME)), ()),
    (SetWakeupTime(enable=True), call(4, 3), ()),
    (SetWakeupTime(enable=False), call(4, 2), ()),
    (GetNextHighMonotonicCount(), call(5), ()),
    (
        GetVariable(KEY, 0x1234),
        call(6, 0, (32, "Q", 0x1234), (48, "16s", GUID)),
        (Buffer(NAME, 24, UNITS, 6), Buffer(DATA, 40, b"", 0x1234)),
    ),
    (
        SetVariable(KEY, Attributes(0x80000027), b"value"),
        call(7, 0x80000027, (32, "Q", 5), (48, "16s", GUID)),
        (Buffer(NAME, 24, UNITS, 6), Buffer(DATA, 40, b"value", 5)),
    ),
    (
        SetVariable(KEY, Attributes(0), b""),
        call(7, 0, (48, "16s", GUID)),
        (Buffer(NAME, 24, UNITS, 6), Buffer(DATA, 40, b"", 0)),
    ),
    (
        GetNextVariableName(KEY, 10),
        call(8, 0, (24, "Q", 10), (40, "16s", GUID)),
        (Buffer(NAME, 32, UNITS + bytes(4), 10),),
    ),
    (GetNextVariableName(KEY, 3), call(8, 0, (24, "Q", 3), (40, "16s", GUID)), (Buffer(NAME, 32, UNITS[:3], 3),)),
    (GetNextVariableName(), call(8, 0, (24, "Q", 512)), (Buffer(NAME, 32, bytes(512), 512),)),
    (QueryVariableInfo(Attributes(0x47)), call(9, 0, (24, "I", 0x47)), ()),
    (QueryVariableInfo(Attributes(7), boot_snapshot=True), call(9, 1, (24, "I", 7)), ()),
    (FirmwareInfo(FirmwareInfoIndex.VERSION), info(0), ()),
    (FirmwareInfo(FirmwareInfoIndex.CONFIG_TABLE), info(1), ()),
    (FirmwareInfo(FirmwareInfoIndex.VENDOR, room=6), info(2, (20, "I", 6)), (Buffer(NAME, 24, bytes(6), 6),)),
    (FirmwareInfo(FirmwareInfoIndex.MEM_INFO, 2**63 + 5, 2**64 - 1), info(3, (16, "Q", 2**63 + 5), (24, "Q", 2**64 - 1)), ()),
    (FirmwareInfo(FirmwareInfoIndex.RT_VERSION), info(4), ()),
    (
        FirmwareInfo(FirmwareInfoIndex.PCI_ROM, pci=(0x1122, 0x33, 0x44, 0x5566, 0x7788)),
        info(5, (16, "H", 0x1122), (18, "B", 0x33), (19, "B", 0x44), (20, "H", 0x5566), (22, "H", 0x7788)),
        (),
    ),
    (FirmwareInfo(FirmwareInfoIndex.APPLE_PROPERTIES), info(6), ()),
    (FirmwareInfo(0xFFFFFFFF), info(0xFFFFFFFF), ()),
]


@pytest.mark.parametrize(("op", "encoded", "buffers"), GOLDEN, ids=[str(op)[:60] for op, _, _ in GOLDEN])
def test_an_operation_is_these_bytes(op: Op, encoded: bytes, buffers: tuple[Buffer, ...]) -> None:
    request = encode(op)
    assert request.op.hex(" ") == encoded.hex(" ")
    assert request.buffers == buffers


def test_every_operation_that_has_a_form_is_among_them() -> None:
    assert {type(op) for op, _, _ in GOLDEN} == CARRIED
    assert set(OPERATIONS) - CARRIED == {Probe, QueryCapsuleCapabilities, UpdateCapsule, ResetSystem, GetTable, CopyTable}


def test_every_request_is_made_of_fresh_bytes() -> None:
    first = encode(GetTime())
    first.op[:] = b"\xff" * 136
    assert encode(GetTime()) == Request(bytearray(call(1)))


@pytest.mark.parametrize(
    "op",
    [
        GetVariable(KEY, -1),
        GetVariable(KEY, 2**64),
        GetNextVariableName(KEY, -1),
        SetVariable(KEY, Attributes(2**32), b""),
        QueryVariableInfo(Attributes(2**32)),
        SetTime(NOON._replace(month=256)),
        FirmwareInfo(-1),
        FirmwareInfo(FirmwareInfoIndex.VENDOR, room=2**32),
        FirmwareInfo(FirmwareInfoIndex.PCI_ROM, pci=(0, 256, 0, 0, 0)),
        FirmwareInfo(FirmwareInfoIndex.PCI_ROM, pci=(0, 0, 0, 0)),  # type: ignore[arg-type] # one number is missing, on purpose
        GetVariable(Key("A", GLOBAL._replace(raw=bytes(17)))),
    ],
    ids=lambda op: str(op)[:60],
)
def test_what_does_not_fit_is_refused_before_anything_is_asked(op: Op) -> None:
    with pytest.raises(ValueError, match=r"does not fit|zip\(\) argument|shorter"):
        encode(op)
