"""The guard of tests/guard holds: in this process, where code swallows it, and in processes that tests start."""

import contextlib
import ctypes
import io
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import live_guard

REACHING: dict[str, Callable[[], object]] = {
    "opening privcmd": lambda: os.open("/dev/xen/privcmd", os.O_RDWR),
    "opening privcmd in its old place": lambda: os.open(b"/proc/xen/privcmd", os.O_RDWR),
    "opening NetBSD's privcmd": lambda: os.open("/kern/xen/privcmd", os.O_RDWR),
    "opening FreeBSD's device": lambda: os.open("/dev/efi", os.O_RDWR),
    "opening the test module's device": lambda: io.FileIO(Path("/dev/efi_test")),
    "opening a hardware clock": lambda: Path("/dev/rtc0").read_bytes(),
    "reading a variable": lambda: Path("/sys/firmware/efi/efivars/BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c").read_bytes(),
    "reading a variable by a detour": lambda: Path("/sys/class/../firmware/efi/fw_platform_size").read_text(encoding="ascii"),
    "listing the variables": lambda: list(os.scandir("/sys/firmware/efi/efivars")),
    "removing a variable": lambda: Path("/sys/firmware/efi/efivars/x").unlink(),
    "loading Xen's library": lambda: ctypes.CDLL("libxencall.so.1"),
    "finding the C function that sets the clock": lambda: ctypes.CDLL(None).clock_settime,
    "setting the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, 0.0),
    "setting the clock in nanoseconds": lambda: time.clock_settime_ns(time.CLOCK_REALTIME, 0),
}


@pytest.mark.parametrize("reach", REACHING.values(), ids=REACHING.keys())
def test_what_reaches_the_machine_is_refused_and_remembered(reach: Callable[[], object]) -> None:
    with pytest.raises(live_guard.LiveAccess):
        reach()
    assert len(live_guard.take_refusals()) == 1


def test_no_except_exception_takes_a_refusal_for_an_answer() -> None:
    with pytest.raises(live_guard.LiveAccess), contextlib.suppress(Exception):
        os.open("/dev/efi", os.O_RDWR)
    assert live_guard.take_refusals()


def test_a_place_that_only_looks_alike_is_open(tmp_path: Path) -> None:
    alike = tmp_path / "dev" / "xen"
    alike.mkdir(parents=True)
    (alike / "privcmd").write_bytes(b"ours")
    assert (alike / "privcmd").read_bytes() == b"ours"


def test_a_test_that_swallows_its_refusal_fails_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import live_guard\nfrom live_guard_fixtures import no_live_access\nlive_guard.install()\nlive_guard.raise_here()\n",
        encoding="utf-8",
    )
    (tmp_path / "test_swallowing.py").write_text(
        textwrap.dedent("""
            def test_swallowing():
                try:
                    open("/dev/efi")
                except BaseException:
                    pass
        """),
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", f"--rootdir={tmp_path}", str(tmp_path)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "reached for this machine's firmware or clock: open '/dev/efi'" in run.stdout


@pytest.mark.parametrize(
    "code", ["open('/dev/efi')", "import time; time.clock_settime(0, 0.0)", "import ctypes; ctypes.CDLL('libxencall.so.1')"]
)
def test_a_process_that_a_test_starts_ends_with_one_line(code: str) -> None:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == live_guard.EXIT_STATUS
    assert run.stderr.startswith("guard: refused ")
    assert run.stderr.count("\n") == 1


def test_a_fork_of_the_tests_ends_instead_of_raising() -> None:
    code = textwrap.dedent("""
        import live_guard, os
        live_guard.raise_here()
        if os.fork() == 0:
            open("/dev/efi")
        print(os.waitstatus_to_exitcode(os.wait()[1]))
    """)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == f"{live_guard.EXIT_STATUS}\n"


def test_a_machine_of_the_lab_is_not_guarded() -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import os; os.path.exists('/dev/efi') or open('/dev/efi')"],
        env={**os.environ, "EFIRT_LAB": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "guard:" not in run.stderr
    assert run.returncode != live_guard.EXIT_STATUS


def test_efirt_itself_is_told_to_refuse_too() -> None:
    assert os.environ["EFIRT_DISABLE"] == "live"
