"""What the driver tells of the way to a variable, without asking firmware."""

import os
from pathlib import Path

import pytest

from efirt.drivers.efivarfs.driver import EfivarfsDriver, Mount
from efirt.drivers.efivarfs.files import Directory
from efirt.drivers.efivarfs.kernel import Manner, SimulatedKernel
from efirt.drivers.efivarfs.sysfs import Sysfs
from efirt.drivers.simulated import open_driver
from efirt.ops.holder import Holder
from efirt.ops.road import Road, road_to
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a01")
ORDER = Key("BootOrder", GLOBAL)
LOCKED = Key("Key0000", GLOBAL)


def on(kernel: SimulatedKernel | Directory, kind: str = "efivarfs", platform: Sysfs | None = None) -> EfivarfsDriver:
    return EfivarfsDriver(kernel, Mount("/efivars", kind), platform=platform)


def kernel(manner: Manner | None = None) -> SimulatedKernel:
    return SimulatedKernel(open_driver(), manner)


def test_an_open_road_is_all_but_the_room_that_linux_keeps() -> None:
    assert on(kernel()).road(ORDER) == Road(immutable=False, reserve=5120)


def test_a_file_is_immutable_or_not_or_not_there() -> None:
    driver = on(kernel())
    assert [driver.road(key).immutable for key in (LOCKED, ORDER, Key("None", OURS))] == [True, False, None]


def test_a_name_that_cannot_be_made_says_why() -> None:
    assert "'/'" in on(kernel()).road(Key("a/b", OURS)).unnamed
    assert on(kernel()).road(Key("ab", OURS)).unnamed == ""


def test_a_name_that_no_file_can_have_says_why() -> None:
    assert "leaves 218" in on(kernel()).road(Key("L" * 219, OURS)).unreached
    assert on(kernel()).road(Key("L" * 218, OURS)).unreached == ""
    assert on(kernel()).road(Key("a/b", OURS)).unreached == ""


@pytest.mark.parametrize(
    ("manner", "closed", "opening"),
    [
        (Manner(writable=False), "/efivars is mounted read-only", "mount -o remount,rw /efivars"),
        (Manner(root=False), "/efivars is closed to this process for writing", "run this as root"),
        (Manner(), "", ""),
    ],
)
def test_a_closed_road_says_what_opens_it(manner: Manner, closed: str, opening: str) -> None:
    road = on(kernel(manner)).road(ORDER)
    assert (road.closed, road.opening) == (closed, opening)


def test_a_plain_directory_is_closed() -> None:
    assert "plain directory" in on(kernel(), "ext4").road(ORDER).closed


def test_firmware_is_not_asked() -> None:
    simulated = kernel()
    driver, before = on(simulated), simulated.calls
    driver.road(LOCKED)
    assert simulated.calls == before


def test_a_directory_says_whether_it_can_be_written(tmp_path: Path) -> None:
    directory = Directory(str(tmp_path))
    assert directory.closed() == 0
    directory.leave()


@pytest.mark.parametrize(("flags", "may", "number"), [(os.ST_RDONLY, False, 30), (0, False, 13), (0, True, 0)])
def test_a_directory_that_cannot_be_written_gives_the_kernel_s_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, may: bool, number: int
) -> None:
    directory = Directory(str(tmp_path))
    told = os.statvfs_result((0, 0, 0, 0, 0, 0, 0, 0, flags, 255))
    monkeypatch.setattr(os, "fstatvfs", lambda _descriptor: told)
    monkeypatch.setattr(os, "access", lambda _path, _mode, *, dir_fd: may)
    assert directory.closed() == number
    directory.leave()


@pytest.mark.parametrize(
    ("said", "mode"),
    [("[none] integrity confidentiality\n", ""), ("none [integrity] confidentiality\n", "integrity"), ("", ""), (None, "")],
)
def test_how_far_linux_is_locked_down_stands_in_brackets(tmp_path: Path, said: str | None, mode: str) -> None:
    lockdown, capabilities = tmp_path / "lockdown", tmp_path / "capabilities"
    if said is not None:
        lockdown.write_text(said)
    sysfs = Sysfs(str(tmp_path), lockdown=str(lockdown), capabilities=str(capabilities))
    road = on(kernel(), platform=sysfs).road(ORDER)
    assert (road.lockdown, road.is_dom0) == (mode, False)
    capabilities.write_text("control_d\n")
    assert on(kernel(), platform=sysfs).road(ORDER).is_dom0


def test_the_first_driver_that_knows_its_way_tells_it() -> None:
    driver = on(kernel(Manner(writable=False)))
    assert road_to(Holder(Holder(driver)), ORDER) == driver.road(ORDER)
    assert road_to(Holder(open_driver()), ORDER) == Road()


def test_a_driver_that_is_closed_tells_of_no_file(tmp_path: Path) -> None:
    driver = on(Directory(str(tmp_path)))
    driver.close()
    assert driver.road(ORDER) == Road(reserve=5120)
