"""A machine that is stepped through its start: what it takes in each phase, and what each step does."""

import pytest

from efirt.firmware import PROFILES, Firmware, Profile
from efirt.firmware.model import COUNTER
from efirt.firmware.modes import DEPLOYED_MODE
from efirt.firmware.phases import Phase
from efirt.firmware.quirks import with_quirks
from efirt.firmware.space import ERROR_FLAG
from efirt.ops import GetTime, QueryVariableInfo, ResetSystem, ResetType
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import Machine, key, read, well_known, write
from tests.firmware.signing import OWNER_CERTIFICATE, PK, SIGNED, Believing, certificates, day, signed

EDK2 = PROFILES["edk2"]
STORED, VOLATILE, AUTHENTICATED = 7, 6, 0x27
SUCCESS, INVALID, UNSUPPORTED = Status.SUCCESS, Status.INVALID_PARAMETER, Status.UNSUPPORTED
STAYS = Record(key("Stays"), Attributes(STORED), b"x")


def started(until: Phase, profile: Profile = EDK2, *extra: Record) -> Machine:
    machine = Machine(profile, extra=extra, verifier=Believing())
    machine.firmware.boot(until)
    return machine


def test_a_start_goes_through_every_phase_in_order_and_stays_in_the_last() -> None:
    firmware = started(Phase.READING).firmware
    assert [firmware.phase, *(firmware.step() for _ in range(4))] == [
        Phase.READING,
        Phase.DRIVERS,
        Phase.BOOT,
        Phase.RUNTIME,
        Phase.RUNTIME,
    ]


def test_stepping_comes_to_the_same_as_booting_at_once() -> None:
    at_once, stepped = started(Phase.RUNTIME), started(Phase.READING)
    while stepped.firmware.phase < Phase.RUNTIME:
        stepped.firmware.step()
    for region in ("stored", "volatile"):
        one, other = (getattr(machine.firmware.variables, region) for machine in (at_once, stepped))
        assert [*one.store] == [*other.store]
        assert one.used == other.used


# Before firmware can write


def test_before_firmware_can_write_what_is_to_be_stored_has_to_wait_and_the_rest_does_not() -> None:
    machine = started(Phase.READING, EDK2, STAYS)
    assert machine.data("Stays") == b"x"
    assert machine.status(write("A", STORED)) == Status.NOT_AVAILABLE_YET
    assert machine.status(write("A", STORED, b"")) == Status.NOT_AVAILABLE_YET
    assert machine.status(write("Stays", STORED, b"")) == Status.NOT_AVAILABLE_YET
    assert machine.status(write("Stays", 0, b"")) == UNSUPPORTED
    assert machine.status(write("A", VOLATILE)) == SUCCESS
    assert machine.status(write("A", VOLATILE, b"")) == SUCCESS
    assert machine.data("Stays") == b"x"


def test_before_firmware_can_write_it_has_no_authenticated_variables() -> None:
    machine = started(Phase.READING)
    assert machine.status(signed(key("P"), b"v")) == INVALID
    assert machine.status(QueryVariableInfo(Attributes(AUTHENTICATED))) == UNSUPPORTED
    machine.firmware.step()
    assert machine.status(QueryVariableInfo(Attributes(AUTHENTICATED))) == SUCCESS
    assert machine.status(signed(key("P"), b"v")) == SUCCESS


def test_a_status_that_another_specification_names_has_that_name() -> None:
    assert str(Status.NOT_AVAILABLE_YET) == "EFI_NOT_AVAILABLE_YET"
    assert Status.NOT_AVAILABLE_YET.is_error


def test_a_start_has_no_volatile_variable_and_then_those_of_the_keys_and_then_all() -> None:
    machine = started(Phase.READING)
    seen = []
    for _ in range(3):
        seen.append({record.key.name for record in machine.firmware.variables.volatile.store})
        machine.firmware.step()
    early = {"SetupMode", "SignatureSupport", "SecureBoot", "VendorKeys", "certdbv"}
    assert seen[:2] == [set(), early]
    assert seen[2] > early | {"BootCurrent", "LangCodes"}


def test_the_counter_moves_on_when_firmware_can_write() -> None:
    machine = started(Phase.READING)
    counts = [machine.data(COUNTER)]
    for _ in range(3):
        machine.firmware.step()
        counts.append(machine.data(COUNTER))
    assert counts == [bytes([count, 0, 0, 0]) for count in (1, 2, 2, 2)]


