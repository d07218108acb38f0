"""A recording as a driver."""

import json
from pathlib import Path

import pytest

from efirt.drivers.record import Record
from efirt.drivers.replay import carries, find
from efirt.errors import HypervisorError, NotCarried, ReplayMismatch
from efirt.ops import (
    OPERATIONS,
    GetNextHighMonotonicCount,
    GetTable,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    Probe,
    Reply,
    Routes,
    SetVariable,
)
from efirt.runtime.registry import open_driver, open_runtime
from efirt.runtime.services import Runtime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.held import NAMES, NV_BS_RT, ORDER, answers_of, at_once, key, recorded, replayed, sequence, told

READ = GetVariable(ORDER)
ABSENT = GetVariable(key("Absent"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


@pytest.mark.parametrize("option", ["", "any"])
@pytest.mark.parametrize("name", NAMES)
def test_the_recorded_questions_have_the_recorded_answers(name: str, option: str, path: Path) -> None:
    ops = sequence(1000)
    answers = recorded(name, path, ops)
    driver = replayed(path, option)
    assert told(answers_of(driver, ops)) == told(answers)
    assert driver.left == 0


@pytest.mark.parametrize("name", NAMES)
def test_it_is_for_a_program_the_driver_that_was_recorded(name: str, path: Path) -> None:
    recorded(name, path, [])
    inner, driver = open_driver(name), replayed(path)
    assert (driver.name, driver.carried) == (inner.name, inner.carried)
    missing = [operation for operation in OPERATIONS if operation not in inner.carried]
    assert [driver.why_not(operation) for operation in missing] == [inner.why_not(operation) for operation in missing]
    assert driver.why_not(Probe) == f"the recorded driver {name} had no road for it"


@pytest.mark.parametrize("name", NAMES)
def test_a_program_that_only_knows_runtime_does_the_same_again(name: str, path: Path) -> None:
    def program(runtime: Runtime) -> list[object]:
        runtime.set(key("A"), b"x" * 5000)
        found: list[object] = [*runtime.variables(), runtime.query(), runtime.clock(), runtime.info(), runtime.monotonic()]
        runtime.delete(key("A"), force=True)
        return found

    with Runtime(Record.open(open_driver(name), str(path))) as runtime:
        expected = program(runtime)
    with open_runtime(f"replay:{path}") as runtime:
        assert program(runtime) == expected


def test_an_error_of_the_road_is_raised_again_as_what_it_was(path: Path) -> None:
    driver = Record.open(open_driver("xen:simulated?rs=off", inactive=True), str(path))
    answers_of(driver, [READ, GetTable(GLOBAL), GetVariable(ORDER, -1)])
    driver.close()
    again = replayed(path)
    with pytest.raises(HypervisorError, match="efi=no-rs") as refusal:
        again.call(READ)
    assert (refusal.value.errno, bool(refusal.value.advice)) == (95, True)
    with pytest.raises(NotCarried) as missing:
        again.call(GetTable(GLOBAL))
    assert missing.value.operation == "GetTable"
    with pytest.raises(ValueError, match="does not fit"):
        again.call(GetVariable(ORDER, -1))


def test_another_question_says_what_and_where(path: Path) -> None:
    recorded("simulated", path, [READ, ABSENT])
    driver = replayed(path)
    driver.call(READ)
    with pytest.raises(ReplayMismatch) as caught:
        driver.call(READ)
    assert caught.value.message == (
        f"the recording {path}, line 3, call 2: the recording has GetVariable {key('Absent')} room=4096, "
        f"and GetVariable {ORDER} room=4096 was asked (differs in key)"
    )
    assert "--record" in caught.value.advice


@pytest.mark.parametrize(
    ("had", "asked", "difference"),
    [
        (READ, GetVariable(ORDER, 4097), "differs in room"),
        (SetVariable(ORDER, NV_BS_RT, bytes(64)), SetVariable(ORDER, NV_BS_RT, bytes(63) + b"x"), "differs in data at byte 63"),
        (SetVariable(ORDER, NV_BS_RT, bytes(64)), SetVariable(ORDER, NV_BS_RT, bytes(60)), "differs in data at byte 60"),
        (GetTime(), GetWakeupTime(), "another operation"),
    ],
)
def test_the_difference_is_told_also_where_the_lines_look_alike(had: Op, asked: Op, difference: str, path: Path) -> None:
    recorded("simulated", path, [had])
    with pytest.raises(ReplayMismatch, match=rf"\({difference}\)"):
        replayed(path).call(asked)


def test_once_it_has_parted_every_call_says_where(path: Path) -> None:
    recorded("simulated", path, [READ, ABSENT])
    driver = replayed(path)
    with pytest.raises(ReplayMismatch) as first:
        driver.call(ABSENT)
    for op in (READ, ABSENT, GetTime()):
        with pytest.raises(ReplayMismatch) as later:
            driver.call(op)
        assert str(later.value) == str(first.value)
    assert driver.left == 2


def test_a_mismatch_that_runtime_goes_past_is_the_one_that_comes_out(path: Path) -> None:
    with Runtime(Record.open(open_driver("simulated"), str(path))) as runtime:
        runtime.set(key("A"), b"x")
    driver = replayed(path)
    with pytest.raises(ReplayMismatch, match=r"line 2.*has QueryVariableInfo NV\+BS\+RT, and QueryVariableInfo NV\+BS\+RT\+AT was asked"):
        Runtime(driver).set(key("A"), b"x", NV_BS_RT | 0x20)


def test_the_end_says_how_many_calls_there_were(path: Path) -> None:
    recorded("simulated", path, [READ])
    driver = replayed(path)
    driver.call(READ)
    with pytest.raises(ReplayMismatch, match=r"a\.jsonl has no call 2, and GetTime was asked"):
        driver.call(GetTime())


def test_a_recording_that_a_crash_cut_off_plays_up_to_there(path: Path) -> None:
    recorded("simulated", path, [READ, ABSENT])
    path.write_bytes(path.read_bytes()[:-9])
    driver = replayed(path)
    assert driver.call(READ).status == Status.SUCCESS
    with pytest.raises(ReplayMismatch, match="its last line cut off, has no call 2"):
        driver.call(ABSENT)


def test_in_any_order_each_answer_is_given_once_the_earliest_first(path: Path) -> None:
    count = GetNextHighMonotonicCount()
    recorded("simulated", path, [count, READ, count, GetTime(), GetWakeupTime()])
    driver = replayed(path, "any")
    assert driver.call(GetWakeupTime()).enabled is False
    assert [driver.call(count).count, driver.call(count).count] == [2, 3]
    with pytest.raises(ReplayMismatch, match="GetNextHighMonotonicCount was asked, and the recording has it not so often"):
        driver.call(count)
    with pytest.raises(ReplayMismatch, match="room=4096 was asked, and the recording has it nowhere"):
        driver.call(ABSENT)
    assert driver.call(READ).status == Status.SUCCESS
    assert driver.left == 1


def test_threads_get_each_answer_once(path: Path) -> None:
    counts = iter(range(4000))
    inner = Routes("fake", {GetTime: lambda _op: Reply(Status.SUCCESS, size=next(counts))})
    recording = Record.open(inner, str(path))
    answers_of(recording, [GetTime()] * 4000)
    recording.close()
    driver, found = replayed(path), list[int | None]()
    at_once(*[lambda: found.extend(driver.call(GetTime()).size for _ in range(1000))] * 4)
    assert sorted(number or 0 for number in found) == list(range(4000))


def test_closing_twice_is_harmless(path: Path) -> None:
    recorded("simulated", path, [])
    driver = replayed(path)
    driver.close()
    driver.close()


def test_without_a_recording_it_only_says_that_it_needs_one() -> None:
    assert find().applies
    assert carries() == (frozenset(), {})


def test_a_mismatch_recorded_is_a_mismatch_again(path: Path, tmp_path: Path) -> None:
    recorded("simulated", path, [READ])
    driver = Record.open(replayed(path), str(tmp_path / "b.jsonl"))
    answers_of(driver, [ABSENT])
    driver.close()
    with pytest.raises(ReplayMismatch, match=r"line 2, call 1"):
        replayed(tmp_path / "b.jsonl").call(ABSENT)


def test_half_a_surrogate_pair_survives(path: Path) -> None:
    hostile = Key("\ud800\x1b", GLOBAL)
    inner = Routes("fake", {GetTime: lambda _op: Reply(Status.SUCCESS, key=hostile)})
    recording = Record.open(inner, str(path))
    recording.call(GetTime())
    recording.close()
    assert json.loads(path.read_text(encoding="ascii").splitlines()[1])
    assert replayed(path).call(GetTime()).key == hostile
