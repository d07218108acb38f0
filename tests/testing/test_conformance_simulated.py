"""The suite on the model, and through the simulated Xen: everything passes, deviates by name, or says why it was not asked."""

import pytest

from efirt.firmware import PROFILES
from efirt.firmware.quirks import with_quirks
from efirt.testing.conformance import CASES, Outcome, Run, SimulatedMachine
from tests.testing.conformance_fakes import case, keys, outcome

pytest.importorskip("cryptography", reason="most of these cases are signed, by efirt[secureboot]")

OLD = {"AUTH-PRV-036", "AUTH-PRV-037", "AUTH-PRV-038", "AUTH-PRV-050", "SB-008", "SB-010", "SB-019", "VAR-GLB-211", "VAR-POL-007"}
DEVIATIONS = {
    "ovmf-2022.11": OLD | {"AUTH-PRV-019"},
    "ovmf-2022.11-2m": OLD | {"AUTH-PRV-019"},
    "ovmf-2025.02": {"VAR-GLB-211", "VAR-POL-007"},
    "edk2": {"AUTH-PRV-019"},
    "edk2-2m": {"AUTH-PRV-019"},
    "uefi-spec": {"VAR-SET-030", "VAR-APP-009", "SB-008", "SB-010", "SB-019", "SB-054", "SB-055", "SB-057"}
    | {"SB-205", "SB-206", "VAR-HW-202", "VAR-SET-211", "VAR-SET-213"},
}
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
    machine = SimulatedMachine(with_quirks(PROFILES["edk2"], quirk))
    assert outcome(machine, name).outcome == "failed"


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
    machine = SimulatedMachine(with_quirks(PROFILES["edk2"], quirk))
    assert Run(machine, keys()).outcome(case(name)).outcome == "failed"
