"""The variable services of the simulated Xen, driven with bytes laid by hand."""

import pytest

from efirt.ops import GetNextVariableName, GetVariable, Op, Reply, SetVariable
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.memory import AddressSpace
from tests.drivers.xen.raw import GUID, at, call
from tests.drivers.xen.scripted import Firmware, Guest

EIO, ENOMEM, EFAULT = 5, 12, 14
UNMAPPED = 0x1000
HUGE = 1 << 32
OK, SMALL, ABSENT, FULL = 0, 2**63 | 5, 2**63 | 14, 2**63 | 9
BOOT = "Boot".encode("utf-16-le")


def variable(function: int, name: int, data: int, size: int, misc: int = 0) -> bytes:
    return call(function, misc, (24, "Q", name), (32, "Q", size), (40, "Q", data), (48, "16s", GUID))


def next_name(name: int, size: int) -> bytes:
    return call(8, 0, (24, "Q", size), (32, "Q", name), (40, "16s", GUID))


def getting(reply: Reply) -> Firmware:
    return Firmware({GetVariable: reply})


class Changing(AddressSpace):
    """Memory in which somebody else changes a byte once the name has been sized."""

    change: tuple[int, bytes] | None = None
    unmap_after_sizing = False

    def units_before_nul(self, address: int) -> int:
        units = super().units_before_nul(address)
        if self.change:
            self.write(*self.change)
        if self.unmap_after_sizing:
            self.unmap(next(mapping for mapping in self._mappings if mapping.address == address))
        return units


def test_a_value_arrives_with_its_size_and_its_attributes() -> None:
    guest = Guest(getting(Reply(Status.SUCCESS, b"abc", 3, Attributes(7))))
    name, data = guest.put(BOOT + b"\0\0"), guest.put(b"zzzzzzzz")
    op = variable(6, name.address, data.address, 8)
    assert guest.ask(op) == 0
    assert guest.after == op[:12] + b"\x07\0\0\0" + bytes(8) + op[24:32] + b"\x03" + bytes(7) + op[40:]
    assert data.read(8) == b"abczzzzz"
    assert guest.firmware.asked == [GetVariable(Key("Boot", GLOBAL), 8)]


def test_a_warning_is_a_success() -> None:
    guest = Guest(getting(Reply(Status.WARN_STALE_DATA, b"abc", 3, Attributes(7))))
    name, data = guest.put(BOOT + b"\0\0"), guest.put(b"zzzz")
    assert guest.ask(variable(6, name.address, data.address, 4)) == 0
    assert (data.read(4), at(guest.after, 16, "Q"), at(guest.after, 32, "Q")) == (b"abcz", 5, 3)


def test_too_small_is_no_refusal_and_tells_the_size_and_touches_no_data() -> None:
    guest = Guest(getting(Reply(Status.BUFFER_TOO_SMALL, b"abc", 300, Attributes(7))))
    name, data = guest.put(BOOT + b"\0\0"), guest.put(b"zzzz")
    assert guest.ask(variable(6, name.address, data.address, 4)) == 0
    assert (at(guest.after, 16, "Q"), at(guest.after, 32, "Q"), at(guest.after, 12, "I")) == (SMALL, 300, 7)
    assert data.read(4) == b"zzzz"


def test_not_found_leaves_the_size_and_clears_nothing_else() -> None:
    guest = Guest(getting(Reply(Status.NOT_FOUND)))
    name = guest.put(b"\0\0")
    assert guest.ask(variable(6, name.address, UNMAPPED, 4)) == 0
    assert (at(guest.after, 16, "Q"), at(guest.after, 32, "Q"), at(guest.after, 12, "I")) == (ABSENT, 4, 0)


def test_with_no_room_the_data_pointer_is_not_followed() -> None:
    guest = Guest(getting(Reply(Status.SUCCESS, b"", 0, Attributes(7))))
    name = guest.put(BOOT + b"\0\0")
    assert guest.ask(variable(6, name.address, UNMAPPED, 0)) == 0


def test_a_firmware_driver_that_knows_no_rooms_is_kept_to_the_caller_s() -> None:
    guest = Guest(getting(Reply(Status.SUCCESS, b"abcdefgh", 8, Attributes(7))))
    name, data = guest.put(BOOT + b"\0\0"), guest.put(b"zzzz")
    assert guest.ask(variable(6, name.address, data.address, 4)) == 0
    assert (at(guest.after, 16, "Q"), at(guest.after, 32, "Q"), at(guest.after, 12, "I")) == (SMALL, 8, 7)
    assert data.read(4) == b"zzzz"


