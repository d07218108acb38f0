"""Reading the variables of an edk2 flash image: OVMF's VARS file, or a whole flash with one in it.

Source: edk2 c5aa7e7d, MdeModulePkg/Include/Guid/VariableFormat.h.
"""

from efirt.abi.edk2_variable import (
    EFI_AUTHENTICATED_VARIABLE_GUID,
    EFI_VARIABLE_GUID,
    VAR_ADDED,
    VARIABLE_STORE_FORMATTED,
    VARIABLE_STORE_HEALTHY,
    EfiFirmwareVolumeHeader,
    EfiFvBlockMapEntry,
    VariableStoreHeader,
)
from efirt.annotation import Final, Iterable, NamedTuple, Self, Sequence
from efirt.errors import DecodeError
from efirt.images.damage import Damage
from efirt.images.edk2_journal import Journal
from efirt.images.edk2_record import AUTHENTICATED, HALF_DELETED, PLAIN, FlashRecord
from efirt.images.edk2_search import Found, find
from efirt.images.edk2_volume import RESTORE, WHERE, Areas, Readable, Reading, Volume, is_erased, read_volume
from efirt.images.edk2_walk import Walk, walk
from efirt.store import Record
from efirt.values.guid import Guid
from efirt.values.key import Key

_AUTHENTICATED: Final = {Guid.parse(EFI_AUTHENTICATED_VARIABLE_GUID).raw: True, Guid.parse(EFI_VARIABLE_GUID).raw: False}
_STORE: Final = VariableStoreHeader.layout()
_GOOD: Final = [VARIABLE_STORE_FORMATTED, VARIABLE_STORE_HEALTHY]
_HEADER_SIZE: Final = EfiFirmwareVolumeHeader.SIZE + 2 * EfiFvBlockMapEntry.SIZE
_HEADERS_SIZE: Final = _HEADER_SIZE + VariableStoreHeader.SIZE
_MOST_KEPT: Final = 64
_sound: Final[dict[tuple[bytes, int, Areas | None, int, int], tuple[Volume, bool, int, int]]] = {}
"""What headers come to that nothing is wrong with, by their bytes and all else that counts."""

_SWALLOWED: Final = b"\xff" * 16
"""What a value ends with that was made longer by a wrong size, so that what is behind it seems to be erased."""

_BLANK: Final = "there is no store yet; firmware that formats its flash, as ArmVirt's does, makes an empty one at the next boot"