# While firmware's drivers run


@pytest.mark.parametrize(
    ("op", "later"),
    [
        (write(well_known("SecureBoot"), VOLATILE, b"\1"), Status.WRITE_PROTECTED),
        (write(well_known("Timeout"), STORED, bytes(3)), INVALID),
        (write(well_known("Nonsense"), STORED), INVALID),
        (write(well_known("BootOptionSupport"), VOLATILE, bytes(4)), Status.WRITE_PROTECTED),
    ],
    ids=["read only", "size", "unknown name", "locked"],
)
def test_names_count_from_the_end_of_the_drivers_on(op: object, later: Status) -> None:
    machine = started(Phase.DRIVERS)
    assert machine.status(op) == SUCCESS  # type: ignore[arg-type]
    machine.firmware.step()
    assert machine.status(op) == later  # type: ignore[arg-type]


def test_what_drivers_have_written_is_there_afterwards() -> None:
    machine = started(Phase.DRIVERS)
    machine.ask(write("Theirs", VOLATILE, b"a"))
    machine.ask(write("Kept", STORED, b"b"))
    machine.ask(write(well_known("BootCurrent"), VOLATILE, b"\x02\x00"))
    for _ in range(2):
        machine.firmware.step()
        assert (machine.data("Theirs"), machine.data("Kept"), machine.data(well_known("BootCurrent"))) == (b"a", b"b", b"\x02\x00")


def test_a_platform_key_that_is_enrolled_while_drivers_run_leads_to_user_mode() -> None:
    machine = started(Phase.DRIVERS)
    assert machine.status(signed(PK, certificates(OWNER_CERTIFICATE), None)) == SUCCESS
    machine.firmware.step()
    assert [machine.data(well_known(name)) for name in ("SetupMode", "SecureBoot")] == [b"\0", b"\1"]


def test_only_what_the_drivers_leave_counts_as_a_users_from_then_on() -> None:
    small = EDK2._replace(limits=EDK2.limits._replace(user_storage=400))
    machine = started(Phase.DRIVERS, small)
    assert machine.status(write("A", STORED, bytes(500))) == SUCCESS
    machine.firmware.step()
    assert machine.status(write("B", STORED, bytes(500))) == Status.OUT_OF_RESOURCES


def test_an_error_of_the_drivers_is_noted_when_they_have_run() -> None:
    small = EDK2._replace(limits=EDK2.limits._replace(store_size=28 + 2700))
    machine = started(Phase.DRIVERS, small)
    assert machine.status(write("A", STORED, bytes(2600))) == Status.OUT_OF_RESOURCES
    assert machine.data(ERROR_FLAG) == b"\xff"
    machine.firmware.step()
    assert machine.data(ERROR_FLAG) == b"\xef"
    machine.firmware.boot()
    assert machine.data(ERROR_FLAG) == b"\xff"


# A machine that does not get far


@pytest.mark.parametrize(("quirk", "phase"), [("before-writing", Phase.READING), ("before-end-of-drivers", Phase.DRIVERS)], ids=str)
@pytest.mark.parametrize("runtime", [True, False])
def test_a_machine_that_is_stopped_on_its_way_stays_there(quirk: str, phase: Phase, runtime: bool) -> None:
    machine = Machine(with_quirks(EDK2, quirk), runtime=runtime)
    assert machine.firmware.phase == phase
    for go in (machine.firmware.exit_boot_services, machine.firmware.boot, machine.firmware.reset):
        go()
        assert machine.firmware.phase == phase
    assert machine.ask(GetTime()).status == SUCCESS


# What is lost


def test_an_emulated_store_is_lost_when_the_machine_is_switched_off_and_stays_otherwise() -> None:
    machine = Machine(with_quirks(EDK2, "store-lost-at-power-off"))
    machine.ask(write("A", STORED))
    machine.ask(ResetSystem(ResetType.COLD))
    machine.firmware.reset()
    assert machine.data("A") == b"x"
    machine.ask(ResetSystem(ResetType.SHUTDOWN))
    assert machine.data("A") is None
    assert machine.data(well_known("BootOrder")) is not None
    machine.ask(write("A", STORED))
    machine.firmware.reset(power_off=True)
    assert machine.data("A") is None


