"""Runs inside a Linux with variables: capsules through the driver efivarfs and past it, and what the kernel's log says of them.

OVMF takes no capsules. So in the end, on bare Linux, two of its services are overwritten in memory: QueryCapsuleCapabilities says yes,
and UpdateCapsule notes what it was given and says what it is told to. Linux, its module and its device stay what they are.
"""

import mmap
import os
import struct
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import efirt
from efirt import EfirtError, Guid, Status
from efirt.ops import CapsuleHeader, QueryCapsuleCapabilities, UpdateCapsule
from efirt.payloads.capsule import FMP_CAPSULE, Capsule

LOADER = Path("/dev/efi_capsule_loader")
MODULE = Path("/lab/others/00-capsule_loader.ko")
EFI_TEST = Path("/efi_test.ko")
FIRMWARE = Path("/sys/firmware/efi")
OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a0a")
PERSIST, POPULATE, INITIATE = 0x10000, 0x20000, 0x40000
KINDS = {
    "plain": (OURS, 0),
    "persists": (OURS, PERSIST),
    "persists and populates": (OURS, PERSIST | POPULATE),
    "populates": (OURS, POPULATE),
    "resets": (OURS, PERSIST | INITIATE),
    "own flag": (OURS, 1),
    "management": (FMP_CAPSULE, 0),
    "management persists": (FMP_CAPSULE, PERSIST),
    "management populates": (FMP_CAPSULE, PERSIST | POPULATE),
}
LARGEST = 20_000
TABLE_SIZE, UPDATE_AT, QUERY_AT, NOTES_AT = 136, 112, 120, 56
"""In the table of runtime services; the notes go where SetVirtualAddressMap and ConvertPointer are, which are over by now."""


def of_kind(name: str, size: int = 5000) -> bytes:
    guid, flags = KINDS[name]
    return Capsule.of(guid, b"x" * (size - 28), flags).encode()


GOOD = of_kind("persists")
DAMAGED = {
    "nothing": b"",
    "a part of the head": GOOD[:20],
    "cut short": GOOD[:-1],
    "cut to the head": GOOD[:28],
    "a byte too many": GOOD + b"x",
    "a page and more": of_kind("persists", 4096) + b"x" * 8,
    "a head of no size": GOOD[:16] + bytes(4) + GOOD[20:],
    "of no size": GOOD[:24] + bytes(4) + GOOD[28:],
}
RAW = [name for name in DAMAGED if name != "a head of no size"]


class Log:
    """The kernel's log from now on."""

    def __init__(self) -> None:
        self._file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self._file, 0, os.SEEK_END)

    def lines(self) -> list[str]:
        found: list[str] = []
        while True:
            try:
                found.append(os.read(self._file, 8192).decode().partition(";")[2].splitlines()[0])
            except BlockingIOError:
                return found


def through(driver: Any, log: Any, capsules: dict[str, bytes]) -> dict[str, object]:
    """What efirt says of each, and what the kernel then has in its log."""
    said: dict[str, object] = {}
    for name, capsule in capsules.items():
        try:
            reply = driver.call(UpdateCapsule((capsule,)))
            answer = [reply.status.name, reply.os_errno]
        except EfirtError as refusal:
            answer = [type(refusal).__name__, str(refusal), getattr(refusal, "os_errno", None)]
        said[name] = [answer, log.lines()]
    return said


def past(log: Log) -> dict[str, object]:
    """What the device says without efirt: each write, the closing, and the log."""
    said: dict[str, object] = {}
    for name in RAW:
        descriptor, rest = os.open(LOADER, os.O_WRONLY), DAMAGED[name]
        steps: list[int | str] = []
        try:
            while rest:
                taken = os.write(descriptor, rest)
                steps.append(taken)
                rest = rest[taken:]
        except OSError as cause:
            steps.append(-(cause.errno or 0))
        try:
            os.close(descriptor)
        except OSError as cause:
            steps.append(f"closing: {cause.errno}")
        said[name] = [steps, log.lines()]
    return said


def asked() -> dict[str, object]:
    """What firmware itself says of each kind, through efi_test."""
    said: dict[str, object] = {}
    with efirt.open("efi_test") as runtime:
        for name, (guid, flags) in KINDS.items():
            reply = runtime.call(QueryCapsuleCapabilities((CapsuleHeader(guid, 28, flags, 28),)))
            said[name] = [reply.status.name, reply.capsule]
    return said


