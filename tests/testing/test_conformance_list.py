"""The list of cases: none is dropped, each is whole."""

import csv

import pytest

from efirt.firmware import PROFILES
from efirt.testing.conformance import CASES, Case
from efirt.testing.conformance.cases import LISTED, OWN
from efirt.testing.conformance.needs import NEEDS
from efirt.testing.conformance.variants import BUILDS
from tests.house.tree import ROOT

LIST = ROOT / "tests/data/conformance_ids.tsv"
MADE_OTHERWISE = {"old-revision", "malformed-db"}
CORRECTED = {"AUTH-PRV-050": "SHOULD"}
"""Levels that are not the list's: docs/reference/check.md says why."""


def rows() -> list[dict[str, str]]:
    with LIST.open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_the_suite_has_every_case_of_the_list() -> None:
    ids = [case.id for case in LISTED]
    assert len(ids) == len(set(ids)) == 391
    assert set(ids) == {row["id"] for row in rows()}


def test_levels_and_phases_are_those_of_the_list() -> None:
    listed = {row["id"]: (CORRECTED.get(row["id"], row["level"]), row["phase"]) for row in rows()}
    assert {case.id: (case.level, case.phase) for case in LISTED} == listed


def test_cases_that_are_not_on_the_list_are_numbered_from_201() -> None:
    assert len({case.id for case in CASES}) == len(CASES) == len(LISTED) + len(OWN)
    assert [case.id for case in OWN if int(case.id.rpartition("-")[2]) <= 200] == []
    assert {case.group for case in OWN} <= {case.group for case in LISTED}


def test_the_page_about_the_suite_says_how_many_cases_there_are() -> None:
    page = (ROOT / "docs/reference/check.md").read_text(encoding="utf-8")
    assert f"case by case: {len(LISTED)} cases of" in page
    assert f"and {len(OWN)} more" in page
    assert f"{sum(case.group in {'AUTH-PRV', 'SB'} for case in CASES)} cases are about authenticated variables" in page


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_a_case_is_whole(case: Case) -> None:
    assert bool(case.steps) != bool(case.absent), "steps, or why there are none"
    assert case.call
    assert case.expected
    assert case.source
    assert set(case.needs) <= NEEDS.keys()
    assert case.variant in BUILDS or case.variant in MADE_OTHERWISE


def test_deviations_name_a_firmware_that_is_known_and_what_it_does() -> None:
    for case in CASES:
        for deviation in case.deviations:
            assert any(name.startswith(deviation.profile) for name in PROFILES if deviation.profile), case.id
            assert len(deviation.name) > 20, case.id


def test_what_must_be_is_demanded_of_every_firmware_alike() -> None:
    otherwise = [case for case in CASES if case.otherwise]
    assert len(otherwise) == 8
    assert {case.level for case in otherwise} == {"EDK2"}
    for case in otherwise:
        for one in case.otherwise:
            assert one.profile in PROFILES, case.id
            assert one.steps, case.id
            assert len(one.why) > 20, case.id


def test_what_fills_the_store_is_run_last_and_asked_for_by_name() -> None:
    assert all(case.is_destructive for case in CASES if case.fills)
