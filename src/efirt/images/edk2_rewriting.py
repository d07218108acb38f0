"""Writing all variables anew through the spare area, so that at any time the old ones or the new ones can be had whole.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/FaultTolerantWriteDxe/FaultTolerantWrite.c, FtwAllocate, FtwWrite and FtwWriteRecord;
FtwMisc.c, InitFtwProtocol; UpdateWorkingBlock.c, FtwReclaimWorkSpace.
"""

from struct import pack

from efirt.abi.edk2_ftw import (
    CALLER_ID,
    COMPLETE,
    DESTINATION_COMPLETE,
    HEADER_ALLOCATED,
    SPARE_COMPLETE,
    WORKING_BLOCK_INVALID,
    WRITES_ALLOCATED,
    EfiFaultTolerantWorkingBlockHeader,
    EfiFaultTolerantWriteHeader,
)
from efirt.abi.edk2_variable import VariableStoreHeader
from efirt.annotation import Final
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_journal import VALID, Journal, working_header
from efirt.images.edk2_patch import Patch, Plan
from efirt.images.edk2_volume import Areas, erased_from, is_erased
from efirt.values.guid import Guid

_CALLER: Final = Guid.parse(CALLER_ID).raw
_ERASED: Final = 0xFF
_FIRST: Final = EfiFaultTolerantWorkingBlockHeader.SIZE
_STATE: Final = EfiFaultTolerantWorkingBlockHeader.State.offset
_RECORD: Final = EfiFaultTolerantWriteHeader.SIZE


def rewriting(image: Edk2Image, body: bytes) -> Plan:
    """The steps after which these are the image's records.

    Args:
        image: As the file is now, its journal idle.
        body: The records, one after the other.

    Departs: edk2 writes an entry's head together with its first mark, and after a cut there it adds up sizes that are not written yet;
        here all members are on the disk before the first mark.

    Raises:
        ValueError: The file has no journal, or not where it should be.
    """
    areas, journal = _journal(image)
    base, spare = image.volume.offset, image.volume.offset + areas.spare_offset
    at = base + areas.work_offset + _FIRST if journal.is_full else journal.at
    start, end = image.records_offset, image.records_offset + image.room
    whole = image.head + body.ljust(image.room, b"\xff") + bytes(image.flash[end : base + areas.region_size])
    if is_erased(image.flash, spare, spare + areas.spare_size) and is_erased(whole, len(image.head) + image.room, len(whole)):
        copy = image.head + body
    else:
        copy = whole.ljust(areas.spare_size, b"\xff")
    return (
        *(reset(image) if journal.is_full else ()),
        (Patch(at, _entry(image, areas)),),
        (_mark(at, HEADER_ALLOCATED | WRITES_ALLOCATED),),
        (Patch(spare, copy),),
        (_mark(at + _RECORD, SPARE_COMPLETE),),
        (Patch(start, body.ljust(erased_from(image.flash, start, end) - start, b"\xff")),),
        (
            _mark(at + _RECORD, SPARE_COMPLETE | DESTINATION_COMPLETE),
            _mark(at, HEADER_ALLOCATED | WRITES_ALLOCATED | COMPLETE),
        ),
        (Patch(spare, b"\xff" * len(copy)),),
    )


def journal_recovery(image: Edk2Image) -> Plan:
    """The next steps that bring the journal to rest, as firmware would at its next boot; none where it is.

    Raises:
        ValueError: The file has no journal, or not where it should be; or blocks wait there that are not of the variables.
    """
    if image.volume.areas is None:
        if image.journal is not None and image.journal.begun:
            message = (
                "a write of its firmware waits in its journal, and this is no known platform's: write a new file, or let it start once"
            )
            raise ValueError(message)
        return ()
    areas, journal = _journal(image)
    flash = image.flash
    spare = image.volume.offset + areas.spare_offset
    emptied = (Patch(spare, b"\xff" * areas.spare_size),)
    if not journal.is_valid:
        return reset(image)
    if journal.is_strange:
        message = "blocks wait in the journal that belong elsewhere than to the variables: let the firmware they are of start once"
        raise ValueError(message)
    if journal.begun:
        marks = (
            _mark(journal.record, DESTINATION_COMPLETE, flash[journal.record]) if journal.copy is not None else None,
            _mark(journal.at, COMPLETE, flash[journal.at]),
        )
        done = tuple(mark for mark in marks if mark is not None)
        if journal.copy is None:
            return (done, emptied)
        source, target, size = journal.copy
        return ((Patch(target, bytes(flash[source : source + size])),), done, emptied)
    if not journal.is_clean:
        return reset(image)
    return () if is_erased(flash, spare, spare + areas.spare_size) else (emptied,)


def reset(image: Edk2Image) -> Plan:
    """The steps that empty a journal in which nothing waits: invalid while that lasts, so that firmware would begin a new one itself."""
    areas, journal = _journal(image)
    work = image.volume.offset + areas.work_offset
    end = erased_from(image.flash, work + _FIRST, work + areas.work_size)
    empty = working_header(areas.work_size, _ERASED).ljust(end - work, b"\xff")
    refused = ((_mark(work + _STATE, WORKING_BLOCK_INVALID, VALID),),) if journal.is_valid else ()
    return (*refused, (Patch(work, empty),), (Patch(work + _STATE, bytes([VALID])),))


def _journal(image: Edk2Image) -> tuple[Areas, Journal]:
    areas, journal = image.volume.areas, image.journal
    if areas is None or journal is None:
        message = "where this volume has its spare area is not known, so it cannot be changed in place: write a new file"
        raise ValueError(message)
    if image.volume.offset + areas.volume_size > len(image.flash):
        message = "the file ends before the volume does, so it cannot be changed in place: write a new file"
        raise ValueError(message)
    return areas, journal


def _entry(image: Edk2Image, areas: Areas) -> bytes:
    """An entry of the journal for one write of the whole store, none of its marks made."""
    store = VariableStoreHeader.SIZE + image.room
    head = b"\xff" * 4 + _CALLER + b"\xff" * 4 + pack("<QQ", 1, 0)
    return head + b"\xff" * 8 + pack("<QQQq", 0, image.volume.header_size, store, -areas.spare_offset)


def _mark(offset: int, bits: int, now: int = _ERASED) -> Patch:
    """Bits of a byte made to hold: in flash, one that holds is zero."""
    return Patch(offset, bytes([now & ~bits]))
