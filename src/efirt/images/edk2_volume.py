"""Finding the firmware volume that holds variables, and what its header says.

Source: edk2 c5aa7e7d, MdePkg/Include/Pi/PiFirmwareVolume.h; OvmfPkg/Include/Fdf/VarStore.fdf.inc, ArmVirtPkg/VarStore.fdf.inc.
"""

from struct import unpack_from

from efirt.abi.edk2_variable import (
    EFI_FVH_SIGNATURE,
    EFI_SYSTEM_NV_DATA_FV_GUID,
    EfiFirmwareVolumeHeader,
    EfiFvBlockMapEntry,
    VariableStoreHeader,
)
from efirt.annotation import Final, NamedTuple, TypeAlias
from efirt.errors import DecodeError
from efirt.images.damage import Damage
from efirt.values.guid import Guid
from efirt.wire.layout import Members

WHERE: Final = "edk2 variable volume"

RESTORE: Final = "restore the file from a backup, or begin with a copy of a VARS file"

Readable: TypeAlias = bytes | bytearray | memoryview
"""What can be read without a copy; a mapped file is one through ``memoryview(mapped)``."""

_GUID: Final = Guid.parse(EFI_SYSTEM_NV_DATA_FV_GUID).raw
_GUID_AT: Final = EfiFirmwareVolumeHeader.FileSystemGuid.offset
_GUID_END: Final = _GUID_AT + len(_GUID)
_SIGNATURE_AT: Final = EfiFirmwareVolumeHeader.Signature.offset
_SIGNATURE_END: Final = _SIGNATURE_AT + len(EFI_FVH_SIGNATURE)
_sizes: Final = Members(
    EfiFirmwareVolumeHeader.SIZE + EfiFvBlockMapEntry.SIZE,
    (EfiFirmwareVolumeHeader.FvLength, 0),
    (EfiFvBlockMapEntry.Length, EfiFirmwareVolumeHeader.SIZE),
).read
_SMALLEST_HEADER: Final = EfiFirmwareVolumeHeader.SIZE + EfiFvBlockMapEntry.SIZE
_GRAIN: Final = 256
_ERASED: Final = memoryview(b"\xff" * 0x10000)


class Areas(NamedTuple):
    """Where the parts of a volume lie, in bytes from its beginning.

    Attributes:
        volume_size: Of the whole volume.
        block_size: What is erased at once.
        region_size: Of the variables, volume header included.
        work_offset: The journal.
        work_size: Of the journal.
        spare_offset: The copy of blocks that are being written.
        spare_size: Of that copy.
    """

    volume_size: int
    block_size: int
    region_size: int
    work_offset: int
    work_size: int
    spare_offset: int
    spare_size: int


OVMF_4M: Final = Areas(0x84000, 0x1000, 0x40000, 0x41000, 0x1000, 0x42000, 0x42000)
OVMF_2M: Final = Areas(0x20000, 0x1000, 0xE000, 0xF000, 0x1000, 0x10000, 0x10000)
ARM_VIRT: Final = Areas(0xC0000, 0x40000, 0x40000, 0x40000, 0x40000, 0x80000, 0x40000)
AREAS: Final = (OVMF_4M, OVMF_2M, ARM_VIRT)
"""OVMF with 4 MB of flash, OVMF with 1 or 2 MB, and ArmVirt, which RISC-V shares."""


class Volume(NamedTuple):
    """A firmware volume in a file.

    Attributes:
        offset: Bytes from the file's beginning.
        header_size: Bytes of its header, block map included.
        size: Bytes of the volume.
        block_size: What is erased at once, in bytes; 0 where the block map is empty.
        areas: Its parts, where they are known.
    """

    offset: int
    header_size: int
    size: int
    block_size: int
    areas: Areas | None


def is_erased(data: Readable, start: int, end: int) -> bool:
    """Whether nothing was written there since it was erased."""
    while start < end:
        size = min(end - start, len(_ERASED))
        piece, at = (bytes(data[start : start + size]), 0) if isinstance(data, memoryview) else (data, start)
        if not piece.startswith(_ERASED[:size], at):
            return False
        start += size
    return True


