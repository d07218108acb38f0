"""What was looked at, written down: an audit goes on where it was interrupted, whatever interrupted it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from efirt.errors import DecodeError, DriverError
from efirt.scan.state import Done, Stamp, State, stamp_of

A = Done("/vm/a.fd", Stamp(1, 2, 3), "ok")
B = Done("/vm/b.fd", Stamp(4, 5, 6), "damaged")
NONE = Done("/vm/notes \udcff\n.txt", Stamp(7, 8, 9), None, "of other kinds")


def written(path: Path, *done: Done) -> None:
    state = State.open(str(path))
    state.add(done)
    state.close()


def read(path: Path, *done: Done) -> list[Done | None]:
    state = State.open(str(path))
    found = [state.find(one.path, one.stamp) for one in done]
    state.close()
    return found


def test_what_was_written_down_is_found_again(tmp_path: Path) -> None:
    written(tmp_path / "state", A, NONE)
    written(tmp_path / "state", B)
    assert read(tmp_path / "state", A, B, NONE) == [A, B, NONE]


@pytest.mark.parametrize("stamp", [Stamp(9, 2, 3), Stamp(1, 9, 3), Stamp(1, 2, 9)])
def test_a_file_with_another_inode_size_or_time_is_another_file(tmp_path: Path, stamp: Stamp) -> None:
    written(tmp_path / "state", A)
    assert read(tmp_path / "state", A._replace(stamp=stamp)) == [None]


def test_what_was_written_last_of_a_file_counts(tmp_path: Path) -> None:
    new = Done(A.path, Stamp(1, 2, 4), "blocked")
    written(tmp_path / "state", A, new)
    assert read(tmp_path / "state", A, new) == [None, new]


def test_cut_anywhere_what_was_whole_is_found_and_what_is_added_then_too(tmp_path: Path) -> None:
    path = tmp_path / "state"
    written(path, A, B)
    whole = path.read_bytes()
    head, first = (len(line) for line in whole.splitlines(keepends=True)[:2])
    for size in range(head, len(whole)):
        path.write_bytes(whole[:size])
        assert read(path, A, B) == [A if size >= head + first else None, None]
        written(path, NONE)
        assert read(path, A, NONE) == [A if size >= head + first else None, NONE]


def test_a_line_that_makes_no_sense_ends_what_counts(tmp_path: Path) -> None:
    path = tmp_path / "state"
    written(path, A, B)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"{}\n" + lines[2])
    assert read(path, A, B) == [None, None]


@pytest.mark.parametrize("data", [b"something\n", b"something", b"[]\n", b'{"efirt_audit": 2}\n', b"\0" * 99])
def test_a_file_that_is_something_else_is_refused_and_left_as_it_is(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "state"
    path.write_bytes(data)
    with pytest.raises(DecodeError, match="not what an audit wrote down"):
        State.open(str(path))
    assert path.read_bytes() == data


def test_an_empty_file_is_a_beginning(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")
    state = State.open(str(tmp_path / "state"))
    assert state.is_fresh
    state.close()
    written(tmp_path / "state", A)
    state = State.open(str(tmp_path / "state"))
    assert not state.is_fresh
    state.close()


def test_one_audit_at_a_time_has_it_and_the_processes_it_started_do_not(tmp_path: Path) -> None:
    path = str(tmp_path / "state")
    state = State.open(path)
    code = f"from efirt.scan.state import State; State.open({path!r}).close()"
    command = [sys.executable, "-c", code]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "in use by another audit" in refused.stderr
    state.close()
    subprocess.run(command, check=True)
    holding = f"import os; {code.removesuffix('.close()')}; os.fork() or __import__('time').sleep(60)"
    with subprocess.Popen([sys.executable, "-c", f"{holding}; os._exit(0)"], process_group=0) as holder:
        holder.wait()
        subprocess.run(command, check=True)
        os.killpg(holder.pid, signal.SIGKILL)


def test_one_that_cannot_be_opened_or_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="No such file or directory"):
        State.open(str(tmp_path / "missing" / "state"))
    full = State.open(str(tmp_path / "state"))
    full.close()
    full._descriptor = -1
    with pytest.raises(DriverError, match="cannot be written"):
        full.add([A])


def test_the_stamp_of_what_is_not_there_is_none(tmp_path: Path) -> None:
    assert stamp_of(str(tmp_path / "missing")) is None
    assert stamp_of("nul\0byte") is None
    assert stamp_of(str(tmp_path)) == Stamp(tmp_path.stat().st_ino, tmp_path.stat().st_size, tmp_path.stat().st_mtime_ns)
