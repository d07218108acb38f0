"""Amazon's blob: the UefiData of an EC2 image or instance, as base64.

Source: uefivars 1.2, pyuefivars/aws.py, pyuefivars/aws_file.py.
"""

from binascii import Error, a2b_base64, b2a_base64
from struct import Struct

from efirt.annotation import Final, NamedTuple
from efirt.errors import DecodeError
from efirt.images.aws_dictionary import verified
from efirt.images.contents import Contents, repeated, unchanged
from efirt.images.losses import Kept, lost, without_counts, without_digest, without_time, written
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.crc32c import crc32c
from efirt.wire.cursor import Cursor, packed

NAME: Final = "aws"
SIZE_LIMIT: Final = 1 << 20
UNPACKED_LIMIT: Final = 4 << 20

_WHERE: Final = "AWS blob"
_UNPACKED: Final = "AWS blob, unpacked"
_MAGIC: Final = b"AMZNUEFI"
_BASE64_MAGIC: Final = b"QU1aTlVFRk"
_HEADER: Final = Struct("<8sII")
_CHECKED_FROM: Final = 12
_VERSION: Final = 0
_SIZE: Final = Struct("<Q")
_MIDDLE: Final = Struct("<16sI")
_TIME_SIZE: Final = 16
_FEWEST: Final = 2 * _SIZE.size + _MIDDLE.size
_DIGEST_SIZE: Final = 32
_NO_DIGEST: Final = bytes(_DIGEST_SIZE)


class AwsForm(NamedTuple):
    """How a blob is written.

    Attributes:
        no_digest_size: Bytes, all zero, that stand for "no digest": 32 by Amazon, 0 by virt-firmware.
    """

    no_digest_size: int = _DIGEST_SIZE

    @property
    def sentences(self) -> tuple[str, ...]:
        """Nothing that another format would lose."""
        return ()


def looks_like(data: bytes) -> bool:
    """Whether these bytes begin as such a blob does."""
    return data.startswith(_BASE64_MAGIC)


def decode(data: bytes, dictionary: bytes = b"") -> Contents:
    """Read a blob; offsets of variables count in what was compressed.

    Args:
        data: The base64.
        dictionary: What it is compressed with, see :mod:`efirt.images.aws_dictionary`.

    Raises:
        DecodeError: It is no such blob, a damaged one, or the dictionary is not the right one.
    """
    data = bytes(data)
    cursor = Cursor(_UNPACKED, _unpacked(_decoded(data), dictionary))
    count = cursor.unpack(_SIZE, "the number of variables")[0]
    if count > cursor.left // _FEWEST:
        most = cursor.left // _FEWEST
        raise DecodeError(_UNPACKED, 0, f"it claims {count} variables, and {cursor.left} bytes cannot hold more than {most}")
    records, offsets, empty_sizes = [], [], []
    for _ in range(count):
        offsets.append(cursor.offset)
        record, empty_size = _record(cursor)
        records.append(record)
        empty_sizes.extend(empty_size)
    cursor.finish("the last variable")
    damage = repeated(zip(offsets, (record.key for record in records), strict=True))
    return Contents(tuple(records), damage, AwsForm(empty_sizes[0]) if empty_sizes else AwsForm(), source=data)


def _decoded(data: bytes) -> bytes:
    """The blob behind the base64, with its checksum checked."""
    if not looks_like(data):
        raise DecodeError(_WHERE, 0, f"it begins with {data[:10]!r}, not with {_BASE64_MAGIC!r}")
    if len(data) > SIZE_LIMIT:
        raise DecodeError(_WHERE, SIZE_LIMIT, f"{len(data)} bytes are more than such a blob has")
    try:
        raw = a2b_base64(data.strip(), strict_mode=True)
    except Error as cause:
        raise DecodeError(_WHERE, None, f"it begins as base64 and is none: {cause}") from None
    magic, checksum, version = Cursor(_WHERE, raw).unpack(_HEADER, "its header")
    if magic != _MAGIC:
        raise DecodeError(_WHERE, 0, f"it begins with {magic!r}, not with {_MAGIC!r}")
    expected = crc32c(raw[_CHECKED_FROM:])
    if checksum != expected:
        raise DecodeError(_WHERE, 8, f"the checksum is {expected:#010x}, and {checksum:#010x} stands here", "was all of it copied?")
    if version != _VERSION:
        raise DecodeError(_WHERE, _CHECKED_FROM, f"version {version} is not known, only {_VERSION} is")
    return raw


