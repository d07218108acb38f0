"""Finishing a fault-tolerant write that was interrupted, as firmware does before it reads.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/FaultTolerantWritePei/FaultTolerantWritePei.c and
MdeModulePkg/Universal/FaultTolerantWriteDxe/UpdateWorkingBlock.c.
"""

from binascii import crc32
from typing import Final, NamedTuple

from efirt.abi.edk2_ftw import (
    COMPLETE,
    DESTINATION_COMPLETE,
    EDKII_WORKING_BLOCK_SIGNATURE_GUID,
    HEADER_ALLOCATED,
    SPARE_COMPLETE,
    WORKING_BLOCK_INVALID,
    EfiFaultTolerantWorkingBlockHeader,
    EfiFaultTolerantWriteHeader,
    EfiFaultTolerantWriteRecord,
)
from efirt.images.edk2_volume import AREAS, Areas
from efirt.values.guid import Guid

_GUID: Final = Guid.parse(EDKII_WORKING_BLOCK_SIGNATURE_GUID).raw
_STEP: Final = 0x10000
_ERASED: Final = b"\xff" * 8


class Copy(NamedTuple):
    """Blocks that stand complete in the spare area and not yet in their place.

    Attributes:
        source: Where they stand, in bytes from the file's beginning.
        target: Where they belong.
        size: Bytes.
    """

    source: int
    target: int
    size: int


def _is_valid(data: bytes, work: int) -> bool:
    """Whether the journal's head is whole: its checksum is taken with itself and the state erased."""
    header = EfiFaultTolerantWorkingBlockHeader
    if len(data) - work < header.SIZE or header.Signature.read(data, work) != _GUID:
        return False
    raw = data[work : work + header.SIZE]
    checked = raw[: header.Crc.offset] + _ERASED + raw[header.WriteQueueSize.offset :]
    state: int = header.State.read(data, work) & 0xFF
    return state == 0xFF & ~WORKING_BLOCK_INVALID and crc32(checked) == header.Crc.read(data, work)


def _last_record(data: bytes, work: int, end: int) -> int | None:
    """Offset of the record that was being written when the journal ends; None when it is all done or empty."""
    head, record = EfiFaultTolerantWriteHeader, EfiFaultTolerantWriteRecord
    at = work + EfiFaultTolerantWorkingBlockHeader.SIZE
    while at + head.SIZE <= end:
        bits = head.Bits.read(data, at)
        count, private = head.NumberOfWrites.read(data, at), head.PrivateDataSize.read(data, at)
        if bits & HEADER_ALLOCATED:
            return None
        if bits & COMPLETE:
            return _unfinished(data, at + head.SIZE, record.SIZE + private, min(count, (end - at) // record.SIZE), end)
        at += head.SIZE + count * (record.SIZE + private)
    return None


def _unfinished(data: bytes, at: int, step: int, count: int, end: int) -> int | None:
    record = EfiFaultTolerantWriteRecord
    for _ in range(count):
        if at + record.SIZE > end:
            return None
        if record.Bits.read(data, at) & DESTINATION_COMPLETE:
            return at
        at += step
    return None


def _pending(data: bytes, base: int, areas: Areas) -> Copy | None:
    work = base + areas.work_offset
    if base + areas.volume_size > len(data) or not _is_valid(data, work):
        return None
    at = _last_record(data, work, work + areas.work_size)
    if at is None:
        return None
    record = EfiFaultTolerantWriteRecord
    if record.Bits.read(data, at) & SPARE_COMPLETE:
        return None
    wanted = record.Offset.read(data, at) + record.Length.read(data, at)
    size = -(-wanted // areas.block_size) * areas.block_size
    source = base + areas.spare_offset
    target = source + record.RelativeOffset.read(data, at)
    if not base <= target <= base + areas.work_offset or size > min(areas.spare_size, base + areas.work_offset - target):
        return None
    return Copy(source, target, size)


def find_pending(data: bytes) -> Copy | None:
    """The interrupted write of a file, wherever its volume lies; None when there is none."""
    for base in range(0, len(data), _STEP):
        for areas in AREAS:
            copy = _pending(data, base, areas)
            if copy is not None:
                return copy
    return None


def finished(data: bytes) -> tuple[bytes, bool]:
    """The file as firmware sees it, and whether an interrupted write had to be finished for that."""
    copy = find_pending(data)
    if copy is None:
        return data, False
    blocks = data[copy.source : copy.source + copy.size]
    return data[: copy.target] + blocks + data[copy.target + copy.size :], True
