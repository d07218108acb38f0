"""Reading the variables of an edk2 flash image: OVMF's VARS file, or a whole flash with one in it.

Source: edk2 c5aa7e7d, MdeModulePkg/Include/Guid/VariableFormat.h.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple, Self, TypeAlias

from efirt.abi.edk2_variable import (
    EFI_AUTHENTICATED_VARIABLE_GUID,
    EFI_VARIABLE_GUID,
    HEADER_ALIGNMENT,
    VAR_ADDED,
    VAR_IN_DELETED_TRANSITION,
    VARIABLE_DATA,
    VARIABLE_STORE_FORMATTED,
    VARIABLE_STORE_HEALTHY,
    AuthenticatedVariableHeader,
    VariableHeader,
    VariableStoreHeader,
)
from efirt.errors import DecodeError
from efirt.images.edk2_journal import finished
from efirt.images.edk2_volume import WHERE, Volume, find_volume
from efirt.store import ZERO_TIME, Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.text import decode_units, nul_offset

_Header: TypeAlias = type[AuthenticatedVariableHeader] | type[VariableHeader]

_HEADERS: Final[Mapping[bytes, _Header]] = {
    Guid.parse(EFI_AUTHENTICATED_VARIABLE_GUID).raw: AuthenticatedVariableHeader,
    Guid.parse(EFI_VARIABLE_GUID).raw: VariableHeader,
}
_ALL_ONES: Final = 0xFFFFFFFF
_NO_STATE: Final = 0xFF
_HALF_DELETED: Final = VAR_ADDED & VAR_IN_DELETED_TRANSITION


class FlashRecord(NamedTuple):
    """A record as it lies in flash, alive or dead.

    Attributes:
        offset: Bytes from the file's beginning.
        size: Bytes up to the next record.
        state: 0x3f alive, 0x3e alive unless a newer one is, anything else dead.
        record: What it holds; None for a header that was never finished.
    """

    offset: int
    size: int
    state: int
    record: Record | None


class Edk2Image(NamedTuple):
    """The variables of a flash image.

    Attributes:
        volume: Where they lie.
        authenticated: Whether records have room for authentication.
        store_size: Bytes of their region, its header included and the volume's not.
        records: All of them, the dead too, in flash order.
        used: Bytes of all records.
        is_clean: Whether everything behind them is erased.
        was_interrupted: Whether a write was found half done, and finished before reading.
    """

    volume: Volume
    authenticated: bool
    store_size: int
    records: tuple[FlashRecord, ...]
    used: int
    is_clean: bool
    was_interrupted: bool

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a VARS file, or a flash that has such a volume at a multiple of 64 KiB.

        Raises:
            DecodeError: There is no such volume, or it is damaged.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableNonVolatile.c, InitRealNonVolatileVariableStore.
        """
        flash, was_interrupted = finished(bytes(data))
        volume = find_volume(flash)
        if volume is None:
            raise DecodeError(
                WHERE, 0, "there is no firmware volume for variables in these bytes", "give an OVMF_VARS file or a whole flash image"
            )
        base = volume.offset + volume.header_size
        header, store_size = _store_header(flash, base, volume.offset + volume.size)
        start = base + VariableStoreHeader.SIZE
        end = base + store_size
        records = _walk(flash, header, start, end)
        tail = records[-1].offset + records[-1].size if records else start
        is_clean = flash.count(0xFF, tail, end) == end - tail
        return cls(volume, header is AuthenticatedVariableHeader, store_size, tuple(records), tail - start, is_clean, was_interrupted)

    @property
    def live(self) -> tuple[FlashRecord, ...]:
        """The records firmware would find, in flash order: the first that is alive, else the last that is about to die.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, FindVariableEx.
        """
        added: dict[Key, FlashRecord] = {}
        dying: dict[Key, FlashRecord] = {}
        for flash_record in self.records:
            record = flash_record.record
            if record is None or not record.key.name:
                continue
            if flash_record.state == VAR_ADDED:
                added.setdefault(record.key, flash_record)
            elif flash_record.state == _HALF_DELETED:
                dying[record.key] = flash_record
        return tuple(sorted((dying | added).values()))

    @property
    def variables(self) -> tuple[Record, ...]:
        """What the live records hold, in flash order."""
        return tuple(flash_record.record for flash_record in self.live if flash_record.record is not None)

    @property
    def half_deleted(self) -> frozenset[Key]:
        """The keys whose only copy is about to die: an update of theirs was interrupted."""
        return frozenset(live.record.key for live in self.live if live.record is not None and live.state == _HALF_DELETED)

    @property
    def record_header_size(self) -> int:
        """Bytes of a record's header."""
        return AuthenticatedVariableHeader.SIZE if self.authenticated else VariableHeader.SIZE


