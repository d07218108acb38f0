"""The rest of a machine: its counter, reset, capsules, tables, and what it holds when it is fresh."""

import pytest

from efirt.errors import NotCarried
from efirt.firmware import DEFAULT, PROFILES, Firmware, Table
from efirt.firmware.capsule import INITIATE_RESET, PERSIST, POPULATE, header_of
from efirt.firmware.contents import load_option
from efirt.firmware.fresh import fresh_stored, made_at_boot
from efirt.firmware.model import COUNTER
from efirt.firmware.namespaces import CAPSULE, CUSTOM_MODE, SECURE_BOOT_ENABLE
from efirt.ops import (
    OPERATIONS,
    CapsuleCapabilities,
    CapsuleHeader,
    CopyTable,
    FirmwareInfo,
    GetNextHighMonotonicCount,
    GetTable,
    Probe,
    QueryCapsuleCapabilities,
    Reply,
    ResetSystem,
    ResetType,
    UpdateCapsule,
)
from efirt.store import Record, Store
from efirt.values.attributes import Attributes
from efirt.values.guid import ZERO, Guid
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import VENDOR, Machine, key, read, well_known, write

TAKES_CAPSULES = DEFAULT._replace(capsule_images=True, capsule_reset=True)


def test_it_answers_all_but_what_only_xen_has() -> None:
    firmware = Machine().firmware
    assert firmware.carried == frozenset(OPERATIONS) - {FirmwareInfo}
    assert firmware.call(Probe()) == Reply(Status.SUCCESS)
    with pytest.raises(NotCarried, match="only Xen has this service"):
        firmware.call(FirmwareInfo(0))


# The counter


def test_the_count_rises_and_is_kept() -> None:
    machine = Machine()
    counts = [machine.ask(GetNextHighMonotonicCount()) for _ in range(3)]
    assert [(reply.status, reply.count) for reply in counts] == [(Status.SUCCESS, count) for count in (2, 3, 4)]
    assert machine.ask(read(COUNTER)) == Reply(Status.SUCCESS, (4).to_bytes(4, "little"), 4, Attributes(7))


def test_the_count_is_the_machines_not_the_variables() -> None:
    machine = Machine()
    machine.ask(write(COUNTER, 7, bytes([9, 9, 9, 9])))
    assert machine.ask(GetNextHighMonotonicCount()).count == 2


def test_the_count_ends_at_32_bits_and_a_broken_variable_counts_from_zero() -> None:
    last = Firmware(now=lambda: 0, stored=[Record(COUNTER, Attributes(7), b"\xff" * 4)], volatile=())
    assert last.call(GetNextHighMonotonicCount()).count == 0
    broken = Firmware(now=lambda: 0, stored=[Record(COUNTER, Attributes(7), bytes(5))], volatile=())
    assert broken.call(GetNextHighMonotonicCount()).count == 1


# Reset


@pytest.mark.parametrize("kind", [ResetType.COLD, ResetType.WARM, ResetType.SHUTDOWN, ResetType.PLATFORM_SPECIFIC])
def test_a_reset_keeps_what_is_stored_and_drops_what_is_not(kind: int) -> None:
    machine = Machine(runtime=False)
    machine.ask(write("Stays", 7, b"x"))
    machine.ask(write("Goes", 6, b"x"))
    count = machine.ask(GetNextHighMonotonicCount()).count
    assert machine.ask(ResetSystem(kind)) == Reply(Status.SUCCESS)
    assert (machine.data("Stays"), machine.data("Goes")) == (b"x", None)
    assert machine.data(COUNTER) == (3).to_bytes(4, "little")
    assert count == 2


def test_an_unknown_reset_returns_without_effect() -> None:
    machine = Machine()
    assert machine.ask(ResetSystem(4)) == Reply(Status.UNSUPPORTED)
    assert machine.data(COUNTER) == (1).to_bytes(4, "little")


@pytest.mark.parametrize("runtime", [True, False])
def test_after_a_reset_a_machine_is_where_it_was(runtime: bool) -> None:
    machine = Machine(runtime=runtime, extra=(Record(key("Hidden"), Attributes(3), b"x"),))
    machine.firmware.reset()
    assert (machine.data("Hidden") is None) == runtime


