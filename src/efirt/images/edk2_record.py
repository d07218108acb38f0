"""One variable as it lies in flash: a header, the name, the value, and nothing between them.

Source: edk2 c5aa7e7d, MdeModulePkg/Include/Guid/VariableFormat.h;
MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, NameSizeOfVariable, DataSizeOfVariable, GetNextVariablePtr.
"""

from efirt.abi.edk2_variable import (
    HEADER_ALIGNMENT,
    VAR_ADDED,
    VAR_IN_DELETED_TRANSITION,
    VARIABLE_DATA,
    AuthenticatedVariableHeader,
    VariableHeader,
)
from efirt.annotation import Any, Final, Iterable, NamedTuple, TypeAlias
from efirt.store import ZERO_TIME, Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.layout import Members
from efirt.wire.text import decode_units, encode_char16, encode_units, nul_offset

ALL_ONES: Final = 0xFFFFFFFF
NO_STATE: Final = 0xFF
HALF_DELETED: Final = VAR_ADDED & VAR_IN_DELETED_TRANSITION
STATE_OFFSET: Final = VariableHeader.State.offset
GUID_SIZE: Final = VariableHeader.VendorGuid.size

AUTHENTICATED: Final = AuthenticatedVariableHeader.layout()
PLAIN: Final = VariableHeader.layout()

_NO_TIME: Final = ZERO_TIME.encode()
_SIGNATURE: Final = ("MonotonicCount", "TimeStamp", "PubKeyIndex")
_NUL: Final = b"\0\0"
_SIGNED_AT: Final = AuthenticatedVariableHeader.MonotonicCount.offset
_signed: Final = Members(AUTHENTICATED.size, *((getattr(AuthenticatedVariableHeader, name), 0) for name in _SIGNATURE)).read
_NEVER_SIGNED: Final = bytes(AuthenticatedVariableHeader.NameSize.offset - _SIGNED_AT)
_ATTRIBUTES: Final = {bits: Attributes(bits) for bits in (0x03, 0x07, 0x23, 0x27)}

_new = tuple.__new__
"""What a constructor comes to, at half its time: reading an image is making many of these."""


Place: TypeAlias = tuple[int, int, int, int]
"""Of a record that may live: where it begins and its value ends, its attributes, and where its value begins."""


class FlashRecord(NamedTuple):
    """A record as it lies in flash, alive or dead.

    Attributes:
        offset: Bytes from the file's beginning.
        state: 0x3f alive, 0x3e alive unless a newer one is, anything else dead.
        raw: All of its bytes, those up to the next record included; the header alone where it was never finished.
        header_size: 60 where it has room for authentication, else 32.
    """

    offset: int
    state: int
    raw: bytes
    header_size: int

    @property
    def size(self) -> int:
        """Bytes up to the next record."""
        return len(self.raw)

    @property
    def identity(self) -> bytes:
        """The vendor's GUID and the name as they lie there: what firmware compares."""
        return self.raw[self.header_size - GUID_SIZE : self.header_size + self.fields[-3]]

    @property
    def fields(self) -> tuple[Any, ...]:
        """The header's members; the last three are the sizes of name and value, and the GUID."""
        return (AUTHENTICATED if self.header_size == AUTHENTICATED.size else PLAIN).unpack_from(self.raw)

    @property
    def is_header_only(self) -> bool:
        """Whether it was never finished, so that firmware takes its header for all of it."""
        return is_header_only(self.fields)

    def has(self, attribute: Attributes) -> bool:
        """Whether it has an attribute, dead or alive."""
        return bool(self.fields[2] & attribute)

    @property
    def record(self) -> Record | None:
        """What it holds; None for a header that was never finished."""
        fields = self.fields
        if is_header_only(fields):
            return None
        data_at = self.header_size + fields[-3]
        key = Key(name_of(self.raw[self.header_size : data_at]), Guid(fields[-1]))
        value = self.raw[data_at : data_at + fields[-2]]
        if self.header_size == PLAIN.size:
            return Record(key, Attributes(fields[2]), value)
        return decoded(key, fields[2], value, self.raw)


