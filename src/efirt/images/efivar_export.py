"""What ``efivar -e`` writes: one variable in libefivar's own format, version 1, in both of its forms.

Up to libefivar 37 the name has no NUL, and the magic number stands at the end again where a checksum stands since.

Source: rhboot/efivar 063d33619a, src/export.c (efi_variable_import_efivar, efi_variable_export); what libefivar 37 itself writes;
src/include/efivar/efivar.h (EFI_VARIABLE_HAS_AUTH_HEADER and its like: what libefivar notes above the 32 attribute bits).
"""

from binascii import crc32
from struct import Struct

from efirt.annotation import Final, NamedTuple
from efirt.errors import DecodeError
from efirt.images.contents import Contents, unchanged
from efirt.images.losses import lost, named_value, written
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.cursor import Cursor, packed
from efirt.wire.text import decode_units, encode_units

NAME: Final = "efivar"

_WHERE: Final = "efivar export"
_MAGIC: Final = 0xF3DF1597
_VERSION: Final = 1
_HEADER: Final = Struct("<IIII16sII")
_BEGINNING: Final = Struct("<II")
_CHECKSUM: Final = Struct("<I")
_NUL: Final = b"\0\0"


class ExportForm(NamedTuple):
    """How the file is written, and what libefivar notes above the attributes.

    Attributes:
        flags: 32 bits: 1 the value begins with an authentication header, 2 it has a signature.
        has_nul: Whether the name ends with a NUL.
        has_checksum: Whether a checksum stands at the end; else the magic number does.
    """

    flags: int = 0
    has_nul: bool = True
    has_checksum: bool = True

    @property
    def sentences(self) -> tuple[str, ...]:
        """The flags, where there are any."""
        return (f"libefivar's flags {self.flags:#x} above the attributes",) if self.flags else ()


def looks_like(data: bytes) -> bool:
    """Whether these bytes begin as such a file does."""
    return data.startswith(packed(_BEGINNING, _MAGIC, _VERSION))


def decode(data: bytes) -> Contents:
    """Read the variable.

    Raises:
        DecodeError: It is no such file, is cut short, goes on behind its end, or its checksum is wrong.
    """
    cursor = Cursor(_WHERE, bytes(data))
    magic, version, attributes, flags, guid, name_size, data_size = cursor.unpack(_HEADER, "its header")
    if magic != _MAGIC:
        raise DecodeError(_WHERE, 0, f"it begins with {magic:#010x}, not with {_MAGIC:#010x}")
    if version != _VERSION:
        raise DecodeError(_WHERE, 4, f"it has version {version}, and only {_VERSION} is known")
    if name_size % 2 or not name_size or not data_size:
        raise cursor.error(f"a name of {name_size} bytes and a value of {data_size} cannot be", back=8)
    raw_name = cursor.take(name_size, "the name")
    has_nul = raw_name.endswith(_NUL)
    name = decode_units(raw_name.removesuffix(_NUL))
    if not name or "\0" in name:
        raise DecodeError(_WHERE, _HEADER.size, "the name is empty, or has a NUL before its end")
    value = cursor.take(data_size, "the value")
    expected = crc32(memoryview(cursor.data)[: cursor.offset])
    found = cursor.unpack(_CHECKSUM, "the checksum")[0]
    if found not in {expected, _MAGIC}:
        raise cursor.error(f"the checksum is {expected:#010x}, and {found:#010x} stands here", back=_CHECKSUM.size)
    cursor.finish("the checksum")
    record = Record(Key(name, Guid(guid)), Attributes(attributes), value)
    return Contents((record,), beside=ExportForm(flags, has_nul, found == expected), source=cursor.data)


def cannot_say(contents: Contents) -> tuple[str, ...]:
    """What :func:`encode` leaves out, or that it is not one variable."""
    count = len(written(contents, named_value))
    sentences = lost(contents, named_value, ExportForm)
    return sentences if count == 1 else (*sentences, f"{count} variables: it holds one")


def encode(contents: Contents) -> bytes:
    """The file.

    Raises:
        ValueError: There is not exactly one variable, or a field does not fit its width.
    """
    records = written(contents, named_value)
    if len(records) != 1:
        raise ValueError(f"an efivar export holds one variable, and there are {len(records)}: choose one")
    same = unchanged(contents, decode)
    if same is not None:
        return same
    (record,) = records
    form = contents.beside if isinstance(contents.beside, ExportForm) else ExportForm()
    name = encode_units(record.key.name) + (_NUL if form.has_nul else b"")
    raw = packed(_HEADER, _MAGIC, _VERSION, record.attributes, form.flags, record.key.guid.raw, len(name), len(record.data))
    raw += name + record.data
    return raw + packed(_CHECKSUM, crc32(raw) if form.has_checksum else _MAGIC)
