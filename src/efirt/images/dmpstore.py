"""What the UEFI shell's ``dmpstore -s`` writes, and ``efivar -D`` of one variable: records, one behind another.

Source: edk2 c5aa7e7d, ShellPkg/Library/UefiShellDebug1CommandsLib/DmpStore.c (LoadVariablesFromFile, AppendSingleVariableToFile);
rhboot/efivar 063d33619a, src/export.c (efi_variable_import_dmpstore).
"""

from binascii import crc32
from struct import Struct

from efirt.annotation import Final
from efirt.errors import DecodeError
from efirt.images.contents import Contents, repeated, unchanged
from efirt.images.losses import lost, named_value, written
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.cursor import Cursor, packed
from efirt.wire.text import decode_units, encode_char16

NAME: Final = "dmpstore"

_WHERE: Final = "dmpstore file"
_SIZES: Final = Struct("<II")
_MIDDLE: Final = Struct("<16sI")
_CHECKSUM: Final = Struct("<I")
_NUL: Final = b"\0\0"


def looks_like(data: bytes) -> bool:
    """Whether these bytes begin with a record whose checksum is right."""
    try:
        _record(Cursor(_WHERE, data))
    except DecodeError:
        return False
    return True


def decode(data: bytes) -> Contents:
    """Read all records.

    Raises:
        DecodeError: There is none, one is cut short, or one's checksum is wrong; the shell sets no variable then either.
    """
    cursor = Cursor(_WHERE, bytes(data))
    records: list[Record] = []
    offsets: list[int] = []
    while cursor.left or not records:
        offsets.append(cursor.offset)
        records.append(_record(cursor))
    damage = repeated(zip(offsets, (record.key for record in records), strict=True))
    return Contents(tuple(records), damage, last_counts=True, source=cursor.data)


def _record(cursor: Cursor) -> Record:
    begin = cursor.offset
    name_size, data_size = cursor.unpack(_SIZES, "a record's sizes")
    if name_size % 2 or name_size <= len(_NUL) or not data_size:
        raise DecodeError(_WHERE, begin, f"a record cannot have a name of {name_size} bytes and a value of {data_size}")
    raw_name = cursor.take(name_size, "a name")
    name = decode_units(raw_name[: -len(_NUL)])
    if not raw_name.endswith(_NUL) or "\0" in name:
        raise DecodeError(_WHERE, begin + _SIZES.size, "a name has a NUL at its end and nowhere else")
    guid, attributes = cursor.unpack(_MIDDLE, "a GUID and attributes")
    value = cursor.take(data_size, "a value")
    expected = crc32(memoryview(cursor.data)[begin : cursor.offset])
    found = cursor.unpack(_CHECKSUM, "a checksum")[0]
    if found != expected:
        raise cursor.error(f"the record's checksum is {expected:#010x}, and {found:#010x} stands here", back=_CHECKSUM.size)
    return Record(Key(name, Guid(guid)), Attributes(attributes), value)


def cannot_say(contents: Contents) -> tuple[str, ...]:
    """What :func:`encode` leaves out."""
    sentences = lost(contents, named_value)
    return sentences if written(contents, named_value) else (*sentences, "a file without a variable")


def encode(contents: Contents) -> bytes:
    """The records, one behind another.

    Raises:
        ValueError: There is nothing to write, or a field does not fit its width.
    """
    records = written(contents, named_value)
    if not records:
        raise ValueError("a dmpstore file has a variable at least, and there is none to write")
    return unchanged(contents, decode) or b"".join(map(_encoded, records))


def _encoded(record: Record) -> bytes:
    name = encode_char16(record.key.name)
    middle = packed(_MIDDLE, record.key.guid.raw, record.attributes)
    raw = packed(_SIZES, len(name), len(record.data)) + name + middle + record.data
    return raw + packed(_CHECKSUM, crc32(raw))
