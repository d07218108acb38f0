"""varstored's blob: the NVRAM of a guest of XenServer or XCP-ng, as a file or as base64 in ``VM.NVRAM["EFI-variables"]``.

Source: xapi-project/varstored 23c632e09a, xapidb-lib.c (xapidb_serialize_variables, xapidb_parse_blob), include/handler.h (limits);
version 2 as varstored 1.3 writes it (DB_VERSION, ppi_vdata_t of include/ppi.h).
"""

from binascii import Error, a2b_base64, b2a_base64
from struct import Struct

from efirt.annotation import Final, NamedTuple
from efirt.errors import DecodeError
from efirt.images.contents import Contents, repeated, unchanged
from efirt.images.damage import Damage
from efirt.images.losses import Kept, lost, without_counts, without_digest, written
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.cursor import Cursor, packed
from efirt.wire.text import decode_units, encode_units

NAME: Final = "xapi"
NAME_LIMIT: Final = 4096
DATA_LIMIT: Final = 57344
COUNT_LIMIT: Final = 1024
FILE_LIMIT: Final = 128 * 1024

_WHERE: Final = "XAPI blob"
_MAGIC: Final = b"VARS"
_BASE64_MAGIC: Final = b"VkFSU"
_VERSIONS: Final = (1, 2)
_DIGEST_SIZE: Final = 32
_NO_DIGEST: Final = bytes(_DIGEST_SIZE)
_HEADER: Final = Struct("<4sIQQ")
_MORE: Final = Struct("<8sI256s")
_SIZE: Final = Struct("<Q")
_TAIL: Final = Struct("<16sI16s32s")
_FIXED: Final = 2 * _SIZE.size + _TAIL.size


class VarstoredState(NamedTuple):
    """What varstored keeps beside variables.

    Attributes:
        version: 1 or 2; only 2 has the next three.
        memory_overwrite_key: 8 bytes: the key that MemoryOverwriteRequestControlLock is locked with.
        presence_index: The register of the TPM's physical presence interface that is addressed.
        presence_functions: 256 bytes: which requests of that interface are allowed.
        is_base64: Whether the blob is written as base64.
    """

    version: int = 2
    memory_overwrite_key: bytes = bytes(8)
    presence_index: int = 0
    presence_functions: bytes = bytes(256)
    is_base64: bool = False

    @property
    def sentences(self) -> tuple[str, ...]:
        """The key and the TPM's requests, where there are any."""
        presence = self.presence_index or any(self.presence_functions)
        key = ("the key of the memory overwrite request",) if any(self.memory_overwrite_key) else ()
        return (*key, "the TPM's physical presence requests") if presence else key


def looks_like(data: bytes) -> bool:
    """Whether these bytes begin as such a blob does."""
    return data.startswith((_MAGIC, _BASE64_MAGIC))


def decode(data: bytes) -> Contents:
    """Read a blob, or the base64 of one; offsets count in the blob itself.

    What varstored would refuse and can be read all the same is damage.

    Raises:
        DecodeError: It is no such blob, is cut short, or something stands behind its end.
    """
    is_base64 = data.startswith(_BASE64_MAGIC)
    cursor = Cursor(_WHERE, _unpacked(data) if is_base64 else bytes(data))
    magic, version, count, size = cursor.unpack(_HEADER, "its header")
    if magic != _MAGIC or version not in _VERSIONS:
        raise DecodeError(_WHERE, 0 if magic != _MAGIC else 4, f"it begins with {magic!r} and version {version}, not with VARS and 1 or 2")
    more = () if version == 1 else cursor.unpack(_MORE, "the memory overwrite key and the TPM's requests")
    if count > cursor.left // _FIXED:
        raise DecodeError(_WHERE, 8, f"it claims {count} variables, and {cursor.left} bytes cannot hold more than {cursor.left // _FIXED}")
    begin, records, offsets = cursor.offset, [], []
    for _ in range(count):
        offsets.append(cursor.offset)
        records.append(_record(cursor))
    cursor.finish("the last variable")
    places = ((offset, record.key) for offset, record in zip(offsets, records, strict=True) if record.key.name)
    damage = [*repeated(places), *_refused(records, offsets)]
    if size != cursor.offset - begin:
        damage.append(Damage(16, f"it claims {size} bytes of variables, and there are {cursor.offset - begin}"))
    if count > COUNT_LIMIT:
        damage.append(Damage(8, f"{count} variables: varstored refuses more than {COUNT_LIMIT}"))
    state = VarstoredState(version, *more)._replace(is_base64=is_base64)
    return Contents(tuple(records), tuple(sorted(damage)), state, last_counts=True, source=bytes(data))


