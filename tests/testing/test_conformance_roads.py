"""The conformance suite through simulated kernels: nothing fails, and each deviation of the road has its name."""

from collections.abc import Iterable
from errno import EINVAL, EIO

import pytest

import efirt
from efirt.ops import Reply
from efirt.testing.conformance import CASES, LiveMachine, Outcome, Run, roads
from efirt.testing.conformance.case import Mismatch
from efirt.testing.conformance.signing import Keys
from efirt.values.status import Status

PROFILE = "ovmf-2022.11"
FIRMWARE = {"AUTH-PRV-019", "AUTH-PRV-050"}
FOLDED = "the kernel's error number "
LINUX = {"VAR-GET-008", "VAR-GET-009", "VAR-APP-008", "VAR-GLB-046", "VAR-GLB-207"}
ROADS = {
    "efivarfs:simulated": (LINUX, 200),
    "efivarfs:simulated?room=on": (LINUX | {"VAR-QRY-015"}, 200),
    "efi_test:simulated": ({"VAR-GET-010"}, 305),
    "freebsd:simulated": ({"TIME-GET-007"}, 245),
    "netbsd:simulated": (set[str](), 190),
}
"""Driver to what its kernel does instead, and the number of cases that run at least."""


def outcomes(driver: str, cases: Iterable[str] = ()) -> dict[str, Outcome]:
    wanted = set(cases)
    with efirt.open(driver) as runtime:
        machine = LiveMachine(runtime.driver, PROFILE, live=False, write=True, destructive=True)
        chosen = [case for case in CASES if not wanted or case.id in wanted]
        return {one.case.id: one for one in Run(machine, Keys()).outcomes(chosen)}


@pytest.mark.parametrize("driver", ROADS)
def test_no_case_fails_and_what_the_kernel_does_is_named(driver: str) -> None:
    pytest.importorskip("cryptography", reason="signatures are made by efirt[secureboot]")
    known, fewest = ROADS[driver]
    found = outcomes(driver)
    assert {name: one.reason for name, one in found.items() if one.outcome == "failed"} == {}
    named = {name for name, one in found.items() if one.outcome == "deviates" and not one.reason.startswith(FOLDED)}
    assert named == known | FIRMWARE
    assert sum(one.outcome != "skipped" for one in found.values()) >= fewest


def test_under_xen_freebsd_takes_any_time_and_sets_none() -> None:
    found = outcomes("freebsd:simulated?xen=on", (case.id for case in CASES if case.id.startswith("TIME-SET")))
    told = {one.reason.partition(" (")[0] for one in found.values() if one.outcome == "deviates"}
    assert told == {"this kernel takes any time and sets none, as FreeBSD's pvefi does in a Xen dom0"}
    assert {name for name, one in found.items() if one.outcome == "failed"} == set()


def test_what_is_asked_to_tell_a_kernel_by_is_written_down_before() -> None:
    lines: list[str] = []
    case = next(case for case in CASES if case.id == "TIME-SET-001")
    with efirt.open("freebsd:simulated?xen=on") as runtime:
        machine = LiveMachine(runtime.driver, PROFILE, live=False, write=True, destructive=True)
        Run(machine, Keys(), lines.append).outcome(case)
    assert any(line.startswith("  TIME-SET-001 asks SetTime(2030-13-01") for line in lines)


def test_a_clock_that_cannot_be_set_is_not_excused_so() -> None:
    found = outcomes("freebsd:simulated?quirk=clock-cannot-be-set", ["TIME-SET-030"])
    assert found["TIME-SET-030"].outcome == "failed"


@pytest.mark.parametrize(
    ("driver", "number", "wanted", "excused"),
    [
        ("efivarfs:simulated", EINVAL, Status.UNSUPPORTED, True),
        ("efivarfs:simulated", EINVAL, Status.WRITE_PROTECTED, False),
        ("efivarfs:simulated", EIO, Status.NOT_FOUND, True),
        ("efivarfs:simulated", EIO, Status.SUCCESS, False),
        ("netbsd:simulated", EIO, Status.ACCESS_DENIED, True),
        ("netbsd:simulated", EIO, Status.NOT_FOUND, False),
        ("xen:simulated", EINVAL, Status.UNSUPPORTED, False),
    ],
)
def test_an_error_number_excuses_only_what_it_stands_for(driver: str, number: int, wanted: Status, excused: bool) -> None:
    case = next(case for case in CASES if case.id == "VAR-SET-001")
    mismatch = Mismatch("SetVariable", str(wanted), "another", Reply(Status.DEVICE_ERROR, os_errno=number), (wanted,))
    with efirt.open(driver) as runtime:
        assert bool(roads.known(runtime.driver, case, mismatch)) == excused


def test_where_the_driver_cannot_tell_what_firmware_keeps_its_variables_are_looked_at() -> None:
    asked = ["AUTH-PRV-001", "AUTH-PRV-061", "VAR-HW-001"]
    signs = outcomes("netbsd:simulated", asked)
    assert [signs[name].outcome for name in asked[:2]] == ["passed", "skipped"]
    assert signs["AUTH-PRV-061"].reason == "this firmware has authenticated variables"
    plain = outcomes("netbsd:simulated?quirk=no-authentication", asked)
    assert {plain[name].reason for name in asked[:2]} == {
        "this driver cannot tell whether firmware keeps variables of the kind: QueryVariableInfo is not carried for it"
    }


def test_the_files_of_efivarfs_are_asked_only_where_nothing_stands_between() -> None:
    wanted = ["VAR-DEL-011", "VAR-DEL-013", "VAR-DEL-014", "VAR-DEL-015"]
    assert {one.outcome for one in outcomes("efivarfs:simulated", wanted).values()} == {"passed"}
    assert {one.outcome for one in outcomes("netbsd:simulated", wanted).values()} == {"skipped"}
