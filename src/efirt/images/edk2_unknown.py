"""The journal of a volume of no known platform: found by what it begins with.

It lies behind the variables, and the spare area behind it; how far, each platform's build decides. What is found here is read, so that an
interrupted write is seen as firmware would see it, and never written to.

Source: edk2 c5aa7e7d, MdeModulePkg/MdeModulePkg.dec (PcdFlashNvStorageFtwWorkingBase, PcdFlashNvStorageFtwSpareBase);
OvmfPkg/Include/Fdf/VarStore.fdf.inc and ArmVirtPkg/VarStore.fdf.inc (their order).
"""

from efirt.abi.edk2_ftw import EfiFaultTolerantWorkingBlockHeader
from efirt.abi.edk2_variable import EfiFirmwareVolumeHeader, EfiFvBlockMapEntry, VariableStoreHeader
from efirt.annotation import Final
from efirt.images.edk2_journal import JOURNAL, Journal, read_journal, working_header
from efirt.images.edk2_volume import Areas, Readable, is_volume

_STEP: Final = 0x1000
_LARGEST: Final = 0x100000
_HEAD: Final = EfiFaultTolerantWorkingBlockHeader


def journal_of(data: Readable, base: int) -> Journal | None:
    """What the journal of the volume that begins there says; None where none is found in it.

    Args:
        data: The file.
        base: Where the volume's header is, whole.
    """
    header_size, size = EfiFirmwareVolumeHeader.HeaderLength.read(data, base), EfiFirmwareVolumeHeader.FvLength.read(data, base)
    end, store = base + size, base + header_size
    if end > len(data) or store + VariableStoreHeader.SIZE > end:
        return None
    first = header_size + VariableStoreHeader.Size.read(data, store)
    for work in range(base + first - first % -_STEP, end, _STEP):
        journal = _read(data, work, end, base)
        if journal is not None:
            return journal if journal.copy is None or journal.copy.target >= base else journal._replace(copy=None, is_strange=True)
    return None


def journal_before(data: Readable, spare: int) -> Journal | None:
    """The journal that ends where this volume begins, which then is what a write left in the spare area; None where there is none."""
    for size in range(_STEP, min(spare, _LARGEST) + 1, _STEP):
        if data[spare - size : spare - size + len(JOURNAL)] == JOURNAL:
            journal = _read(data, spare - size, len(data), spare)
            if journal is not None and journal.end == spare:
                return journal
    return None


def _read(data: Readable, work: int, end: int, header: int) -> Journal | None:
    """The journal that begins there; None where none does, or the blocks behind it are none of these variables'."""
    if data[work : work + len(JOURNAL)] != JOURNAL or work + _HEAD.SIZE > end:
        return None
    work_size = _HEAD.SIZE + _HEAD.WriteQueueSize.read(data, work)
    spare, block_size = work + work_size, EfiFvBlockMapEntry.Length.read(data, header + EfiFirmwareVolumeHeader.SIZE)
    if spare >= end or not block_size or data[work : work + _HEAD.SIZE] != working_header(work_size):
        return None
    journal = read_journal(data, 0, Areas(end, block_size, 0, work, work_size, spare, end - spare))
    if journal.copy is not None and not _is_like(data, spare, header):
        return journal._replace(copy=None, is_strange=True)
    return journal


def _is_like(data: Readable, spare: int, header: int) -> bool:
    """Whether blocks that wait begin as this volume does, be their header's checksum wrong: firmware does not ask for it there."""
    length = EfiFirmwareVolumeHeader.HeaderLength
    return is_volume(data, spare) and length.read(data, spare) == length.read(data, header)
