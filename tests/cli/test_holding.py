"""The options that hold the driver: what they show, write and refuse, and in which order they stand."""

import json
from pathlib import Path
from typing import Any

import pytest

from efirt.ops import GetVariable, Reply, Routes
from efirt.runtime.registry import open_runtime
from efirt.runtime.services import Runtime
from efirt.values.key import Key
from efirt.values.status import Status
from tests.cli.conftest import Cli
from tests.cli.fakes import GUID, OURS, Kept, over
from tests.cli.test_process import modules_after

ORDER = "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c"
MINE = f"A-{OURS}"


def records(err: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in err.splitlines()]


def test_a_trace_is_a_line_a_call_on_standard_error(efirt: Cli) -> None:
    plain = efirt("get", "BootOrder")
    for words in (("--trace", "get", "BootOrder"), ("get", "BootOrder", "--trace")):
        result = efirt(*words)
        assert (result.status, result.out) == (0, plain.out)
        assert result.err.startswith(f"GetVariable {ORDER} room=4096 -> EFI_SUCCESS NV+BS+RT 6 bytes 010002000000 <")
        assert result.err.endswith(" us>\n")
        assert result.err.count("\n") == 1


@pytest.mark.parametrize("words", [("--trace-json",), ("--trace", "--json"), ("--trace-json", "--json")])
def test_a_trace_for_programs_is_json_and_so_is_one_with_json(efirt: Cli, words: tuple[str, ...]) -> None:
    traced = records(efirt(*words, "get", "BootOrder").err)
    assert [list(record) for record in traced] == [["op", "reply", "seconds"]]
    assert traced[0]["op"] == {"op": "GetVariable", "key": ORDER.split("-", 1), "room": 4096}


def test_a_trace_shows_the_call_that_failed_before_the_error(efirt: Cli) -> None:
    efirt.opener = over(open_runtime("xen:simulated?rs=off", inactive=True).driver)
    lines = efirt("get", "BootOrder", "--trace").err.splitlines()
    assert len(lines) == 2
    assert "-> HypervisorError errno=95: GetVariable: Xen refused" in lines[0]
    assert lines[1].startswith("efirt: GetVariable: Xen refused")


def test_names_in_a_trace_are_escaped(efirt: Cli) -> None:
    key = Key("\x1b]0;x\x07", GUID)
    routes = Routes("fake", {GetVariable: lambda _op: Reply(Status.SUCCESS, data=b"", size=0, key=key)})
    assert "\x1b" not in efirt("get", MINE, "--trace", opener=over(routes)).err


def test_what_was_recorded_is_played_back_word_for_word(efirt: Cli, tmp_path: Path) -> None:
    for number, words in enumerate([("list", "--data"), ("info",), ("time", "--json"), ("set", MINE, "--text", "x"), ("get", "Nonesuch")]):
        path = str(tmp_path / f"{number}.jsonl")
        live = efirt(*words, "--record", path)
        assert efirt("--driver", f"replay:{path}", *words) == live


def test_another_question_than_the_recorded_one_is_one_error_that_says_where(efirt: Cli, tmp_path: Path) -> None:
    path = str(tmp_path / "a.jsonl")
    efirt("get", "BootOrder", "--record", path)
    result = efirt("get", "BootNext", "--json", "--driver", f"replay:{path}")
    assert (result.status, result.out, result.error["kind"]) == (1, "", "replay")
    assert f"{path}, line 2, call 1: the recording has GetVariable {ORDER} room=4096" in result.error["message"]


