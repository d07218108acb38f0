"""Disks that a run gives a machine beside its own, each on the bus that the run names; and images of such disks, with partitions."""

import struct
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from zlib import crc32

from lab import disk
from lab.qemu import quoted

# By the drive's number. The machines' own disk is on the first port of the controller that every machine has.
BUSES: Final[Mapping[str, str]] = {
    "virtio": "-device virtio-blk-pci,drive=drive{0}",
    "nvme": "-device nvme,drive=drive{0},serial=lab{0}",
    "sata": "-device ide-hd,drive=drive{0},bus=ide.{1}",
    "usb": "-device qemu-xhci,id=xhci{0} -device usb-storage,drive=drive{0},bus=xhci{0}.0",
    "usb-hub": (
        "-device qemu-xhci,id=xhci{0} -device usb-hub,bus=xhci{0}.0,port=1 -device usb-storage,drive=drive{0},bus=xhci{0}.0,port=1.1"
    ),
    "scsi": "-device virtio-scsi-pci,id=scsi{0} -device scsi-hd,drive=drive{0},bus=scsi{0}.0",
}

BLOCK: Final = 512
START: Final = 2048
_ENTRIES: Final = 128
_ENTRY: Final = struct.Struct("<16s16sQQQ72s")
_HEADER: Final = struct.Struct("<8sIIIIQQQQ16sQIII")
_SYSTEM: Final = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
_TABLE_BLOCKS: Final = 1 + _ENTRIES * _ENTRY.size // BLOCK


class Drive(NamedTuple):
    """A disk.

    Attributes:
        image: What it holds; the machine may write there.
        bus: A key of ``BUSES``.
    """

    image: Path
    bus: str


class Partition(NamedTuple):
    """The only partition of an image that was made here, in blocks of 512 bytes."""

    number: int
    start: int
    size: int


def options(drives: Sequence[Drive]) -> tuple[str, ...]:
    """Give the options of QEMU that make the drives.

    Raises:
        ValueError: There is no such bus.
    """
    words: list[str] = []
    for number, (image, bus) in enumerate(drives):
        if bus not in BUSES:
            message = f"no bus is called {bus!r}; there are {', '.join(BUSES)}"
            raise ValueError(message)
        node = f"driver=raw,node-name=drive{number},file.driver=file,file.filename={quoted(image)}"
        words += ["-blockdev", node, *BUSES[bus].format(number, number + 1).split()]
    return tuple(words)


def _gpt(blocks: int, own: uuid.UUID, part: Partition, guid: uuid.UUID) -> tuple[bytes, bytes]:
    """Give both copies of a table with one EFI system partition: the blocks after the first, and the last ones.

    Source: UEFI 2.10 §5.3.
    """
    entries = bytearray(_ENTRIES * _ENTRY.size)
    end, name = part.start + part.size - 1, "EFI".encode("utf-16-le")
    _ENTRY.pack_into(entries, (part.number - 1) * _ENTRY.size, _SYSTEM.bytes_le, guid.bytes_le, part.start, end, 0, name)
    crc = crc32(entries)

    def header(at: int, other: int, entries_at: int) -> bytes:
        usable = (1 + _TABLE_BLOCKS, blocks - _TABLE_BLOCKS - 1)
        fields = (at, other, *usable, own.bytes_le, entries_at, _ENTRIES, _ENTRY.size, crc)
        bare = _HEADER.pack(b"EFI PART", 0x10000, _HEADER.size, 0, 0, *fields)
        return _HEADER.pack(b"EFI PART", 0x10000, _HEADER.size, crc32(bare), 0, *fields).ljust(BLOCK, b"\0")

    last = blocks - 1
    return header(1, last, 2) + entries, bytes(entries) + header(last, 1, blocks - _TABLE_BLOCKS)


def _mbr(kind: int, start: int, size: int, number: int, signature: int) -> bytes:
    """Give a first block with one partition. Source: UEFI 2.10 §5.2."""
    block = bytearray(BLOCK)
    struct.pack_into("<I", block, 440, signature)
    struct.pack_into("<B3sB3sII", block, 446 + 16 * (number - 1), 0, b"\0\2\0", kind, b"\xff\xff\xff", start, size)
    block[510:] = b"\x55\xaa"
    return bytes(block)


def make(image: Path, files: Mapping[str, Path], *, number: int = 1, guid: uuid.UUID | None = None, signature: int = 0) -> Partition:
    """Make a disk with one EFI system partition.

    Args:
        image: What to write.
        files: Contents by path on the partition.
        number: The partition's.
        guid: Its own, of a GPT; without one it is of an MBR.
        signature: The MBR's.
    """
    inside = image.with_suffix(".partition")
    disk.make(inside, files)
    part = Partition(number, START, inside.stat().st_size // BLOCK)
    blocks = part.start + part.size + START
    with image.open("wb") as file:
        file.truncate(blocks * BLOCK)
        if guid:
            first, last = _gpt(blocks, uuid.uuid5(guid, "disk"), part, guid)
            file.write(_mbr(0xEE, 1, blocks - 1, 1, 0) + first)
            file.seek(blocks * BLOCK - len(last))
            file.write(last)
        else:
            file.write(_mbr(0xEF, part.start, part.size, number, signature))
        _copy(inside, file, part.start * BLOCK)
    inside.unlink()
    return part


def _copy(inside: Path, image: BinaryIO, offset: int) -> None:
    """Write a partition, with holes where it holds nothing."""
    with inside.open("rb") as file:
        while chunk := file.read(1 << 16):
            if any(chunk):
                image.seek(offset)
                image.write(chunk)
            offset += len(chunk)
