"""Flash images put together byte by byte, by nothing that the reader uses.

Source: edk2 c5aa7e7d, MdeModulePkg/Include/Guid/VariableFormat.h, OvmfPkg/Include/Fdf/VarStore.fdf.inc,
MdeModulePkg/Universal/FaultTolerantWriteDxe/FaultTolerantWrite.h.
"""

from binascii import crc32
from collections.abc import Iterator
from struct import pack, unpack_from
from typing import Final, NamedTuple

from efirt.testing.conformance.words import OURS
from efirt.values.guid import Guid

VOLUME: Final = Guid.parse("fff12b8d-7696-4c8b-a985-2747075b4f50").raw
AUTHENTICATED: Final = Guid.parse("aaf32c78-947b-439a-a180-2e144ec37792").raw
PLAIN: Final = Guid.parse("ddcf3616-3275-4164-98b6-fe85707ffe7d").raw
JOURNAL: Final = Guid.parse("9e58292b-7c68-497d-a0ce-6500fd9f1b95").raw
CALLER: Final = Guid.parse("fe5cea76-4f72-49e8-986f-2cd899dffe5d").raw

ADDED: Final = 0x3F
DYING: Final = 0x3E
DEAD: Final = 0x3C
DELETED: Final = 0x3D
NO_STATE: Final = 0xFF
HEADER_ONLY: Final = 0x7F
STATE_AT: Final = 2
BLOCK: Final = 0x1000
FIRST_RECORD: Final = 0x64
VOLUME_HEADER: Final = 0x48

Write = tuple[int, bytes]
"""Bytes that are programmed, and where."""


class Layout(NamedTuple):
    """One kind of flash.

    Attributes:
        size: Of all of it.
        region: Of the variables, the volume's header included.
        work: Where the journal begins.
        spare: Where the copy begins of what is being written.
    """

    size: int
    region: int
    work: int
    spare: int


OVMF_4M: Final = Layout(0x84000, 0x40000, 0x41000, 0x42000)
OVMF_2M: Final = Layout(0x20000, 0xE000, 0xF000, 0x10000)


def record(name: str, data: bytes, state: int = ADDED, *, plain: bool = False, data_size: int | None = None) -> bytes:
    """A record with its padding.

    Args:
        name: Of a variable of the suite's own.
        data: Its value.
        state: Its state.
        plain: Whether it has no room for authentication.
        data_size: What it says of its value's size, instead of the truth.
    """
    units = name.encode("utf-16-le") + b"\0\0"
    head = pack("<HBBI", 0x55AA, state, 0, 7) + (b"" if plain else bytes(28))
    raw = head + pack("<II", len(units), len(data) if data_size is None else data_size) + OURS.raw + units + data
    return raw + b"\xff" * (-len(raw) % 4)


