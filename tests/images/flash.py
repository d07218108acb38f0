"""Flash images for tests, put together with nothing but struct: the reader's twin, which shares no code with it."""

from collections.abc import Sequence
from struct import pack
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

VOLUME_GUID = UUID("fff12b8d-7696-4c8b-a985-2747075b4f50").bytes_le
AUTHENTICATED = UUID("aaf32c78-947b-439a-a180-2e144ec37792").bytes_le
PLAIN = UUID("ddcf3616-3275-4164-98b6-fe85707ffe7d").bytes_le
JOURNAL = UUID("9e58292b-7c68-497d-a0ce-6500fd9f1b95").bytes_le
CALLER = UUID("fe5cea76-4f72-49e8-986f-2cd899dffe5d").bytes_le
VENDOR = UUID("11111111-2222-3333-4444-555555555555").bytes_le

ADDED, DYING, DEAD, DELETED = 0x3F, 0x3E, 0x3C, 0x3D


class Layout(NamedTuple):
    """One kind of flash."""

    size: int
    block: int
    region: int
    work: int
    work_size: int
    spare: int

    @property
    def spare_size(self) -> int:
        return self.size - self.spare


OVMF_4M = Layout(0x84000, 0x1000, 0x40000, 0x41000, 0x1000, 0x42000)
OVMF_2M = Layout(0x20000, 0x1000, 0xE000, 0xF000, 0x1000, 0x10000)
ARM = Layout(0xC0000, 0x40000, 0x40000, 0x40000, 0x40000, 0x80000)
LAYOUTS = [OVMF_4M, OVMF_2M, ARM]
FIRST = 0x64


def record(  # noqa: PLR0913 - as many as a record has members
    name: str,
    data: bytes,
    state: int = ADDED,
    attributes: int = 7,
    *,
    guid: bytes = VENDOR,
    signed: bytes = bytes(28),
    plain: bool = False,
) -> bytes:
    """A record with its padding; ``signed`` is what an authenticated one has beyond a plain one: count, time, key index."""
    units = name.encode("utf-16-le", "surrogatepass") + b"\0\0"
    head = pack("<HBBI", 0x55AA, state, 0, attributes)
    if not plain:
        head += signed
    raw = head + pack("<II", len(units), len(data)) + guid + units + data
    return raw + b"\xff" * (-len(raw) % 4)


def volume_header(layout: Layout) -> bytes:
    """The firmware volume's header with its checksum."""
    blocks = pack("<IIII", layout.size // layout.block, layout.block, 0, 0)
    head = bytes(16) + VOLUME_GUID + pack("<Q4sIHHHBB", layout.size, b"_FVH", 0x4FEFF, 0x48, 0, 0, 0, 2) + blocks
    words = sum(head[at] | head[at + 1] << 8 for at in range(0, len(head), 2))
    return head[:50] + pack("<H", -words & 0xFFFF) + head[52:]


def region(records: Sequence[bytes], layout: Layout = OVMF_4M, signature: bytes = AUTHENTICATED) -> bytes:
    """The blocks that hold the variables."""
    head = volume_header(layout) + signature + pack("<IBBHI", layout.region - 0x48, 0x5A, 0xFE, 0, 0)
    return (head + b"".join(records)).ljust(layout.region, b"\xff")


def journal(layout: Layout, entries: bytes = b"") -> bytes:
    """The working block; its checksum is taken with itself and the state erased."""
    size = pack("<Q", layout.work_size - 32)
    checksum = crc32(JOURNAL + b"\xff" * 8 + size)
    return (JOURNAL + pack("<I", checksum) + b"\xfe\xff\xff\xff" + size + entries).ljust(layout.work_size, b"\xff")


def entry(layout: Layout, head_bits: int, record_bits: int, length: int | None = None) -> bytes:
    """One transaction with one write: the whole region, from behind the volume's header."""
    length = layout.region - 0x48 if length is None else length
    head = bytes([head_bits]) + b"\xff" * 3 + CALLER + b"\xff" * 4 + pack("<QQ", 1, 0)
    return head + bytes([record_bits]) + b"\xff" * 7 + pack("<QQQq", 0, 0x48, length, -layout.spare)


def image(
    records: Sequence[bytes] = (), layout: Layout = OVMF_4M, signature: bytes = AUTHENTICATED, entries: bytes = b"", spare: bytes = b""
) -> bytes:
    """A whole VARS file."""
    flash = bytearray(b"\xff" * layout.size)
    flash[: layout.region] = region(records, layout, signature)
    flash[layout.work : layout.work + layout.work_size] = journal(layout, entries)
    flash[layout.spare : layout.spare + len(spare)] = spare
    return bytes(flash)
