"""Where an image can lie: on a block device, on a disk that is full, under access lists, in a place of its own, in a running machine."""

import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from struct import pack

import pytest

from efirt.drivers.image import replacing
from efirt.errors import DriverError, PermissionDenied
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_write import LAYOUTS, created
from efirt.ops import GetVariable, SetVariable
from efirt.store import Record
from tests.drivers.image.images import STORED, TWIN, A, efirt, environment, made, names, opened, three, values, written

SIZE = LAYOUTS["ovmf-4m"].file_size
ACCESS = "system.posix_acl_access"
DEFAULT = "system.posix_acl_default"


def access_list(group: int, named: int, mask: int) -> bytes:
    """Give the bytes of a list: owner, the user 1234, group, the mask, others."""
    entries = [(0x01, 6, 0xFFFFFFFF), (0x02, named, 1234), (0x04, group, 0xFFFFFFFF), (0x10, mask, 0xFFFFFFFF), (0x20, 0, 0xFFFFFFFF)]
    return pack("<I", 2) + b"".join(pack("<HHI", *entry) for entry in entries)


@contextmanager
def mounted(place: Path, *words: str) -> Iterator[Path]:
    """Mount something; skip where that is not ours to do."""
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root mounts: what is on such a filesystem is NOT shown here")
    done = subprocess.run(["mount", *words, str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here, so this is NOT shown: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Path]:
    """A block device with an image on it."""
    if os.geteuid() or not shutil.which("losetup"):
        pytest.skip("only root makes block devices of files: images on one are NOT shown here")
    backing = three(tmp_path / "backing")
    with backing.open("r+b") as file:
        file.truncate(1 << 20)
    done = subprocess.run(["losetup", "--find", "--show", str(backing)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no block device can be made here, so images on one are NOT shown: {done.stderr.strip()}")
    path = Path(done.stdout.strip())
    try:
        yield path
    finally:
        subprocess.run(["losetup", "--detach", str(path)], check=True)


def test_on_a_block_device_it_is_read_and_written_in_place_only(device: Path) -> None:
    with pytest.raises(DriverError, match=r"is a device.*in-place=yes"):
        opened(device).call(SetVariable(A, STORED, b"new"))
    driver = opened(device, in_place="yes")
    written(driver, A, b"new")
    written(driver, TWIN, b"")
    assert {key: value for key, value in values(device).items() if key.name == "A"} == {A: b"new"}
    run = efirt("--driver", f"image:{device}?in-place=yes", "set", str(A), "--text", "newer")
    assert (run.returncode, run.stderr) == (0, "")
    assert efirt("--driver", f"image:{device}", "get", str(A), "--json").stdout.count("6e65776572") == 1


def test_on_a_block_device_what_somebody_else_wrote_is_not_written_over(device: Path) -> None:
    first, second = (opened(device, in_place="yes") for _ in range(2))
    written(second, A, b"second")
    with pytest.raises(DriverError, match="was changed by somebody else"):
        first.call(SetVariable(TWIN, STORED, b"first"))
    assert values(device)[A] == b"second"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A filesystem with room for one image and a half."""
    place = tmp_path / "small"
    place.mkdir()
    with mounted(place, "-t", "tmpfs", "-o", f"size={SIZE * 3 // 2}", "none"):
        yield place


def fill(place: Path, but: int = 0) -> None:
    """Take all the room that is left, but for so many bytes."""
    with (place / "filler").open("wb", buffering=0) as file:
        while shutil.disk_usage(place).free > but:
            file.write(bytes(4096))


def test_on_a_full_disk_a_new_file_is_refused_and_leaves_nothing(small: Path) -> None:
    path = three(small / "vars.fd")
    before = path.read_bytes()
    driver = opened(path)
    with pytest.raises(DriverError, match="No space left on device") as caught:
        driver.call(SetVariable(A, STORED, b"new"))
    assert caught.value.advice == "nothing is lost: make room, and do it again"
    assert path.read_bytes() == before
    assert [entry.name for entry in small.iterdir()] == ["vars.fd"]
    run = efirt("--driver", f"image:{path}", "set", str(A), "--text", "new")
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    for words in (("convert", str(path), str(small / "new.fd")), ("repair", str(path), str(small / "new.fd"))):
        run = efirt("image", *words)
        assert (run.returncode, run.stderr.count("\n")) == (1, 1), words
    assert [entry.name for entry in small.iterdir()] == ["vars.fd"]


def test_on_a_full_disk_it_is_written_in_place(small: Path) -> None:
    path = three(small / "vars.fd")
    fill(small)
    written(opened(path, in_place="yes"), A, b"new")
    assert values(path)[A] == b"new"


def test_on_a_full_disk_a_file_with_holes_is_refused_before_its_first_byte(small: Path) -> None:
    path = small / "vars.fd"
    data = created(LAYOUTS["ovmf-4m"], [Record(A, STORED, b"old")])
    with path.open("wb") as file:
        file.write(data[:0x42000])
        file.truncate(SIZE)  # the spare area, which recovery erases before anything else, is a hole
    fill(small, but=0x4000)
    before = path.read_bytes()
    driver = opened(path, in_place="yes")
    with pytest.raises(DriverError, match="No space left on device"):
        driver.call(SetVariable(A, STORED, b"new"))
    assert path.read_bytes() == before
    assert driver.call(GetVariable(A)).data == b"old"
    (small / "filler").unlink()
    written(driver, A, b"new")
    assert values(path)[A] == b"new"


def test_a_limit_of_files_sizes_is_one_line_and_nothing_is_lost(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    before = path.read_bytes()

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SIZE // 2, SIZE // 2))

    words = [sys.executable, "-m", "efirt", "--driver", f"image:{path}", "set", str(A), "--text", "new"]
    run = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False, preexec_fn=limited)
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (1, "", 1)
    assert "File too large; nothing is lost" in run.stderr
    assert run.returncode != -signal.SIGXFSZ
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["vars.fd"]


def labelled(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value)
    except OSError as cause:
        pytest.skip(f"this filesystem takes no {name}, so that it is kept is NOT shown: {cause.strerror}")


def test_an_access_list_stays(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    path.chmod(0o640)
    labelled(path, ACCESS, access_list(group=4, named=6, mask=6))
    before = (os.getxattr(path, ACCESS), path.stat().st_mode)
    written(opened(path), A, b"new")
    assert (os.getxattr(path, ACCESS), path.stat().st_mode) == before


def test_a_directory_s_access_list_does_not_open_a_file_that_had_none(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    path.chmod(0o640)
    labelled(tmp_path, DEFAULT, access_list(group=4, named=6, mask=6))
    written(opened(path), A, b"new")
    assert ACCESS not in os.listxattr(path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_label_that_a_new_file_cannot_have_is_an_error_and_the_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = three(tmp_path / "vars.fd")
    labelled(path, "user.label", b"kept")
    before = path.read_bytes()

    def refused(*_given: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    with monkeypatch.context() as patched:
        patched.setattr(os, "setxattr", refused)
        with pytest.raises(PermissionDenied, match=r"has the label user\.label.*in-place=yes"):
            opened(path).call(SetVariable(A, STORED, b"new"))
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["vars.fd"]
    written(opened(path, in_place="yes"), A, b"new")
    assert os.getxattr(path, "user.label") == b"kept"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away and labels them so: that this is kept is NOT shown here")
def test_a_label_of_the_system_stays_with_the_owner(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    os.chown(path, 1234, 4321)
    labelled(path, "trusted.label", b"kept")
    written(opened(path), A, b"new")
    assert (os.getxattr(path, "trusted.label"), path.stat().st_uid, path.stat().st_gid) == (b"kept", 1234, 4321)


def test_a_selinux_label_stays(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    if "security.selinux" not in os.listxattr(path):
        pytest.skip("this system has no SELinux: that its label is kept is NOT shown here")
    before = os.getxattr(path, "security.selinux")
    written(opened(path), A, b"new")
    assert os.getxattr(path, "security.selinux") == before


def test_the_files_of_a_directory_keep_their_owner_and_rights(tmp_path: Path) -> None:
    (tmp_path / str(A)).write_bytes(b"\7\0\0\0old")
    (tmp_path / str(A)).chmod(0o600)
    if not os.geteuid():
        os.chown(tmp_path / str(A), 1234, 4321)
    before = (tmp_path / str(A)).stat()
    written(opened(tmp_path), A, b"new")
    after = (tmp_path / str(A)).stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert (tmp_path / str(A)).read_bytes() == b"\7\0\0\0new"


def test_a_file_that_is_a_mount_of_its_own_is_written_in_place_only(tmp_path: Path) -> None:
    source, path = three(tmp_path / "source.fd"), tmp_path / "vars.fd"
    path.touch()
    with mounted(path, "--bind", str(source)):
        with pytest.raises(DriverError, match=r"in-place=yes"):
            opened(path).call(SetVariable(A, STORED, b"new"))
        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["source.fd", "vars.fd"]
        written(opened(path, in_place="yes"), A, b"new")
    assert values(source)[A] == b"new"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into every directory: a closed one is NOT shown here")
def test_in_a_closed_directory_it_is_written_in_place_only(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionDenied, match="in-place=yes"):
            opened(path).call(SetVariable(A, STORED, b"new"))
        written(opened(path, in_place="yes"), A, b"new")
    finally:
        tmp_path.chmod(0o700)


def test_a_disk_that_does_not_take_the_name_says_that_the_file_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = three(tmp_path / "vars.fd")

    def lost(_folder: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(replacing, "synchronize", lost)
        with pytest.raises(DriverError, match="was written, and its directory cannot be put on the disk"):
            opened(path).call(SetVariable(A, STORED, b"new"))
    assert values(path)[A] == b"new"


def while_it_is_read(monkeypatch: pytest.MonkeyPatch, path: Path, changes: Iterator[bytes], *, quick: bool = False) -> None:
    """Let a machine write into a file right after each time it was read; so quick, perhaps, that the file's time is the same."""
    read = os.pread

    def written_after(descriptor: int, size: int, offset: int) -> bytes:
        data = read(descriptor, size, offset)
        change, status = next(changes, None), path.stat()
        if change is not None:
            with path.open("r+b") as file:
                file.write(change)
            if quick:
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        return data

    monkeypatch.setattr(os, "pread", written_after)


def images(*contents: bytes) -> list[bytes]:
    return [created(LAYOUTS["ovmf-4m"], [Record(A, STORED, data)]) for data in contents]


def test_what_changes_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vars.fd"
    first, *others = images(b"first", b"second", b"third")
    path.write_bytes(first)
    os.utime(path, (0, 0))  # so old that one reading is enough
    while_it_is_read(monkeypatch, path, iter(others))
    assert opened(path).call(GetVariable(A)).data == b"third"


def test_what_changes_too_quick_for_the_file_s_time_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vars.fd"
    first, second = images(b"first", b"second")
    path.write_bytes(first)
    while_it_is_read(monkeypatch, path, iter([second]), quick=True)
    assert opened(path).call(GetVariable(A)).data == b"second"


def test_what_never_stands_still_is_an_error_and_no_endless_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "vars.fd"
    one, other = images(b"one", b"other")
    path.write_bytes(one)
    while_it_is_read(monkeypatch, path, iter([other, one] * 20))
    with pytest.raises(DriverError, match="changes while it is read"):
        opened(path)


def test_a_write_too_quick_for_the_file_s_time_is_noticed(tmp_path: Path) -> None:
    for in_place in ("no", "yes"):
        path = made(tmp_path / "vars.fd", Record(A, STORED, b"one"))
        driver = opened(path, in_place=in_place)
        status = path.stat()
        with path.open("r+b") as file:
            file.write(images(b"two")[0])
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        with pytest.raises(DriverError, match="was changed by somebody else"):
            driver.call(SetVariable(TWIN, STORED, b"new"))
        assert values(path) == {A: b"two"}


def test_a_padded_image_that_changes_while_it_is_looked_at_is_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "vars.fd", Record(A, STORED, b"first"), layout="aavmf")
    second = created(LAYOUTS["aavmf-unpadded"], [Record(A, STORED, b"second")])
    decode: Callable[..., Edk2Image] = Edk2Image.decode
    changes = iter([second])

    def changed_after(data: bytes, *, strict: bool) -> Edk2Image:
        image = decode(data, strict=strict)
        for change in changes:
            with path.open("r+b") as file:
                file.write(change)
        return image

    monkeypatch.setattr(Edk2Image, "decode", changed_after)
    driver = opened(path)
    assert driver.call(GetVariable(A)).data == b"second"
    assert names(driver) == [A]


def test_an_image_on_another_filesystem_than_the_temporary_directory(tmp_path: Path) -> None:
    shared = Path("/dev/shm")  # noqa: S108 - the other filesystem
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev or not os.access(shared, os.W_OK):
        pytest.skip("there is no other filesystem here")
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        path = three(Path(folder) / "vars.fd")
        written(opened(path), A, b"new")
        assert values(path)[A] == b"new"