def _unpacked(raw: bytes, dictionary: bytes) -> bytes:
    from zlib import decompressobj, error  # noqa: PLC0415 - only this format needs it

    try:
        unpacker = decompressobj(zdict=verified(dictionary))
    except ValueError as cause:
        raise DecodeError(_WHERE, _HEADER.size, f"it cannot be unpacked: {cause}") from None
    try:
        payload = unpacker.decompress(raw[_HEADER.size :], UNPACKED_LIMIT)
    except error as cause:
        raise DecodeError(_WHERE, _HEADER.size, f"it cannot be unpacked: {cause}") from None
    if not unpacker.eof:
        full = len(payload) == UNPACKED_LIMIT
        why = f"it unpacks to more than {UNPACKED_LIMIT} bytes" if full else "what is compressed is cut short"
        raise DecodeError(_WHERE, _HEADER.size, why)
    if unpacker.unused_data:
        raise DecodeError(_WHERE, len(raw) - len(unpacker.unused_data), "something stands behind what is compressed")
    return payload


def _sized(cursor: Cursor, what: str) -> bytes:
    return cursor.take(cursor.unpack(_SIZE, f"the size of {what}")[0], what)


def _record(cursor: Cursor) -> tuple[Record, list[int]]:
    """A variable, and the size of its digest where that stands for none."""
    begin = cursor.offset
    try:
        name = _sized(cursor, "a name").decode("utf-8")
    except UnicodeDecodeError as cause:
        raise DecodeError(_UNPACKED, begin + _SIZE.size + cause.start, "this name is no UTF-8") from None
    value = _sized(cursor, "a value")
    guid, attributes = cursor.unpack(_MIDDLE, "a GUID and attributes")
    record = Record(Key(name, Guid(guid)), Attributes(attributes), value)
    if not attributes & Attributes.AT:
        return record, []
    record = record._replace(timestamp=EfiTime.decode(cursor.take(_TIME_SIZE, "a time stamp")))
    digest = _sized(cursor, "a digest")
    if digest in {b"", _NO_DIGEST}:
        return record, [len(digest)]
    return record._replace(digest=digest), []


def _keep(record: Record) -> Kept:
    kept = without_counts(record)
    if any("\ud800" <= unit <= "\udfff" for unit in record.key.name):
        return kept.refused("its name has half a surrogate pair, which is no UTF-8")
    if not record.attributes & Attributes.AT:
        return without_digest(without_time(kept))
    return without_digest(kept, ", a digest of zeros") if record.digest == _NO_DIGEST else kept


def cannot_say(contents: Contents) -> tuple[str, ...]:
    """What :func:`encode` leaves out."""
    return lost(contents, _keep, AwsForm)


def encode(contents: Contents, dictionary: bytes = b"") -> bytes:
    """The base64 of the blob.

    Raises:
        ValueError: The dictionary is not the right one, or a field does not fit its width.
    """
    dictionary = verified(dictionary)
    same = unchanged(contents, lambda data: decode(data, dictionary))
    if same is not None:
        return same
    from zlib import compressobj  # noqa: PLC0415 - as above

    form = contents.beside if isinstance(contents.beside, AwsForm) else AwsForm()
    records = written(contents, _keep)
    payload = packed(_SIZE, len(records)) + b"".join(_encoded(record, form) for record in records)
    if len(payload) > UNPACKED_LIMIT:
        raise ValueError(f"{len(payload)} bytes of variables are more than such a blob has")
    packer = compressobj(9, zdict=dictionary)
    body = _VERSION.to_bytes(4, "little") + packer.compress(payload) + packer.flush()
    return b2a_base64(_MAGIC + crc32c(body).to_bytes(4, "little") + body, newline=False)


def _encoded(record: Record, form: AwsForm) -> bytes:
    name = record.key.name.encode("utf-8")
    raw = packed(_SIZE, len(name)) + name + packed(_SIZE, len(record.data)) + record.data
    raw += packed(_MIDDLE, record.key.guid.raw, record.attributes)
    if not record.attributes & Attributes.AT:
        return raw
    digest = record.digest or bytes(form.no_digest_size)
    return raw + record.timestamp.encode() + packed(_SIZE, len(digest)) + digest
