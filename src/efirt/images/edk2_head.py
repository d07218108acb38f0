"""The headers of a volume for variables: made anew, and put back where one was hit.

Source: edk2 c5aa7e7d, OvmfPkg/Include/Fdf/VarStore.fdf.inc, ArmVirtPkg/VarStore.fdf.inc (the bytes of an empty volume).
"""

from struct import pack, pack_into, unpack_from

from efirt.abi.edk2_variable import (
    EFI_AUTHENTICATED_VARIABLE_GUID,
    EFI_FVH_SIGNATURE,
    EFI_SYSTEM_NV_DATA_FV_GUID,
    EFI_VARIABLE_GUID,
    VARIABLE_STORE_FORMATTED,
    VARIABLE_STORE_HEALTHY,
    EfiFirmwareVolumeHeader,
    EfiFvBlockMapEntry,
    VariableStoreHeader,
)
from efirt.annotation import Final
from efirt.images.edk2_journal import read_journal
from efirt.images.edk2_volume import AREAS, ARM_VIRT, Areas, Readable
from efirt.values.guid import Guid

FV_ATTRIBUTES: Final = 0x4FEFF
FV_REVISION: Final = 2
HEADER_SIZE: Final = EfiFirmwareVolumeHeader.SIZE + 2 * EfiFvBlockMapEntry.SIZE

_STORE: Final = VariableStoreHeader.layout()
_STEP: Final = 0x10000
_SEARCHED: Final = 0x8000000
_PADDED: Final = frozenset({0x2000000, 0x4000000})


def empty_head(areas: Areas, *, authenticated: bool) -> bytes:
    """The headers of a volume without variables."""
    guid = EFI_AUTHENTICATED_VARIABLE_GUID if authenticated else EFI_VARIABLE_GUID
    header = bytearray(HEADER_SIZE)
    fields = EfiFirmwareVolumeHeader
    fields.FileSystemGuid.write(header, Guid.parse(EFI_SYSTEM_NV_DATA_FV_GUID).raw)
    fields.FvLength.write(header, areas.volume_size)
    fields.Signature.write(header, EFI_FVH_SIGNATURE)
    fields.Attributes.write(header, FV_ATTRIBUTES)
    fields.HeaderLength.write(header, HEADER_SIZE)
    fields.Revision.write(header, FV_REVISION)
    pack_into("<II", header, fields.SIZE, areas.volume_size // areas.block_size, areas.block_size)
    state = VARIABLE_STORE_FORMATTED, VARIABLE_STORE_HEALTHY
    return with_checksum(bytes(header)) + _STORE.pack(Guid.parse(guid).raw, areas.region_size - HEADER_SIZE, *state)


def with_checksum(header: bytes) -> bytes:
    """A volume's header whose words sum up to 0."""
    checksum = EfiFirmwareVolumeHeader.Checksum
    bare = header[: checksum.offset] + bytes(checksum.size) + header[checksum.offset + checksum.size :]
    total = sum(unpack_from(f"<{len(bare) // 2}H", bare))
    return bare[: checksum.offset] + pack("<H", -total & 0xFFFF) + bare[checksum.offset + checksum.size :]


def whole_head(data: Readable, areas: Areas | None = None) -> tuple[int, bytes] | None:
    """Where a volume of a known platform begins whose header was hit, and the header it had; None where that is not sure.

    It is where the header of the variables' store behind it is whole, and either the journal is, or the file has the platform's size.

    Args:
        data: The file.
        areas: The parts of a volume of a platform that is not known here.
    """
    known = AREAS if areas is None else (areas, *AREAS)
    for base in range(0, min(len(data), _SEARCHED), _STEP):
        for one in known:
            if _has_store(data, base, one) and (_has_size(data, base, one) or read_journal(data, base, one).is_valid):
                return base, empty_head(one, authenticated=True)[:HEADER_SIZE]
    return None


def _has_store(data: Readable, base: int, areas: Areas) -> bool:
    """Whether the header of a store stands where it belongs."""
    at, end = base + HEADER_SIZE, base + HEADER_SIZE + VariableStoreHeader.SIZE
    heads = (empty_head(areas, authenticated=is_so)[HEADER_SIZE:] for is_so in (True, False))
    return base + areas.region_size <= len(data) and bytes(data[at:end]) in heads


def _has_size(data: Readable, base: int, areas: Areas) -> bool:
    return base == 0 and (len(data) == areas.volume_size or (areas == ARM_VIRT and len(data) in _PADDED))
