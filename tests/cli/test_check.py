"""efirt check: reads unless it is told to write, says first what that costs, and ends with 1 when a case that must pass fails."""

import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from efirt.ops import Malformed, Op, Reply, SetVariable
from efirt.ops.recording import Recording
from efirt.runtime.services import Runtime
from efirt.testing.conformance import CASES
from tests.cli.conftest import Cli
from tests.cli.fakes import Kept, over
from tests.testing.conformance_fakes import Watched


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


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
    result = efirt("check", "--group", "VAR-POL", "--case", "AUTH-PRV-050")
    assert result.status == 0
    assert result.out.startswith("xen:simulated, firmware ovmf-2022.11\n")
    assert "AUTH-PRV           0         0         1         0" in result.out
    assert "AUTH-PRV-050 deviates (SHOULD, " in result.out
    assert "passed as this firmware does it, and others do not:\nVAR-POL-007   the clock driver of this release registers no" in result.out


def test_groups_and_single_cases_are_chosen(efirt: Cli) -> None:
    result = efirt("check", "--json", "--group", "VAR-LANG", "--case", "MISC-002", "--case", "VAR-GET-006")
    ids = [row["id"] for row in result.json["cases"]]
    assert ids[0] == "VAR-GET-006"
    assert "MISC-002" in ids
    assert len(ids) == 2 + sum(case.group == "VAR-LANG" for case in CASES)


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
    result = efirt("check", "--faults", "get:status=DEVICE_ERROR", "--group", "VAR-GET", "--json")
    assert result.status == 1
    assert result.json["failed"] >= 1


