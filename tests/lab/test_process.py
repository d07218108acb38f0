"""QEMU's process ends whatever happens. A shell that sleeps stands for QEMU."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab import qemu, tools
from lab.errors import BootFailed

SLEEPER = ["sh", "-c", "sleep 1000 & echo $!; sleep 1000"]
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(tools.find("setpriv") is None, reason="setpriv of util-linux is not on this host")


def alive(process: int) -> bool:
    """Tell whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def said(path: Path) -> int:
    """Wait until a number is in a file."""
    for _ in range(200):
        if path.exists() and (text := path.read_text(encoding="utf-8").strip()):
            return int(text)
        time.sleep(0.02)
    raise AssertionError(path)


def gone(process: int) -> bool:
    """Wait until a process has ended."""
    for _ in range(200):
        if not alive(process):
            return True
        time.sleep(0.02)
    return False


def test_the_whole_group_ends_with_the_block(tmp_path: Path) -> None:
    with qemu.Process(SLEEPER, log=tmp_path / "log") as process:
        child = said(tmp_path / "log")
        assert alive(child)
        assert not process.exited(0.01)
    assert gone(child)
    assert gone(process.group)


def interrupted(log: Path, groups: list[int]) -> None:
    with qemu.Process(SLEEPER, log=log) as process:
        groups += [process.group, said(log)]
        raise KeyboardInterrupt


def test_the_whole_group_ends_when_the_person_interrupts(tmp_path: Path) -> None:
    groups: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(tmp_path / "log", groups)
    assert all(gone(process) for process in groups)


def left_behind(log: Path, more: str = "") -> int:
    """Start a program in a process of its own, kill that, and give the program's number."""
    program = (
        f"import pathlib, sys, time; from lab import qemu\n{more}\n"
        f"with qemu.Process(['sleep', '1000'], log=pathlib.Path({str(log)!r})) as process:\n"
        "    print(process.group, flush=True); time.sleep(1000)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.send_signal(signal.SIGKILL)
    return child


def test_the_program_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    assert gone(left_behind(tmp_path / "log"))


def test_the_program_does_not_start_when_its_parent_was_killed_first(tmp_path: Path) -> None:
    late = tmp_path / "late"
    late.write_text(f'#!/bin/sh\nsleep 0.5\nexec {tools.find("setpriv")} "$@"\n', encoding="utf-8")
    late.chmod(0o755)
    assert gone(left_behind(tmp_path / "log", f"qemu.tool = lambda name: {str(late)!r}"))


def test_ending_what_has_ended_changes_nothing(tmp_path: Path) -> None:
    with qemu.Process(["true"], log=tmp_path / "log") as process:
        assert process.exited(5)
        process.end()
        process.end()


def test_a_boot_hands_over_the_ports_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "fake"
    # The control connection is the second descriptor it is given; it answers nothing and sleeps.
    fake.write_text(f'#!/bin/sh\ncd {tmp_path}\necho "$@" >new\nmv new words\nsleep 1000\n', encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setattr(qemu, "tool", lambda name: str(fake) if name.startswith("qemu") else str(tools.find(name)))
    with qemu.boot(["-machine", "q35"], console=tmp_path / "con,sole", log=tmp_path / "log") as running:
        group = running.process.group
        assert alive(group)
        while not (tmp_path / "words").exists():
            time.sleep(0.01)
    assert gone(group)
    words = (tmp_path / "words").read_text(encoding="utf-8")
    assert "-accel tcg -smp 1" in words
    assert "con,,sole" in words
    assert "-machine q35" in words


def test_a_failed_boot_shows_the_last_lines_of_the_console() -> None:
    error = BootFailed("machine linux hung", "".join(f"line {number}\r\n" for number in range(100)))
    assert "machine linux hung" in str(error)
    assert "line 99" in str(error)
    assert "line 69" not in str(error)
    assert error.console.startswith("line 0")
    assert os.linesep * 2 not in str(error)