class Memory:
    """The firmware's memory, through /dev/mem and Linux's list of where it lies."""

    def __init__(self) -> None:
        self._file = os.open("/dev/mem", os.O_RDWR)
        self.table = int((FIRMWARE / "runtime").read_text(), 16)
        self._areas: list[tuple[int, int, int]] = []
        for area in (FIRMWARE / "runtime-map").iterdir():
            start, seen, pages = (int((area / name).read_text(), 16) for name in ("phys_addr", "virt_addr", "num_pages"))
            self._areas.append((start, seen, pages * mmap.PAGESIZE))

    def seen_at(self, place: int) -> int:
        return next(seen + place - start for start, seen, size in self._areas if start <= place < start + size)

    def service(self, at: int) -> int:
        pointer = int.from_bytes(self.read(self.table + at, 8), "little")
        return next(start + pointer - seen for start, seen, size in self._areas if seen <= pointer < seen + size)

    def read(self, place: int, size: int) -> bytes:
        return os.pread(self._file, size, place)

    def write(self, place: int, data: bytes) -> None:
        os.pwrite(self._file, data, place)


def says_yes() -> bytes:
    """QueryCapsuleCapabilities: *r8 = LARGEST; *r9 = warm; return success."""
    return b"\xf3\x0f\x1e\xfa\x49\xc7\x00" + struct.pack("<I", LARGEST) + b"\x41\xc7\x01\x01\0\0\0\x31\xc0\xc3"


def notes_and_says(status: int, notes: int) -> bytes:
    """UpdateCapsule: notes[0] = r8, the list; notes[1] = flags and size of the first capsule's head; return status."""
    note = b"\x48\xb8" + struct.pack("<Q", notes) + b"\x4c\x89\x00\x48\x8b\x09\x48\x8b\x49\x14\x48\x89\x48\x08"
    return b"\xf3\x0f\x1e\xfa" + note + b"\x48\xb8" + struct.pack("<Q", status) + b"\xc3"


@contextmanager
def taking(memory: Memory) -> Any:
    """A firmware that takes capsules; gives what sets the answer."""
    places = {at: memory.service(at) for at in (QUERY_AT, UPDATE_AT)}
    kept = {place: memory.read(place, 64) for place in places.values()}
    notes = memory.read(memory.table + NOTES_AT, 16)

    def answer(status: Status) -> None:
        memory.write(places[UPDATE_AT], notes_and_says(int(status), memory.seen_at(memory.table + NOTES_AT)))

    try:
        memory.write(places[QUERY_AT], says_yes())
        answer(Status.SUCCESS)
        yield answer
    finally:
        for place, data in kept.items():
            memory.write(place, data)
        memory.write(memory.table + NOTES_AT, notes)


ANSWERS = (Status.DEVICE_ERROR, Status.SECURITY_VIOLATION, Status.OUT_OF_RESOURCES, Status.UNSUPPORTED)


def with_a_firmware_that_takes_them(driver: Any, log: Log) -> dict[str, object]:
    said: dict[str, object] = {}
    memory = Memory()
    with taking(memory) as answer:
        said["damaged"] = through(driver, log, DAMAGED)
        said["past"] = past(log)
        if EFI_TEST.exists():
            said["asked"] = asked()
        said["larger"] = through(driver, log, {"larger": of_kind("persists", LARGEST + 1)})["larger"]
        for status in ANSWERS:
            answer(status)
            said[status.name] = through(driver, log, {"it": GOOD})["it"]
        answer(Status.SUCCESS)
        memory.write(memory.table + NOTES_AT, bytes(16))
        said["taken"] = through(driver, log, {"it": GOOD})["it"]
        said["noted"] = struct.unpack("<QII", memory.read(memory.table + NOTES_AT, 16))
        said["taken at once"] = through(driver, log, {"it": of_kind("plain", 28)})["it"]
    return said


class Nothing:
    """No log."""

    def lines(self) -> list[str]:
        return []


def everything() -> dict[str, object]:
    report: dict[str, object] = {}
    with efirt.open("efivarfs") as runtime:
        driver, log = runtime.driver, Log()
        report["without the module"] = through(driver, log, {"it": GOOD})["it"]
        subprocess.run(["insmod", str(MODULE)], check=True)
        report["kinds"] = through(driver, log, {name: of_kind(name) for name in KINDS})
        report["damaged"] = through(driver, log, DAMAGED)
        if EFI_TEST.exists():
            subprocess.run(["insmod", str(EFI_TEST)], check=True)
            log.lines()
            report["asked"] = asked()
        if not Path("/proc/xen/capabilities").exists():
            report["past"] = past(log)
            report["taking"] = with_a_firmware_that_takes_them(driver, log)
            report["afterwards"] = through(driver, log, {"it": GOOD})["it"]
    with efirt.open("efivarfs:simulated?profile=ovmf-2022.11") as runtime:
        report["simulated"] = {
            "kinds": through(runtime.driver, Nothing(), {name: of_kind(name) for name in KINDS}),
            "damaged": through(runtime.driver, Nothing(), DAMAGED),
        }
    return report