def is_header_only(fields: tuple[Any, ...]) -> bool:
    """Whether firmware takes a header for all there is: it was never finished."""
    return fields[1] == NO_STATE or ALL_ONES in (fields[2], fields[-3], fields[-2])


def name_of(units: bytes) -> str:
    """The text of a name as it lies in flash, up to its first NUL."""
    nul = nul_offset(units)
    return decode_units(units if nul < 0 else units[:nul])


def name_problem(name: str, size: int) -> str | None:
    """Why a name of so many bytes, of which this was read, is not as firmware writes one; None when all is well."""
    if not name:
        return "is empty"
    if size % 2:
        return f"has {size} bytes, which is no whole number of characters"
    units = len(encode_units(name))
    if units == size:
        return "does not end with a NUL"
    return None if units + len(_NUL) == size else "has a NUL before its end"


def decoded(key: Key, attributes: int, value: bytes, data: bytes, at: int = 0) -> Record:
    """The variable of this name, these attributes and this value; what else its header, of 60 bytes, has is taken from there."""
    count, time, index = _signed(data, at)
    stamp = ZERO_TIME if time == _NO_TIME else EfiTime.decode(time)
    return _new(Record, (key, _ATTRIBUTES.get(attributes) or Attributes(attributes), value, stamp, count, index, b""))


def all_decoded(pairs: Iterable[tuple[Key, Place]], data: bytes) -> tuple[Record, ...]:
    """The same of many, by their keys and places: in one step those that never were signed, as most."""
    new, known, signed_at, never_signed, is_at = _new, _ATTRIBUTES.get, _SIGNED_AT, _NEVER_SIGNED, data.startswith
    return tuple(
        [
            new(Record, (key, known(attributes) or Attributes(attributes), data[data_at:stop], ZERO_TIME, 0, 0, b""))
            if is_at(never_signed, at + signed_at)
            else decoded(key, attributes, data[data_at:stop], data, at)
            for key, (at, stop, attributes, data_at) in pairs
        ]
    )


def unsayable(record: Record, *, authenticated: bool) -> tuple[str, ...]:
    """What of a variable a record cannot hold, each thing as it is named to a person.

    Source: edk2 c5aa7e7d, MdeModulePkg/Include/Guid/VariableFormat.h, VARIABLE_HEADER and AUTHENTICATED_VARIABLE_HEADER.
    """
    stamped = (
        ("the time stamp", record.timestamp != ZERO_TIME),
        ("the monotonic count", record.monotonic_count),
        ("the public key index", record.public_key_index),
    )
    lost = () if authenticated else stamped
    return tuple(f"{what} of {record.key}" for what, there in (*lost, ("who may write it, beside the value,", record.digest)) if there)


def encoded(record: Record, *, authenticated: bool, state: int = VAR_ADDED) -> bytes:
    """The bytes of a variable, those up to the next record included.

    Raises:
        ValueError: It has something that a record cannot hold: :func:`unsayable`, or an empty name, a NUL in it, attributes of all ones.
    """
    key = record.key
    name = encode_char16(key.name)
    if not key.name or nul_offset(name) != len(name) - len(_NUL):
        message = f"{key} cannot be stored: a name has at least one character, and no NUL"
        raise ValueError(message)
    lost = unsayable(record, authenticated=authenticated) if record.digest or not authenticated else ()
    if lost:
        message = f"{key} cannot be stored in these records: they have no room for {', '.join(lost)}"
        raise ValueError(message)
    if record.attributes == ALL_ONES:
        message = f"{key} cannot be stored with attributes of all ones: firmware takes such a header for one that was never finished"
        raise ValueError(message)
    sizes = len(name), len(record.data), key.guid.raw
    if authenticated:
        time = _NO_TIME if record.timestamp is ZERO_TIME else record.timestamp.encode()
        count, index = record.monotonic_count, record.public_key_index
        header = AUTHENTICATED.pack(VARIABLE_DATA, state, record.attributes, count, time, index, *sizes)
    else:
        header = PLAIN.pack(VARIABLE_DATA, state, record.attributes, *sizes)
    raw = header + name + record.data
    return raw + b"\xff" * (-len(raw) % HEADER_ALIGNMENT)
