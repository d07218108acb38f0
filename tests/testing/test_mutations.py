"""Every row of the model that is broken is noticed by a named case or a recording, but for those on the list, each with its reason."""

import json
import re
import subprocess
import sys

import pytest

from efirt.firmware import Profile
from efirt.firmware.profiles import EDK2
from efirt.firmware.quirks import QUIRKS
from efirt.testing.conformance.variants import BUILDS
from tests.docs.pages import rows, text_of
from tests.house.tree import ROOT
from tests.testing.conformance_fakes import keys
from tools.mutation.rows import GONE, PLACES, Mutant, firmwares, mutants
from tools.mutation.suite import Suite

PAGE = "docs/reference/mutations.md"
COUNTS = re.compile(r"^(\d+) rows are broken, (\d+) of them unnoticed\.$", re.MULTILINE)

Survivors = dict[tuple[str, str, str], str]


def listed() -> Survivors:
    found: Survivors = {}
    for table, row, how, why in rows(PAGE, "What nobody notices")[1:]:
        key = table.strip("`"), row.strip("`"), how
        assert key not in found, "listed twice"
        found[key] = why
    return found


def by_key() -> dict[tuple[str, str, str], Mutant]:
    return {mutant.key: mutant for mutant in mutants()}


def every_profile() -> list[Profile]:
    built = [build(profile) for profile in firmwares().values() for build in BUILDS.values()]
    return built + [quirk(EDK2) for quirk in QUIRKS.values()]


def test_every_survivor_on_the_list_is_a_row_that_is_there_and_has_a_reason() -> None:
    assert set(listed()) <= set(by_key())
    reasons = list(listed().values())
    assert [why for why in reasons if len(why) < 40 and why != "As above."] == []
    assert reasons[0] != "As above."


def test_the_page_says_how_many_rows_are_broken() -> None:
    counts = COUNTS.search(text_of(PAGE))
    assert counts
    assert (int(counts[1]), int(counts[2])) == (len(mutants()), len(listed()))


def test_the_page_names_every_table() -> None:
    named = {name for cells in rows(PAGE, "What is broken")[1:] for name in re.findall(r"`(\w+)`", cells[0])}
    assert named == {mutant.table for mutant in mutants()}


def test_every_row_of_every_table_of_rules_is_broken() -> None:
    broken = {(mutant.table, mutant.row) for mutant in mutants() if mutant.how == GONE}
    profiles = every_profile()
    every = {(table, rule.sentence) for profile in profiles for table, rules in profile.tables.items() for rule in rules}
    every |= {(table, rule.sentence) for table in ("null_rules", "capsule_rules") for rule in getattr(*PLACES[table])}
    assert every - broken == set()


def test_a_broken_row_differs_from_a_whole_one_on_a_firmware_that_has_it() -> None:
    profiles = every_profile()
    same = [one.key for one in mutants() if one.place is None and all(one.alter(profile) is profile for profile in profiles)]
    assert same == []


@pytest.fixture(scope="module")
def suite() -> Suite:
    pytest.importorskip("cryptography", reason="half of the cases are signed, by efirt[secureboot]")
    return Suite(keys(), ["edk2"])


@pytest.mark.parametrize(
    "key",
    [
        ("write_rules", "an authenticated variable fits its limit", "gone"),
        ("write_rules", "a volatile variable fits its limit", "another status"),
        ("list_rules", "no kind of list has a header", "gone"),
        ("list_rules", "there is one platform key", "gone"),
        ("space_rules", "after the boot phase they leave its reserve alone", "gone"),
        ("memory_overwrite_rules", "the lock's flag is 0 or 1", "gone"),
        ("null_rules", "a value that has a size has bytes", "gone"),
        ("known", "HwErrRecSupport-8be4df61", "gone"),
        ("locked", "LangCodes-8be4df61", "gone"),
        ("transitions", "the platform key was removed in mode 000", "leads elsewhere"),
    ],
    ids=" ".join,
)
def test_a_broken_row_is_noticed_by_a_case_that_is_named(suite: Suite, key: tuple[str, str, str]) -> None:
    assert re.fullmatch(r"[A-Z-]+-\d{3} on edk2", suite.noticed_by(by_key()[key]))


def test_a_broken_row_of_a_quirk_is_noticed_by_a_look_at_it(suite: Suite) -> None:
    key = "get_rules", "what is hidden after the boot phase is not for reading", "another status"
    assert suite.noticed_by(by_key()[key]) == "look at hidden-access-denied"


def test_a_row_on_the_list_is_not_noticed(suite: Suite) -> None:
    assert suite.noticed_by(by_key()["change_rules", "only what is stored and visible changes after the boot phase", "gone"]) == ""


@pytest.mark.soak
def test_what_survives_is_what_is_listed() -> None:
    pytest.importorskip("cryptography", reason="half of the cases are signed, by efirt[secureboot]")
    run = subprocess.run(
        [sys.executable, "tools/mutate_rules.py", "--profile", "all"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *survivors, counts = map(json.loads, run.stdout.splitlines())
    assert {(one["table"], one["row"], one["how"]) for one in survivors} == set(listed())
    assert counts["mutants"] == len(mutants())
