"""A driver that tells of each call."""

import json
from collections.abc import Iterator

import pytest

from efirt.drivers.trace import Trace
from efirt.errors import HypervisorError, NotCarried
from efirt.ops import GetTable, GetTime, GetVariable, Op, Reply, Routes, SetVariable
from efirt.ops.notation import read_error, read_op, read_reply
from efirt.runtime.registry import open_driver
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.held import NAMES, NV_BS_RT, ORDER, answers_of, closed, key, sequence, told

NAME = "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c"


def clock(*seconds: float) -> Iterator[float]:
    return iter(seconds)


@pytest.mark.parametrize("name", NAMES)
def test_each_call_is_one_line_with_its_duration(name: str) -> None:
    lines: list[str] = []
    times = clock(1.0, 1.000031, 2.0, 2.5)
    driver = Trace(open_driver(name), lines.append, now=lambda: next(times))
    driver.call(GetVariable(ORDER))
    driver.call(GetVariable(key("Absent"), 8))
    assert lines == [
        f"GetVariable {NAME} room=4096 -> EFI_SUCCESS NV+BS+RT 6 bytes 010002000000 <31 us>",
        f"GetVariable {key('Absent')} room=8 -> EFI_NOT_FOUND <500000 us>",
    ]


def test_an_error_of_the_road_is_told_and_raised() -> None:
    lines: list[str] = []
    driver = Trace(open_driver("xen:simulated", inactive=True), lines.append)
    with pytest.raises(NotCarried):
        driver.call(GetTable(GLOBAL))
    assert lines[0].startswith("GetTable 8be4df61-93ca-11d2-aa0d-00e098032b8c -> NotCarried: GetTable is not carried by xen:simulated: ")
    driver = Trace(open_driver("xen:simulated?rs=off", inactive=True), lines.append)
    with pytest.raises(HypervisorError):
        driver.call(GetTime())
    assert lines[1].startswith("GetTime -> HypervisorError errno=95: GetTime: Xen refused the hypercall with EOPNOTSUPP")


def test_a_value_that_does_not_fit_is_told_and_raised() -> None:
    lines: list[str] = []
    with pytest.raises(ValueError, match="does not fit"):
        Trace(open_driver("xen:simulated"), lines.append).call(GetVariable(ORDER, -1))
    assert "room=-1 -> ValueError: " in lines[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_for_programs_hold_everything(name: str) -> None:
    lines: list[str] = []
    ops = sequence()
    answers = answers_of(Trace(open_driver(name), lines.append, as_json=True, now=lambda: 0.0), ops)
    found = [json.loads(line) for line in lines]
    assert [read_op(record["op"]) for record in found] == ops
    assert told(read_error(r["error"]) if "error" in r else read_reply(r["reply"]) for r in found) == told(answers)
    assert {tuple(record) for record in found} <= {("op", "reply", "seconds"), ("op", "error", "seconds")}


def test_seconds_are_told_to_programs_as_a_number() -> None:
    lines: list[str] = []
    times = clock(5.0, 5.0000314)
    Trace(open_driver("simulated"), lines.append, as_json=True, now=lambda: next(times)).call(GetVariable(ORDER))
    assert json.loads(lines[0])["seconds"] == 0.000031


def test_a_name_from_firmware_does_nothing_to_a_terminal() -> None:
    lines: list[str] = []
    hostile = Key("\x1b]0;x\x07\u202e\n\ud800", GLOBAL)
    driver = Trace(Routes("fake", {GetTime: lambda _op: Reply(Status.SUCCESS, key=hostile)}), lines.append)
    driver.call(GetTime())
    assert lines[0].startswith(r"GetTime -> EFI_SUCCESS \x1b]0;x\x07\u202e\x0a\ud800-8be4")


def test_it_is_otherwise_the_driver_it_holds() -> None:
    inner = open_driver("xen:simulated")
    times = closed(inner)
    driver = Trace(inner, lambda _line: None)
    op: Op = SetVariable(key("A"), NV_BS_RT, b"x")
    before = driver.hypercalls
    assert driver.call(op) == Reply(Status.SUCCESS)
    assert (driver.name, driver.carried, driver.why_not(GetTable)) == (inner.name, inner.carried, inner.why_not(GetTable))
    assert before is not None
    assert driver.hypercalls == before + 1
    assert Trace(open_driver("simulated"), print).hypercalls is None
    driver.close()
    assert times == ["closed"]
