"""The suite on the model, and through the simulated Xen: everything passes, deviates by name, or says why it was not asked."""

import pytest

from efirt.firmware import PROFILES, walks
from efirt.firmware.quirks import BOARDS, QUIRKS
from efirt.testing.conformance import CASES, Outcome, Run, SimulatedMachine
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.book import Author
from efirt.testing.conformance.steps import reading
from tests.testing.conformance_fakes import case, keys, outcome

pytest.importorskip("cryptography", reason="most of these cases are signed, by efirt[secureboot]")

EDK2_ONLY = {"VAR-SET-030", "VAR-APP-009", "SB-008", "SB-010", "SB-019", "SB-205", "SB-206", "VAR-HW-202", "VAR-SET-211", "VAR-SET-213"}
DEVIATIONS = {
    "ovmf-2022.11": {"AUTH-PRV-050"},
    "ovmf-2022.11-2m": {"AUTH-PRV-050"},
    "ovmf-2025.02": set(),
    "edk2": set(),
    "edk2-2m": set(),
    "uefi-spec": EDK2_ONLY,
}
OTHERWISE = {"AUTH-PRV-036", "AUTH-PRV-037", "AUTH-PRV-038", "SB-008", "SB-010", "SB-019", "VAR-GLB-211", "VAR-POL-007"}
"""Where the lab's firmware is expected to do as it was seen to, which edk2 does no more."""

FEWEST = {"simulated": 440, "xen:simulated": 395}
NO_ROAD = "no road carries a NULL pointer"


def outcomes(profile: str, *, xen: bool = False) -> dict[str, Outcome]:
    run = Run(SimulatedMachine(PROFILES[profile], xen=xen), keys())
    return {one.case.id: one for one in run.outcomes(CASES)}