def test_a_reset_forgets_errors_and_the_custom_mode() -> None:
    small = DEFAULT._replace(limits=DEFAULT.limits._replace(store_size=28 + 3000))
    machine = Machine(small)
    machine.ask(write("A", 7, bytes(2990)))
    mode = Key("CustomMode", CUSTOM_MODE)
    stored = machine.firmware.variables.stored
    stored.store.replace(Record(mode, Attributes(3), b"\1"))
    flag = Key("VarErrorFlag", Guid.parse("04b37fe8-f6ae-480b-bdd5-37d98c5e89aa"))
    assert machine.data(flag) == b"\xef"
    machine.firmware.reset()
    assert machine.data(flag) == b"\xff"
    record = stored.store.get(mode)
    assert record is not None
    assert record.data == b"\0"


def test_a_nearly_full_store_is_tidied_at_reset_and_a_roomy_one_is_not() -> None:
    for used, tidied in ((262_044 - 0x8400 - 1000, False), (262_044 - 0x8400 + 1000, True)):
        machine = Machine(used=used)
        machine.firmware.reset()
        assert (machine.left() > 200_000) == tidied


def test_secure_boot_follows_the_platform_key_at_reset() -> None:
    machine = Machine()
    machine.firmware.variables.stored.write(Record(well_known("PK"), Attributes(0x27), b"x"))
    assert (machine.data(well_known("SetupMode")), machine.data(well_known("SecureBoot"))) == (b"\1", b"\0")
    machine.firmware.reset()
    assert (machine.data(well_known("SetupMode")), machine.data(well_known("SecureBoot"))) == (b"\0", b"\1")


# Capsules


def head(flags: int, guid: Guid = VENDOR) -> CapsuleHeader:
    return CapsuleHeader(guid, 28, flags, 28)


def capsule(flags: int) -> bytes:
    return VENDOR.raw + (28).to_bytes(4, "little") + flags.to_bytes(4, "little") + (28).to_bytes(4, "little")


def test_a_capsules_head_is_read_and_a_short_one_is_filled_up() -> None:
    assert header_of(capsule(PERSIST)) == head(PERSIST)
    assert header_of(b"") == CapsuleHeader(ZERO, 0, 0, 0)


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        ([], Status.INVALID_PARAMETER),
        ([0], Status.UNSUPPORTED),
        ([PERSIST], Status.UNSUPPORTED),
        ([PERSIST | POPULATE], Status.UNSUPPORTED),
        ([POPULATE], Status.INVALID_PARAMETER),
        ([INITIATE_RESET], Status.INVALID_PARAMETER),
    ],
)
def test_a_virtual_machine_takes_no_capsules(flags: list[int], status: Status) -> None:
    machine = Machine()
    assert machine.ask(QueryCapsuleCapabilities(tuple(head(flag) for flag in flags))) == Reply(status)
    assert machine.status(UpdateCapsule(tuple(capsule(flag) for flag in flags), 4096)) == status


def test_a_platform_that_takes_them_says_how_large_and_by_which_reset() -> None:
    machine = Machine(TAKES_CAPSULES)
    answers = [machine.ask(QueryCapsuleCapabilities((head(flags),))).capsule for flags in (0, PERSIST)]
    assert answers == [CapsuleCapabilities(0xA00000, ResetType.COLD), CapsuleCapabilities(0x6400000, ResetType.WARM)]


def test_a_capsule_across_reset_is_noted_where_its_blocks_are() -> None:
    machine = Machine(TAKES_CAPSULES)
    assert machine.status(UpdateCapsule((capsule(PERSIST),))) == Status.INVALID_PARAMETER
    for number, name in enumerate(("CapsuleUpdateData", "CapsuleUpdateData1")):
        assert machine.status(UpdateCapsule((capsule(PERSIST),), 4096 + number)) == Status.SUCCESS
        assert machine.data(Key(name, CAPSULE)) == (4096 + number).to_bytes(8, "little")
    before = machine.data(COUNTER)
    assert machine.status(UpdateCapsule((capsule(PERSIST | INITIATE_RESET),), 4096)) == Status.SUCCESS
    assert machine.data(COUNTER) != before


def noted(machine: Machine) -> list[bytes | None]:
    return [machine.data(Key(name, CAPSULE)) for name in ("CapsuleUpdateData", "CapsuleUpdateData1", "CapsuleUpdateData2")]