def test_any_other_store_stays_when_the_machine_is_switched_off() -> None:
    machine = Machine(EDK2)
    machine.ask(write("A", STORED))
    machine.firmware.reset(power_off=True)
    assert machine.data("A") == b"x"


def test_what_a_volatile_store_got_after_the_boot_phase_is_gone_with_the_reset_and_what_it_lost_is_back() -> None:
    machine = Machine(with_quirks(EDK2, "runtime-writes-lost"), extra=(STAYS,))
    machine.ask(write("A", STORED))
    machine.ask(write("Stays", STORED, b""))
    assert (machine.data("A"), machine.data("Stays")) == (b"x", None)
    machine.firmware.boot()
    assert (machine.data("A"), machine.data("Stays")) == (None, b"x")
    machine.ask(write("B", STORED))
    machine.firmware.exit_boot_services()
    machine.ask(write("C", STORED))
    machine.firmware.reset()
    assert (machine.data("B"), machine.data("C")) == (b"x", None)


def test_a_store_that_is_lost_takes_its_room_back() -> None:
    machine = Machine(with_quirks(EDK2, "runtime-writes-lost"))
    before = machine.left()
    machine.ask(write("A", STORED, bytes(30_000)))
    machine.firmware.reset()
    assert before - 200 < machine.left() < before


# A machine that does not start


def test_a_store_that_is_more_than_half_full_bricks_at_the_next_start_and_for_good() -> None:
    small = EDK2._replace(limits=EDK2.limits._replace(store_size=28 + 20_000))
    machine = Machine(with_quirks(small, "half-full-bricks"))
    machine.ask(write("A", STORED, bytes(5_000)))
    machine.firmware.reset()
    assert machine.status(GetTime()) == SUCCESS
    machine.ask(write("B", STORED, bytes(5_000)))
    assert machine.status(GetTime()) == SUCCESS
    for _ in range(2):
        machine.firmware.reset()
        assert machine.status(GetTime()) == machine.status(read("A")) == machine.status(write("A", STORED)) == Status.DEVICE_ERROR


def test_a_deletion_bricks_where_it_is_of_something_the_board_came_with_and_nobody_knows() -> None:
    profile = with_quirks(EDK2, "deletions-brick")
    mine = Machine(profile)
    mine.ask(write("Mine", STORED))
    mine.firmware.reset()
    mine.ask(write("Mine", STORED, b""))
    mine.ask(write(well_known("Boot0001"), STORED, b""))
    mine.firmware.reset()
    assert mine.status(GetTime()) == SUCCESS
    theirs = Machine(profile, extra=(STAYS,))
    theirs.ask(write("Stays", STORED, b""))
    assert theirs.status(GetTime()) == SUCCESS
    theirs.firmware.reset()
    assert theirs.status(GetTime()) == Status.DEVICE_ERROR


def test_a_service_that_firmware_dies_of_takes_all_others_with_it_until_the_next_start() -> None:
    machine = Machine(with_quirks(EDK2, "set-crashes"), runtime=False)
    assert machine.status(write("A", STORED)) == SUCCESS
    machine.firmware.exit_boot_services()
    assert machine.data("A") == b"x"
    assert machine.status(write("A", STORED, b"y")) == Status.ABORTED
    assert machine.status(read("A")) == machine.status(ResetSystem(0)) == machine.status(write("A", STORED)) == Status.DEVICE_ERROR
    machine.firmware.reset()
    assert machine.data("A") == b"x"


# Modes over a start


def test_a_platform_that_is_deployed_by_its_first_key_is_so_when_it_begins_with_one() -> None:
    owner = Record(PK, Attributes(SIGNED), certificates(OWNER_CERTIFICATE), day(1))
    profile = with_quirks(EDK2, "deployed-at-once")
    for stored, deployed in (((owner,), b"\1"), ((), b"\0")):
        firmware = Firmware(profile, now=lambda: 0, stored=stored)
        for _ in range(2):
            assert firmware.call(read(DEPLOYED_MODE)).data == deployed
            firmware.reset()


def test_a_mode_that_is_only_told_is_not_the_mode() -> None:
    machine = Machine(with_quirks(EDK2, "audit-mode-told"), verifier=Believing())
    machine.firmware.reset()
    assert machine.status(signed(PK, certificates(OWNER_CERTIFICATE), None)) == SUCCESS
    assert [machine.data(Key(name, GLOBAL)) for name in ("SetupMode", "AuditMode")] == [b"\0", b"\1"]
