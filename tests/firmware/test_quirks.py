"""Every quirk: what it changes, and that it changes nothing else without being asked for."""

import pytest

from efirt.drivers.simulated import open_driver
from efirt.firmware import DEFAULT, PROFILES, Profile
from efirt.firmware.properties import ALL, PROPERTIES, properties_table
from efirt.firmware.quirks import BOARDS, QUIRKS, VALUED, with_quirks
from efirt.ops import (
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    Malformed,
    QueryVariableInfo,
    SetTime,
)
from efirt.ops.tables import CopyTable
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.status import Status
from tests.firmware.machine import VENDOR, Machine, well_known, write
from tests.firmware.quirk_looking import FULL, INVALID, STORED, SUCCESS, TIME, UNSUPPORTED, machine
from tests.firmware.quirk_looks import LOOKS
from tests.firmware.signing import Believing

EDK2 = PROFILES["edk2"]


def facts(profile: Profile) -> tuple[object, ...]:
    """All that a profile is, to be compared."""
    return (*profile._replace(known=EDK2.known), frozenset(profile.known.rows))


def test_every_quirk_has_a_look() -> None:
    assert set(LOOKS) == set(QUIRKS)


@pytest.mark.parametrize("name", LOOKS)
def test_a_quirk_changes_what_it_says(name: str) -> None:
    look, expected = LOOKS[name]
    assert look(QUIRKS[name](EDK2)) == expected
    assert look(EDK2) != expected


@pytest.mark.parametrize("name", QUIRKS)
def test_a_quirk_is_applied_to_every_profile_and_changes_rows_or_facts_alone(name: str) -> None:
    for profile in PROFILES.values():
        quirky = QUIRKS[name](profile)
        assert quirky.name == profile.name
        assert type(quirky) is type(profile)
        assert facts(quirky) != facts(profile) or profile.name not in {"edk2", "edk2-2m"}


@pytest.mark.parametrize("name", QUIRKS)
def test_a_quirk_says_what_it_does_and_who_does_so(name: str) -> None:
    quirk = QUIRKS[name]
    assert [other for other in QUIRKS if QUIRKS[other].does == quirk.does] == [name]
    assert not quirk.does.endswith(".")
    assert len(quirk.does) > 20
    assert len(quirk.origin) > 10


def test_no_sentence_of_a_table_stands_twice_with_a_quirk() -> None:
    for name, quirk in QUIRKS.items():
        for table, rules in quirk(EDK2).tables.items():
            sentences = [rule.sentence for rule in rules]
            assert len(set(sentences)) == len(sentences), (name, table)


def test_quirks_add_up_and_unknown_ones_are_told() -> None:
    both = with_quirks(DEFAULT, "short-names,no-query")
    assert machine(both).status(GetNextVariableName(room=513)) == INVALID
    assert machine(both).status(QueryVariableInfo(Attributes(STORED))) == UNSUPPORTED
    with pytest.raises(ValueError, match=r"no quirk 'haste': choose of duplicate-names, .*u-boot, .*mask:BITS, policy:NAME-GUID"):
        with_quirks(DEFAULT, "haste")


@pytest.mark.parametrize("whose", ["x", f"T-{VENDOR}"])
def test_a_policy_without_a_demand_is_told(whose: str) -> None:
    with pytest.raises(ValueError, match=f"^the policy '{whose}' demands nothing: write NAME-GUID/DEMAND, such as {whose}/lock=now$"):
        with_quirks(DEFAULT, f"policy:{whose}")


def test_the_simulated_driver_takes_quirks_by_name() -> None:
    driver = open_driver("", {"quirk": "no-query,no-clock"})
    assert driver.call(GetTime()).status == UNSUPPORTED
    with pytest.raises(ValueError, match="no quirk 'x'"):
        open_driver("", {"quirk": "x"})


# Firmwares by name


@pytest.mark.parametrize("name", BOARDS)
def test_a_firmware_by_name_has_every_quirk_of_its_own(name: str) -> None:
    assert set(BOARDS[name]) <= set(QUIRKS)
    assert len(set(BOARDS[name])) == len(BOARDS[name])
    whole = facts(with_quirks(EDK2, name))
    assert whole == facts(with_quirks(EDK2, ",".join(BOARDS[name])))
    for one in BOARDS[name]:
        assert whole != facts(with_quirks(EDK2, ",".join(other for other in BOARDS[name] if other != one))), one


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("runtime", [True, False])
def test_a_firmware_by_name_runs_boots_and_answers(name: str, runtime: bool) -> None:
    built = Machine(with_quirks(EDK2, name), runtime=runtime, verifier=Believing())
    for _ in range(2):
        built.firmware.reset()
        assert built.firmware.variables.stored.store.get(well_known("BootOrder")) is not None
        for op in (write("A", STORED), GetNextVariableName(), GetTime(), write("A", STORED, b"")):
            assert built.status(op) is not None


