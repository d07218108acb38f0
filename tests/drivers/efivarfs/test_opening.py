"""Which directory is meant, and what is said of one that does not serve."""

from pathlib import Path

import pytest

import efirt
from efirt.drivers.efivarfs import mounts
from efirt.drivers.efivarfs.mounts import USUAL, file_system, where
from efirt.drivers.efivarfs.opening import find, open_driver
from efirt.errors import DriverError, NoDriver, NotCarried
from efirt.ops import QueryVariableInfo
from efirt.values.attributes import Attributes
from efirt.values.key import Key

NAME = "Ours-6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a01"


def test_an_argument_goes_before_the_environment_and_that_before_the_usual_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EFIVARFS_PATH", raising=False)
    assert where() == USUAL
    monkeypatch.setenv("EFIVARFS_PATH", "/elsewhere/")
    assert where() == "/elsewhere"
    assert where("/here") == "/here"


def test_a_plain_directory_is_read_and_not_written(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"\7\0\0\0value")
    (tmp_path / "README").write_text("no variable")
    with efirt.open(f"efivarfs:{tmp_path}") as runtime:
        assert list(runtime.variables()) == [(Key.parse(NAME), 7, b"value")]
        with pytest.raises(DriverError, match=f"image:{tmp_path} writes it as firmware would"):
            runtime.set(NAME, b"other")
    assert (tmp_path / NAME).read_bytes() == b"\7\0\0\0value"


def test_a_plain_directory_has_no_room_of_its_own(tmp_path: Path) -> None:
    driver = open_driver(str(tmp_path))
    assert QueryVariableInfo not in driver.carried
    with pytest.raises(NotCarried, match=f"{tmp_path} is a plain directory, whose room is its disk's"):
        driver.call(QueryVariableInfo(Attributes(7)))


def test_a_directory_named_by_the_environment_needs_no_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / NAME.upper().replace("OURS", "Ours")).write_bytes(b"\7\0\0\0value")
    monkeypatch.setenv("EFIVARFS_PATH", f"{tmp_path}/")
    driver = open_driver()
    assert driver.path == str(tmp_path)
    assert next(efirt.Runtime(driver).names()) == Key.parse(NAME)
    assert efirt.Runtime(driver).get(NAME).data == b"value"
    driver.close()


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoDriver, match="there is no directory"):
        open_driver(str(tmp_path / "none"))


def test_a_file_in_place_of_a_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DriverError, match="name a directory"):
        open_driver(str(tmp_path / "file"))


def test_an_option_is_refused() -> None:
    with pytest.raises(ValueError, match="no option 'x'"):
        open_driver("", {"x": "1"})


def test_the_file_system_of_a_path_is_the_kernels_word_for_it() -> None:
    assert file_system("/proc") == "proc"
    with pytest.raises(OSError, match="No such file"):
        file_system("/nonexistent")


@pytest.mark.skipif(Path(USUAL).exists(), reason=f"{USUAL} is there: this machine was booted through EFI")
def test_a_machine_without_efi_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EFIVARFS_PATH", raising=False)
    finding = find()
    assert not finding.applies
    assert "/sys/firmware/efi" in finding.reason


def test_without_proc_what_is_mounted_in_the_usual_place_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mounts, "_MOUNTS", str(tmp_path / "none"))
    monkeypatch.setattr(mounts, "USUAL", "/proc")
    monkeypatch.setattr(mounts, "FIRMWARE", "/")
    assert file_system("/proc") == "efivarfs"
    assert file_system("/") == ""
    monkeypatch.setattr(mounts, "USUAL", str(tmp_path))
    monkeypatch.setattr(mounts, "FIRMWARE", str(tmp_path.parent))
    assert file_system(str(tmp_path)) == ""


def test_where_sys_is_not_mounted_it_says_how_to_bring_it_into_a_chroot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mounts, "USUAL", str(tmp_path / "none"))
    monkeypatch.setattr(mounts, "_KERNEL", str(tmp_path / "kernel"))
    with pytest.raises(NoDriver, match=r"nothing is mounted on /sys; .*mount --rbind /sys ROOT/sys"):
        mounts.find_mount(str(tmp_path / "none"))
    (tmp_path / "kernel").mkdir()
    monkeypatch.setattr(mounts, "FIRMWARE", str(tmp_path / "firmware"))
    with pytest.raises(NoDriver, match="not booted through EFI"):
        mounts.find_mount(str(tmp_path / "none"))