def erased_from(data: Readable, start: int, end: int) -> int:
    """A place from which on everything is erased, up to 255 bytes behind the first such one; ``end`` where nothing is."""
    low, high = 0, -(-(end - start) // _GRAIN)
    while low < high:
        middle = (low + high) // 2
        if is_erased(data, start + middle * _GRAIN, end):
            high = middle
        else:
            low = middle + 1
    return min(start + low * _GRAIN, end)


def is_volume(data: Readable, base: int) -> bool:
    """Whether a volume for variables begins there."""
    return len(data) - base >= _SMALLEST_HEADER and _has_guid(data, base) and _has_signature(data, base)


def is_like_volume(data: Readable, base: int) -> bool:
    """Whether one did, as long as its header was whole."""
    return _has_guid(data, base) or _has_signature(data, base)


def _has_guid(data: Readable, base: int) -> bool:
    return data[base + _GUID_AT : base + _GUID_END] == _GUID


def _has_signature(data: Readable, base: int) -> bool:
    return data[base + _SIGNATURE_AT : base + _SIGNATURE_END] == EFI_FVH_SIGNATURE


def areas_of(data: Readable, base: int, known: tuple[Areas, ...]) -> Areas | None:
    """The parts of the volume that begins there, as its size and its blocks' tell; None where they tell nothing known."""
    sizes = _sizes(data, base)
    for areas in known:
        if areas[:2] == sizes:
            return areas
    return None


def has_checksum(data: Readable, base: int) -> bool:
    """Whether the header that begins there is whole."""
    size = EfiFirmwareVolumeHeader.HeaderLength.read(data, base)
    return _SMALLEST_HEADER <= size <= len(data) - base and _sum(data, base, size) == 0


def _sum(data: Readable, base: int, size: int) -> int:
    """The sum of a header's words, which is to be 0."""
    words: tuple[int, ...] = unpack_from(f"<{size // 2}H", data, base)
    return sum(words) & 0xFFFF


class Reading(NamedTuple):
    """Bytes that are being read, and what was found wrong with them.

    Attributes:
        data: A piece of the file, or all of it.
        shift: What to add to a place in it for one in the file.
        strict: Whether damage stops the reading.
        damage: Takes what does not stop it.
    """

    data: bytes
    shift: int
    strict: bool
    damage: list[Damage]

    def tell(self, offset: int, why: str, advice: str = "") -> None:
        """Note damage that firmware would refuse, or run over blindly.

        Raises:
            DecodeError: It stops the reading.
        """
        if self.strict:
            raise DecodeError(WHERE, offset + self.shift, why, advice)
        self.note(offset, why)

    def note(self, offset: int, why: str) -> None:
        """Note damage that firmware walks over."""
        self.damage.append(Damage(offset + self.shift, why))


def read_volume(reading: Reading, base: int, end: int, areas: Areas | None) -> Volume:
    """Read the header of a volume.

    Args:
        reading: The bytes.
        base: Where the volume begins in them.
        end: Where the file ends, counted alike.
        areas: The volume's parts, where they are known.

    Raises:
        DecodeError: The header is damaged.
    """
    header, data = EfiFirmwareVolumeHeader, reading.data
    if not is_volume(data, base):
        raise DecodeError(WHERE, base + reading.shift, "what waits in the spare area to be put here is no firmware volume for variables")
    header_size, size = header.HeaderLength.read(data, base), header.FvLength.read(data, base)
    if not _SMALLEST_HEADER <= header_size <= len(data) - base or header_size % 2:
        advice = RESTORE if end - base < _SMALLEST_HEADER + EfiFvBlockMapEntry.SIZE else ""
        raise DecodeError(WHERE, base + header.HeaderLength.offset + reading.shift, f"the header cannot be {header_size} bytes", advice)
    if not header_size <= size <= end - base:
        why = f"the volume says it has {size} bytes, and the file has {end - base}"
        reading.tell(base + header.FvLength.offset, why, RESTORE if end - base < header_size + VariableStoreHeader.SIZE else "")
        size = end - base
    total = _sum(data, base, header_size)
    if total:
        reading.tell(base + header.Checksum.offset, f"the header's words sum up to {total:#06x}, not to 0")
    return Volume(base + reading.shift, header_size, size, EfiFvBlockMapEntry.Length.read(data, base + header.SIZE), areas)