def test_a_fault_after_firmware_succeeded_takes_everything_back_but_what_firmware_did() -> None:
    guest = Guest(getting(Reply(Status.SUCCESS, b"abcd", 4, Attributes(7))))
    name, data = guest.put(BOOT + b"\0\0"), guest.put(b"zzz")
    assert guest.refuses(variable(6, name.address, data.address, 4)) == EFAULT
    assert data.read(3) == b"zzz"
    assert len(guest.firmware.asked) == 1


@pytest.mark.parametrize("function", [6, 7])
def test_a_name_that_cannot_be_read_to_its_nul_is_a_fault(function: int) -> None:
    guest = Guest(Firmware({GetVariable: Reply(Status.SUCCESS), SetVariable: Reply(Status.SUCCESS)}))
    endless, odd = guest.put(BOOT), guest.put(BOOT + b"\0")
    for address in (UNMAPPED, 0, endless.address, odd.address, endless.address + 8):
        assert guest.refuses(variable(function, address, UNMAPPED, HUGE)) == EFAULT
    assert guest.firmware.asked == []


@pytest.mark.parametrize("function", [6, 7])
def test_a_name_may_lie_at_an_odd_address(function: int) -> None:
    guest = Guest(Firmware({GetVariable: Reply(Status.NOT_FOUND), SetVariable: Reply(Status.NOT_FOUND)}))
    name = guest.put(b"\0" + BOOT + b"\0\0")
    assert guest.ask(variable(function, name.address + 1, 0, 0)) == 0
    assert [asked.key.name for asked in guest.firmware.asked if isinstance(asked, GetVariable | SetVariable)] == ["Boot"]


@pytest.mark.parametrize(("offset", "unit"), [(2, b"\0\0"), (8, b"x\0")])
@pytest.mark.parametrize("function", [6, 7])
def test_a_name_that_changes_between_sizing_and_copying_is_an_error(function: int, offset: int, unit: bytes) -> None:
    memory = Changing()
    guest = Guest(memory=memory)
    name = guest.put(BOOT + b"\0\0")
    memory.change = name.address + offset, unit
    assert guest.refuses(variable(function, name.address, UNMAPPED, HUGE)) == EIO
    assert guest.firmware.asked == []


def test_a_name_that_is_unmapped_between_sizing_and_copying_is_the_same_error() -> None:
    memory = Changing()
    guest = Guest(memory=memory)
    name = guest.put(BOOT + b"\0\0")
    memory.unmap_after_sizing = True
    assert guest.refuses(variable(6, name.address, 0, 0)) == EIO


@pytest.mark.parametrize("function", [6, 7])
def test_a_size_beyond_32_bits_has_no_memory_once_the_name_was_read(function: int) -> None:
    guest = Guest()
    name = guest.put(b"\0\0")
    assert guest.refuses(variable(function, name.address, UNMAPPED, HUGE)) == ENOMEM
    assert guest.refuses(variable(function, name.address, UNMAPPED, 2**64 - 1)) == ENOMEM
    assert guest.firmware.asked == []


def test_a_write_passes_everything_and_changes_nothing_but_the_status() -> None:
    guest = Guest(Firmware({SetVariable: Reply(Status.OUT_OF_RESOURCES)}))
    name, data = guest.put(b"\x3d\xd8\0\0"), guest.put(b"value")
    op = variable(7, name.address, data.address, 5, 0x80000047)
    assert guest.ask(op) == 0
    assert guest.after == op[:16] + FULL.to_bytes(8, "little") + op[24:]
    assert guest.firmware.asked == [SetVariable(Key("\ud83d", GLOBAL), Attributes(0x80000047), b"value")]


def test_a_delete_works_with_any_data_pointer_and_a_write_does_not() -> None:
    guest = Guest(Firmware({SetVariable: Reply(Status.SUCCESS)}))
    name, data = guest.put(BOOT + b"\0\0"), guest.put(b"abcd")
    assert guest.ask(variable(7, name.address, UNMAPPED, 0, 7)) == 0
    assert guest.refuses(variable(7, name.address, UNMAPPED, 1, 7)) == EFAULT
    assert guest.refuses(variable(7, name.address, data.address, 5, 7)) == EFAULT
    assert guest.firmware.asked == [SetVariable(Key("Boot", GLOBAL), Attributes(7), b"")]


FOUND = Reply(Status.SUCCESS, b"C\0\0\0", 4, key=Key("C", IMAGE_SECURITY))


def test_the_whole_buffer_of_the_caller_comes_back_with_what_was_behind_the_name() -> None:
    guest = Guest(Firmware({GetNextVariableName: FOUND}))
    name = guest.put(BOOT + b"\0\0stale!")
    assert guest.ask(next_name(name.address, 14)) == 0
    assert name.read(16) == b"C\0\0\0o\0t\0\0\0stale!"
    assert (at(guest.after, 16, "Q"), at(guest.after, 24, "Q"), guest.after[40:56]) == (OK, 4, IMAGE_SECURITY.raw)
    assert guest.firmware.asked == [GetNextVariableName(Key("Boot", GLOBAL), 14)]