def _unpacked(data: bytes) -> bytes:
    try:
        return a2b_base64(data.strip(), strict_mode=True)
    except Error as cause:
        raise DecodeError(_WHERE, None, f"it begins as base64 and is none: {cause}") from None


def _record(cursor: Cursor) -> Record:
    name_size = cursor.unpack(_SIZE, "the size of a name")[0]
    if name_size % 2:
        raise cursor.error(f"a name cannot have {name_size} bytes", back=_SIZE.size)
    name = decode_units(cursor.take(name_size, "a name"))
    data = cursor.take(cursor.unpack(_SIZE, "the size of a value")[0], "a value")
    guid, attributes, time, digest = cursor.unpack(_TAIL, "a variable's end")
    key = Key(name, Guid(guid))
    return Record(key, Attributes(attributes), data, EfiTime.decode(time), digest=b"" if digest == _NO_DIGEST else digest)


def _problem(record: Record) -> str | None:
    """Why varstored refuses a blob with this variable."""
    name_size, data_size = len(encode_units(record.key.name)), len(record.data)
    if not 0 < name_size <= NAME_LIMIT:
        return f"varstored takes names of 2 to {NAME_LIMIT} bytes, and this has {name_size}"
    if not 0 < data_size <= DATA_LIMIT:
        return f"varstored takes values of 1 to {DATA_LIMIT} bytes, and this has {data_size}"
    return None


def _refused(records: list[Record], offsets: list[int]) -> list[Damage]:
    problems = ((offset, record.key, _problem(record)) for offset, record in zip(offsets, records, strict=True))
    return [Damage(offset, f"{key}: {problem}") for offset, key, problem in problems if problem]


def _keep(record: Record) -> Kept:
    kept = without_counts(record)
    if record.digest and (len(record.digest) != _DIGEST_SIZE or record.digest == _NO_DIGEST):
        kept = without_digest(kept, f", a digest of {len(record.digest)} bytes")
    problem = _problem(record)
    return kept.refused(problem) if problem else kept


def _state(contents: Contents) -> VarstoredState:
    return contents.beside if isinstance(contents.beside, VarstoredState) else VarstoredState()


def cannot_say(contents: Contents) -> tuple[str, ...]:
    """What :func:`encode` leaves out, and what varstored would not read."""
    sentences = list(lost(contents, _keep, VarstoredState))
    records = written(contents, _keep)
    if len(records) > COUNT_LIMIT:
        sentences.extend(f"variable {record.key}: varstored takes {COUNT_LIMIT} at most" for record in records[COUNT_LIMIT:])
    size = len(_encoded(records[:COUNT_LIMIT], _state(contents)))
    if size > FILE_LIMIT:
        sentences.append(f"a blob of {size} bytes: varstored reads {FILE_LIMIT} at most")
    return tuple(sentences)


def encode(contents: Contents) -> bytes:
    """The blob, as base64 where it was read so; in version 2 where it was not read from another.

    Raises:
        ValueError: A field does not fit its width.
    """
    same = unchanged(contents, decode)
    if same is not None:
        return same
    state = _state(contents)
    blob = _encoded(written(contents, _keep)[:COUNT_LIMIT], state)
    return b2a_base64(blob, newline=False) if state.is_base64 else blob


def _encoded(records: list[Record], state: VarstoredState) -> bytes:
    body = b"".join(map(_variable, records))
    more = b"" if state.version == 1 else packed(_MORE, state.memory_overwrite_key, state.presence_index, state.presence_functions)
    return packed(_HEADER, _MAGIC, state.version, len(records), len(body)) + more + body


def _variable(record: Record) -> bytes:
    name = encode_units(record.key.name)
    tail = packed(_TAIL, record.key.guid.raw, record.attributes, record.timestamp.encode(), record.digest or _NO_DIGEST)
    return packed(_SIZE, len(name)) + name + packed(_SIZE, len(record.data)) + record.data + tail
