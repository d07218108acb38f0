"""Reading, listing and writing variables."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.firmware import DEFAULT, PROFILES
from efirt.ops import GetNextVariableName, GetVariable, Reply, SetVariable
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import ZERO, Guid
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import VENDOR, Machine, key, read, well_known, write
from tests.firmware.signing import Believing, signed

HIDDEN = Record(key("Hidden"), Attributes(3), b"secret")
VOLATILE = Record(key("Volatile"), Attributes(6), b"soon gone")
TWICE = (Record(key("Twice"), Attributes(6), b"volatile"), Record(key("Twice"), Attributes(7), b"stored"))


def listed(machine: Machine) -> list[Key]:
    keys, op = list[Key](), GetNextVariableName()
    while True:
        reply = machine.ask(op)
        if reply.key is None:
            assert reply == Reply(Status.NOT_FOUND)
            return keys
        keys.append(reply.key)
        op = GetNextVariableName(reply.key)


# GetVariable


def test_a_variable_is_read_with_its_attributes_and_size() -> None:
    machine = Machine()
    machine.ask(write("A", 7, b"value"))
    assert machine.ask(read("A")) == Reply(Status.SUCCESS, b"value", 5, Attributes(7))
    assert machine.ask(read("A", 5)).status == Status.SUCCESS


def test_too_little_room_tells_what_is_needed_and_the_attributes() -> None:
    machine = Machine()
    machine.ask(write("A", 7, b"value"))
    assert machine.ask(read("A", 4)) == Reply(Status.BUFFER_TOO_SMALL, size=5, attributes=Attributes(7))
    assert machine.ask(read("A", 0)).size == 5
    silent = Machine(DEFAULT._replace(attributes_when_too_small=False))
    assert silent.ask(read(well_known("Lang"), 0)) == Reply(Status.BUFFER_TOO_SMALL, size=4)


@pytest.mark.parametrize("name", ["", "a", "A ", "B"])
def test_what_is_not_there_under_exactly_this_name_is_not_found(name: str) -> None:
    machine = Machine()
    machine.ask(write("A", 7))
    assert machine.ask(read(name)) == Reply(Status.NOT_FOUND)
    assert machine.ask(read(Key("A", ZERO))) == Reply(Status.NOT_FOUND)


def test_a_name_ends_at_its_first_nul() -> None:
    machine = Machine()
    assert machine.status(write("A\0rest", 7, b"value")) == Status.SUCCESS
    assert machine.data("A") == machine.data("A\0other") == b"value"
    assert machine.status(write("\0A", 7)) == Status.INVALID_PARAMETER


def test_a_name_is_its_code_units() -> None:
    machine = Machine()
    machine.ask(write("\ud83d\ude00", 7, b"face"))
    machine.ask(write("\udc00\ud800", 7, b"nonsense"))
    assert (machine.data("\N{GRINNING FACE}"), machine.data("\udc00\ud800")) == (b"face", b"nonsense")


def test_an_empty_value_needs_a_buffer_that_is_there() -> None:
    machine = Machine(extra=(Record(key("Empty"), Attributes(7), b""),))
    assert machine.status(read("Empty", 0)) == Status.INVALID_PARAMETER
    assert machine.ask(read("Empty", 1)) == Reply(Status.SUCCESS, b"", 0, Attributes(7))


def test_what_is_for_boot_only_is_hidden_afterwards() -> None:
    machine = Machine(runtime=False, extra=(HIDDEN,))
    assert machine.data("Hidden") == b"secret"
    assert HIDDEN.key in listed(machine)
    machine.firmware.exit_boot_services()
    assert machine.status(read("Hidden")) == Status.NOT_FOUND
    assert HIDDEN.key not in listed(machine)
    assert machine.status(GetNextVariableName(HIDDEN.key)) == Status.INVALID_PARAMETER


# GetNextVariableName


def test_the_list_begins_with_what_is_volatile_and_follows_the_order_of_writing() -> None:
    machine = Machine(extra=(VOLATILE,))
    machine.ask(write("A", 7, b"1"))
    machine.ask(write("B", 7, b"1"))
    machine.ask(write("A", 7, b"2"))
    found = listed(machine)
    volatile = [entry for entry in found if machine.firmware.variables.volatile.store.get(entry)]
    assert found[: len(volatile)] == volatile
    assert volatile[-1] == VOLATILE.key
    assert found[-2:] == [key("B"), key("A")]


def test_one_name_under_two_guids_is_listed_twice() -> None:
    found = [entry for entry in listed(Machine()) if entry.name == "525400123456"]
    assert len(found) == len({entry.guid for entry in found}) == 2


def test_a_key_in_both_regions_is_read_from_the_volatile_one() -> None:
    machine = Machine(extra=TWICE)
    assert machine.data("Twice") == b"volatile"
    machine = Machine(extra=(TWICE[0]._replace(attributes=Attributes(2)), TWICE[1]))
    assert machine.data("Twice") == b"stored"
    assert listed(machine)[-1] == key("Twice")


def test_a_key_in_both_regions_is_written_in_the_volatile_one() -> None:
    machine = Machine(runtime=False, extra=TWICE)
    assert machine.status(write("Twice", 6, b"new")) == Status.SUCCESS
    assert machine.data("Twice") == b"new"
    assert machine.status(write("Twice", 7, b"new")) == Status.INVALID_PARAMETER
    assert machine.status(write("Twice", 0, b"")) == Status.SUCCESS
    assert machine.data("Twice") == b"stored"


def test_a_name_comes_back_with_its_nul_and_its_size() -> None:
    reply = Machine().ask(GetNextVariableName(room=512))
    assert reply == Reply(Status.SUCCESS, "SetupMode\0".encode("utf-16-le"), 20, key=well_known("SetupMode"))


@pytest.mark.parametrize(
    ("room", "reply"),
    [
        (0, Reply(Status.INVALID_PARAMETER)),
        (1, Reply(Status.INVALID_PARAMETER)),
        (2, Reply(Status.BUFFER_TOO_SMALL, size=20)),
        (19, Reply(Status.BUFFER_TOO_SMALL, size=20)),
    ],
)
def test_little_room_for_the_first_name(room: int, reply: Reply) -> None:
    assert Machine().ask(GetNextVariableName(room=room)) == reply


def test_a_name_that_does_not_end_within_its_room_is_refused() -> None:
    machine = Machine()
    before = well_known("SetupMode")
    assert machine.status(GetNextVariableName(before, 20)) == Status.BUFFER_TOO_SMALL
    for room in (19, 18, 21 & 1):
        assert machine.status(GetNextVariableName(before, room)) == Status.INVALID_PARAMETER
    assert machine.status(GetNextVariableName(well_known("Absent"))) == Status.INVALID_PARAMETER


def test_an_empty_name_asks_for_the_first_whatever_its_guid() -> None:
    assert Machine().ask(GetNextVariableName(Key("", VENDOR))).key == well_known("SetupMode")
    assert Machine().ask(GetNextVariableName(Key("\0x", VENDOR))).key == well_known("SetupMode")


def test_a_machine_without_variables_has_no_first() -> None:
    from efirt.firmware import Firmware

    assert Firmware(now=lambda: 0, stored=(), volatile=()).call(GetNextVariableName()) == Reply(Status.NOT_FOUND)


def test_a_deleted_variable_is_gone_from_the_list() -> None:
    machine = Machine()
    machine.ask(write("A", 7))
    machine.ask(write("A", 7, b""))
    assert key("A") not in listed(machine)
    assert machine.status(read("A")) == Status.NOT_FOUND


# SetVariable


def test_a_deletion_with_other_attributes_does_nothing() -> None:
    machine = Machine()
    machine.ask(write("A", 7, b"value"))
    assert machine.status(write("A", 3, b"")) == Status.INVALID_PARAMETER
    assert machine.data("A") == b"value"


@pytest.mark.parametrize("op", [write("A", 0, b""), write("A", 0, b"data"), write("A", 7, b"")])
def test_three_ways_to_delete(op: SetVariable) -> None:
    machine = Machine()
    machine.ask(write("A", 7))
    assert machine.status(op) == Status.SUCCESS
    assert machine.status(op) == Status.NOT_FOUND


def test_appending_joins_values_and_the_bit_is_not_kept() -> None:
    machine = Machine()
    assert machine.status(write("A", 0x47, b"one")) == Status.SUCCESS
    assert machine.status(write("A", 0x47, b"two")) == Status.SUCCESS
    assert machine.ask(read("A")) == Reply(Status.SUCCESS, b"onetwo", 6, Attributes(7))
    assert machine.status(write("A", 0x47, b"")) == Status.SUCCESS
    assert machine.data("A") == b"onetwo"


def test_appending_nothing_writes_the_record_again() -> None:
    machine = Machine()
    machine.ask(write("A", 7))
    machine.ask(write("B", 7))
    left = machine.left()
    machine.ask(write("A", 0x47, b""))
    assert machine.left() < left
    assert listed(machine)[-1] == key("A")


@pytest.mark.parametrize(("attributes", "status"), [(0x40, Status.NOT_FOUND), (0x41, Status.NOT_FOUND)])
def test_appending_without_access_to_what_is_absent_is_a_deletion(attributes: int, status: Status) -> None:
    assert Machine().status(write("A", attributes)) == status


def test_appending_without_access_to_what_is_there_changes_its_attributes() -> None:
    machine = Machine()
    machine.ask(write("A", 7, b"x"))
    assert machine.status(write("A", 0x40)) == Status.INVALID_PARAMETER
    assert machine.data("A") == b"x"


def test_the_largest_variable_counts_its_name() -> None:
    machine = Machine()
    room = 33_732 - 2 * 2
    assert machine.status(write("A", 7, bytes(room))) == Status.SUCCESS
    assert machine.status(write("B", 7, bytes(room + 1))) == Status.INVALID_PARAMETER
    assert machine.status(write("é", 7, bytes(room))) == Status.SUCCESS
    assert machine.status(write("\N{GRINNING FACE}", 7, bytes(room - 1))) == Status.INVALID_PARAMETER


def test_the_two_profiles_differ_in_one_answer_about_attributes() -> None:
    answers = {name: Machine(profile).status(write("A", 0x11)) for name, profile in PROFILES.items()}
    old, new = Status.INVALID_PARAMETER, Status.UNSUPPORTED
    assert answers == {"ovmf-2022.11": old, "ovmf-2022.11-2m": old, "ovmf-2025.02": new, "edk2": new, "edk2-2m": new, "uefi-spec": new}


def test_the_time_of_an_authenticated_write_is_kept_and_appending_keeps_the_later_one() -> None:
    from efirt.firmware import Firmware
    from efirt.values.efi_time import EfiTime

    def op(day: int, value: bytes, attributes: int = 0x27) -> SetVariable:
        return signed(key("A"), value, time=EfiTime(2024, 1, day, time_zone=0), attributes=attributes)

    machine = Firmware(now=lambda: 0, verifier=Believing())
    stored = machine.variables.stored.store

    def timestamp() -> int:
        record = stored.get(key("A"))
        assert record is not None
        return record.timestamp.day

    assert machine.call(op(3, b"one")).status == Status.SUCCESS
    assert timestamp() == 3
    assert machine.call(op(2, b"two", 0x67)).status == Status.SUCCESS
    assert timestamp() == 3
    assert machine.call(op(5, b"!", 0x67)).status == Status.SUCCESS
    assert timestamp() == 5
    assert machine.call(read("A")).data == b"onetwo!"
    assert machine.call(op(6, b"")).status == Status.SUCCESS
    assert machine.call(op(7, b"new", 0x67)).status == Status.SUCCESS
    assert timestamp() == 0


def test_a_firmware_that_was_handed_nobody_who_judges_says_so_and_stores_nothing() -> None:
    from efirt.errors import DriverError
    from efirt.firmware import Firmware

    machine = Firmware(now=lambda: 0)
    with pytest.raises(DriverError, match=r"nothing that verifies signatures; make it with verifier=.*efirt\[secureboot\]"):
        machine.call(signed(key("A"), b"one"))
    assert machine.call(read("A")).status == Status.NOT_FOUND


NAMES = st.one_of(st.sampled_from(["A", "B", "", "Lang", "A\0"]), st.text(max_size=3))
GUIDS = st.sampled_from([VENDOR, ZERO, Guid.parse("8be4df61-93ca-11d2-aa0d-00e098032b8c")])
KEYS = st.builds(Key, NAMES, GUIDS)
ROOMS = st.integers(0, (1 << 32) - 1)
OPS = st.one_of(
    st.builds(GetVariable, KEYS, ROOMS),
    st.builds(GetNextVariableName, KEYS, ROOMS),
    st.builds(SetVariable, KEYS, st.integers(0, (1 << 32) - 1).map(Attributes), st.binary(max_size=60)),
)


@given(st.lists(OPS, max_size=20))
def test_nonsense_is_answered_and_never_raises(ops: list[GetVariable | GetNextVariableName | SetVariable]) -> None:
    machine = Machine()
    for op in ops:
        assert isinstance(machine.ask(op).status, Status)
    assert len(listed(machine)) == len(set(listed(machine)))