class Edk2Image(NamedTuple):
    """The variables of a flash image.

    Attributes:
        flash: The file as it was given.
        volume: Where they lie.
        authenticated: Whether records have room for authentication.
        store_size: Bytes of their region, its header included and the volume's not.
        room: Bytes of it for records, the used ones included.
        walked: Its records.
        is_clean: Whether everything behind them is erased.
        journal: What the journal of fault-tolerant writes says; None where none was found.
        damage: What should not be so, and did not stop the reading.
        head: The headers before the records, as firmware reads them; empty where nothing was ever written.
        lost: Records that firmware would find if one before them was not broken: :mod:`efirt.images.edk2_lost`.
        is_restored: Whether the volume's header was hit, so that firmware refuses it, and was read as it must have been.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, FindVariableEx.
    """

    flash: Readable
    volume: Volume
    authenticated: bool
    store_size: int
    room: int
    walked: Walk
    is_clean: bool
    journal: Journal | None
    damage: tuple[Damage, ...]
    head: bytes
    lost: tuple[FlashRecord, ...] = ()
    is_restored: bool = False

    @classmethod
    def decode(cls, data: Readable, *, strict: bool = True, areas: Areas | None = None) -> Self:
        """Read a VARS file, or a flash that has such a volume somewhere; of a large one nothing is copied but the volume's beginning.

        Args:
            data: The file; as a ``memoryview`` it may be a mapped one, which the image then holds.
            strict: Whether damage that firmware would refuse, or run over blindly, is an error; else as much is read as makes sense.
            areas: The parts of a volume of a platform that is not known here.

        Raises:
            DecodeError: There is no such volume, or it is damaged.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableNonVolatile.c, InitRealNonVolatileVariableStore.
        """
        flash = data if isinstance(data, bytes) else memoryview(data).cast("B")
        try:
            return cls._decoded(flash, strict, areas)
        except DecodeError:
            restored = None if strict else _restored(flash, areas)
            if restored is None:
                raise
        return cls._decoded(restored, strict, areas)._replace(flash=flash, is_restored=True)

    @classmethod
    def _decoded(cls, flash: Readable, strict: bool, areas: Areas | None) -> Self:
        found = find(flash, areas)
        if found.is_blank and found.areas is not None:
            volume = Volume(found.offset, 0, found.areas.volume_size, found.areas.block_size, found.areas)
            size = found.areas.region_size - _HEADER_SIZE
            room = size - VariableStoreHeader.SIZE
            return cls(flash, volume, True, size, room, Walk(), True, None, (Damage(volume.offset, _BLANK),), b"")
        window, shift = _window(flash, found)
        reading = Reading(window, shift, strict, [])
        volume, authenticated, store_size, room = _headers(reading, found, len(flash))
        begin = volume.offset - shift
        start = begin + volume.header_size + VariableStoreHeader.SIZE
        end = start + room
        walked = walk(reading, start, end, authenticated=authenticated)
        at = start + walked.used
        is_clean = is_erased(window, at, end)
        if not is_clean:
            reading.note(at, "behind the last record not all bytes are erased")
        found_not: tuple[FlashRecord, ...] = ()
        if not is_clean or window[at - len(_SWALLOWED) : at] == _SWALLOWED:
            found_not = _lost(reading, walked, at, end, authenticated=authenticated)
        return cls(
            flash,
            volume,
            authenticated,
            store_size,
            room,
            walked,
            is_clean,
            found.journal,
            tuple(reading.damage),
            window[begin:start],
            found_not,
        )

    def encode(self) -> bytes:
        """The file again, byte for byte."""
        return bytes(self.flash)

    @property
    def records(self) -> Sequence[FlashRecord]:
        """All records, the dead too, in flash order."""
        return self.walked.records

    @property
    def live(self) -> Sequence[FlashRecord]:
        """The records firmware would find: for each name and GUID the first that is alive, else the last that is about to die."""
        return self.walked.live

    @property
    def variables(self) -> Sequence[Record]:
        """What each of these holds, in the same order."""
        return self.walked.variables

    @property
    def used(self) -> int:
        """Bytes of all records."""
        return self.walked.used

    @property
    def is_ordinary(self) -> bool:
        """Whether each record was seen to be as firmware leaves it where nothing was interrupted: nothing is to be said of any."""
        return self.walked.is_ordinary and not self.lost

    @property
    def is_blank(self) -> bool:
        """Whether nothing was ever written, not even a header."""
        return not self.head

    @property
    def was_interrupted(self) -> bool:
        """Whether a write of whole blocks was found half done, and finished before reading."""
        return self.journal is not None and self.journal.copy is not None

    @property
    def half_deleted(self) -> frozenset[Key]:
        """The keys whose only copy is about to die: an update of theirs was interrupted."""
        pairs = zip(self.live, self.variables, strict=True)
        return frozenset(variable.key for flash_record, variable in pairs if flash_record.state == HALF_DELETED)

    @property
    def surplus(self) -> tuple[FlashRecord, ...]:
        """The records that are alive or about to die and are not found: another one of their name is, or they have no name."""
        found = {flash_record.offset for flash_record in self.live}
        return tuple(one for one in self.records if one.state in {VAR_ADDED, HALF_DELETED} and one.offset not in found)

    def among(self, keys: Iterable[Key]) -> tuple[Record, ...]:
        """The variables that have one of these keys, in flash order."""
        return self.walked.among(frozenset(keys))

    @property
    def free(self) -> int:
        """Bytes behind the last record."""
        return self.room - self.used

    @property
    def reclaimable(self) -> int:
        """Bytes of records that are not found: what writing all variables anew sets free."""
        return self.walked.used - self.walked.used_by_live

    @property
    def record_header_size(self) -> int:
        """Bytes of a record's header."""
        return AUTHENTICATED.size if self.authenticated else PLAIN.size

    @property
    def records_offset(self) -> int:
        """Where the first record begins, in bytes from the file's beginning."""
        return self.volume.offset + len(self.head)


