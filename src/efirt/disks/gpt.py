"""The partition table of EFI.

Source: UEFI 2.10 §5.3.2 (header), §5.3.3 (entries).
"""

from collections.abc import Iterator
from struct import Struct
from zlib import crc32

from efirt.annotation import Final, NamedTuple
from efirt.disks.partitions import SYSTEM, Partition, Read
from efirt.errors import DecodeError
from efirt.payloads.device_path.media import HardDrive
from efirt.values.guid import Guid
from efirt.wire.text import decode_units

_MAGIC: Final = b"EFI PART"
_HEADER: Final = Struct("<8sIIIIQQQQ16sQIII")
_CRC_AT: Final = 16
_ENTRY: Final = Struct("<16s16sQQQ72s")
_MOST_BYTES: Final = 1 << 20
_UNUSED: Final = bytes(16)


class _Header(NamedTuple):
    """What is needed of a header.

    Attributes:
        entries_at: Block of the first entry.
        count: How many there are.
        entry_size: Bytes of each.
        crc: Of all of them.
    """

    entries_at: int
    count: int  # type: ignore[assignment] # the specification's word, though tuples have a method of this name
    entry_size: int
    crc: int


def is_there(read: Read, block_size: int) -> bool:
    """Whether a header stands where it would with blocks of this size."""
    return read(block_size, len(_MAGIC)) == _MAGIC


def decode_gpt(where: str, read: Read, block_count: int, block_size: int) -> tuple[Partition, ...]:
    """The partitions; of the second table, at the disk's end, where the first is damaged, as firmware does.

    Raises:
        DecodeError: Both are damaged.
    """
    try:
        return tuple(_partitions(where, read, 1, block_size))
    except DecodeError as first:
        try:
            return tuple(_partitions(where, read, block_count - 1, block_size))
        except DecodeError:
            raise first from None


def _partitions(where: str, read: Read, at: int, block_size: int) -> Iterator[Partition]:
    header = _header(where, read, at, block_size)
    data = read(header.entries_at * block_size, header.count * header.entry_size)
    if len(data) != header.count * header.entry_size or crc32(data) != header.crc:
        raise DecodeError(where, header.entries_at * block_size, "its GPT is damaged: the entries have another checksum", _mend(where))
    for index in range(header.count):
        kind, own, start, end, _attributes, name = _ENTRY.unpack_from(data, index * header.entry_size)
        if kind != _UNUSED and 0 < start <= end:  # the first block is the MBR's, so such an entry is none for firmware either
            label = decode_units(name).partition("\0")[0]
            yield Partition(index + 1, HardDrive.gpt(index + 1, start, end - start + 1, Guid(own)), kind == SYSTEM.raw, label)


def _header(where: str, read: Read, at: int, block_size: int) -> _Header:
    offset = max(at, 0) * block_size
    block = read(offset, block_size)
    if len(block) < block_size or block[: len(_MAGIC)] != _MAGIC:
        raise DecodeError(where, offset, "its MBR says that there is a GPT, and here is none", _mend(where))
    _, _, size, crc, _, own, _, _, _, _, entries_at, count, entry_size, entries_crc = _HEADER.unpack_from(block)
    if not _HEADER.size <= size <= block_size:
        raise DecodeError(where, offset, f"its GPT is damaged: the header claims {size} bytes", _mend(where))
    bare = block[:_CRC_AT] + bytes(4) + block[_CRC_AT + 4 : size]
    if crc32(bare) != crc or own != at:
        raise DecodeError(where, offset, "its GPT is damaged: the header has another checksum, or belongs elsewhere", _mend(where))
    if entry_size < _ENTRY.size or entry_size % 8 or count * entry_size > _MOST_BYTES:
        raise DecodeError(where, offset, f"its GPT is damaged: it claims {count} entries of {entry_size} bytes", _mend(where))
    return _Header(entries_at, count, entry_size, entries_crc)


def _mend(where: str) -> str:
    return f"look at it: sfdisk --verify {where}"