def _store_header(flash: bytes, base: int, end: int) -> tuple[_Header, int]:
    """Which kind of record the region has, and its size."""
    fields = VariableStoreHeader
    if base + fields.SIZE > end:
        raise DecodeError(WHERE, base, "the volume ends before the variables' header")
    header = _HEADERS.get(fields.Signature.read(flash, base))
    if header is None:
        raise DecodeError(
            WHERE, base, f"{Guid(flash[base : base + 16])} is no variable store", "an erased store is written anew at the next boot"
        )
    if fields.Format.read(flash, base) != VARIABLE_STORE_FORMATTED or fields.State.read(flash, base) != VARIABLE_STORE_HEALTHY:
        raise DecodeError(WHERE, base + fields.Format.offset, "the variable store is marked unformatted or unhealthy")
    size = fields.Size.read(flash, base)
    if not fields.SIZE <= size <= end - base:
        raise DecodeError(WHERE, base + fields.Size.offset, f"the variable store says it has {size} bytes, and the volume has {end - base}")
    return header, size


def _walk(flash: bytes, header: _Header, start: int, end: int) -> list[FlashRecord]:
    """All records up to where none begins."""
    records = []
    offset = start
    while offset + header.SIZE <= end and header.StartId.read(flash, offset) == VARIABLE_DATA:
        found = _record(flash, header, offset, end)
        records.append(found)
        offset += found.size
    return records


def _record(flash: bytes, header: _Header, offset: int, end: int) -> FlashRecord:
    state, attributes = header.State.read(flash, offset), header.Attributes.read(flash, offset)
    name_size, data_size = header.NameSize.read(flash, offset), header.DataSize.read(flash, offset)
    if state == _NO_STATE or _ALL_ONES in (attributes, name_size, data_size):
        return FlashRecord(offset, header.SIZE, state, None)
    name_at = offset + header.SIZE
    data_at = name_at + name_size
    data_end = data_at + data_size
    if data_end > end:
        raise DecodeError(WHERE, offset, f"a record of {data_end - offset} bytes reaches beyond the variables' region")
    size = -(-(data_end - offset) // HEADER_ALIGNMENT) * HEADER_ALIGNMENT
    raw_name = flash[name_at:data_at]
    nul = nul_offset(raw_name)
    name = decode_units(raw_name if nul < 0 else raw_name[:nul])
    record = Record(
        Key(name, Guid(header.VendorGuid.read(flash, offset))),
        Attributes(attributes),
        flash[data_at:data_end],
        *_signed(flash, header, offset),
    )
    return FlashRecord(offset, size, state, record)


def _signed(flash: bytes, header: _Header, offset: int) -> tuple[EfiTime, int, int]:
    """Timestamp, count and key index, where the record has them."""
    if header is not AuthenticatedVariableHeader:
        return ZERO_TIME, 0, 0
    fields = AuthenticatedVariableHeader
    return (
        EfiTime.decode(fields.TimeStamp.read(flash, offset)),
        fields.MonotonicCount.read(flash, offset),
        fields.PubKeyIndex.read(flash, offset),
    )