def _volume_header(layout: Layout) -> bytes:
    head = bytes(16) + VOLUME + pack("<Q4sIHHHBB", layout.size, b"_FVH", 0x4FEFF, VOLUME_HEADER, 0, 0, 0, 2)
    head += pack("<IIII", layout.size // BLOCK, BLOCK, 0, 0)
    words = sum(head[at] | head[at + 1] << 8 for at in range(0, len(head), 2))
    return head[:50] + pack("<H", -words & 0xFFFF) + head[52:]


def region(*records: bytes, layout: Layout = OVMF_4M, signature: bytes = AUTHENTICATED) -> bytes:
    """The blocks that hold variables."""
    store = signature + pack("<IBBHI", layout.region - VOLUME_HEADER, 0x5A, 0xFE, 0, 0)
    return (_volume_header(layout) + store + b"".join(records)).ljust(layout.region, b"\xff")


def journal(layout: Layout = OVMF_4M, size: int | None = None) -> bytes:
    """The journal's head; its checksum is taken with itself and the state erased."""
    queue = pack("<Q", (layout.spare - layout.work if size is None else size) - 32)
    return JOURNAL + pack("<I", crc32(JOURNAL + b"\xff" * 8 + queue)) + b"\xfe\xff\xff\xff" + queue


def entry(layout: Layout, head_bits: int, record_bits: int) -> bytes:
    """A transaction with one write: the whole store."""
    head = bytes([head_bits]) + b"\xff" * 3 + CALLER + b"\xff" * 4 + pack("<QQ", 1, 0)
    length = layout.region - VOLUME_HEADER
    return head + bytes([record_bits]) + b"\xff" * 7 + pack("<QQQq", 0, VOLUME_HEADER, length, -layout.spare)


def image(*records: bytes, layout: Layout = OVMF_4M, signature: bytes = AUTHENTICATED) -> bytes:
    """A whole file of variables."""
    flash = region(*records, layout=layout, signature=signature).ljust(layout.work, b"\xff")
    return (flash + journal(layout)).ljust(layout.size, b"\xff")


class Laid(NamedTuple):
    """A record as it lies there.

    Attributes:
        offset: Bytes from the file's beginning.
        state: Its state.
        name: Its name, without the NUL.
        data: Its value.
        padding: The bytes between its value and the next record.
        time: When it was signed, as it lies there.
    """

    offset: int
    state: int
    name: str
    data: bytes
    padding: bytes
    time: bytes


def walk(flash: bytes, layout: Layout = OVMF_4M) -> tuple[list[Laid], bytes]:
    """The records of a flash with room for authentication, and all that lies behind them in the variables' region.

    Source: edk2 c5aa7e7d, MdeModulePkg/Include/Guid/VariableFormat.h, AUTHENTICATED_VARIABLE_HEADER.
    """
    found, at = [], FIRST_RECORD
    while flash[at : at + 2] == b"\xaa\x55":
        name_size, data_size = unpack_from("<II", flash, at + 36)
        name_at, data_at = at + 60, at + 60 + name_size
        end = data_at + data_size
        follows = (end + 3) // 4 * 4
        name = flash[name_at : data_at - 2].decode("utf-16-le")
        found.append(Laid(at, flash[at + STATE_AT], name, flash[data_at:end], flash[end:follows], flash[at + 16 : at + 32]))
        at = follows
    return found, flash[at : layout.region]


def states(flash: bytes, writes: list[Write]) -> Iterator[bytes]:
    """The flash before the first byte and after each one that is programmed."""
    state = bytearray(flash)
    yield bytes(state)
    for at, data in writes:
        for offset, byte in enumerate(data):
            state[at + offset] &= byte
            yield bytes(state)


def update(at: int, end: int, new: bytes) -> list[Write]:
    """What edk2 programs to replace the record at one place by a new one at the end.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable.
    """
    unfinished = new[:STATE_AT] + bytes([NO_STATE]) + new[STATE_AT + 1 :]
    return [(at + STATE_AT, bytes([DYING])), (end, unfinished), (end + STATE_AT, bytes([ADDED])), (at + STATE_AT, bytes([DEAD]))]


def rewritten(old: bytes, new: bytes, layout: Layout = OVMF_4M) -> Iterator[bytes]:
    """Each state of a flash whose variables are written anew with a journal: after each byte of it, and after each block.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/FaultTolerantWriteDxe/FaultTolerantWrite.c, FtwWrite.
    """
    flash = bytearray(old)
    yield bytes(flash)
    at = layout.work + 32
    whole = entry(layout, 0xFC, 0xFF)
    yield from _programmed(flash, at, b"\xfe" + whole[1:40])
    yield from _programmed(flash, at, b"\xfc")
    yield from _programmed(flash, at + 40, whole[40:])
    yield from _blocks(flash, layout.spare, new[: layout.region])
    yield from _programmed(flash, at + 40, b"\xfd")
    yield from _blocks(flash, 0, b"\xff" * layout.region)
    yield from _blocks(flash, 0, new[: layout.region])
    yield from _programmed(flash, at + 40, b"\xf9")
    yield from _programmed(flash, at, b"\xf8")


def restored(interrupted: bytes, new: bytes, layout: Layout = OVMF_4M) -> Iterator[bytes]:
    """Each state of a flash whose interrupted write is being finished from the copy."""
    flash = bytearray(interrupted)
    yield from _blocks(flash, 0, b"\xff" * layout.region)
    yield from _blocks(flash, 0, new[: layout.region])


def _programmed(flash: bytearray, at: int, data: bytes) -> Iterator[bytes]:
    for offset, byte in enumerate(data):
        if flash[at + offset] != flash[at + offset] & byte:
            flash[at + offset] &= byte
            yield bytes(flash)


def _blocks(flash: bytearray, at: int, data: bytes) -> Iterator[bytes]:
    for offset in range(0, len(data), BLOCK):
        block = data[offset : offset + BLOCK]
        if flash[at + offset : at + offset + BLOCK] != block:
            flash[at + offset : at + offset + BLOCK] = block
            yield bytes(flash)
