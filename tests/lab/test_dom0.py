"""The kernel that Xen is given, against an image packed here and a loader that reads ELF by its definition."""

import gzip
import lzma
import struct
import subprocess
from collections.abc import Callable

import pytest

from lab import dom0, tools

# What each segment holds, where it lies in the file and in memory, and how much memory it takes.
SEGMENTS = ((0x1000, 0x10000, b"code" * 100, 400), (0x2000, 0x20000, b"data\0\0" * 50 + bytes(5000), 9000))


def program() -> bytes:
    """Make an ELF program: two segments, a note inside the first, and sections, as a kernel has."""
    parts = [struct.pack("<IIQQQQQQ", 1, 5, at, to, to, len(data), room, 0x1000) for at, to, data, room in SEGMENTS]
    parts.insert(1, struct.pack("<IIQQQQQQ", 4, 4, 0x1004, 0, 0x10004, 8, 8, 4))
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x10000, 64, 0x4000, 0, 64, 56, len(parts), 64, 7, 6)
    file = bytearray(0x5000)
    file[: 64 + 56 * len(parts)] = head + b"".join(parts)
    for at, _to, data, _room in SEGMENTS:
        file[at : at + len(data)] = data
    file[0x4000:] = b"sections" * 0x200
    return bytes(file)


def loaded(file: bytes) -> dict[int, bytes]:
    """Give the memory a loader makes of a program, by address."""
    place, count = struct.unpack_from("<Q", file, 32)[0], struct.unpack_from("<H", file, 56)[0]
    memory: dict[int, bytes] = {}
    for number in range(count):
        kind, _flags, at, _virtual, to, size, room, _alignment = struct.unpack_from("<IIQQQQQQ", file, place + 56 * number)
        assert at + size <= len(file)
        if kind == 1:
            memory[to] = file[at : at + size].ljust(room, b"\0")
    return memory


def image(packed: bytes, *, sectors: int = 3) -> bytes:
    """Make a bzImage of what is packed."""
    head = bytearray(((sectors or 4) + 1) * 512)
    head[0x1F1] = sectors
    struct.pack_into("<II", head, 0x248, 100, len(packed))
    return bytes(head) + bytes(100) + packed + b"the rest"


def zstd(data: bytes) -> bytes:
    """Pack with the program, or skip."""
    found = tools.find("zstd")
    if found is None:
        pytest.skip("zstd is not on this host")
    return subprocess.run([found, "-cq"], input=data, capture_output=True, check=True).stdout


# The kernel's build appends the size, but not with gzip.
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lambda data: lzma.compress(data) + b"size",
    "zstd": lambda data: zstd(data) + b"size",
}


@pytest.mark.parametrize("packing", PACK)
def test_a_packed_kernel_is_unpacked_and_loads_as_before(packing: str) -> None:
    given = dom0.program(image(PACK[packing](program())))
    assert loaded(given) == loaded(program()) == {to: data.ljust(room, b"\0") for _at, to, data, room in SEGMENTS}


def test_zeros_at_the_end_and_sections_are_not_in_it() -> None:
    given = dom0.program(image(gzip.compress(program())))
    assert len(given) == 0x2000 + len(b"data\0\0" * 50) - 2
    assert struct.unpack_from("<Q", given, 40) == (0,)
    assert struct.unpack_from("<HH", given, 60) == (0, 0)


def test_notes_stay_where_they_are() -> None:
    given = dom0.program(image(gzip.compress(program())))
    at, size = struct.unpack_from("<Q16xQ", given, 64 + 56 + 8)
    assert given[at : at + size] == b"codecode"


def test_no_sectors_means_four() -> None:
    assert dom0.program(image(gzip.compress(program()), sectors=0)).startswith(b"\x7fELF")


def test_what_nothing_here_unpacks_is_given_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "find", lambda _name: None)
    for packed in (b"BZh9 and so on", b"\x28\xb5\x2f\xfd and so on", gzip.compress(b"no program")):
        assert dom0.program(image(packed)) == image(packed)
