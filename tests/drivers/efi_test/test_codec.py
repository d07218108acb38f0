"""What is asked of /dev/efi_test, byte by byte, at offsets taken from the kernel's header and not from efirt."""

import pytest

from efirt.drivers.efi_test.codec import CARRIED, NULLABLE, UNSAID, encode, encode_malformed, supported
from efirt.errors import NotCarried
from efirt.ioctl.request import LARGEST, Request
from efirt.ops import (
    CapsuleHeader,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Malformed,
    Op,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
)
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.xen.raw import GUID, TIME, lay

KEY = Key("Ab", GLOBAL)
NAME = b"A\0b\0\0\0"
STATUS = {"status": UNSAID}
WHEN = EfiTime.decode(TIME)
HEAD = CapsuleHeader(GLOBAL, 28, 0x10000, 0x1234)
WITH_POINTERS: tuple[Op, ...] = (
    GetVariable(KEY),
    SetVariable(KEY, Attributes(7), b"x"),
    GetNextVariableName(KEY),
    GetTime(),
    GetWakeupTime(),
    SetWakeupTime(True, WHEN),
    GetNextHighMonotonicCount(),
)


def pointed(request: Request) -> dict[str, tuple[int, bytes, int]]:
    """Name what the pointers lead to: where the pointer is, what is there, how large it is."""
    return {buffer.slot: (buffer.pointer_offset, buffer.contents, buffer.size) for buffer in request.buffers}