@pytest.mark.parametrize(
    ("name", "ops", "expected"),
    [
        ("u-boot", [write("A", STORED), write("A", 0x14)], [UNSUPPORTED, UNSUPPORTED]),
        ("u-boot-volatile-store", [write("A", STORED), write("A", 0x14), write("B", 6)], [SUCCESS, UNSUPPORTED, INVALID]),
        ("varstored", [write("A", 1), write("A", 0x10007), write("A", STORED | 0x40, bytes(60_000))], [Status.NOT_FOUND, SUCCESS, INVALID]),
        ("varstored", [write("A", STORED, bytes(60_000)), QueryVariableInfo(Attributes(0))], [FULL, SUCCESS]),
        ("qemu", [write("A", STORED, b""), write("A", 0x87), write("A", 0x14)], [SUCCESS, UNSUPPORTED, UNSUPPORTED]),
        ("ovmf-xen", [SetTime(TIME), QueryVariableInfo(Attributes(0x27))], [Status.DEVICE_ERROR, UNSUPPORTED]),
        ("raspberry-pi-4", [SetTime(TIME), GetNextHighMonotonicCount()], [FULL, FULL]),
    ],
)
def test_a_firmware_by_name_answers_as_that_one_does(name: str, ops: list[object], expected: list[Status]) -> None:
    built = Machine(with_quirks(EDK2, name), verifier=Believing())
    assert [built.status(op) for op in ops] == expected  # type: ignore[arg-type]


def test_the_simulated_driver_takes_firmwares_by_name() -> None:
    driver = open_driver("", {"profile": "edk2", "quirk": "ovmf-xen"})
    reply = driver.call(GetTime())
    assert reply.time == EfiTime(2015, 1, 20, 16, 6, 51)


# Masks


def test_a_service_that_is_missing_is_missing_after_the_boot_phase_and_told_in_the_table() -> None:
    built = machine(QUIRKS["no-query"](DEFAULT), runtime=False)
    assert built.status(QueryVariableInfo(Attributes(STORED))) == SUCCESS
    built.firmware.exit_boot_services()
    assert built.status(QueryVariableInfo(Attributes(STORED))) == UNSUPPORTED
    assert built.ask(CopyTable(PROPERTIES)).data == properties_table(ALL & ~0x2000) == bytes.fromhex("01000800ff1f0000")
    assert machine(DEFAULT).status(CopyTable(PROPERTIES)) == Status.NOT_FOUND


@pytest.mark.parametrize("quirk", ["clock-cannot-be-set", "no-alarm", "query-hangs", "set-crashes", "no-authentication"])
def test_a_service_that_only_fails_is_not_told_to_be_missing(quirk: str) -> None:
    assert machine(QUIRKS[quirk](EDK2)).status(CopyTable(PROPERTIES)) == Status.NOT_FOUND


def test_a_mask_is_told_just_as_it_is_given() -> None:
    built = machine(with_quirks(EDK2, "mask:0x3e6f"))
    assert built.ask(CopyTable(PROPERTIES)).data == bytes.fromhex("010008006f3e0000")
    assert built.status(GetVariable(well_known("Lang"))) == UNSUPPORTED
    assert built.status(write("A", STORED)) == SUCCESS
    assert with_quirks(EDK2, "mask:0x3fff") == EDK2


@pytest.mark.parametrize("value", ["", "nothing", "-1", "0x4000", "1.5"])
def test_a_mask_that_makes_no_sense_is_an_error(value: str) -> None:
    with pytest.raises(ValueError, match="no mask of runtime services: write a number such as 0x3fbf"):
        with_quirks(EDK2, f"mask:{value}")


def test_a_missing_service_looks_at_no_pointer() -> None:
    asked = Malformed(GetVariable(well_known("Lang")), frozenset({"variable_name"}))
    built = machine(QUIRKS["no-get"](EDK2), runtime=False)
    assert built.firmware.call_malformed(asked).status == INVALID
    built.firmware.exit_boot_services()
    assert built.firmware.call_malformed(asked).status == UNSUPPORTED


def test_a_clock_that_cannot_be_set_looks_at_its_pointer_first() -> None:
    built = machine(QUIRKS["clock-cannot-be-set"](EDK2))
    assert built.firmware.call_malformed(Malformed(SetTime(TIME), frozenset({"time"}))).status == INVALID


# Policies


def test_a_policy_in_a_driver_s_name_is_demanded() -> None:
    driver = open_driver("", {"quirk": f"policy:T-{VENDOR}/max=4,policy:L-{VENDOR}/lock=now"})
    assert [driver.call(write(name, STORED, b"fiver")).status for name in ("T", "L", "U")] == [INVALID, Status.WRITE_PROTECTED, SUCCESS]
    with pytest.raises(ValueError, match="does not name a variable"):
        open_driver("", {"quirk": "policy:"})


def test_a_quirk_with_a_value_needs_its_colon() -> None:
    for name in VALUED:
        with pytest.raises(ValueError, match=f"there is no quirk '{name}'"):
            with_quirks(EDK2, name)
