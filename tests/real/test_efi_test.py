"""Linux's module efi_test, built for the lab's kernel: the driver efi_test on the real /dev/efi_test."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import efirt
import lab
from efirt.testing.conformance import CASES, LiveMachine, Run
from efirt.testing.conformance.book import Book
from efirt.testing.conformance.words import THEIRS
from tests.real.machine import ROOT, pytest_itself, report, signed_book

pytestmark = pytest.mark.lab

PROFILE = "ovmf-2022.11"
FEWEST = {"linux": 300, "xen-pvh": 270}
MACHINES = ["linux", "xen-pvh"]
WITHOUT_BOOT_CURRENT = {"linux": {"VAR-GLB-010"}, "xen-pvh": set[str]()}
"""The lab's bare Linux is started without BootCurrent, and so has none to write."""

NOT_UNDER_XEN = {case.id for case in CASES if {"null", "raw-size", "capsule"} & {*case.needs}}
"""Under Xen no pointer may be NULL, and no capsule comes through."""


class Linux(NamedTuple):
    name: str
    cases: dict[str, dict[str, str]]
    report: dict[str, Any]
    book: Path


@pytest.fixture(scope="module", params=MACHINES)
def linux(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Linux:
    directory = tmp_path_factory.mktemp(request.param)
    try:
        module = lab.efi_test(request.param)
    except lab.Missing as why:
        pytest.skip(f"there is no efi_test for {request.param}: {why}")
    book = signed_book(directory)
    put: dict[str, Path | bytes] = {
        "/book.json": book,
        "/asked.json": json.dumps({"driver": "efi_test", "profile": PROFILE}).encode(),
        "/efi_test.ko": module,
        "/tests/conformance": ROOT / "tests/conformance",
        **pytest_itself(),
    }
    found, _ = report(request.param, "check_linux.py", put, directory, timeout_seconds=600)
    return Linux(request.param, {case["id"]: case for case in json.loads(found["all"]["out"])["cases"]}, found, book)


def test_the_scenario_of_the_other_drivers_holds(linux: Linux) -> None:
    assert linux.report["scenario"]["status"] == 0, linux.report["scenario"]["out"]
    assert "passed" in linux.report["scenario"]["out"]


def test_without_the_module_it_says_what_to_do(linux: Linux) -> None:
    step = linux.report["before"]
    assert step["status"] == 1
    assert "modprobe efi_test" in step["err"]
    assert step["err"].count("\n") == 1


def test_no_case_fails_and_most_run(linux: Linux) -> None:
    assert [case for case in linux.cases.values() if case["outcome"] == "failed"] == []
    assert linux.report["all"]["status"] == 0, linux.report["all"]["err"]
    assert sum(case["outcome"] != "skipped" for case in linux.cases.values()) >= FEWEST[linux.name]


def test_each_case_ends_as_it_does_on_the_simulated_kernel(linux: Linux) -> None:
    with efirt.open(f"efi_test:simulated?profile={PROFILE}") as runtime:
        machine = LiveMachine(runtime.driver, PROFILE, live=False, write=True, destructive=True)
        simulated = {one.case.id: one.outcome for one in Run(machine, Book.read(str(linux.book))).outcomes(CASES)}
    real = {name: case["outcome"] for name, case in linux.cases.items()}
    other = {name for name in real if real[name] != simulated[name]}
    skipped = {name for name in other & NOT_UNDER_XEN if linux.name == "xen-pvh" and real[name] == "skipped"}
    assert other - skipped == WITHOUT_BOOT_CURRENT[linux.name]


def test_nothing_of_the_suite_s_own_is_left(linux: Linux) -> None:
    ours = {str(guid) for guid in THEIRS}
    assert [one for one in json.loads(linux.report["left"]["out"]) if one["guid"] in ours] == []