def _window(flash: Readable, found: Found) -> tuple[bytes, int]:
    """What firmware reads the variables from, blocks of the spare area put into their place; and where it begins in the file."""
    copy = found.copy
    if copy is None and isinstance(flash, bytes):
        return flash, 0
    header = found.offset if copy is None else copy.source
    size = EfiFirmwareVolumeHeader.FvLength.read(flash, header) if found.areas is None else found.areas.region_size
    window = bytes(flash[found.offset : found.offset + size])
    if copy is not None:
        at = copy.target - found.offset
        window = window[:at] + bytes(flash[copy.source : copy.source + copy.size]) + window[at + copy.size :]
    return window, found.offset


def _restored(flash: Readable, areas: Areas | None) -> bytes | None:
    """The file with the header that its volume must have had; None where that is not sure, or it has it."""
    from efirt.images.edk2_head import whole_head  # noqa: PLC0415 - rare

    found = whole_head(flash, areas)
    if found is None:
        return None
    base, head = found
    restored = bytes(flash[:base]) + head + bytes(flash[base + len(head) :])
    return None if restored == flash else restored


def _lost(reading: Reading, walked: Walk, at: int, end: int, *, authenticated: bool) -> tuple[FlashRecord, ...]:
    """The records behind a broken one; asked only where something may be wrong."""
    from efirt.images.edk2_lost import Region, lost, told  # noqa: PLC0415 - rare

    region = Region(reading.data, reading.shift, end, authenticated)
    found = lost(region, walked.records, walked.live, at)
    if found:
        reading.note(found[0].offset - reading.shift, told(found))
    return found


def _headers(reading: Reading, found: Found, size: int) -> tuple[Volume, bool, int, int]:
    """The volume, and of its store what :func:`_store_header` gives; a fleet's are the same, and sound ones are read once.

    Args:
        reading: The bytes.
        found: Where the volume is.
        size: Bytes of the file.
    """
    at = found.offset - reading.shift
    mark = reading.data[at : at + _HEADERS_SIZE], found.offset, found.areas, size, len(reading.data)
    kept = _sound.get(mark)
    if kept is not None:
        return kept
    volume = read_volume(reading, at, size - reading.shift, found.areas)
    headers = volume, *_store_header(reading, volume)
    if not reading.damage and volume.header_size == _HEADER_SIZE and len(_sound) < _MOST_KEPT:
        _sound[mark] = headers
    return headers


def _store_header(reading: Reading, volume: Volume) -> tuple[bool, int, int]:
    """Whether records have room for authentication, the size of their region with its header, and the room for records."""
    fields, data = VariableStoreHeader, reading.data
    base = volume.offset - reading.shift + volume.header_size
    whole = volume.size - volume.header_size
    most = min(len(data) - base, whole if volume.areas is None else volume.areas.region_size - volume.header_size)
    if most < fields.SIZE:
        raise DecodeError(WHERE, base + reading.shift, "the volume ends before the variables' header", RESTORE)
    signature, size, *state = _STORE.unpack_from(data, base)
    if signature not in _AUTHENTICATED:
        why, advice = f"{Guid(signature)} is no variable store", ""
        if is_erased(data, base, base + fields.SIZE):
            why, advice = "the variable store is erased", "ArmVirt's firmware makes an empty one, OVMF's does not"
        raise DecodeError(WHERE, base + reading.shift, why, advice)
    if state != _GOOD:
        reading.tell(base + fields.Format.offset, "the variable store is marked unformatted or unhealthy")
    if not fields.SIZE <= size <= whole:
        reading.tell(base + fields.Size.offset, f"the variable store says it has {size} bytes, and the volume has {whole}")
    elif size > most:
        reading.note(base + fields.Size.offset, f"the variable store says it has {size} bytes, and only {most} are its own")
    return _AUTHENTICATED[signature], size, max(min(size, most) - fields.SIZE, 0)
