"""Room: what is counted, when it is given back, and what a full store does."""

import pytest

from efirt.firmware import DEFAULT, PROFILES, Firmware
from efirt.firmware.quirks import QUIRKS
from efirt.firmware.space import ERROR_FLAG, SYSTEM_ERROR, USER_ERROR
from efirt.ops import GetNextHighMonotonicCount, QueryVariableInfo, SetTime
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.status import Status
from tests.firmware.machine import Machine, key, write

SMALL = DEFAULT._replace(limits=DEFAULT.limits._replace(store_size=28 + 3000))


def size(name: str, data: int) -> int:
    return -(-(60 + 2 * len(name) + 2 + data) // 4) * 4


def fill(machine: Machine) -> None:
    """Write until no record fits any more."""
    number = 0
    while machine.left() >= size("F", 1):
        number += 1
        data = number.to_bytes(4, "little") * 50
        assert machine.status(write("F", 7, data[: machine.left() - size("F", 0)])) == Status.SUCCESS


@pytest.mark.parametrize("data", [1, 2, 3, 4, 100])
def test_a_record_takes_its_header_name_and_value_up_to_a_multiple_of_four(data: int) -> None:
    machine = Machine()
    before = machine.left()
    machine.ask(write("A", 7, bytes(data)))
    assert before - machine.left() == size("A", data)


def test_the_dead_count_after_the_boot_phase_and_not_in_it() -> None:
    late, early = Machine(), Machine(runtime=False)
    for machine, given_back in ((late, 0), (early, size("A", 4))):
        before = machine.left()
        machine.ask(write("A", 7, bytes(4)))
        machine.ask(write("A", 7, b""))
        assert machine.left() == before - size("A", 4) + given_back


def test_where_the_dead_go_at_once_they_are_never_counted() -> None:
    machine = Machine(QUIRKS["space-freed-at-once"](DEFAULT))
    before = machine.left()
    for value in (bytes(4), b"four", b"rest"):
        machine.ask(write("A", 7, value))
        assert machine.left() == before - size("A", 4)
    machine.ask(write("A", 7, b""))
    assert machine.left() == before


def test_the_numbers_of_the_platforms() -> None:
    figures = {name: Machine(profile).ask(QueryVariableInfo(Attributes(7))).storage for name, profile in PROFILES.items()}
    large, small = figures["ovmf-2022.11"], figures["ovmf-2022.11-2m"]
    assert large is not None
    assert small is not None
    assert (large.maximum_storage_size, large.maximum_variable_size) == (262_044, 33_732)
    assert (small.maximum_storage_size, small.maximum_variable_size) == (57_244, 8_132)
    assert (figures["edk2"], figures["edk2-2m"]) == (large, small)


@pytest.mark.parametrize(("attributes", "whole", "largest"), [(6, 524_260, 262_084), (7, 57_244, 8_132), (0x27, 57_244, 10_180)])
def test_each_kind_has_its_own_room(attributes: int, whole: int, largest: int) -> None:
    storage = Machine(PROFILES["edk2-2m"]).ask(QueryVariableInfo(Attributes(attributes))).storage
    assert storage is not None
    assert (storage.maximum_storage_size, storage.maximum_variable_size) == (whole, largest)


def test_hardware_error_records_have_their_own_room() -> None:
    machine = Machine(DEFAULT._replace(limits=DEFAULT.limits._replace(hardware_error_storage=0x1000)))
    storage = machine.ask(QueryVariableInfo(Attributes(0x0F))).storage
    assert storage == (0x1000, 0x1000, 0x1000 - 60)
    ordinary = machine.ask(QueryVariableInfo(Attributes(7))).storage
    assert ordinary is not None
    assert ordinary.maximum_storage_size == 262_044 - 0x1000


def test_the_largest_variable_shrinks_with_what_is_left_and_ends_at_zero() -> None:
    machine = Machine(SMALL)
    storage = machine.ask(QueryVariableInfo(Attributes(7))).storage
    assert storage is not None
    assert storage.maximum_variable_size == storage.remaining_storage_size - 60
    machine.ask(write("F", 7, bytes(machine.left() - 64 - 40)))
    assert machine.ask(QueryVariableInfo(Attributes(7))).storage == (3000, 40, 0)


def test_unknown_bits_beside_known_ones_are_ignored() -> None:
    machine = Machine()
    assert machine.ask(QueryVariableInfo(Attributes(0x4000_0107))) == machine.ask(QueryVariableInfo(Attributes(7), boot_snapshot=True))


def test_a_full_store_keeps_the_older_value_and_notes_an_error() -> None:
    machine = Machine(SMALL)
    machine.ask(write("A", 7, b"older"))
    before = tuple(machine.firmware.variables.stored.store)
    assert machine.status(write("A", 7, bytes(2900))) == Status.OUT_OF_RESOURCES
    assert machine.data("A") == b"older"
    assert machine.data(ERROR_FLAG) == bytes([SYSTEM_ERROR])
    assert [record.key for record in machine.firmware.variables.stored.store] == [record.key for record in before]


def test_a_user_variable_without_room_notes_another_error() -> None:
    machine = Machine(DEFAULT._replace(limits=DEFAULT.limits._replace(user_storage=900)))
    assert machine.status(write("A", 7, bytes(1000))) == Status.OUT_OF_RESOURCES
    assert machine.data(ERROR_FLAG) == bytes([USER_ERROR])


def test_a_firmware_without_the_flag_notes_nothing() -> None:
    firmware = Firmware(SMALL, now=lambda: 0, stored=[Record(key("A"), Attributes(7), b"x")])
    assert firmware.call(write("B", 7, bytes(2990))).status == Status.OUT_OF_RESOURCES
    assert len(firmware.variables.stored.store) == 1


def test_deleting_at_runtime_gives_nothing_back() -> None:
    machine = Machine(SMALL)
    fill(machine)
    assert machine.status(write("F", 7, b"")) == Status.SUCCESS
    assert machine.status(write("A", 7, bytes(200))) == Status.OUT_OF_RESOURCES


def test_the_same_value_again_needs_no_room() -> None:
    machine = Machine(SMALL)
    machine.ask(write("A", 7, b"same"))
    fill(machine)
    left = machine.left()
    assert machine.status(write("A", 7, b"same")) == Status.SUCCESS
    assert machine.left() == left


def test_in_the_boot_phase_the_dead_make_room() -> None:
    machine = Machine(SMALL, runtime=False)
    for number in range(40):
        assert machine.status(write("A", 7, bytes([number]) * 200)) == Status.SUCCESS
    assert machine.data("A") == bytes([39]) * 200
    assert machine.firmware.variables.stored.used.common <= 3000


def test_in_the_boot_phase_too_much_is_too_much() -> None:
    machine = Machine(SMALL, runtime=False)
    machine.ask(write("A", 7, b"older"))
    assert machine.status(write("A", 7, bytes(2950))) == Status.OUT_OF_RESOURCES
    assert machine.data("A") == b"older"
    assert machine.data(ERROR_FLAG) == bytes([SYSTEM_ERROR])


def test_what_an_update_had_marked_is_copied_last() -> None:
    machine = Machine(SMALL, runtime=False)
    for name in ("A", "B"):
        machine.ask(write(name, 7, b"x"))
    assert machine.status(write("A", 7, bytes(2950))) == Status.OUT_OF_RESOURCES
    region = machine.firmware.variables.stored
    assert region.half_deleted == {key("A")}
    region.compact()
    assert [record.key.name for record in region.store][-2:] == ["B", "A"]
    assert not region.half_deleted


def test_a_newer_record_ends_the_mark() -> None:
    machine = Machine(SMALL)
    machine.ask(write("A", 7, b"x"))
    machine.ask(write("A", 7, bytes(2950)))
    assert machine.status(write("A", 7, b"small")) == Status.SUCCESS
    assert not machine.firmware.variables.stored.half_deleted


def test_volatile_variables_make_room_for_each_other_in_the_boot_phase() -> None:
    machine = Machine(DEFAULT._replace(limits=DEFAULT.limits._replace(volatile_store_size=28 + 3000)), runtime=False)
    for number in range(30):
        assert machine.status(write("A", 6, bytes([number]) * 300)) == Status.SUCCESS
    assert machine.status(write("B", 6, bytes(2990))) == Status.OUT_OF_RESOURCES
    assert machine.data("A") == bytes([29]) * 300


def test_what_the_dead_of_an_image_take_is_handed_in() -> None:
    assert Machine(used=200_000).left() == 262_044 - 200_000
    assert Machine(used=0).left() == Machine().left()


def test_on_a_full_store_the_count_comes_beside_the_error() -> None:
    machine = Machine(SMALL)
    fill(machine)
    reply = machine.ask(GetNextHighMonotonicCount())
    assert (reply.status, reply.count) == (Status.OUT_OF_RESOURCES, 2)
    assert machine.ask(GetNextHighMonotonicCount()).count == 3


def test_on_a_full_store_the_clock_cannot_change_its_zone() -> None:
    machine = Machine(SMALL)
    fill(machine)
    assert machine.status(SetTime(EfiTime(2030, 1, 1, time_zone=60))) == Status.DEVICE_ERROR
    assert machine.status(SetTime(EfiTime(2030, 1, 1))) == Status.SUCCESS
