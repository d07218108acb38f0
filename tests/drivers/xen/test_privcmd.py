"""The transport by ioctl, with fcntl.ioctl itself replaced."""

import ctypes
import errno
import fcntl
import gc
import mmap
import os
import subprocess
import sys
from pathlib import Path
from struct import pack

import pytest

from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.port import Port
from efirt.drivers.xen.privcmd import PrivcmdTransport
from efirt.errors import DriverError, HypervisorError, NoDriver
from efirt.ops import GetVariable, Reply
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.house.tree import ROOT

PAGE = mmap.PAGESIZE


class Kernel:
    """What answers the ioctl: it follows the addresses that it is given."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int, bytes]] = []
        self.errno = 0

    def ioctl(self, fd: int, number: int, argument: bytes) -> int:
        self.calls.append((fd, number, argument))
        if self.errno:
            raise OSError(self.errno, os.strerror(self.errno))
        op = int.from_bytes(argument[8:16], "little")
        if op:
            data = ctypes.c_uint64.from_address(op + 40).value
            ctypes.memmove(data, b"value", 5)
            ctypes.memmove(op + 12, pack("<IQ", 7, 0), 12)
            ctypes.memmove(op + 32, pack("<Q", 5), 8)
        return 0


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(fcntl, "ioctl", kernel.ioctl)
    return kernel


@pytest.fixture
def device(tmp_path: Path) -> str:
    path = tmp_path / "privcmd"
    path.write_bytes(b"")
    return str(path)


@pytest.fixture
def memory(tmp_path: Path) -> str:
    path = tmp_path / "hypercall"
    path.write_bytes(bytes(4 * PAGE))
    return str(path)


def test_the_argument_is_the_hypercall_s_number_and_one_address(kernel: Kernel, device: str, memory: str) -> None:
    transport = PrivcmdTransport((device,), memory)
    transport.hypercall(7, 0)
    transport.hypercall(0x1122334455667788, 0)
    fd, number, argument = kernel.calls[0]
    assert os.fstat(fd).st_ino == Path(device).stat().st_ino
    assert number == 0x00305000
    assert argument == pack("<6Q", 7, 0, 0, 0, 0, 0)
    assert kernel.calls[1][2][:8] == bytes.fromhex("8877665544332211")
    transport.close()


@pytest.mark.parametrize("device_for_memory", [True, False])
def test_a_whole_call_passes_through_real_memory(device_for_memory: bool, kernel: Kernel, device: str, memory: str) -> None:
    transport = PrivcmdTransport((device,), memory if device_for_memory else memory + "-absent")
    driver = XenDriver(Port(transport))
    reply = driver.call(GetVariable(Key("A", GLOBAL), 100))
    assert reply == Reply(Status.SUCCESS, b"value", 5, Attributes(7))
    address = int.from_bytes(kernel.calls[0][2][8:16], "little")
    assert address % PAGE == 0
    driver.close()


@pytest.mark.parametrize("number", [1, 5, 12, 14, 22, 38, 95])
def test_a_refusal_has_xen_s_number(number: int, kernel: Kernel, device: str, memory: str) -> None:
    transport = PrivcmdTransport((device,), memory)
    kernel.errno = number
    with pytest.raises(HypervisorError) as refusal:
        transport.hypercall(7, 0)
    assert (refusal.value.errno, refusal.value.os_errno) == (number, number)
    transport.close()


def test_not_supported_is_the_same_under_both_its_names(kernel: Kernel, device: str, memory: str) -> None:
    transport = PrivcmdTransport((device,), memory)
    for number in (errno.EOPNOTSUPP, errno.ENOTSUP):
        kernel.errno = number
        with pytest.raises(HypervisorError) as refusal:
            transport.hypercall(7, 0)
        assert refusal.value.errno == 95
    transport.close()


@pytest.mark.parametrize("device_for_memory", [True, False])
@pytest.mark.parametrize(("size", "whole"), [(1, PAGE), (PAGE, PAGE), (PAGE + 1, 2 * PAGE)])
def test_memory_is_whole_pages_of_zeros_that_can_be_written_and_read(
    size: int, whole: int, device_for_memory: bool, device: str, memory: str
) -> None:
    transport = PrivcmdTransport((device,), memory if device_for_memory else memory + "-absent")
    region = transport.allocate(size)
    assert (region.size, region.address % PAGE) == (whole, 0)
    assert region.read(whole) == bytes(whole)
    region.write(bytearray(b"abc"))
    assert ctypes.string_at(region.address, 4) == b"abc\0"
    ctypes.memmove(region.address, b"xyz", 3)
    assert region.read(3) == b"xyz"
    with pytest.raises(IndexError):
        region.write(bytes(whole + 1))
    transport.free(region)
    transport.close()


def mapping_of(address: int) -> dict[str, str]:
    """What the kernel says of the mapping at an address."""
    lines = Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"{address:x}-") or f"{address:08x}-" in line)
    fields = (line.partition(":") for line in lines[start + 1 : start + 30])
    return {name: value.strip() for name, _, value in fields}


def test_without_the_memory_device_memory_is_locked_and_no_child_s(device: str, memory: str) -> None:
    transport = PrivcmdTransport((device,), memory + "-absent")
    region = transport.allocate(64 * PAGE)
    flags = mapping_of(region.address)["VmFlags"].split()
    assert {"lo", "dc"} <= {*flags}
    transport.free(region)
    transport.close()


def test_with_the_memory_device_memory_is_shared_with_it(device: str, memory: str) -> None:
    transport = PrivcmdTransport((device,), memory)
    region = transport.allocate(PAGE)
    region.write(b"shared")
    assert Path(memory).read_bytes()[:6] == b"shared"
    transport.free(region)
    transport.close()


def test_freeing_unmaps(device: str, memory: str) -> None:
    transport = PrivcmdTransport((device,), memory + "-absent")
    region = transport.allocate(PAGE)
    address = region.address
    mapping_of(address)
    transport.free(region)
    with pytest.raises(ValueError, match="closed"):
        region.read(1)
    transport.close()


def test_memory_that_cannot_be_had_is_a_driver_error_that_says_what_to_do(device: str, memory: str) -> None:
    transport = PrivcmdTransport((device,), memory)
    with pytest.raises(DriverError, match=r"no \d+ bytes of hypercall memory: .*; raise the limit of locked memory"):
        transport.allocate(5 * PAGE)
    with pytest.raises(DriverError, match="bytes of hypercall memory"):
        transport.allocate(1 << 70)
    transport.close()


def test_the_limit_of_locked_memory_is_a_driver_error(device: str, memory: str) -> None:
    code = (
        f"import os, resource, sys; sys.path.insert(0, {str(ROOT / 'src')!r})\n"
        "from efirt.drivers.xen.privcmd import PrivcmdTransport\n"
        "from efirt.errors import DriverError\n"
        f"transport = PrivcmdTransport(({device!r},), {memory + '-absent'!r})\n"
        f"resource.setrlimit(resource.RLIMIT_MEMLOCK, ({PAGE}, {PAGE}))\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        f"try: transport.allocate({2 * PAGE})\n"
        "except DriverError as refusal: print(refusal)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.stderr, run.stdout[:8]) == ("", "no 8192 ")


def test_closing_closes_both_devices_and_again_is_harmless(device: str, memory: str) -> None:
    before = {*os.listdir("/proc/self/fd")}  # noqa: PTH208 - names are what is compared
    transport = PrivcmdTransport((device,), memory)
    assert len({*os.listdir("/proc/self/fd")} - before) == 2  # noqa: PTH208 - as above
    transport.close()
    transport.close()
    assert {*os.listdir("/proc/self/fd")} == before  # noqa: PTH208 - as above


def test_a_memory_device_that_fails_in_another_way_closes_the_first_one(device: str, tmp_path: Path) -> None:
    before = {*os.listdir("/proc/self/fd")}  # noqa: PTH208 - names are what is compared
    with pytest.raises(DriverError, match="Is a directory"):
        PrivcmdTransport((device,), str(tmp_path))
    assert {*os.listdir("/proc/self/fd")} == before  # noqa: PTH208 - as above


def test_without_the_device_this_is_not_xen(tmp_path: Path, memory: str) -> None:
    with pytest.raises(NoDriver, match="not a Xen domain"):
        PrivcmdTransport((str(tmp_path / "absent"),), memory)


def test_a_child_that_drops_memory_it_did_not_inherit_unmaps_nothing_of_its_own(device: str, memory: str) -> None:
    code = (
        f"import gc, mmap, os, sys; sys.path.insert(0, {str(ROOT / 'src')!r})\n"
        "from efirt.drivers.xen.privcmd import PrivcmdTransport\n"
        f"transport = PrivcmdTransport(({device!r},), {memory + '-absent'!r})\n"
        "region = transport.allocate(1 << 20)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    others = [mmap.mmap(-1, 1 << 20) for _ in range(8)]\n"
        "    del region; gc.collect()\n"
        "    for other in others: other[:] = b'x' * (1 << 20)\n"
        "    os._exit(0)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("0\n", "")


def test_memory_that_was_freed_is_kept_by_nothing(device: str, memory: str) -> None:
    transport = PrivcmdTransport((device,), memory + "-absent")
    region = transport.allocate(PAGE)
    pages = region._pages
    transport.free(region)
    del region
    gc.collect()
    assert sys.getrefcount(pages) <= 2
    transport.close()
