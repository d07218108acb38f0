"""The journal of fault-tolerant writes: what was interrupted, and what firmware makes of it before it reads.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/FaultTolerantWritePei/FaultTolerantWritePei.c and
MdeModulePkg/Universal/FaultTolerantWriteDxe/ (FtwMisc.c InitFtwProtocol, UpdateWorkingBlock.c).
"""

from binascii import crc32
from struct import pack

from efirt.abi.edk2_ftw import (
    COMPLETE,
    DESTINATION_COMPLETE,
    EDKII_WORKING_BLOCK_SIGNATURE_GUID,
    HEADER_ALLOCATED,
    SPARE_COMPLETE,
    WORKING_BLOCK_VALID,
    EfiFaultTolerantWorkingBlockHeader,
    EfiFaultTolerantWriteHeader,
    EfiFaultTolerantWriteRecord,
)
from efirt.annotation import Final, NamedTuple
from efirt.images.edk2_volume import AREAS, Areas, Readable, is_erased
from efirt.values.guid import Guid
from efirt.wire.layout import Members

VALID: Final = 0xFF & ~WORKING_BLOCK_VALID

JOURNAL: Final = Guid.parse(EDKII_WORKING_BLOCK_SIGNATURE_GUID).raw
"""What a journal begins with."""

_HEAD: Final = EfiFaultTolerantWriteHeader
_RECORD: Final = EfiFaultTolerantWriteRecord
ENTRY_SIZE: Final = _HEAD.SIZE + _RECORD.SIZE

_SIZES: Final = Members(_HEAD.SIZE, (_HEAD.Bits, 0), (_HEAD.NumberOfWrites, 0), (_HEAD.PrivateDataSize, 0)).read


def working_header(work_size: int, state: int = VALID) -> bytes:
    """The head of a journal of so many bytes; its checksum is taken with itself and the state erased."""
    size = pack("<Q", work_size - EfiFaultTolerantWorkingBlockHeader.SIZE)
    checksum = crc32(JOURNAL + b"\xff" * 8 + size)
    return JOURNAL + pack("<IB3s", checksum, state, b"\xff" * 3) + size


_HEADERS: Final = {areas.work_size: working_header(areas.work_size) for areas in AREAS}
"""Those of the platforms that are known."""


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


class Journal(NamedTuple):
    """What the working area says.

    Attributes:
        is_valid: Whether its head is whole; else nothing behind it counts.
        at: Where the entry lies that is not complete, in bytes from the file's beginning; where none was begun, the free place.
        end: Where the working area ends.
        begun: Whether there is such an entry.
        record: Where the write of that entry lies that is not done, or the last one.
        is_written: Whether its blocks are in their place, and only the last mark is missing.
        copy: The blocks that firmware puts into their place before anything else.
        is_strange: Whether there are such blocks, and they do not belong to the variables.
        is_clean: Whether all behind this entry is erased.
    """

    is_valid: bool
    at: int
    end: int
    begun: bool = False
    record: int = 0
    is_written: bool = False
    copy: Copy | None = None
    is_strange: bool = False
    is_clean: bool = True

    @property
    def is_idle(self) -> bool:
        """Whether nothing was interrupted, and the next entry can begin."""
        return self.is_valid and self.is_clean and not self.begun

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another entry."""
        return self.at + ENTRY_SIZE > self.end


def read_journal(data: Readable, base: int, areas: Areas) -> Journal:
    """Read the journal of a volume that begins at ``base``."""
    work, end = base + areas.work_offset, base + areas.work_offset + areas.work_size
    first = work + EfiFaultTolerantWorkingBlockHeader.SIZE
    if base + areas.volume_size > len(data) or data[work:first] != (_HEADERS.get(areas.work_size) or working_header(areas.work_size)):
        return Journal(is_valid=False, at=first, end=end)
    at, taken = _last_entry(data, first, end)
    if at + ENTRY_SIZE > end or _HEAD.Bits.read(data, at) & HEADER_ALLOCATED:
        return Journal(is_valid=True, at=at, end=end, is_clean=at <= end and is_erased(data, at, end))
    record, is_written = _record_in_progress(data, at, end)
    copy, is_strange = (None, False) if is_written else _copy(data, base, areas, record)
    is_clean = taken <= end and is_erased(data, taken, end)
    return Journal(True, at, end, True, record, is_written, copy, is_strange, is_clean)


def _last_entry(data: Readable, at: int, end: int) -> tuple[int, int]:
    """Where the first entry lies that is not complete, and where it ends."""
    while at + ENTRY_SIZE <= end:
        bits, count, private_size = _SIZES(data, at)
        taken = at + _HEAD.SIZE + count * (_RECORD.SIZE + private_size)
        if bits & COMPLETE:
            return at, taken
        at = taken
    return at, at


def _record_in_progress(data: Readable, at: int, end: int) -> tuple[int, bool]:
    """The first write of an entry whose blocks are not in their place, or the last one; and whether all are."""
    step = _RECORD.SIZE + _HEAD.PrivateDataSize.read(data, at)
    record = at + _HEAD.SIZE
    for number in range(_HEAD.NumberOfWrites.read(data, at)):
        if number * step > end - record - _RECORD.SIZE:
            break
        if _RECORD.Bits.read(data, record + number * step) & DESTINATION_COMPLETE:
            return record + number * step, False
    return record, True


def _copy(data: Readable, base: int, areas: Areas, record: int) -> tuple[Copy | None, bool]:
    """The blocks that stand in the spare area, and whether they are none of the variables'."""
    if _RECORD.Bits.read(data, record) & SPARE_COMPLETE:
        return None, False
    wanted = _RECORD.Offset.read(data, record) + _RECORD.Length.read(data, record)
    size = -(-wanted // areas.block_size) * areas.block_size
    source = base + areas.spare_offset
    target = source + _RECORD.RelativeOffset.read(data, record)
    if not base <= target <= base + areas.work_offset or size > min(areas.spare_size, base + areas.work_offset - target):
        return None, True
    return Copy(source, target, size), False