@pytest.fixture(scope="module", params=["simulated", "xen:simulated"])
def driver(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def found(driver: str) -> dict[str, Outcome]:
    return outcomes("ovmf-2022.11", xen=driver == "xen:simulated")


def test_no_case_fails(found: dict[str, Outcome]) -> None:
    assert {name: one.reason for name, one in found.items() if one.outcome == "failed"} == {}


def test_each_deviation_is_a_known_one(found: dict[str, Outcome]) -> None:
    assert {name for name, one in found.items() if one.outcome == "deviates"} == DEVIATIONS["ovmf-2022.11"]


def test_no_case_deviates_that_must_pass_or_says_what_edk2_does(found: dict[str, Outcome]) -> None:
    assert [name for name, one in found.items() if one.outcome != "passed" and one.case.level in {"MUST", "EDK2"} and one.asked] == []


def test_what_only_this_firmware_does_is_told_beside_the_pass(found: dict[str, Outcome]) -> None:
    assert {name for name, one in found.items() if one.outcome == "passed" and one.reason and one.case.level == "EDK2"} == OTHERWISE


def test_most_cases_run_and_each_other_one_says_why_not(driver: str, found: dict[str, Outcome]) -> None:
    assert sum(one.outcome != "skipped" for one in found.values()) >= FEWEST[driver]
    assert [name for name, one in found.items() if one.outcome == "skipped" and not one.reason] == []


def test_null_pointers_are_asked_of_the_model_and_cannot_pass_xen(driver: str, found: dict[str, Outcome]) -> None:
    with_null = [one for one in found.values() if "null" in one.case.needs]
    assert len(with_null) > 15
    assert {one.outcome for one in with_null} == ({"passed"} if driver == "simulated" else {"skipped"})


@pytest.mark.parametrize("profile", [name for name in PROFILES if name != "ovmf-2022.11"])
def test_every_other_firmware_passes_too_or_deviates_by_name(profile: str) -> None:
    every = outcomes(profile)
    assert {name: one.reason for name, one in every.items() if one.outcome == "failed"} == {}
    assert {name for name, one in every.items() if one.outcome == "deviates"} == DEVIATIONS[profile]


@pytest.mark.parametrize(
    ("quirk", "name"),
    [
        ("duplicate-names", "VAR-NEXT-012"),
        ("looping-names", "VAR-NEXT-012"),
        ("buffer-size-as-name-size", "VAR-NEXT-013"),
        ("short-names", "VAR-NEXT-021"),
        ("attributes-on-success-only", "VAR-GET-010"),
        ("hidden-access-denied", "VAR-GET-018"),
        ("unknown-attributes-unsupported", "VAR-SET-023"),
        ("no-language-hook", "VAR-RT-009"),
        ("volatile-at-runtime", "VAR-RT-005"),
        ("no-counter", "MISC-002"),
        ("clock-cannot-be-set", "TIME-SET-025"),
        ("junk-zones", "TIME-GET-003"),
        ("space-freed-at-boot-only", "VAR-QRY-023"),
    ],
)
def test_a_firmware_with_a_quirk_is_found_out(quirk: str, name: str) -> None:
    found = outcome(SimulatedMachine(PROFILES["edk2"], quirks=quirk), name)
    assert found.outcome == "deviates"
    assert found.reason.startswith(f"{quirk}: {QUIRKS[quirk].does} (")


@pytest.mark.parametrize(
    ("quirk", "name"),
    [
        ("equal-timestamps", "SB-044"),
        ("append-needs-later-time", "AUTH-PRV-013"),
        ("sha256-only", "AUTH-PRV-038"),
        ("keys-not-joined", "SB-039"),
        ("no-exchange-append", "SB-033"),
    ],
)
def test_a_firmware_with_a_quirk_about_signatures_is_found_out(quirk: str, name: str) -> None:
    found = Run(SimulatedMachine(PROFILES["edk2"], quirks=quirk), keys()).outcome(case(name))
    assert found.outcome == "deviates"
    assert found.reason.startswith(f"{quirk}: ")


def test_of_several_quirks_the_one_that_does_it_is_named() -> None:
    machine = SimulatedMachine(PROFILES["edk2"], quirks="junk-zones,duplicate-names,no-counter")
    assert machine.profile == "edk2+junk-zones+duplicate-names+no-counter"
    assert outcome(machine, "VAR-NEXT-012").reason.startswith("duplicate-names: ")
    assert outcome(machine, "MISC-002").reason.startswith("no-counter: ")


def test_of_two_quirks_in_one_case_the_first_to_be_met_is_named() -> None:
    found = outcome(SimulatedMachine(PROFILES["edk2"], quirks="looping-names,short-names"), "VAR-NEXT-012")
    assert found.got == "EFI_INVALID_PARAMETER"
    assert found.reason.startswith("short-names: ")


def test_all_of_a_board_s_quirks_are_looked_at() -> None:
    found = outcome(SimulatedMachine(PROFILES["edk2"], quirks="lenovo"), "VAR-NEXT-013")
    assert found.reason.startswith("buffer-size-as-name-size: ")


def test_what_a_quirk_has_not_done_still_fails() -> None:
    broken = PROFILES["edk2"]._replace(attributes_when_too_small=False)
    assert outcome(SimulatedMachine(broken, quirks="duplicate-names"), "VAR-GET-010").outcome == "failed"


def test_answers_that_a_case_cannot_do_anything_with_may_be_a_quirk_s_too() -> None:
    def broken(bench: Bench) -> None:
        names = bench.names()
        if len(names) != len(set(names)):
            raise LookupError("the names make no sense")

    odd = case("VAR-NEXT-012")._replace(steps=(reading(broken),))
    assert Run(SimulatedMachine(quirks="duplicate-names")).outcome(odd).reason.startswith("duplicate-names: ")
    assert Run(SimulatedMachine(PROFILES["edk2"]._replace(walk=walks.one_twice), quirks="no-counter")).outcome(odd).outcome == "failed"


@pytest.mark.parametrize("quirk", [None, "user-absent"])
def test_what_a_user_may_who_is_present_is_asked_of_a_machine_where_one_is(quirk: str | None) -> None:
    for name in ("AUTH-PRV-019", "AUTH-PRV-201", "SB-054", "SB-055", "SB-057", "SB-209"):
        for profile in ("ovmf-2022.11", "edk2", "uefi-spec"):
            found = Run(SimulatedMachine(PROFILES[profile], quirks=quirk or ""), keys()).outcome(case(name))
            assert (name, profile, found.outcome, found.reason) == (name, profile, "passed", "")


def test_a_machine_starts_again_also_where_deleting_nothing_succeeds() -> None:
    taking = PROFILES["edk2"]._replace(capsule_images=True, capsule_reset=True)
    machine = SimulatedMachine(taking, quirks="deleting-nothing-succeeds")
    machine.reset()
    assert outcome(machine, "VAR-GET-006").outcome == "passed"


@pytest.mark.soak
@pytest.mark.parametrize("quirk", [*QUIRKS, *BOARDS, "mask:0x3fbf"])
def test_whatever_a_quirk_does_is_put_down_to_it(quirk: str) -> None:
    found = Run(SimulatedMachine(PROFILES["edk2"], quirks=quirk), Author(keys())).outcomes(CASES)
    assert {one.case.id: one.reason for one in found if one.outcome == "failed"} == {}