def test_a_damaged_recording_is_one_error(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{}\n", encoding="ascii")
    result = efirt("list", "--json", "--driver", f"replay:{path}")
    assert (result.status, result.out, result.error["kind"]) == (1, "", "decode")
    assert efirt("list", "--json", "--driver", "replay:").error["kind"] == "usage"
    assert efirt("list", "--json", "--driver", f"replay:{tmp_path}").error["errno"] == 21


def test_a_recording_is_not_written_over_another_file_and_the_driver_is_closed(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("precious", encoding="ascii")
    driver, times = Kept(open_runtime("simulated").driver), list[str]()
    driver.close = lambda: times.append("closed")  # type: ignore[method-assign]
    result = efirt("list", "--json", "--record", str(path), opener=over(driver))
    assert (result.status, result.out, result.error["kind"], result.error["errno"]) == (1, "", "driver", 17)
    assert (path.read_text(encoding="ascii"), times) == ("precious", ["closed"])


def test_faults_come_out_as_what_they_are(efirt: Cli) -> None:
    assert efirt("get", "BootOrder", "--json", "--faults", "get:status=DEVICE_ERROR").error["status"] == "EFI_DEVICE_ERROR"
    assert efirt("--faults", "get:errno=5", "--json", "get", "BootOrder").error["kind"] == "hypervisor"
    assert efirt("--faults=power-cut:after=0", "--json", "list").error["kind"] == "driver"
    assert efirt("set", MINE, "--text", "x", "--json", "--faults", "space=3").error["kind"] == "refused"
    assert efirt("set", MINE, "--text", "x", "--json", "--force", "--faults", "space=3").error["status"] == "EFI_OUT_OF_RESOURCES"


@pytest.mark.parametrize("spec", ["", "nonesuch", "get", "get:errno=x"])
def test_faults_that_make_no_sense_are_a_usage_error_and_open_nothing(efirt: Cli, spec: str) -> None:
    def opener(_name: str | None = None, *, inactive: bool = False) -> Runtime:
        raise AssertionError(inactive)

    result = efirt("list", "--json", "--faults", spec, opener=opener)
    assert (result.status, result.out, result.error["kind"]) == (2, "", "usage")
    assert "is not a fault" in result.error["message"]


@pytest.mark.parametrize("words", [("set", MINE, "--text", "x"), ("delete", "BootOrder"), ("time", "set", "now"), ("time", "wake", "off")])
def test_read_only_refuses_what_changes_something_and_names_itself(efirt: Cli, words: tuple[str, ...]) -> None:
    result = efirt(*words, "--read-only", "--json")
    assert (result.status, result.out, result.error["kind"]) == (1, "", "not-carried")
    assert "(--read-only)" in result.error["message"]


@pytest.mark.parametrize("words", [("list", "--data"), ("get", "BootOrder"), ("drivers",)])
def test_read_only_changes_nothing_about_reading(efirt: Cli, words: tuple[str, ...]) -> None:
    assert efirt("--read-only", *words) == efirt(*words)


def test_they_stand_in_one_order_whatever_that_of_the_words(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    words = ["--faults", "get:nth=1:status=DEVICE_ERROR", "--trace-json", "--record", str(path), "--read-only"]
    result = efirt("set", MINE, "--text", "x", *words)
    assert (result.status, "EFI_DEVICE_ERROR" in result.err.splitlines()[-1]) == (1, True)
    traced = records("\n".join(result.err.splitlines()[:-1]))
    assert [record["reply"] for record in traced] == [{"status": int(Status.DEVICE_ERROR)}]
    written = records(path.read_text(encoding="ascii"))
    assert [(record["op"], record["reply"]) for record in written[1:]] == [(record["op"], record["reply"]) for record in traced]
    assert "SetVariable" in written[0]["carried"]


def test_what_is_refused_as_a_change_is_neither_traced_nor_recorded(efirt: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    result = efirt("delete", "Boot0002", "--read-only", "--trace", "--record", str(path))
    assert result.status == 1
    asked = [record["op"]["op"] for record in records(path.read_text(encoding="ascii"))[1:]]
    assert "SetVariable" not in asked
    assert [line.split()[0] for line in result.err.splitlines()[:-1]] == asked


@pytest.mark.parametrize("option", ["--record", "--faults"])
def test_a_value_like_a_verb_is_still_the_value(efirt: Cli, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = efirt(option, "list", "get", "BootOrder")
    assert (result.status == 0) == (option == "--record")
    assert (tmp_path / "list").exists() == (option == "--record")


def test_a_command_without_them_imports_nothing_of_them() -> None:
    held = {"efirt.cli.holding", "efirt.ops.recording", "efirt.ops.wording", "efirt.drivers.faults", "json"}
    assert modules_after("--driver", "xen:simulated", "list") & held == set()
    assert {"efirt.cli.holding", "efirt.drivers.faults"} <= modules_after("--driver", "xen:simulated", "--read-only", "list")


@pytest.mark.parametrize(
    ("faults", "kind", "status"),
    [
        ("power-cut:after=1", "driver", None),
        ("get:nth=2:errno=5", "hypervisor", None),
        ("get:nth=2:status=DEVICE_ERROR", "firmware", "EFI_DEVICE_ERROR"),
        ("get:nth=2:status=SUCCESS", "decode", None),
    ],
)
def test_a_write_that_cannot_be_read_back_is_told_as_that(efirt: Cli, faults: str, kind: str, status: str | None) -> None:
    result = efirt("set", MINE, "--text", "x", "--json", "--faults", faults)
    assert (result.status, result.out, result.error["kind"], result.error["status"]) == (1, "", kind, status)
    assert result.error["message"].startswith(f"set {MINE}: firmware took the write, and reading it back failed: ")
    assert "firmware took the write" in efirt("set", MINE, "--text", "x", "--faults", faults).err


@pytest.mark.parametrize("faults", ["get:nth=2:status=NOT_FOUND", "write:status=SUCCESS"])
def test_what_firmware_took_and_does_not_show_is_no_error(efirt: Cli, faults: str) -> None:
    result = efirt("set", MINE, "--text", "x", "--faults", faults)
    assert (result.status, result.out) == (0, f"created {MINE}: NV+BS+RT, not visible now\n")


def test_attributes_that_firmware_tells_and_no_variable_can_have_are_not_the_user_s_fault(efirt: Cli) -> None:
    result = efirt("set", MINE, "--text", "x", "--json", "--faults", "get:status=SUCCESS")
    assert (result.status, result.out, result.error["kind"]) == (1, "", "decode")
    assert result.error["message"] == f"get {MINE}: firmware says that its attributes are 0, which no variable can have"
    assert "--attributes" in result.error["advice"]


@pytest.mark.parametrize("words", [("delete", "Boot0002", "--force"), ("time", "set", "now"), ("time", "wake", "+01:00")])
def test_a_road_that_ends_before_the_change_is_told_and_nothing_is_said_to_be_done(efirt: Cli, words: tuple[str, ...]) -> None:
    result = efirt(*words, "--json", "--faults", "power-cut:after=0")
    assert (result.status, result.out, result.error["kind"]) == (1, "", "driver")
    assert "power lost after 0 writes" in result.error["message"]
