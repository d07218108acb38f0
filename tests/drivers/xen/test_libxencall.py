"""The transport on libxencall, over a library of our own with the same functions."""

import ctypes
import os
import subprocess
import threading
from pathlib import Path

import pytest

from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.libxencall import LibraryMissing, LibxencallTransport
from efirt.drivers.xen.port import Port
from efirt.errors import DriverError, HypervisorError, NoDriver, PermissionDenied
from efirt.ops import GetTime, GetVariable, Reply, SetTime, TimeCapabilities
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.abi.compiler import cannot
from tests.drivers.xen.raw import TIME

SOURCE = Path(__file__).with_name("fake_xencall.c")


@pytest.fixture
def library(tmp_path: Path) -> str:
    """Compile one for each test, so that each has a diary of its own."""
    path = tmp_path / "libfakexencall.so"
    try:
        subprocess.run(["gcc", "-shared", "-fPIC", "-Wall", "-Werror", "-o", path, SOURCE], check=True)
    except FileNotFoundError:
        cannot("there is no gcc to build the stand-in for libxencall: install it (Debian: gcc libc6-dev)")
    return str(path)


@pytest.fixture
def device(tmp_path: Path) -> tuple[str, ...]:
    path = tmp_path / "privcmd"
    path.write_bytes(b"")
    return (str(path),)


class Diary:
    """What the library wrote down, and what it is told to do."""

    def __init__(self, library: str) -> None:
        self._library = ctypes.CDLL(library)

    def read(self, name: str) -> int:
        return ctypes.c_int.in_dll(self._library, f"fake_{name}").value

    def tell(self, name: str, number: int) -> None:
        ctypes.c_int.in_dll(self._library, f"fake_{name}").value = number

    def address(self) -> int:
        return ctypes.c_uint64.in_dll(self._library, "fake_address").value


def test_a_whole_call_passes_through_the_library(library: str, device: tuple[str, ...]) -> None:
    diary = Diary(library)
    driver = XenDriver(Port(LibxencallTransport(library, device)))
    reply = driver.call(GetTime())
    assert reply == Reply(Status.SUCCESS, time=EfiTime.decode(TIME), capabilities=TimeCapabilities(1, 50_000_000, sets_to_zero=True))
    assert (diary.read("flags"), diary.read("number"), diary.address() % 4096) == (0, 7, 16)
    assert driver.call(GetVariable(Key("ABC", GLOBAL), 8)) == Reply(Status.SUCCESS, b"A\0B\0C\0\0\0", 8, Attributes(7))
    driver.close()
    assert [diary.read(name) for name in ("opens", "closes", "allocations", "frees", "calls")] == [1, 1, 3, 3, 2]


def test_buffers_are_allocated_once_and_grown(library: str, device: tuple[str, ...]) -> None:
    diary = Diary(library)
    driver = XenDriver(Port(LibxencallTransport(library, device)))
    for room in (8, 4096, 9, 70_000, 8):
        driver.call(GetVariable(Key("ABC", GLOBAL), room))
    assert (diary.read("allocations"), diary.read("frees")) == (4, 1)
    driver.close()
    driver.close()
    assert (diary.read("frees"), diary.read("closes")) == (4, 1)


@pytest.mark.parametrize("number", [1, 5, 12, 13, 14, 22, 38, 95])
def test_a_refusal_has_xen_s_number_and_the_operation_s_name(number: int, library: str, device: tuple[str, ...]) -> None:
    diary = Diary(library)
    driver = XenDriver(Port(LibxencallTransport(library, device)))
    diary.tell("call_errno", number)
    with pytest.raises(HypervisorError, match=r"^GetTime: Xen refused the hypercall with E") as refusal:
        driver.call(GetTime())
    assert (refusal.value.errno, refusal.value.os_errno) == (number, number)
    diary.tell("call_errno", 0)
    assert driver.call(GetTime()).status == Status.SUCCESS
    driver.close()


def test_each_thread_has_its_own_error_number(library: str, device: tuple[str, ...]) -> None:
    driver = XenDriver(Port(LibxencallTransport(library, device)))
    numbers: list[int | None] = []

    def refused() -> None:
        try:
            driver.call(SetTime(EfiTime(2026)))
        except HypervisorError as refusal:
            numbers.append(refusal.errno)

    threads = [threading.Thread(target=refused) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers == [38] * 8
    driver.close()


def test_memory_that_is_refused_says_what_to_do_and_the_driver_works_on(library: str, device: tuple[str, ...]) -> None:
    diary = Diary(library)
    driver = XenDriver(Port(LibxencallTransport(library, device)))
    driver.call(GetTime())
    diary.tell("alloc_errno", 12)
    with pytest.raises(DriverError, match=r"no 4096 bytes of hypercall memory: Cannot allocate memory; raise the limit") as refusal:
        driver.call(GetVariable(Key("A", GLOBAL)))
    assert refusal.value.os_errno == 12
    assert driver.call(GetTime()).status == Status.SUCCESS
    driver.close()


def test_memory_is_zeros_and_refuses_more_than_fits(library: str, device: tuple[str, ...]) -> None:
    transport = LibxencallTransport(library, device)
    region = transport.allocate(10)
    assert (region.size, region.read(10)) == (10, bytes(10))
    region.write(b"abc")
    assert ctypes.string_at(region.address, 4) == b"abc\0"
    with pytest.raises(ValueError, match="different"):
        region.write(bytes(11))
    transport.free(region)
    transport.close()


def test_without_the_library_it_says_what_to_install(tmp_path: Path, device: tuple[str, ...]) -> None:
    with pytest.raises(LibraryMissing, match=r"absent\.so cannot be loaded: .*; install it \(Debian: libxencall1\)"):
        LibxencallTransport(str(tmp_path / "absent.so"), device)


def test_a_library_that_is_something_else_counts_as_missing(device: tuple[str, ...]) -> None:
    with pytest.raises(LibraryMissing, match="xencall_open"):
        LibxencallTransport("libc.so.6", device)


def test_without_the_device_the_library_is_not_asked(library: str, tmp_path: Path) -> None:
    diary = Diary(library)
    with pytest.raises(NoDriver, match="not a Xen domain"):
        LibxencallTransport(library, (str(tmp_path / "absent"),))
    assert diary.read("opens") == 0


@pytest.mark.parametrize(("number", "kind"), [(13, PermissionDenied), (1, PermissionDenied), (2, NoDriver), (24, DriverError)])
def test_a_library_that_cannot_open_says_why(number: int, kind: type[DriverError], library: str, device: tuple[str, ...]) -> None:
    Diary(library).tell("open_errno", number)
    with pytest.raises(kind, match="the hypervisor's device, through libxencall,") as refusal:
        LibxencallTransport(library, device)
    assert (type(refusal.value), refusal.value.os_errno) == (kind, number)


def test_no_file_stays_open(library: str, device: tuple[str, ...]) -> None:
    before = {*os.listdir("/proc/self/fd")}  # noqa: PTH208 - names are what is compared
    transport = LibxencallTransport(library, device)
    assert {*os.listdir("/proc/self/fd")} == before  # noqa: PTH208 - as above
    transport.close()
    transport.close()
