"""The conformance suite through a real Linux's efivarfs: nothing fails, and where Linux answers for firmware, it is named."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from efirt.testing.conformance.words import THEIRS
from tests.real.machine import report, signed_book

pytestmark = pytest.mark.lab

MACHINES = {"linux": "ovmf-2022.11", "linux-13": "ovmf-2025.02", "xen-pvh": "ovmf-2022.11"}
FEWEST = {"linux": 200, "linux-13": 105, "xen-pvh": 200}
"""OVMF of Debian 13 without Secure Boot has no authenticated variables."""

LINUX = {"VAR-GET-008", "VAR-GET-009", "VAR-APP-008", "VAR-GLB-046", "VAR-GLB-207", "VAR-QRY-015"}
"""Where Linux answers for firmware."""

FIRMWARE = {"AUTH-PRV-019", "AUTH-PRV-050"}
FOLDED = "the kernel's error number "
FILES = {"VAR-DEL-011", "VAR-DEL-013", "VAR-DEL-014", "VAR-DEL-015"}


class Linux(NamedTuple):
    name: str
    cases: dict[str, dict[str, str]]
    report: dict[str, Any]


@pytest.fixture(scope="module", params=MACHINES)
def linux(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Linux:
    directory = tmp_path_factory.mktemp(request.param)
    asked = {"driver": "efivarfs", "profile": MACHINES[request.param]}
    put: dict[str, Path | bytes] = {"/book.json": signed_book(directory), "/asked.json": json.dumps(asked).encode()}
    found, _ = report(request.param, "check_linux.py", put, directory, timeout_seconds=600)
    return Linux(request.param, {case["id"]: case for case in json.loads(found["all"]["out"])["cases"]}, found)


def test_no_case_fails(linux: Linux) -> None:
    assert [case for case in linux.cases.values() if case["outcome"] == "failed"] == []
    assert linux.report["all"]["status"] == 0, linux.report["all"]["err"]


def test_each_deviation_is_linux_s_or_a_known_one_of_this_firmware(linux: Linux) -> None:
    told = {name: case["reason"] for name, case in linux.cases.items() if case["outcome"] == "deviates"}
    named = {name for name, why in told.items() if not why.startswith(FOLDED)}
    assert named <= LINUX | FIRMWARE
    assert {"VAR-GET-008", "VAR-GET-009", "VAR-APP-008", "VAR-GLB-046"} <= named


def test_many_cases_run_and_each_other_one_says_why_not(linux: Linux) -> None:
    ran = [case for case in linux.cases.values() if case["outcome"] != "skipped"]
    assert len(ran) >= FEWEST[linux.name]
    assert all(case["reason"] for case in linux.cases.values() if case["outcome"] == "skipped")
    assert {linux.cases[name]["outcome"] for name in FILES} == {"passed"}


def test_nothing_of_the_suite_s_own_is_left(linux: Linux) -> None:
    ours = {str(guid) for guid in THEIRS}
    assert [one for one in json.loads(linux.report["left"]["out"]) if one["guid"] in ours] == []
