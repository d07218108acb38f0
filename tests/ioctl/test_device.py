"""A device file of this system, with the ioctl itself replaced."""

import ctypes
import errno
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from efirt.errors import DriverError, NoDriver, PermissionDenied
from efirt.ioctl.device import Closed, Device, OwnMemory
from efirt.ioctl.port import Port
from efirt.ioctl.request import Buffer, Request

REASONS = {
    errno.ENOENT: Closed(NoDriver, "there is none", "make one"),
    errno.EACCES: Closed(PermissionDenied, "it is closed", "be root"),
}


class Kernel:
    """What answers the ioctl: it follows the address at the argument's beginning."""

    def __init__(self, number: int = 0) -> None:
        self.calls: list[tuple[int, int, bytes, bool]] = []
        self.number = number

    def ioctl(self, fd: int, number: int, argument: bytearray, mutate: bool) -> int:
        self.calls.append((fd, number, bytes(argument), mutate))
        if self.number:
            raise OSError(self.number, os.strerror(self.number))
        ctypes.memmove(int.from_bytes(argument[:8], "little"), b"left", 4)
        argument[8:] = b"told"
        return 0


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "device").write_bytes(b"")
    return str(tmp_path / "device")


def test_a_whole_call_passes_through_real_memory(path: str) -> None:
    kernel = Kernel()
    device = Device(path, {}, kernel.ioctl)
    port = Port(device)
    assert port.exchange(Request(0xC0384504, bytearray(12), (Buffer("a", 0, b"before", 6),))) == 0
    fd, number, argument, mutate = kernel.calls[0]
    assert os.fstat(fd).st_ino == Path(path).stat().st_ino
    assert os.get_inheritable(fd) is False
    assert (number, len(argument), mutate) == (0xC0384504, 12, True)
    assert port.read("a", 6) == b"leftre"
    assert port.argument[8:] == b"told"
    port.close()


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENXIO, 88, 200])
def test_a_refusal_is_the_number_this_system_gives(number: int, path: str) -> None:
    device = Device(path, {}, Kernel(number).ioctl)
    assert device.ioctl(1, bytearray(8)) == number
    device.close()


def test_a_refusal_without_a_number_is_an_error_all_the_same(path: str) -> None:
    def nameless(*_arguments: Any) -> None:
        raise OSError

    device = Device(path, {}, nameless)
    assert device.ioctl(1, bytearray(8)) == errno.EIO
    device.close()


def test_a_device_that_is_not_there_has_its_reason(tmp_path: Path) -> None:
    with pytest.raises(NoDriver, match="absent: there is none; make one") as refusal:
        Device(str(tmp_path / "absent"), REASONS)
    assert refusal.value.os_errno == errno.ENOENT


def test_a_device_that_does_not_open_for_another_reason_says_so(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"it cannot be opened \(Is a directory\)") as refusal:
        Device(str(tmp_path), REASONS)
    assert type(refusal.value) is DriverError
    assert refusal.value.os_errno == errno.EISDIR


def test_a_32_bit_python_is_told_before_anything_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    with pytest.raises(NoDriver, match=r"32-bit Python.*; use a 64-bit Python"):
        Device(str(tmp_path / "absent"), REASONS)


def test_closing_closes_and_again_is_harmless(path: str) -> None:
    before = {*os.listdir("/proc/self/fd")}  # noqa: PTH208 - names are what is compared
    device = Device(path, {})
    assert len({*os.listdir("/proc/self/fd")} - before) == 1  # noqa: PTH208 - as above
    device.close()
    device.close()
    assert {*os.listdir("/proc/self/fd")} == before  # noqa: PTH208 - as above


def test_a_real_file_takes_no_such_ioctl(path: str) -> None:
    device = Device(path, {})
    assert device.ioctl(0x8004700C, bytearray(4)) == errno.ENOTTY
    device.close()


def test_memory_is_zeros_that_stay_where_they_are() -> None:
    memory = OwnMemory(10)
    assert memory.read(20) == bytes(10)
    memory.write(bytearray(b"abc"))
    assert ctypes.string_at(memory.address, 4) == b"abc\0"
    ctypes.memmove(memory.address, b"xyz", 3)
    assert memory.read(4) == b"xyz\0"
    with pytest.raises(ValueError, match="11 bytes do not fit in 10"):
        memory.write(bytes(11))


@pytest.mark.parametrize("size", [1 << 62, 1 << 70, -1])
def test_memory_that_cannot_be_had_is_a_driver_error(size: int, path: str) -> None:
    device = Device(path, {})
    with pytest.raises(DriverError, match=f"no {size} bytes of memory: .*; ask for less"):
        device.allocate(size)
    device.close()
