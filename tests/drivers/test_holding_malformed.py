"""Questions with pointers that are NULL, and notes, go through drivers that hold a driver as ordinary calls do."""

import json
from pathlib import Path

import pytest

from efirt.drivers.faults.driver import Faults
from efirt.drivers.readonly import ReadOnly
from efirt.drivers.record import Record
from efirt.drivers.replay import open_driver as open_replay
from efirt.drivers.trace import Trace
from efirt.errors import DecodeError, HypervisorError, NoDriver, NotCarried, ReplayMismatch
from efirt.ops import Driver, GetTime, GetVariable, GetWakeupTime, Malformed, Routes, SetVariable
from efirt.ops.holder import Holder, layers
from efirt.ops.malformed import call_malformed, carries_malformed
from efirt.runtime.active import Stack
from efirt.runtime.registry import open_driver
from efirt.values.status import Status
from tests.drivers.held import NV_BS_RT, ORDER, key, replayed

NO_NAME = Malformed(GetVariable(ORDER), frozenset({"variable_name"}))
LYING = Malformed(SetVariable(key("A"), NV_BS_RT, b"x"), data_size=(1 << 64) - 1)
TEXT = "GetVariable BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c room=4096 variable_name=NULL"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


def test_a_driver_has_a_road_for_it_where_it_says_so_and_whoever_holds_it_too() -> None:
    model, xen = open_driver("simulated"), open_driver("xen:simulated")
    for driver, carries in ((model, True), (Holder(Holder(model)), True), (xen, False), (Holder(xen), False)):
        assert carries_malformed(driver) is carries
    assert call_malformed(Holder(model), NO_NAME).status == Status.INVALID_PARAMETER
    for driver in (xen, Holder(Holder(xen))):
        with pytest.raises(
            NotCarried, match="GetVariable with a pointer that is NULL, or a size that lies, is not carried by xen:sim"
        ) as no:
            call_malformed(driver, NO_NAME)
        assert no.value.operation == "GetVariable"


def test_a_trace_tells_it_and_what_was_wrong() -> None:
    lines: list[str] = []
    driver = Trace(open_driver("simulated"), lines.append)
    driver.call_malformed(NO_NAME)
    driver.call_malformed(LYING)
    assert lines[0].startswith(f"{TEXT} -> EFI_INVALID_PARAMETER <")
    assert "1 bytes 78 data_size=0xffffffffffffffff -> EFI_INVALID_PARAMETER <" in lines[1]
    lines.clear()
    Trace(open_driver("simulated"), lines.append, as_json=True).call_malformed(NO_NAME)
    told = json.loads(lines[0])
    assert [*told] == ["malformed", "reply", "seconds"]
    assert (told["malformed"]["null"], told["malformed"]["data_size"]) == (["variable_name"], None)
    with pytest.raises(NotCarried):
        Trace(open_driver("xen:simulated"), lines.append).call_malformed(NO_NAME)
    assert " variable_name=NULL -> NotCarried: " in lines[1]


@pytest.mark.parametrize("option", ["", "any"])
def test_what_is_recorded_is_played_back(path: Path, option: str) -> None:
    driver = Record.open(open_driver("simulated"), str(path))
    asked = [NO_NAME, LYING, Malformed(GetTime(), frozenset({"time"}))]
    answers = [driver.call_malformed(one) for one in asked]
    driver.close()
    again = replayed(path, option)
    assert carries_malformed(again)
    assert [again.call_malformed(one) for one in asked] == answers
    assert not carries_malformed(open_replay(str(empty(path.with_name("b.jsonl")))))


def empty(path: Path) -> Path:
    Record.open(open_driver("simulated"), str(path)).close()
    return path


