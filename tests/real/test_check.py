"""The conformance suite on real OVMF, from a real dom0: what it must answer it answers, or deviates by name."""

import json
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest

import lab
from efirt.testing.conformance import CASES
from efirt.testing.conformance.words import THEIRS
from tests.real.machine import GUEST, boot, signed_book

pytestmark = pytest.mark.lab

DEVIATIONS = {"AUTH-PRV-019", "AUTH-PRV-050"}
OF_THIS_RELEASE = {"VAR-GLB-211", "VAR-POL-007", "AUTH-PRV-036", "AUTH-PRV-037", "AUTH-PRV-038"}
"""Where it does what edk2 does no more, and what the suite therefore expects of it."""

FEWEST = 250


class Dom0(NamedTuple):
    report: dict[str, Any]
    result: lab.Result


@pytest.fixture(scope="module")
def dom0(tmp_path_factory: pytest.TempPathFactory) -> Dom0:
    book = signed_book(tmp_path_factory.mktemp("book"))
    command = ["python3", "/script.py", "/report.json"]
    put = {"/script.py": GUEST / "check.py", "/book.json": book}
    get = ["/report.json", "/junit.xml", "/check.log"]
    result = boot("xen-pvh", command, put, tmp_path_factory.mktemp("check"), timeout_seconds=900, get=get)
    assert result.exit_status == 0, f"{result.stdout.decode()}\n{result.stderr.decode()}\n{result.console[-2000:]}"
    return Dom0(json.loads(result.files["/report.json"].read_text()), result)


def cases(step: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {case["id"]: case for case in json.loads(step["out"])["cases"]}


def test_no_case_fails_and_each_deviation_is_known(dom0: Dom0) -> None:
    step = dom0.report["all"]
    found = cases(step)
    assert [case for case in found.values() if case["outcome"] == "failed"] == []
    assert {name for name, case in found.items() if case["outcome"] == "deviates"} == DEVIATIONS
    assert step["status"] == 0, step["err"]


def test_what_is_expected_of_this_release_only_it_does(dom0: Dom0) -> None:
    found = cases(dom0.report["all"])
    listed = {case.id: case for case in CASES}
    told = {name for name, case in found.items() if case["outcome"] == "passed" and case["reason"] and listed[name].level == "EDK2"}
    assert told == OF_THIS_RELEASE
    assert all(listed[name].otherwise for name in told)


def test_who_is_present_may_delete_what_others_signed_and_somebody_always_is(dom0: Dom0) -> None:
    found = cases(dom0.report["all"])
    assert (found["AUTH-PRV-019"]["outcome"], found["AUTH-PRV-201"]["outcome"]) == ("deviates", "passed")


def test_most_cases_run_and_each_other_one_says_why_not(dom0: Dom0) -> None:
    found = cases(dom0.report["all"])
    assert set(found) == {case.id for case in CASES}
    assert sum(case["outcome"] != "skipped" for case in found.values()) >= FEWEST
    assert [case for case in found.values() if case["outcome"] == "skipped" and not case["reason"]] == []


def test_a_run_that_only_reads_leaves_the_store_as_it_was(dom0: Dom0) -> None:
    before, after = (dom0.result.snapshots[name].read_bytes() for name in ("before", "after"))
    assert before == after
    found = json.loads(dom0.report["reading"]["out"])
    assert found["passed"] >= 25
    assert found["failed"] == 0


def test_writing_is_not_begun_where_nobody_can_be_asked(dom0: Dom0) -> None:
    step = dom0.report["asked"]
    assert step["status"] == 2
    assert "writes to the firmware's flash" in step["err"]
    assert "takes the whole host down" in step["err"]


def test_nothing_of_the_suite_s_own_is_left(dom0: Dom0) -> None:
    ours = {str(guid) for guid in THEIRS}
    left = json.loads(dom0.report["left"]["out"])
    assert [one["name"] for one in left if one["guid"] in ours] == []
    assert [one["name"] for one in left if one["name"] in {"PK", "KEK", "db", "dbx"}] == []


def test_the_first_platform_key_has_to_sign_itself_on_this_platform(dom0: Dom0) -> None:
    assert dom0.report["unsigned platform keys"] == dict.fromkeys(("RSA", "curve", "none"), "EFI_SECURITY_VIOLATION")


def test_the_log_names_each_case_before_its_questions_and_the_xml_is_xml(dom0: Dom0) -> None:
    lines = dom0.result.files["/check.log"].read_text().splitlines()
    assert lines.index("VAR-GET-006 begins (runtime)") < next(at for at, line in enumerate(lines) if "VAR-GET-006 asks" in line)
    suite = ET.parse(dom0.result.files["/junit.xml"]).getroot()  # noqa: S314 - this suite wrote it
    assert len(suite) == len(CASES)