def test_noted_capsules_are_forgotten_at_boot_and_counted_from_none_again() -> None:
    machine = Machine(TAKES_CAPSULES)
    address = (4096).to_bytes(8, "little")
    for _ in range(2):
        machine.status(UpdateCapsule((capsule(PERSIST),), 4096))
    assert noted(machine) == [address, address, None]
    machine.firmware.reset()
    assert noted(machine) == [None, None, None]
    machine.status(UpdateCapsule((capsule(PERSIST),), 4096))
    assert noted(machine) == [address, None, None]


def test_a_capsule_that_resets_is_forgotten_by_then() -> None:
    machine = Machine(TAKES_CAPSULES)
    machine.status(UpdateCapsule((capsule(PERSIST | INITIATE_RESET),), 4096))
    assert noted(machine) == [None, None, None]
    machine.status(UpdateCapsule((capsule(PERSIST),), 4096))
    assert noted(machine)[0] is not None


def test_firmware_that_takes_no_capsules_leaves_what_bears_such_a_name() -> None:
    machine = Machine()
    name = Key("CapsuleUpdateData", CAPSULE)
    machine.status(write(name, 7))
    machine.firmware.reset()
    assert machine.data(name) == b"x"


def test_a_capsule_at_once_comes_too_late_after_the_boot_phase() -> None:
    op = UpdateCapsule((capsule(0),))
    assert Machine(TAKES_CAPSULES).status(op) == Status.OUT_OF_RESOURCES
    assert Machine(TAKES_CAPSULES, runtime=False).status(op) == Status.SUCCESS


# Tables


def test_tables_are_found_by_guid() -> None:
    firmware = Firmware(now=lambda: 0, tables={VENDOR: Table(0x1000, b"table")})
    assert firmware.call(GetTable(VENDOR)) == Reply(Status.SUCCESS, address=0x1000)
    assert firmware.call(CopyTable(VENDOR)) == Reply(Status.SUCCESS, b"table", 5)
    assert firmware.call(GetTable(ZERO)) == firmware.call(CopyTable(ZERO)) == Reply(Status.NOT_FOUND)


# Fresh


def test_a_fresh_machine_breaks_none_of_its_own_rules() -> None:
    stored = fresh_stored()
    for record in (*stored, *made_at_boot(Store(stored))):
        known = DEFAULT.known.find(record.key)
        if known is not None:
            assert record.attributes == known.attributes, record.key
            assert known.smallest <= len(record.data) <= known.largest, record.key
            assert known.well_formed(record.data), record.key


def test_a_fresh_machine_is_in_setup_mode_and_boots_what_its_order_names() -> None:
    machine = Machine()
    assert (machine.data(well_known("SetupMode")), machine.data(well_known("SecureBoot"))) == (b"\1", b"\0")
    order = machine.data(well_known("BootOrder"))
    assert order is not None
    for at in range(0, len(order), 2):
        option = machine.data(well_known(f"Boot{order[at + 1]:02X}{order[at]:02X}"))
        assert option is not None
        assert load_option(option)


def test_a_firmware_without_authentication_holds_nothing_of_it() -> None:
    firmware = Firmware(PROFILES["ovmf-2025.02"], now=lambda: 0)
    names = {record.key.name for region in (firmware.variables.stored, firmware.variables.volatile) for record in region.store}
    assert names.isdisjoint(
        {"SetupMode", "SecureBoot", "SignatureSupport", "VendorKeys", "certdb", "certdbv", "CustomMode", "VendorKeysNv"}
    )
    assert {"BootOrder", "BootCurrent", "VarErrorFlag"} <= names
    assert firmware.call(write("A", 0x27)).status == Status.INVALID_PARAMETER
    assert firmware.call(write(Key("SecureBootEnable", SECURE_BOOT_ENABLE), 7, bytes(9))).status == Status.SUCCESS


def test_secure_boot_is_on_with_a_platform_key_unless_it_was_switched_off() -> None:
    owner = Record(well_known("PK"), Attributes(0x27), b"x")
    for switch, expected in ((None, b"\1"), (b"\1", b"\1"), (b"\0", b"\0")):
        records = [owner] if switch is None else [owner, Record(Key("SecureBootEnable", SECURE_BOOT_ENABLE), Attributes(3), switch)]
        made = {record.key.name: record.data for record in made_at_boot(Store(records))}
        assert (made["SetupMode"], made["SecureBoot"]) == (b"\0", expected)
