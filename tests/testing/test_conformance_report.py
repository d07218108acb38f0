"""Outcomes and reports: a deviation is named and is no pass, and every reader is told the same."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from efirt.firmware import PROFILES
from efirt.testing.conformance import LiveMachine, Report, Run, SimulatedMachine
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.book import Author, Book
from efirt.testing.conformance.case import Case, Deviation, Level, Otherwise, Step, Unprepared
from efirt.testing.conformance.cost import cost
from efirt.testing.conformance.payloads import USUAL, NotSigned
from efirt.testing.conformance.steps import put, writing
from efirt.testing.conformance.words import INVALID, NOT_FOUND, OK, STORED, TEN
from tests.testing.conformance_fakes import Watched, case, keys

WRONG = put(STORED, TEN, INVALID)


def own(*steps: Step, level: Level = "MUST", **more: Any) -> Case:
    return Case("OWN-001", level, "runtime", "-", "asked", "expected", "source", steps, **more)


def test_a_known_deviation_is_named_and_is_no_pass() -> None:
    known = Deviation("ovmf", "this firmware is known to do so, and here is why", (OK,))
    differs = own(WRONG, deviations=(known,))
    outcome = Run(SimulatedMachine()).outcome(differs)
    assert outcome.outcome == "deviates"
    assert outcome.reason.startswith(known.name)
    assert Run(SimulatedMachine(PROFILES["edk2"])).outcome(differs).outcome == "failed", "it is another firmware's"
    other = own(WRONG, deviations=(known._replace(got=(NOT_FOUND,)),))
    assert Run(SimulatedMachine()).outcome(other).outcome == "failed", "it does something else"


def test_what_one_firmware_was_seen_to_do_is_expected_of_that_one_only() -> None:
    why = "this firmware was seen to take it"
    differs = own(WRONG, level="EDK2", otherwise=(Otherwise("ovmf-2022.11", why, (put(STORED, TEN, OK),)),))
    passed = Run(SimulatedMachine()).outcome(differs)
    assert (passed.outcome, passed.reason) == ("passed", why)
    assert Run(SimulatedMachine(PROFILES["edk2"])).outcome(differs).outcome == "failed"
    other = differs._replace(steps=(put(STORED, TEN, OK),), otherwise=(Otherwise("ovmf-2022.11", why, (WRONG,)),))
    assert Run(SimulatedMachine()).outcome(other).outcome == "failed", "it does what others do"
    assert own(otherwise=differs.otherwise).writes


def test_deviations_are_counted_apart_from_passes() -> None:
    found = Run(SimulatedMachine()).outcome(own(WRONG, deviations=(Deviation("ovmf", "known"),)))
    report = Report("simulated", "ovmf-2022.11", (found,))
    assert report.counts() == {"passed": 0, "failed": 0, "deviates": 1, "skipped": 0}
    assert not report.failed


@pytest.mark.parametrize(
    ("level", "profile", "expected"),
    [("EDK2", "unknown", "deviates"), ("EDK2", "edk2", "failed"), ("INFO", "edk2", "deviates"), ("MUST", "unknown", "failed")],
)
def test_what_edk2_does_is_demanded_of_edk2_only(level: Level, profile: str, expected: str) -> None:
    machine = LiveMachine(Watched(), profile, write=True)
    assert Run(machine).outcome(own(WRONG, level=level)).outcome == expected


def test_only_a_case_that_must_pass_fails_a_run() -> None:
    machine = LiveMachine(Watched(), "edk2", write=True)
    for level, expected in (("MUST", True), ("SHOULD", False), ("EDK2", False)):
        found = Run(machine).outcome(own(WRONG, level=level))  # type: ignore[arg-type] # each is a level
        assert found.outcome == "failed"
        assert Report("x", "edk2", (found,)).failed is expected


def test_a_store_that_is_full_is_no_failure() -> None:
    def full(_bench: Bench) -> None:
        raise Unprepared("there is no room left in the store")

    assert Run(SimulatedMachine()).outcome(own(writing(full))).outcome == "skipped"


# Reports.


@pytest.fixture(scope="module")
def report() -> Report:
    names = ["VAR-GET-006", "VAR-DEL-011", "AUTH-PRV-050", "VAR-QRY-011", "VAR-POL-007"]
    found = [Run(SimulatedMachine()).outcome(case(name)) for name in names]
    broken = Run(SimulatedMachine()).outcome(own(put(STORED, TEN, INVALID, key='<&"\x1b\ud800')))
    return Report("simulated", "ovmf-2022.11", (*found, broken))


def test_the_record_has_what_programs_are_promised(report: Report) -> None:
    record = json.loads(json.dumps(report.record()))
    assert list(record) == ["driver", "profile", "passed", "failed", "deviates", "skipped", "cases"]
    assert [record[name] for name in ("passed", "failed", "deviates", "skipped")] == [3, 1, 1, 1]
    assert all(list(row) == ["id", "level", "outcome", "reason"] for row in record["cases"])


def test_the_report_tells_what_was_asked_expected_and_got_and_who_says_so(report: Report) -> None:
    text = "\n".join(report.lines())
    assert "AUTH-PRV-050 deviates (SHOULD, SCT AuthVariableServicesBBTestConformance.c; UEFI 8.2.1 (should))" in text
    assert "  expected: EFI_UNSUPPORTED\n  got:      EFI_INVALID_PARAMETER" in text
    assert "passed as this firmware does it, and others do not:\nVAR-POL-007   the clock driver of this release registers no policy" in text
    assert "VAR-QRY-011 recorded: QueryVariableInfo(0x40000007" in text
    assert "     1  it is about the files of Linux" in text
    assert text.isascii()


def test_the_xml_breaks_for_what_must_pass_and_skips_deviations_with_their_reason(report: Report) -> None:
    suite = ET.fromstring(report.junit().encode())  # noqa: S314 - made above
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("6", "1", "2")
    told = {row.get("name"): [child.tag for child in row] for row in suite}
    assert told == {
        **{name: [] for name in ("VAR-GET-006", "VAR-QRY-011", "VAR-POL-007")},
        **{name: ["skipped"] for name in ("VAR-DEL-011", "AUTH-PRV-050")},
        "OWN-001": ["failure"],
    }


# Signatures made elsewhere.


def test_a_book_gives_the_signatures_that_were_written_into_it_and_no_other(tmp_path: Path) -> None:
    author = Author(keys())
    certificate, signature = author.certificate("K1"), author.sign(b"content", "K1", USUAL)
    path = tmp_path / "book.json"
    path.write_text(author.text())
    book = Book.read(str(path))
    assert (book.certificate("K1"), book.sign(b"content", "K1", USUAL)) == (certificate, signature)
    with pytest.raises(NotSigned, match="no signature of K1"):
        book.sign(b"other", "K1", USUAL)
    with pytest.raises(NotSigned, match="no certificate of K2"):
        book.certificate("K2")


def test_a_file_that_is_no_book_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    path.write_text("[]")
    with pytest.raises(ValueError, match="is not a payload book"):
        Book.read(str(path))


def test_a_run_by_the_book_ends_as_the_one_that_wrote_it() -> None:
    author = Author(keys())
    names = ["AUTH-PRV-001", "AUTH-PRV-013", "SB-025"]
    first = [Run(SimulatedMachine(), author).outcome(case(name)).outcome for name in names]
    book = Book(author.certificates, author.signatures)
    assert [Run(SimulatedMachine(), book).outcome(case(name)).outcome for name in names] == first == ["passed"] * 3


# What it costs.


def test_the_cost_is_what_a_rehearsal_writes() -> None:
    assert cost([case("VAR-GET-015")], "edk2") == (0, 0)
    # A record of ten bytes under a name of one letter, with its header of sixty; then a deletion, which takes no room.
    assert cost([case("VAR-GET-012")], "edk2") == (2, 76)
