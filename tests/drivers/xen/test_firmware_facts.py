"""firmware_info of the simulated Xen, driven with bytes laid by hand."""

import pytest

from efirt.drivers.xen.firmware_facts import Machine, MemoryRange
from efirt.drivers.xen.hypervisor import Switches
from tests.drivers.xen.raw import info
from tests.drivers.xen.scripted import Guest

ESRCH, EFAULT, EINVAL, ENOSYS, ENODATA, EOPNOTSUPP = 3, 14, 22, 38, 61, 95
ROM = (1, 2, 3, 0x8086, 0x1234)
MACHINE = Machine(
    revision=0x0002001F,
    vendor="ACME",
    vendor_revision=0x99,
    table_address=0x7F000018,
    table_count=5,
    memory_map=(MemoryRange(0x1000, 0x1000, 8, 6), MemoryRange(2**64 - 0x1000, 0x1000, 2**63, 5)),
    roms={ROM: (0xC0000, 0x8000)},
    apple_properties=(0x5000, 0x60),
)


@pytest.mark.parametrize("index", [*range(8), 0xFFFFFFFF])
def test_without_efi_there_are_no_facts(index: int) -> None:
    assert Guest(switches=Switches(efi=False, rs=False), machine=MACHINE).refuses(info(index)) == ENOSYS


@pytest.mark.parametrize("index", [7, 0xFFFFFFFF])
def test_an_unknown_index_is_invalid(index: int) -> None:
    assert Guest(machine=MACHINE).refuses(info(index)) == EINVAL


@pytest.mark.parametrize("index", [0, 4])
def test_the_revisions_are_told(index: int) -> None:
    guest = Guest(machine=MACHINE)
    assert guest.ask(info(index)) == 0
    assert guest.after == info(index, (16, "I", 0x0002001F))


@pytest.mark.parametrize("index", range(7))
def test_without_runtime_services_two_facts_are_gone_and_the_others_stay(index: int) -> None:
    guest = Guest(switches=Switches(rs=False), machine=MACHINE)
    op = info(index, (16, "Q", 0x1000)) if index != 5 else info(5, *rom(*ROM))
    if index in {2, 4}:
        assert guest.refuses(op) == EOPNOTSUPP
    else:
        assert guest.ask(op) == 0


def test_the_table_of_tables_is_told() -> None:
    guest = Guest(machine=MACHINE)
    assert guest.ask(info(1)) == 0
    assert guest.after == info(1, (16, "Q", 0x7F000018), (24, "I", 5))


@pytest.mark.parametrize(
    ("room", "left"),
    [
        (0, b"zzzzzzzzzzzz"),
        (1, b"zzzzzzzzzzzz"),
        (2, b"A\0zzzzzzzzzz"),
        (5, b"A\0C\0zzzzzzzz"),
        (8, b"A\0C\0M\0E\0zzzz"),
        (10, b"A\0C\0M\0E\0\0\0zz"),
        (12, b"A\0C\0M\0E\0\0\0zz"),
    ],
)
def test_the_vendor_is_cut_to_whole_units_without_a_nul_and_without_a_word(room: int, left: bytes) -> None:
    guest = Guest(machine=MACHINE)
    name = guest.put(b"z" * 12)
    assert guest.ask(info(2, (20, "I", room), (24, "Q", name.address))) == 0
    assert name.read(12) == left
    assert guest.after == info(2, (16, "I", 0x99), (20, "I", room), (24, "Q", name.address))


def test_a_vendor_s_buffer_that_is_not_mapped_is_a_fault() -> None:
    guest = Guest(machine=MACHINE)
    assert guest.refuses(info(2, (20, "I", 2), (24, "Q", 0x1000))) == EFAULT
    assert guest.ask(info(2, (20, "I", 0), (24, "Q", 0x1000))) == 0


@pytest.mark.parametrize(
    ("address", "size", "told"),
    [
        (0x1000, 0x1000, 0x1000),
        (0x1000, 0x1001, 0x1000),
        (0x1800, 0x10, 0x10),
        (0x1FFF, 2**64 - 1, 1),
        (0x1000, 0, 0),
    ],
)
def test_a_stretch_of_memory_is_cut_to_its_entry(address: int, size: int, told: int) -> None:
    guest = Guest(machine=MACHINE)
    assert guest.ask(info(3, (16, "Q", address), (24, "Q", size))) == 0
    assert guest.after == info(3, (16, "Q", address), (24, "Q", told), (32, "Q", 8), (40, "I", 6))


def test_a_stretch_that_wraps_is_cut_to_the_end_of_memory() -> None:
    guest = Guest(machine=MACHINE)
    assert guest.ask(info(3, (16, "Q", 2**64 - 2), (24, "Q", 100))) == 0
    assert guest.after == info(3, (16, "Q", 2**64 - 2), (24, "Q", 2), (32, "Q", 2**63), (40, "I", 5))


@pytest.mark.parametrize("address", [0, 0xFFF, 0x2000, 2**63])
def test_an_address_in_no_entry_is_not_found(address: int) -> None:
    assert Guest(machine=MACHINE).refuses(info(3, (16, "Q", address), (24, "Q", 1))) == ESRCH


def rom(segment: int, bus: int, function: int, vendor: int, device: int) -> tuple[tuple[int, str, int], ...]:
    return (16, "H", segment), (18, "B", bus), (19, "B", function), (20, "H", vendor), (22, "H", device)


def test_an_option_rom_is_found_by_five_numbers() -> None:
    guest = Guest(machine=MACHINE)
    assert guest.ask(info(5, *rom(*ROM))) == 0
    assert guest.after == info(5, *rom(*ROM), (24, "Q", 0xC0000), (32, "Q", 0x8000))


@pytest.mark.parametrize("wrong", range(5))
def test_four_of_them_are_not_enough(wrong: int) -> None:
    numbers = [*ROM]
    numbers[wrong] += 1
    assert Guest(machine=MACHINE).refuses(info(5, *rom(*numbers))) == ESRCH


def test_apple_s_properties_are_told_where_there_are_some() -> None:
    guest = Guest(machine=MACHINE)
    assert guest.ask(info(6)) == 0
    assert guest.after == info(6, (16, "Q", 0x5000), (24, "Q", 0x60))
    assert Guest().refuses(info(6)) == ENODATA


def test_only_the_answer_is_written_back() -> None:
    guest = Guest(machine=MACHINE)
    op = info(1)[:16] + b"\xaa" * 120
    assert guest.ask(op) == 0
    assert guest.after[:16] == op[:16]
    assert guest.after[28:] == b"\xaa" * 108