def test_a_firmware_is_named_with_its_quirks_and_what_they_do_deviates_by_name(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    words = ["check", "--driver", "simulated?profile=edk2&quirk=duplicate-names,user-absent", "--group", "VAR-NEXT"]
    result = efirt(*words, "--json", "--junit", str(path))
    assert (result.status, result.json["profile"], result.json["failed"]) == (0, "edk2+duplicate-names+user-absent", 0)
    named = {row["id"]: row["reason"] for row in result.json["cases"] if row["outcome"] == "deviates"}
    assert [*named] == ["VAR-NEXT-012"]
    assert named["VAR-NEXT-012"].startswith("duplicate-names: GetNextVariableName names the first variable twice (")
    suite = ET.parse(path).getroot()  # noqa: S314 - this program wrote it
    assert suite.get("name") == "efirt check simulated edk2+duplicate-names+user-absent"
    assert efirt(*words).out.startswith("simulated, firmware edk2+duplicate-names+user-absent\n")


def test_a_simulated_firmware_that_begins_with_an_image_is_known_too(efirt: Cli, tmp_path: Path) -> None:
    image = str(tmp_path / "vars.fd")
    assert efirt("image", "create", image).status == 0
    record = efirt("check", "--driver", f"simulated?vars={image}&profile=edk2", "--json", "--group", "VAR-POL").json
    assert (record["profile"], record["failed"]) == ("edk2", 0)


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


def test_a_file_is_a_machine_s_and_is_not_written_without_leave(efirt: Cli, tmp_path: Path) -> None:
    image = tmp_path / "vars.fd"
    efirt("image", "create", str(image))
    before = image.read_bytes()
    for name in (f"simulated:{image}", f"image:{image}?phase=runtime"):
        assert efirt("check", "--driver", name, "--group", "VAR-GET").status == 0
        refused = efirt("check", "--driver", name, "--group", "VAR-GET", "--write")
        assert refused.status == 2
        assert f"they go into {image}; nobody can be asked here" in refused.err
        assert "host down" not in refused.err
    assert image.read_bytes() == before
    assert "phase=runtime" in efirt("check", "--driver", f"image:{image}").err


def test_a_profile_that_is_none_is_told_on_a_real_machine_too(efirt: Cli, live: Watched) -> None:
    result = efirt("check", "--profile", "nonsense", opener=over(live))
    assert (result.status, result.out) == (2, "")
    assert "there is no firmware profile 'nonsense'" in result.err


# A driver that is held.

HELD = ["--case", "VAR-GET-001", "--case", "VAR-GET-016", "--case", "VAR-GLB-005", "--case", "SB-057", "--group", "VAR-POL"]


@pytest.mark.parametrize("name", ["simulated?profile=edk2", "xen:simulated?profile=edk2&quirk=no-counter"])
@pytest.mark.parametrize(
    "option", [["--trace"], ["--trace-json"], ["--record", "run.jsonl"], ["--faults", "CopyTable:nth=1:status=ABORTED"]]
)
def test_holding_a_simulated_machine_leaves_it_what_it_is(
    efirt: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, option: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["check", "--driver", name, "--json", *HELD, "--case", "MISC-002"]
    assert efirt(*words, *option).out == efirt(*words).out


def test_a_trace_shows_every_question_and_which_case_asks_it(efirt: Cli) -> None:
    lines = efirt("check", "--driver", "simulated", "--trace", "--case", "VAR-GET-001", "--case", "VAR-GET-012").err.splitlines()
    assert lines[0] == "-- VAR-GET-001 begins (boot)"
    assert lines[1].startswith("GetVariable T-5a1c3c60-7d0b-4c0e-8f43-5b7a2f0c9e01 room=4096 variable_name=NULL -> EFI_INVALID_PARAMETER <")
    assert lines.index("-- VAR-GET-012 begins (boot)") < lines.index("-- VAR-GET-012 begins (runtime)")
    assert sum(line.startswith("SetVariable T-") for line in lines) == 4
    traced = efirt("check", "--driver", "simulated", "--trace", "--json", "--case", "VAR-GET-001").err.splitlines()
    assert [[*json.loads(line)] for line in traced[:2]] == [["case"], ["malformed", "reply", "seconds"]]


def test_a_recording_has_every_question_of_every_case(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    efirt("check", "--driver", "simulated", "--record", str(path), *HELD)
    recording = Recording.decode(path.read_bytes(), "it")
    assert {note.value["case"] for note in recording.notes if "case" in note.value} >= {"VAR-GET-001", "SB-057", "VAR-POL-007"}
    assert any(isinstance(step.op, Malformed) for step in recording.steps)


def test_faults_hit_the_machines_of_all_cases_as_one(efirt: Cli) -> None:
    words = ["check", "--driver", "simulated", "--json", "--case", "VAR-GET-001", "--case", "VAR-GET-006", "--case", "VAR-GET-012"]
    for nth, hit in ((1, "VAR-GET-006"), (5, "VAR-GET-012")):
        found = efirt(*words, "--faults", f"write:nth={nth}:status=DEVICE_ERROR").json["cases"]
        assert [row["id"] for row in found if row["outcome"] == "failed"] == [hit]
    found = efirt(*words, "--faults", "get:nth=1:errno=5").json["cases"]
    assert found[0]["outcome"] == "failed", "a question with a pointer that is NULL meets them too"


def test_a_machine_that_is_held_read_only_is_not_written(efirt: Cli) -> None:
    record = efirt("check", "--read-only", "--json", "--case", "VAR-GET-012", "--case", "VAR-GET-015").json
    assert [row["outcome"] for row in record["cases"]] == ["skipped", "passed"]
    assert "(--read-only)" in record["cases"][0]["reason"]


def test_faults_that_make_no_sense_are_told_before_anything_is_opened(efirt: Cli) -> None:
    def opener(_name: str | None = None, *, inactive: bool = False) -> Runtime:
        raise AssertionError(inactive)

    assert efirt("check", "--faults", "nonsense", opener=opener).status == 2


# A recorded run.


def recorded(efirt: Cli, path: Path, *words: str) -> list[dict[str, str]]:
    cases: list[dict[str, str]] = efirt("check", "--json", "--record", str(path), *words).json["cases"]
    return cases


def test_a_recorded_run_is_asked_again_case_by_case(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    cases = recorded(efirt, path, "--driver", "simulated?profile=edk2", *HELD)
    record = efirt("check", "--driver", f"replay:{path}", "--json").json
    assert record["cases"] == cases
    assert record["profile"] == "edk2"
    assert record["driver"] == f"simulated, played back from the recording {path}"
    assert [row["id"] for row in efirt("check", "--driver", f"replay:{path}", "--json", "--group", "VAR-POL").json["cases"]] == [
        row["id"] for row in cases if row["id"].startswith("VAR-POL")
    ]
    assert efirt("check", "--driver", f"replay:{path}", "--json", "--profile", "ovmf-2025.02").json["profile"] == "ovmf-2025.02"


def test_so_is_one_of_a_real_machine_and_nobody_is_asked_nor_anything_logged(efirt: Cli, live: Watched) -> None:
    cases = ["--case", "VAR-GET-012", "--case", "VAR-GLB-005", "--case", "TIME-SET-025"]
    words = ["check", "--json", "--write", "--yes", "--record", "run.jsonl", *cases]
    found = efirt(*words, opener=over(live)).json
    Path("efirt-check.log").unlink()
    asked = len(live.asked)
    result = efirt("check", "--driver", "replay:run.jsonl", "--json")
    assert (result.status, result.err) == (0, "")
    assert result.json["cases"] == found["cases"]
    assert result.json["driver"].startswith("xen, played back from")
    assert len(live.asked) == asked
    assert not Path("efirt-check.log").exists()


def test_a_recording_that_was_changed_says_where_it_differs(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    recorded(efirt, path, "--case", "VAR-GLB-005")
    path.write_text(path.read_text().replace('"data": "0500"', '"data": "0600"', 1))
    result = efirt("check", "--driver", f"replay:{path}")
    assert result.status == 1
    assert f"the recording {path}, VAR-GLB-005 (boot), line " in result.out
    assert "was asked (differs in data at byte 0)" in result.out


def test_a_recording_of_something_else_or_in_any_order_is_one_error(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    efirt("list", "--record", str(path))
    result = efirt("check", "--driver", f"replay:{path}", "--json")
    assert (result.status, result.out, result.error["kind"]) == (1, "", "replay")
    assert result.error["advice"] == "record one: efirt --record FILE check"
    result = efirt("check", "--driver", f"replay:{path}?order=any", "--json")
    assert (result.status, result.error["kind"]) == (2, "usage")


def test_cases_that_this_suite_does_not_have_are_counted(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    recorded(efirt, path, "--case", "VAR-GLB-005")
    path.write_text(path.read_text().replace("VAR-GLB-005", "VAR-GLB-999"))
    result = efirt("check", "--driver", f"replay:{path}")
    assert (result.status, result.err) == (0, "efirt: note: 1 cases of the recording are not in this suite\n")


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
    assert efirt("check", "--group", "VAR-LANG", "--junit", str(path)).status == 0
    suite = ET.parse(path).getroot()  # noqa: S314 - this program wrote it
    assert (suite.tag, suite.get("tests"), suite.get("failures")) == ("testsuite", str(len(suite)), "0")


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


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"certificates": {"K1": 5}, "signatures": {}}',
        '{"certificates": {"K1": "zz"}, "signatures": {}}',
        "{}",
        "[]",
    ],
    ids=["nested", "number", "no digits", "empty", "list"],
)
def test_what_is_no_book_is_one_error(efirt: Cli, tmp_path: Path, text: str) -> None:
    path = tmp_path / "book.json"
    path.write_text(text)
    result = efirt("check", "--payloads", str(path), "--json")
    assert (result.status, result.out, result.error["kind"]) == (2, "", "usage")
    assert result.error["message"].startswith(f"{path} is not a payload book: ")


def test_signatures_are_carried_in_a_book(efirt: Cli, tmp_path: Path, live: Watched) -> None:
    pytest.importorskip("cryptography")
    book = str(tmp_path / "book.json")
    cases = ["--case", "AUTH-PRV-001", "--case", "AUTH-PRV-009", "--case", "SB-025"]
    assert efirt("check", "--driver", "simulated", *cases, "--save-payloads", book).status == 0
    record = efirt("check", "--destructive", "--yes", "--json", *cases, "--payloads", book, opener=over(live)).json
    assert [row["outcome"] for row in record["cases"]] == ["passed"] * 3


def test_kept_machines_are_new_for_each_case(efirt: Cli, machine: Kept) -> None:
    assert efirt("check", "--group", "VAR-DEL", opener=over(machine)).status == 0
