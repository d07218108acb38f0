"""efirt check: reads unless it is told to write, says first what that costs, and ends with 1 when a case that must pass fails."""

import io
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from efirt.ops import Op, Reply, SetVariable
from efirt.testing.conformance import CASES
from tests.cli.conftest import Cli
from tests.cli.fakes import Kept, over
from tests.testing.conformance_fakes import Watched


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Watched:
    """A driver that the command takes for a real one, and a folder to work in."""
    monkeypatch.chdir(tmp_path)
    return Watched(name="xen")


# What is run.


def test_on_a_simulated_driver_everything_runs_and_the_record_is_whole(efirt: Cli) -> None:
    result = efirt("check", "--driver", "simulated", "--json")
    assert result.status == 0, result.err
    record = result.json
    assert list(record) == ["driver", "profile", "passed", "failed", "deviates", "skipped", "cases"]
    assert (record["driver"], record["profile"], record["failed"]) == ("simulated", "ovmf-2022.11", 0)
    assert [row["id"] for row in record["cases"]] == [case.id for case in sorted(CASES, key=lambda case: case.fills)]
    assert sum(record[name] for name in ("passed", "failed", "deviates", "skipped")) == len(CASES)


def test_the_report_for_people_has_groups_and_tells_each_difference(efirt: Cli) -> None:
    result = efirt("check", "--group", "VAR-POL")
    assert result.status == 0
    assert result.out.startswith("xen:simulated, firmware ovmf-2022.11\n")
    assert "VAR-POL            6         0         1         0" in result.out
    assert "VAR-POL-007 deviates (EDK2, " in result.out


def test_groups_and_single_cases_are_chosen(efirt: Cli) -> None:
    result = efirt("check", "--json", "--group", "VAR-POL", "--case", "MISC-002", "--case", "VAR-GET-006")
    ids = [row["id"] for row in result.json["cases"]]
    assert ids[0] == "VAR-GET-006"
    assert "MISC-002" in ids
    assert len(ids) == 9


@pytest.mark.parametrize("words", [("--group", "VAR"), ("--case", "VAR-GET-999"), ("--profile", "none"), ("--payloads", "nowhere.json")])
def test_what_is_not_there_is_an_error_of_the_command_line(efirt: Cli, words: tuple[str, ...]) -> None:
    result = efirt("check", *words)
    assert result.status == 2
    assert result.out == ""


def test_a_profile_is_chosen_by_option_or_by_the_driver_s_name(efirt: Cli) -> None:
    assert efirt("check", "--json", "--group", "VAR-POL", "--profile", "edk2").json["profile"] == "edk2"
    result = efirt("check", "--json", "--group", "VAR-POL", "--driver", "xen:simulated?profile=uefi-spec")
    assert result.json["profile"] == "uefi-spec"


def test_a_case_that_must_pass_and_does_not_ends_with_1(efirt: Cli) -> None:
    result = efirt("check", "--driver", "simulated?quirk=duplicate-names", "--group", "VAR-NEXT", "--json")
    assert result.status == 1
    assert result.json["failed"] >= 1


# A machine that is real.


def test_a_real_machine_is_only_read_unless_it_is_said_otherwise(efirt: Cli, live: Watched) -> None:
    result = efirt("check", "--json", opener=over(live))
    assert result.status == 0, result.err
    assert live.writes == []
    assert result.json["passed"] > 25
    assert "efirt-check.log" in result.err
    assert "VAR-GET-015 begins" in Path("efirt-check.log").read_text()


def test_before_writing_it_says_what_that_costs_and_what_can_happen(efirt: Cli, live: Watched) -> None:
    result = efirt("check", "--write", "--group", "VAR-GET", opener=over(live))
    assert result.status == 2
    assert "writes to the firmware's flash, which take" in result.err
    assert "under Xen takes the whole host down" in result.err
    assert "--yes" in result.err
    assert live.writes == []


@pytest.mark.parametrize(("typed", "status"), [("yes\n", 0), ("y\n", 2), ("", 2)])
def test_it_goes_on_when_yes_is_typed_and_not_otherwise(
    efirt: Cli, live: Watched, monkeypatch: pytest.MonkeyPatch, typed: str, status: int
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    result = efirt("check", "--write", "--case", "VAR-GET-012", opener=over(live))
    assert result.status == status
    assert bool(live.writes) == (status == 0)
    assert "Type yes" in result.err


def test_writing_is_not_destroying(efirt: Cli, live: Watched) -> None:
    cases = ["--case", "VAR-GET-012", "--case", "VAR-GLB-005"]
    record = efirt("check", "--write", "--yes", "--json", *cases, opener=over(live)).json
    assert [row["outcome"] for row in record["cases"]] == ["passed", "skipped"]
    record = efirt("check", "--destructive", "--yes", "--json", *cases, opener=over(live)).json
    assert [row["outcome"] for row in record["cases"]] == ["passed", "passed"]


def test_a_driver_that_is_held_is_asked_itself(efirt: Cli) -> None:
    record = efirt("check", "--read-only", "--json", "--case", "VAR-GET-012", "--case", "VAR-GET-015").json
    assert [row["outcome"] for row in record["cases"]] == ["skipped", "passed"]


def test_a_firmware_that_answers_nonsense_is_told_escaped(efirt: Cli, live: Watched) -> None:
    class Hostile(Watched):
        def call(self, op: Op) -> Reply:
            reply = super().call(op)
            return reply if isinstance(op, SetVariable) else reply._replace(data=b"\x1b[31m")

    result = efirt("check", "--write", "--yes", "--group", "VAR-GET", opener=over(Hostile(name="xen")))
    assert "\x1b" not in result.out


# Files.


def test_the_xml_is_written_and_can_be_read(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    assert efirt("check", "--group", "VAR-POL", "--junit", str(path)).status == 0
    suite = ET.parse(path).getroot()  # noqa: S314 - this program wrote it
    assert (suite.tag, suite.get("tests"), suite.get("failures")) == ("testsuite", "7", "0")


@pytest.mark.parametrize("option", ["--junit", "--log", "--save-payloads"])
def test_a_file_that_cannot_be_written_is_an_error_of_the_command_line(efirt: Cli, tmp_path: Path, option: str) -> None:
    result = efirt("check", "--case", "VAR-GET-015", option, str(tmp_path / "no" / "such"))
    assert result.status == 2
    assert "cannot be written" in result.err


def test_a_simulated_machine_leaves_no_log_unless_one_is_named(efirt: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert efirt("check", "--case", "VAR-GET-015").err == ""
    assert list(tmp_path.iterdir()) == []
    assert "named.log" in efirt("check", "--case", "VAR-GET-015", "--log", "named.log").err
    assert [path.name for path in tmp_path.iterdir()] == ["named.log"]


def test_signatures_are_carried_in_a_book(efirt: Cli, tmp_path: Path, live: Watched) -> None:
    pytest.importorskip("cryptography")
    book = str(tmp_path / "book.json")
    cases = ["--case", "AUTH-PRV-001", "--case", "AUTH-PRV-009", "--case", "SB-025"]
    assert efirt("check", *cases, "--save-payloads", book).status == 0
    record = efirt("check", "--destructive", "--yes", "--json", *cases, "--payloads", book, opener=over(live)).json
    assert [row["outcome"] for row in record["cases"]] == ["passed"] * 3


def test_kept_machines_are_new_for_each_case(efirt: Cli, machine: Kept) -> None:
    assert efirt("check", "--group", "VAR-DEL", opener=over(machine)).status == 0
