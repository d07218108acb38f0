"""A driver that writes every call down."""

import io
import json
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest

from efirt.drivers.record import Record
from efirt.errors import DriverError, NoDriver
from efirt.ops import GetTime, GetVariable, Op, Reply, Routes, SetVariable
from efirt.ops.notation import read_op, read_reply
from efirt.runtime.registry import open_driver
from efirt.values.status import Status
from tests.drivers.held import NAMES, NV_BS_RT, ORDER, answers_of, at_once, closed, key, recorded, sequence, told


@pytest.mark.parametrize("name", NAMES)
def test_the_first_line_says_whose_answers_follow(name: str, tmp_path: Path) -> None:
    inner = open_driver(name)
    Record.open(inner, str(tmp_path / "a.jsonl")).close()
    head = json.loads((tmp_path / "a.jsonl").read_text(encoding="ascii"))
    assert (head["efirt-recording"], head["driver"]) == (1, name)
    assert {*head["carried"]} == {operation.__name__ for operation in inner.carried}
    assert head["carried"][0] == "Probe"
    assert all(head["not_carried"].values())


@pytest.mark.parametrize("name", NAMES)
def test_each_call_is_a_line_and_the_answers_are_those_without_it(name: str, tmp_path: Path) -> None:
    ops = [op for op in sequence() if not isinstance(op, GetTime)]
    answers = recorded(name, tmp_path / "a.jsonl", ops)
    assert told(answers) == told(answers_of(open_driver(name), ops))
    lines = (tmp_path / "a.jsonl").read_text(encoding="ascii").splitlines()
    assert [read_op(json.loads(line)["op"]) for line in lines[1:]] == ops


def test_a_file_that_exists_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("precious", encoding="ascii")
    inner = open_driver("simulated")
    times = closed(inner)
    with pytest.raises(DriverError, match="exists, and a recording is not written over another file; give another name") as caught:
        Record.open(inner, str(path))
    assert caught.value.os_errno == 17
    assert (path.read_text(encoding="ascii"), times) == ("precious", [])


def test_a_place_that_is_not_there_is_the_driver_s_error(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="cannot be made: No such file or directory; give another place"):
        Record.open(open_driver("simulated"), str(tmp_path / "absent" / "a.jsonl"))


def test_a_process_that_is_killed_leaves_what_was_asked_before(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import os, signal, sys
        from efirt.drivers.record import Record
        from efirt.ops import GetVariable
        from efirt.runtime.registry import open_driver
        from efirt.values.key import Key
        driver = Record.open(open_driver("xen:simulated"), sys.argv[1])
        driver.call(GetVariable(Key.parse("BootOrder")))
        driver.call(GetVariable(Key.parse("BootNext")))
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    path = tmp_path / "a.jsonl"
    assert subprocess.run([sys.executable, "-c", code, path], check=False).returncode == -9
    lines = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
    assert [read_reply(line["reply"]).status for line in lines[1:]] == [Status.SUCCESS, Status.NOT_FOUND]


class Full(io.StringIO):
    """A file on a disk that takes so many lines."""

    room = 2

    def write(self, text: str) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        self.room -= 1
        return super().write(text)


def test_where_the_disk_is_full_the_answer_is_told_and_nothing_is_asked_any_more() -> None:
    file, asked = Full(), list[Op]()

    def remember(op: Op) -> Reply:
        asked.append(op)
        return Reply(Status.SUCCESS)

    driver = Record(Routes("fake", {SetVariable: remember}), file)
    op = SetVariable(key("A"), NV_BS_RT, b"x")
    driver.call(op)
    with pytest.raises(DriverError, match="answered EFI_SUCCESS, but the recording of fake cannot be written: No space left") as caught:
        driver.call(op)
    assert caught.value.os_errno == 28
    for _ in range(2):
        with pytest.raises(DriverError, match="SetVariable was not asked, since the recording of fake cannot be written"):
            driver.call(op)
    assert len(asked) == 2


def test_threads_take_turns_so_that_the_lines_are_in_the_order_of_the_calls(tmp_path: Path) -> None:
    def grow(op: SetVariable) -> Reply:
        value.append(op.data)
        for _ in range(200):
            pass
        return Reply(Status.SUCCESS, size=len(value))

    value: list[bytes] = []
    driver = Record.open(Routes("fake", {SetVariable: grow}), str(tmp_path / "a.jsonl"))

    def ask(number: int) -> None:
        for count in range(200):
            driver.call(SetVariable(ORDER, NV_BS_RT, bytes([number, count])))

    at_once(*(partial(ask, number) for number in range(4)))
    driver.close()
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="ascii").splitlines()][1:]
    assert [bytes.fromhex(line["op"]["data"]) for line in lines] == value
    assert [line["reply"]["size"] for line in lines] == list(range(1, 801))


@pytest.mark.parametrize("name", NAMES)
def test_closing_closes_the_held_driver_and_ends_the_recording(name: str, tmp_path: Path) -> None:
    inner = open_driver(name)
    times = closed(inner)
    driver = Record.open(inner, str(tmp_path / "a.jsonl"))
    driver.close()
    driver.close()
    assert times == ["closed", "closed"]
    with pytest.raises(NoDriver, match=r"GetVariable: the recording of .*simulated has been closed"):
        driver.call(GetVariable(ORDER))


def test_what_is_no_error_of_the_road_passes_unrecorded(tmp_path: Path) -> None:
    def interrupt(_op: Op) -> Reply:
        raise KeyboardInterrupt

    driver = Record.open(Routes("fake", {GetTime: interrupt}), str(tmp_path / "a.jsonl"))
    with pytest.raises(KeyboardInterrupt):
        driver.call(GetTime())
    driver.close()
    assert len((tmp_path / "a.jsonl").read_text(encoding="ascii").splitlines()) == 1


@pytest.mark.parametrize("room", [100, 2000])
def test_a_file_that_may_not_grow_is_the_driver_s_error_and_leaves_nothing_open(room: int, tmp_path: Path) -> None:
    code = textwrap.dedent(f"""
        import resource, sys
        from efirt.drivers.record import Record
        from efirt.errors import DriverError
        from efirt.ops import GetTime
        from efirt.runtime.registry import open_driver
        resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
        inner = open_driver("simulated")
        try:
            driver = Record.open(inner, sys.argv[1])
            try:
                for _ in range(100):
                    driver.call(GetTime())
            finally:
                driver.close()
        except DriverError as refusal:
            print(refusal.os_errno, refusal)
    """)
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", code, str(tmp_path / "a.jsonl")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stderr == ""
    told = "the recording was begun" if room == 100 else "GetTime answered EFI_SUCCESS "
    assert run.stdout.startswith(f"27 {told}")
    assert "but the recording of simulated cannot be written: File too large; record again where there is room" in run.stdout