@pytest.mark.parametrize(
    ("op", "number", "argument", "pointers"),
    [
        (
            GetVariable(KEY, 5),
            0xC0307001,
            lay(48),
            {
                "variable_name": (0, NAME, 6),
                "vendor_guid": (8, GUID, 16),
                "attributes": (16, bytes(4), 4),
                "data_size": (24, b"\5" + bytes(7), 8),
                "data": (32, bytes(5), 5),
                "status": (40, UNSAID, 8),
            },
        ),
        (
            SetVariable(KEY, Attributes(0x80000047), b"value"),
            0x402C7002,
            lay(44, (16, "I", 0x80000047), (20, "Q", 5)),
            {"variable_name": (0, NAME, 6), "vendor_guid": (8, GUID, 16), "data": (28, b"value", 5), "status": (36, UNSAID, 8)},
        ),
        (
            GetNextVariableName(KEY, 10),
            0xC0207007,
            lay(32),
            {
                "variable_name_size": (0, b"\n" + bytes(7), 8),
                "variable_name": (8, NAME + bytes(7), 13),
                "vendor_guid": (16, GUID, 16),
                "status": (24, UNSAID, 8),
            },
        ),
        (
            QueryVariableInfo(Attributes(7)),
            0x80247008,
            lay(36, (0, "I", 7)),
            {
                "maximum_variable_storage_size": (4, bytes(8), 8),
                "remaining_variable_storage_size": (12, bytes(8), 8),
                "maximum_variable_size": (20, bytes(8), 8),
                "status": (28, UNSAID, 8),
            },
        ),
        (GetTime(), 0x80187003, lay(24), {"time": (0, bytes(16), 16), "capabilities": (8, bytes(12), 12), "status": (16, UNSAID, 8)}),
        (SetTime(WHEN), 0x40107004, lay(16), {"time": (0, TIME, 16), "status": (8, UNSAID, 8)}),
        (
            GetWakeupTime(),
            0x80207005,
            lay(32),
            {"enabled": (0, b"\0", 1), "pending": (8, b"\0", 1), "time": (16, bytes(16), 16), "status": (24, UNSAID, 8)},
        ),
        (SetWakeupTime(True, WHEN), 0x40117006, lay(17, (0, "B", 1)), {"time": (1, TIME, 16), "status": (9, UNSAID, 8)}),
        (SetWakeupTime(False), 0x40117006, lay(17), {"status": (9, UNSAID, 8)}),
        (GetNextHighMonotonicCount(), 0x80107009, lay(16), {"high_count": (0, bytes(4), 4), "status": (8, UNSAID, 8)}),
        (
            QueryCapsuleCapabilities((HEAD,)),
            0x8028700A,
            lay(40, (8, "Q", 1)),
            {
                "capsule_header_array": (0, bytes(8), 8),
                "maximum_capsule_size": (16, bytes(8), 8),
                "reset_type": (24, bytes(4), 4),
                "status": (32, UNSAID, 8),
                "head 0": (0, GUID + lay(12, (0, "I", 28), (4, "I", 0x10000), (8, "I", 0x1234)), 28),
            },
        ),
        (
            ResetSystem(2, Status.NOT_FOUND, b"why\0"),
            0x401C700B,
            lay(28, (0, "i", 2), (4, "Q", 2**63 | 14), (12, "Q", 4)),
            {"data": (20, b"why\0", 4)},
        ),
        (ResetSystem(-1), 0x401C700B, lay(28, (0, "i", -1)), {}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, tuple) else None,
)
def test_an_operation_is_this_structure_and_this_memory(
    op: Op, number: int, argument: bytes, pointers: dict[str, tuple[int, bytes, int]]
) -> None:
    request = encode(op)
    assert (request.number, bytes(request.argument)) == (number, argument)
    assert pointed(request) == pointers
    assert [buffer.within for buffer in request.buffers if buffer.within] == ["capsule_header_array"] * ("head 0" in pointers)


def test_the_mask_has_no_structure() -> None:
    assert supported() == (0x8004700C, bytearray(4), ())


@pytest.mark.parametrize("room", range(8))
def test_a_name_is_cut_to_its_room_and_always_has_a_nul_behind_it(room: int) -> None:
    _, contents, size = pointed(encode(GetNextVariableName(KEY, room)))["variable_name"]
    assert contents[:room] == NAME.ljust(8, b"\0")[:room]
    assert size == len(contents)
    assert any(contents[at : at + 2] == b"\0\0" for at in range(0, len(contents) - 1, 2))


@pytest.mark.parametrize(
    "op",
    [
        GetVariable(KEY, LARGEST + 1),
        GetVariable(Key("L" * (LARGEST // 2), GLOBAL), 4),
        SetVariable(KEY, Attributes(7), bytes(LARGEST + 1)),
        GetNextVariableName(KEY, LARGEST + 1),
        ResetSystem(0, data=bytes(LARGEST + 1)),
    ],
    ids=lambda op: type(op).__name__,
)
def test_a_kernel_is_not_asked_for_more_than_a_mebibyte(op: Op) -> None:
    with pytest.raises(NotCarried, match=f"{LARGEST} at most; ask for less") as refusal:
        encode(op)
    assert refusal.value.operation == type(op).__name__


def test_several_capsules_are_not_asked_about_since_linux_passes_one() -> None:
    with pytest.raises(NotCarried, match="Linux hands firmware the first head only; ask for one at a time"):
        encode(QueryCapsuleCapabilities((HEAD, HEAD)))
    assert encode(QueryCapsuleCapabilities(())).argument[8:16] == bytes(8)


def test_every_kind_with_a_null_pointer_is_tried() -> None:
    assert {type(op) for op in WITH_POINTERS} == NULLABLE.keys()


@pytest.mark.parametrize("op", WITH_POINTERS, ids=lambda op: type(op).__name__)
def test_a_pointer_that_is_null_leads_nowhere(op: Op) -> None:
    for name in NULLABLE[type(op)]:
        request = encode_malformed(Malformed(op, frozenset({name})))
        assert {buffer.slot for buffer in request.buffers} == {buffer.slot for buffer in encode(op).buffers} - {name}


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (Malformed(SetVariable(KEY, Attributes(7), b"x"), frozenset({"vendor_guid"})), "vendor_guid NULL"),
        (Malformed(SetVariable(KEY, Attributes(7), b"x"), frozenset({"data"})), "data NULL"),
        (Malformed(SetVariable(KEY, Attributes(7), b"x"), data_size=2**64 - 1), "a size that lies"),
        (Malformed(SetTime(WHEN), frozenset({"time"})), "time NULL"),
        (Malformed(QueryVariableInfo(Attributes(7)), frozenset({"maximum_storage_size"})), "maximum_storage_size NULL"),
    ],
)
def test_a_pointer_that_linux_follows_itself_is_not_passed_as_null(asked: Malformed, what: str) -> None:
    with pytest.raises(NotCarried, match=f"is not carried by efi_test with {what}: Linux follows"):
        encode_malformed(asked)


def test_a_value_that_does_not_fit_its_member_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="reset_type"):
        encode(ResetSystem(2**31))


def test_every_operation_with_a_number_is_carried() -> None:
    assert len(CARRIED) == 11
