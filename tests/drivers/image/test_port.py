"""The file beneath an image: locks, rights, links, the order of what reaches the disk, and processes that are killed."""

import fcntl
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from struct import pack

import pytest

from efirt.drivers.image import port, qcow2
from efirt.drivers.image.replacing import write_new
from efirt.drivers.image.writing import writing
from efirt.errors import DriverError, PermissionDenied
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_write import LAYOUTS, created
from efirt.ops import SetVariable
from efirt.store import Record
from tests.drivers.image.images import STORED, TWIN, A, command, efirt, environment, made, opened, three, values, written

AS_QEMU = "100,101,103,201,203"
HOLDER = """
import fcntl, os, struct, sys
file = os.open(sys.argv[1], os.O_RDWR)
for byte in map(int, sys.argv[2].split(",")):
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi0q", fcntl.F_RDLCK, 0, byte, 1, 0))
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="this system has no /proc: that its files are refused is NOT shown here")
def test_a_file_of_the_kernel_s_own_that_says_it_is_empty_is_refused() -> None:
    with pytest.raises(DriverError, match="/proc/cpuinfo cannot be read"):
        port.read("/proc/cpuinfo")


def test_a_large_file_with_holes_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "flash.fd"
    pieces = {0: b"first", 9 << 20: bytes(range(256)) * 4096, (12 << 20) + 4090: b"over a page", (20 << 20) - 1: b"!"}
    with path.open("wb") as file:
        for at, piece in pieces.items():
            file.seek(at)
            file.write(piece)
        file.truncate(24 << 20)
    assert path.stat().st_blocks * 512 < path.stat().st_size
    data, origin = port.read(str(path))
    assert (bytes(data) == path.read_bytes(), origin.size) == (True, 24 << 20)


def test_a_flash_with_holes_on_a_full_tmpfs_is_read_and_written_in_place(tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], capture_output=True, check=False).returncode:
        pytest.skip("this user cannot mount a tmpfs: that holes need no room there is NOT shown here")
    try:
        path = place / "vars.fd"
        flash = created(LAYOUTS["aavmf"], [Record(A, STORED, b"kept")]).rstrip(b"\0")
        with path.open("wb") as file:
            file.seek(48 << 20)  # behind a hole that is searched for it
            file.write(flash)
            file.truncate(64 << 20)
        with suppress(OSError), (place / "filler").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        assert os.statvfs(place).f_bavail == 0
        listed = efirt("--driver", f"image:{path}", "list")
        assert (listed.returncode, "kept" in listed.stdout or A.name in listed.stdout) == (0, True), listed.stderr
        done = efirt("--driver", f"image:{path}?in-place=yes", "set", str(TWIN), "--text", "new", "--force")
        assert (done.returncode, values(path)[A]) == (0, b"kept"), done.stderr
        assert values(path)[TWIN] == b"new"
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.mark.skipif(not hasattr(fcntl, "F_OFD_SETLK"), reason="this system has no locks of open files")
def test_what_a_running_machine_has_locked_is_read_and_not_written_unless_forced(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    before = path.read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), AS_QEMU], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        for in_place in ("no", "yes"):
            with pytest.raises(DriverError, match="is in use: another process has locked it"):
                opened(path, in_place=in_place).call(SetVariable(A, STORED, b"new"))
        run = efirt("--driver", f"image:{path}", "delete", str(A), "--force")
        assert (run.returncode, run.stderr.count("\n")) == (1, 1)
        assert path.read_bytes() == before
        written(opened(path, force="yes"), A, b"forced")
        assert values(path)[A] == b"forced"
        holder.communicate()


@pytest.mark.skipif(not hasattr(fcntl, "F_OFD_SETLK"), reason="this system has no locks of open files")
@pytest.mark.parametrize(
    ("byte", "is_against"), [(100, False), (101, True), (103, True), (200, True), (201, True), (203, True), (102, False), (202, False)]
)
def test_each_thing_that_a_machine_does_or_forbids_by_itself(tmp_path: Path, byte: int, is_against: bool) -> None:
    """One that only reads, and lets nobody write, locks 201 and 203 alone."""
    path = three(tmp_path / "vars.fd")
    words = [sys.executable, "-c", HOLDER, str(path), str(byte)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        for in_place in ("no", "yes"):
            driver = opened(path, in_place=in_place)
            if is_against:
                with pytest.raises(DriverError, match="is in use"):
                    driver.call(SetVariable(A, STORED, b"new"))
            else:
                written(driver, A, b"new")
                written(driver, A, b"ours")
        holder.communicate()
    assert values(path)[A] == b"ours"


@pytest.mark.skipif(not hasattr(fcntl, "F_OFD_SETLK"), reason="this system has no locks of open files")
def test_while_it_is_written_a_machine_cannot_begin_to_write_it(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    with writing(str(path), None), path.open("rb") as other:
        answer = fcntl.fcntl(other, fcntl.F_OFD_GETLK, pack("hhqqi0q", fcntl.F_WRLCK, 0, 101, 1, 0))
        assert answer[:2] != pack("h", fcntl.F_UNLCK)
        with pytest.raises(DriverError, match="is in use"), writing(str(path), None):
            pass


def test_rights_and_labels_stay_and_a_link_stays_one(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    path.chmod(0o640)
    labelled = True
    try:
        os.setxattr(path, "user.label", b"kept")
    except OSError:
        labelled = False
    link = tmp_path / "link"
    link.symlink_to("vars.fd")
    written(opened(link), A, b"new")
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640
    assert values(path)[A] == b"new"
    assert not labelled or os.getxattr(path, "user.label") == b"kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    os.chown(path, 1234, 4321)
    written(opened(path), A, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


def test_a_file_with_two_names_is_written_in_place_only(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    (tmp_path / "other").hardlink_to(path)
    with pytest.raises(DriverError, match=r"has 2 names.*in-place=yes"):
        opened(path).call(SetVariable(A, STORED, b"new"))
    written(opened(path, in_place="yes"), A, b"new")
    assert values(tmp_path / "other")[A] == b"new"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_is_closed_to_us_says_so(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    path.chmod(0o400)
    with pytest.raises(PermissionDenied):
        opened(path).call(SetVariable(A, STORED, b"new"))


def test_what_a_killed_writer_left_beside_is_not_in_the_way(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    (tmp_path / ".vars.fd.efirt-new").write_bytes(b"torn")
    written(opened(path), A, b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["vars.fd"]


def test_a_new_file_takes_no_other_s_name(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    before = path.read_bytes()
    with pytest.raises(DriverError, match="File exists"):
        write_new(str(path), [b"new"])
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["vars.fd"]


def test_holes_stay_holes(tmp_path: Path) -> None:
    path = made(tmp_path / "vars.fd", layout="aavmf-unpadded")
    with path.open("r+b") as file:
        file.truncate(64 << 20)
    written(opened(path), A, b"new")
    assert path.stat().st_size == 64 << 20
    assert path.stat().st_blocks * 512 < 16 << 20


def traced(tmp_path: Path, *words: str) -> list[str]:
    """Which calls reach the file, in their order."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed: the order of write, fsync, rename and fsync is NOT shown here")
    log = tmp_path / "trace"
    calls = "pwrite64,fsync,fdatasync,rename,renameat,renameat2"
    run = subprocess.run(["strace", "-f", "-y", "-e", f"trace={calls}", "-o", log, *command(*words)], env=environment(), check=False)
    if run.returncode and not log.exists():
        pytest.skip("strace may not trace here: the order of write, fsync, rename and fsync is NOT shown")
    assert run.returncode == 0
    found = re.findall(r"^\d+ +(\w+)\((.*)$", log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return [f"{call} {'directory' if rest.split('>')[0].endswith(tmp_path.name) else 'file'}" for call, rest in found]


def test_a_new_file_is_on_the_disk_before_it_has_the_name_and_then_the_name_is(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    calls = traced(tmp_path, "--driver", f"image:{path}", "set", str(A), "--text", "new")
    kept = [call for number, call in enumerate(calls) if not number or call != calls[number - 1]]
    assert kept == ["pwrite64 file", "fsync file", "rename file", "fsync directory"]


def test_in_place_each_step_is_on_the_disk_before_the_next(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    calls = traced(tmp_path, "--driver", f"image:{path}?in-place=yes", "set", str(A), "--text", "new")
    assert calls == ["pwrite64 file", "pwrite64 file", "fsync file", "pwrite64 file", "fsync file", "pwrite64 file", "fsync file"]


WRITER = """
import sys
from efirt.drivers.image.driver import open_driver
from efirt.ops import SetVariable
from efirt.values.attributes import Attributes
from efirt.values.key import Key
driver = open_driver(sys.argv[1], {"in-place": sys.argv[2]})
first = int(sys.argv[4])
for number in range(first, first + 100000):
    driver.call(SetVariable(Key.parse(sys.argv[3]), Attributes(7), b"%08d" % number * 2000))
    if number == first:
        print("ready", flush=True)
"""


def kill_writers(path: Path, in_place: str, times: int) -> None:
    """Let a process write without end, kill it, and read what it left; again and again on the same file."""
    chance = random.Random(times)  # noqa: S311 - which moment, nothing secret
    for run in range(1, times + 1):
        first = run * 100000
        words = [sys.executable, "-c", WRITER, str(path), in_place, str(A), str(first)]
        with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            time.sleep(chance.random() * 0.05)
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        found = values(path)
        assert int(found[A][:8]) >= first  # the call that returned is not lost
        assert found == {A: found[A][:8] * 2000, TWIN: b"theirs"}


@pytest.mark.parametrize("in_place", ["no", "yes"])
def test_a_writer_that_is_killed_leaves_the_old_or_the_new(tmp_path: Path, in_place: str) -> None:
    path = made(tmp_path / "vars.fd", Record(A, STORED, b"%08d" % 0 * 2000), Record(TWIN, STORED, b"theirs"))
    kill_writers(path, in_place, 6)


@pytest.mark.soak
@pytest.mark.parametrize("in_place", ["no", "yes"])
def test_five_hundred_writers_that_are_killed_leave_the_old_or_the_new(tmp_path: Path, in_place: str) -> None:
    path = made(tmp_path / "vars.fd", Record(A, STORED, b"%08d" % 0 * 2000), Record(TWIN, STORED, b"theirs"))
    kill_writers(path, in_place, 500)


QEMU_IMG = """#!/bin/sh
# convert ... SOURCE TARGET: a header before the contents, or taken away.
for last; do source=$target; target=$last; done
case "$*" in
*"-O raw"*) tail -c +105 "$source" > "$target" ;;
*) { head -c 104 "$HEADER"; cat "$source"; } > "$target" ;;
esac
"""


def header(*, backing: int = 0, snapshots: int = 0, more: int = 0) -> bytes:
    return pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 3, backing, 0, 16, 540672, 0, 0, 0, 0, 0, snapshots, 0) + pack(">QQQQ", more, 0, 0, 0)


def test_a_qcow2_image_goes_through_qemu_img_there_and_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "qemu-img").write_text(QEMU_IMG, encoding="utf-8")
    (tools / "qemu-img").chmod(0o755)
    (tmp_path / "header").write_bytes(header())
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HEADER", str(tmp_path / "header"))
    raw = three(tmp_path / "vars.fd").read_bytes()
    path = tmp_path / "vars.qcow2"
    path.write_bytes(header() + raw)
    written(opened(path), A, b"new")
    assert path.read_bytes()[:4] == b"QFI\xfb"
    found = {one.key: one.data for one in Edk2Image.decode(path.read_bytes()[104:]).variables}
    assert (found[A], found[TWIN]) == (b"new", b"theirs")


def test_without_qemu_img_a_qcow2_image_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vars.qcow2"
    path.write_bytes(header() + bytes(1000))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DriverError, match=r"qemu-img.*is not installed; install it"):
        opened(path)


@pytest.mark.parametrize(
    ("given", "why"),
    [(header(backing=104), "from another file"), (header(more=4), "from another file"), (header(snapshots=1), "keeps 1 snapshots")],
)
def test_a_qcow2_image_that_is_more_than_one_is_refused(given: bytes, why: str) -> None:
    with pytest.raises(DriverError, match=why):
        qcow2.check("vars.qcow2", given, write=True)