@pytest.mark.parametrize(
    ("asked", "difference"),
    [
        (Malformed(GetVariable(ORDER), frozenset({"vendor_guid"})), "differs in null"),
        (Malformed(GetVariable(ORDER, 1), frozenset({"variable_name"})), "differs in room"),
        (Malformed(GetTime(), frozenset({"time"})), "another operation"),
    ],
)
def test_another_question_is_told_from_it(path: Path, asked: Malformed, difference: str) -> None:
    driver = Record.open(open_driver("simulated"), str(path))
    driver.call_malformed(NO_NAME)
    driver.close()
    with pytest.raises(ReplayMismatch, match=rf"the recording has {TEXT}, and .* was asked \({difference}\)"):
        replayed(path).call_malformed(asked)
    with pytest.raises(ReplayMismatch, match=r"another operation"):
        replayed(path).call(GetVariable(ORDER))


def test_the_clock_and_its_alarm_are_two_questions_in_any_order(path: Path) -> None:
    driver = Record.open(open_driver("simulated"), str(path))
    driver.call_malformed(Malformed(GetTime(), frozenset({"time"})))
    driver.close()
    with pytest.raises(ReplayMismatch, match="nowhere"):
        replayed(path, "any").call_malformed(Malformed(GetWakeupTime(), frozenset({"time"})))


def test_it_meets_the_faults_of_its_operation_and_counts_among_its_calls() -> None:
    driver = Faults(open_driver("simulated"), "get:nth=2:errno=5")
    assert driver.call(GetVariable(ORDER)).status == Status.SUCCESS
    with pytest.raises(HypervisorError, match="errno 5"):
        driver.call_malformed(NO_NAME)
    assert driver.call_malformed(NO_NAME).status == Status.INVALID_PARAMETER
    assert driver.call_malformed(LYING).status == Status.INVALID_PARAMETER
    with pytest.raises(NotCarried):
        Faults(open_driver("xen:simulated"), "get:status=ABORTED").call_malformed(NO_NAME)


def test_a_read_only_driver_refuses_it_where_it_would_change_something() -> None:
    driver = ReadOnly(open_driver("simulated"))
    assert driver.call_malformed(NO_NAME).status == Status.INVALID_PARAMETER
    with pytest.raises(NotCarried, match="held read-only"):
        driver.call_malformed(LYING)


def test_the_layers_of_a_driver_end_with_the_one_that_answers() -> None:
    model: Driver = Routes("fake", {})
    trace = Trace(model, print)
    faults = Faults(trace)
    with Stack().attach(faults) as attachment:
        assert list(layers(attachment)) == [attachment, faults, trace, model]
    assert list(layers(attachment)) == [attachment]


# Notes.


def test_notes_stand_where_they_were_taken_and_playing_back_goes_past_them(path: Path) -> None:
    driver = Record.open(open_driver("simulated"), str(path))
    driver.note({"first": [1, "two"]})
    driver.call(GetVariable(ORDER))
    driver.call_malformed(NO_NAME)
    driver.note({"last": None})
    assert driver.count == 2
    driver.close()
    with pytest.raises(NoDriver, match="a note: the recording of simulated has been closed"):
        driver.note({})
    again = replayed(path)
    assert [(note.line, note.at, note.value) for note in again.recording.notes] == [(2, 0, {"first": [1, "two"]}), (5, 2, {"last": None})]
    assert again.call(GetVariable(ORDER)).status == Status.SUCCESS
    assert again.left == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"note": 5}', "the note is not an object"),
        ('{"malformed": {"op": {"op": "GetTime"}, "null": [5], "data_size": null}, "reply": {"status": 0}}', "5 is not text"),
        ('{"malformed": {"op": {"op": "GetTime"}, "null": [], "data_size": "x"}, "reply": {"status": 0}}', "is not an integer"),
        ('{"malformed": {"op": {"op": "No"}, "null": [], "data_size": null}, "reply": {"status": 0}}', "is not an operation"),
        ('{"malformed": [], "reply": {"status": 0}}', "is not a malformed operation"),
        ('{"note": ' + "[" * 100_000 + "]" * 100_000 + "}", "recursion"),
    ],
    ids=["note", "pointer", "size", "operation", "list", "nested"],
)
def test_lines_that_make_no_sense_are_one_error_each(path: Path, line: str, why: str) -> None:
    empty(path)
    path.write_text(path.read_text(encoding="ascii") + line + "\n", encoding="ascii")
    with pytest.raises(DecodeError, match=why):
        open_replay(str(path))
