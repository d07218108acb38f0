"""Finding the firmware volume that holds variables.

Source: edk2 c5aa7e7d, MdePkg/Include/Pi/PiFirmwareVolume.h; OvmfPkg/Include/Fdf/VarStore.fdf.inc, ArmVirtPkg/VarStore.fdf.inc.
"""

from typing import Final, NamedTuple

from efirt.abi.edk2_variable import (
    EFI_FVH_SIGNATURE,
    EFI_SYSTEM_NV_DATA_FV_GUID,
    EfiFirmwareVolumeHeader,
    EfiFvBlockMapEntry,
)
from efirt.errors import DecodeError
from efirt.values.guid import Guid

WHERE: Final = "edk2 variable volume"

_GUID: Final = Guid.parse(EFI_SYSTEM_NV_DATA_FV_GUID).raw
_STEP: Final = 0x10000
_SMALLEST_HEADER: Final = EfiFirmwareVolumeHeader.SIZE + EfiFvBlockMapEntry.SIZE


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


AREAS: Final = (
    Areas(0x84000, 0x1000, 0x40000, 0x41000, 0x1000, 0x42000, 0x42000),
    Areas(0x20000, 0x1000, 0xE000, 0xF000, 0x1000, 0x10000, 0x10000),
    Areas(0xC0000, 0x40000, 0x40000, 0x40000, 0x40000, 0x80000, 0x40000),
)
"""OVMF with 4 MB of flash, OVMF with 1 or 2 MB, ArmVirt."""


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


def _is_volume(data: bytes, base: int) -> bool:
    header = EfiFirmwareVolumeHeader
    return (
        len(data) - base >= _SMALLEST_HEADER
        and header.FileSystemGuid.read(data, base) == _GUID
        and header.Signature.read(data, base) == EFI_FVH_SIGNATURE
    )


def _volume(data: bytes, base: int) -> Volume:
    header = EfiFirmwareVolumeHeader
    header_size, size = header.HeaderLength.read(data, base), header.FvLength.read(data, base)
    if not _SMALLEST_HEADER <= header_size <= len(data) - base or header_size % 2:
        raise DecodeError(WHERE, base + header.HeaderLength.offset, f"the header cannot be {header_size} bytes")
    if not header_size <= size <= len(data) - base:
        raise DecodeError(
            WHERE,
            base + header.FvLength.offset,
            f"the volume says it has {size} bytes, and the file has {len(data) - base}",
            "the file may have been cut",
        )
    words = memoryview(data[base : base + header_size])
    total = sum(words[0::2]) + (sum(words[1::2]) << 8)
    if total & 0xFFFF:
        raise DecodeError(WHERE, base + header.Checksum.offset, f"the header's words sum up to {total & 0xFFFF:#06x}, not to 0")
    block_size = EfiFvBlockMapEntry.Length.read(data, base + header.SIZE)
    areas = next((areas for areas in AREAS if (areas.volume_size, areas.block_size) == (size, block_size)), None)
    return Volume(base, header_size, size, block_size, areas)


def find_volume(data: bytes) -> Volume | None:
    """The first volume at the beginning or at a multiple of 64 KiB; None when there is none.

    Raises:
        DecodeError: There is one, and its header is damaged.
    """
    base = next((base for base in range(0, len(data), _STEP) if _is_volume(data, base)), None)
    return None if base is None else _volume(data, base)