def test_what_others_write_behind_the_name_meanwhile_is_overwritten_since_xen_has_a_copy() -> None:
    def scribbling(_op: Op) -> Reply:
        guest.memory.write(name.address, b"x" * 12)
        return FOUND

    guest = Guest(Firmware({GetNextVariableName: scribbling}))
    name = guest.put(b"\0\0behind", 12)
    assert guest.ask(next_name(name.address, 10)) == 0
    assert name.read(12) == b"C\0\0\0hind\0\0xx"


def test_a_size_that_firmware_shrinks_does_not_shrink_the_name() -> None:
    guest = Guest(Firmware({GetNextVariableName: FOUND._replace(data=BOOT + b"\0\0", size=2)}))
    name = guest.put(bytes(12))
    assert guest.ask(next_name(name.address, 12)) == 0
    assert (name.read(12), at(guest.after, 24, "Q")) == (BOOT + bytes(4), 2)


@pytest.mark.parametrize("reply", [FOUND._replace(data=None, size=None), FOUND._replace(size=None)])
def test_a_firmware_driver_that_brings_the_key_alone_is_enough(reply: Reply) -> None:
    guest = Guest(Firmware({GetNextVariableName: reply}))
    name = guest.put(b"\0\0zzzz")
    assert guest.ask(next_name(name.address, 6)) == 0
    assert (name.read(6), at(guest.after, 24, "Q")) == (b"C\0\0\0zz", 4)


def test_a_name_without_a_nul_from_firmware_comes_back_as_it_is() -> None:
    guest = Guest(Firmware({GetNextVariableName: Reply(Status.SUCCESS, b"CDEF", 4)}))
    name = guest.put(bytes(4))
    assert guest.ask(next_name(name.address, 4)) == 0
    assert (name.read(4), guest.after[40:56]) == (b"CDEF", GUID)


def test_a_name_without_a_nul_from_the_caller_is_passed_as_it_is() -> None:
    guest = Guest(Firmware({GetNextVariableName: Reply(Status.INVALID_PARAMETER)}))
    name = guest.put(BOOT)
    assert guest.ask(next_name(name.address, 8)) == 0
    assert guest.firmware.asked == [GetNextVariableName(Key("Boot", GLOBAL), 8)]


@pytest.mark.parametrize(
    "reply", [Reply(Status.BUFFER_TOO_SMALL, size=10), Reply(Status.SUCCESS, BOOT + b"\0\0", 10, key=Key("Boot", IMAGE_SECURITY))]
)
def test_a_name_that_does_not_fit_tells_its_size_and_touches_neither_name_nor_guid(reply: Reply) -> None:
    guest = Guest(Firmware({GetNextVariableName: reply}))
    name = guest.put(b"\0\0zz", 16)
    assert guest.ask(next_name(name.address, 4)) == 0
    assert (at(guest.after, 16, "Q"), at(guest.after, 24, "Q"), guest.after[40:56]) == (SMALL, 10, GUID)
    assert name.read(16) == b"\0\0zz" + bytes(12)


def test_the_end_of_the_list_changes_the_status_alone() -> None:
    guest = Guest(Firmware({GetNextVariableName: Reply(Status.NOT_FOUND)}))
    name = guest.put(BOOT + b"\0\0")
    op = next_name(name.address, 10)
    assert guest.ask(op) == 0
    assert guest.after == op[:16] + ABSENT.to_bytes(8, "little") + op[24:]
    assert name.read(10) == BOOT + b"\0\0"


def test_the_whole_buffer_of_the_caller_must_be_mapped() -> None:
    guest = Guest(Firmware({GetNextVariableName: FOUND}))
    name = guest.put(b"\0\0")
    assert guest.refuses(next_name(name.address, 3)) == EFAULT
    assert guest.refuses(next_name(UNMAPPED, 2)) == EFAULT
    assert guest.refuses(next_name(UNMAPPED, HUGE)) == ENOMEM
    assert guest.firmware.asked == []


def test_a_buffer_that_cannot_be_written_back_takes_everything_back() -> None:
    def unmapping(_op: Op) -> Reply:
        guest.memory.unmap(name)
        return FOUND

    guest = Guest(Firmware({GetNextVariableName: unmapping}))
    name = guest.put(bytes(8))
    assert guest.refuses(next_name(name.address, 8)) == EFAULT


def test_an_operation_that_cannot_be_written_back_is_a_fault() -> None:
    def unmapping(_op: Op) -> Reply:
        guest.memory.unmap(guest.op)
        return Reply(Status.SUCCESS)

    guest = Guest(Firmware({SetVariable: unmapping}))
    name = guest.put(bytes(8))
    assert guest.ask(variable(7, name.address, 0, 0)) == -EFAULT
