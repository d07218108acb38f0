"""Where in a file the volume lies, also where its header was erased by a write that was interrupted.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableNonVolatile.c, InitRealNonVolatileVariableStore;
OvmfPkg/VirtNorFlashDxe/VirtNorFlashDxe.c, NorFlashFvbInitialize (which flash is formatted), OvmfPkg/QemuFlashFvbServicesRuntimeDxe/
FwBlockService.c, InitializeVariableFvHeader (which is not).
"""

from efirt.annotation import Final, NamedTuple
from efirt.errors import DecodeError
from efirt.images.edk2_journal import JOURNAL, Copy, Journal, read_journal
from efirt.images.edk2_volume import (
    AREAS,
    ARM_VIRT,
    RESTORE,
    WHERE,
    Areas,
    Readable,
    areas_of,
    has_checksum,
    is_erased,
    is_like_volume,
    is_volume,
)

_STEP: Final = 0x10000
_SMALL_STEP: Final = 0x1000
_SEARCHED: Final = 0x8000000
_BLANK_SIZES: Final = frozenset({ARM_VIRT.volume_size, 0x2000000, 0x4000000})
LOST: Final = "the volume's header is gone, and nothing waits in its journal that would bring it back"
_NOTHING: Final = "there is no firmware volume for variables in these bytes"
_ADVICE: Final = "give an OVMF_VARS file or a whole flash image"


class Found(NamedTuple):
    """A volume's place.

    Attributes:
        offset: Bytes from the file's beginning.
        areas: Its parts; None where its sizes are not those of a known platform.
        journal: What its journal says; None where none was found.
        is_blank: Whether nothing is there yet, and firmware that formats such a flash will.
    """

    offset: int
    areas: Areas | None
    journal: Journal | None = None
    is_blank: bool = False

    @property
    def copy(self) -> Copy | None:
        """The blocks that firmware puts into their place before it reads."""
        return None if self.journal is None else self.journal.copy


def find(data: Readable, areas: Areas | None = None) -> Found:
    """The first volume of a file.

    Args:
        data: The file.
        areas: The parts of a volume of a platform that is not known here.

    Raises:
        DecodeError: There is none, or all that is left of it is its journal.
    """
    size = min(len(data), _SEARCHED)
    known = AREAS if areas is None else (areas, *AREAS)
    for base in range(0, size, _STEP):
        found = _at(data, base, known) if is_volume(data, base) else None
        found = found or _half_written(data, base, known)
        if found is not None:
            return found
    for base in range(0, size, _SMALL_STEP):
        if is_volume(data, base):
            return _at(data, base, known) or _unknown(data, base)
    if not _is_blank(data):
        raise DecodeError(WHERE, 0, _NOTHING, _ADVICE)
    if len(data) not in _BLANK_SIZES:
        why = f"{_NOTHING}: nothing was ever written to them, or all was erased"
        raise DecodeError(WHERE, 0, why, "OVMF does not format such a file: begin with a copy of a VARS file, or create one")
    return Found(0, ARM_VIRT, is_blank=True)


def _at(data: Readable, base: int, known: tuple[Areas, ...]) -> Found | None:
    """The volume of the header that is here; None where it may be half written."""
    areas = areas_of(data, base, known)
    if areas is None:
        return _unknown(data, base) if has_checksum(data, base) else None
    journal = read_journal(data, base, areas)
    if not journal.is_valid and _is_spare(data, base, areas):
        raise _lost(data, base - areas.spare_offset, known)
    return Found(base, areas, journal)


def _unknown(data: Readable, base: int) -> Found:
    """The volume of no known platform whose header is here, or whose header this is: what a write left in its spare area."""
    from efirt.images.edk2_unknown import journal_before, journal_of  # noqa: PLC0415 - rare

    before = journal_before(data, base)
    if before is None:
        return Found(base, None, journal_of(data, base))
    if before.copy is None:
        raise DecodeError(WHERE, base, LOST, RESTORE)
    return Found(before.copy.target, None, before)


def _half_written(data: Readable, base: int, known: tuple[Areas, ...]) -> Found | None:
    """The volume whose header is being written anew here, as its journal tells; or the one whose header is damaged."""
    for areas in known:
        journal = read_journal(data, base, areas)
        if journal.copy is not None and journal.copy.target == base:
            return Found(base, areas, journal)
        if journal.is_valid and not is_volume(data, base):
            raise _lost(data, base, known)
    return _unknown(data, base) if is_volume(data, base) else None


def _lost(data: Readable, base: int, known: tuple[Areas, ...]) -> DecodeError:
    """The refusal of a volume whose header is gone; without advice where it can be made anew, since what can be repaired is advised."""
    from efirt.images.edk2_head import whole_head  # noqa: PLC0415 - rare

    return DecodeError(WHERE, base, LOST, "" if whole_head(data, known[0]) else RESTORE)


def _is_spare(data: Readable, base: int, areas: Areas) -> bool:
    """Whether this is what a write left in the spare area of a volume whose own header is damaged."""
    first = base - areas.spare_offset
    if first < 0:
        return False
    work = first + areas.work_offset
    has_journal = data[work : work + len(JOURNAL)] == JOURNAL
    return has_journal or base + areas.volume_size > len(data) or is_like_volume(data, first)


def _is_blank(data: Readable) -> bool:
    """Whether the place of the volume, and be it a small one, holds but zeros, or was erased."""
    size = min(len(data), ARM_VIRT.volume_size)
    return size > 0 and (is_erased(data, 0, size) or not any(bytes(data[:size])))
