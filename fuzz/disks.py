"""Fuzz disks: `python fuzz/disks.py TARGET [libFuzzer options]`, with atheris installed.

Targets: partitions, the first blocks of a disk; partitions-summed, the same with the checksums of a GPT put right. The seeds are under
fuzz/corpus/TARGET. A table is read, or refused with DecodeError, or ValueError where firmware could not tell the disk from others; no more
is read than a table may have. Anything else is a finding.
"""

import sys
from zlib import crc32

import atheris
from running import run

with atheris.instrument_imports():
    from efirt.disks.tables import decode_table
    from efirt.errors import DecodeError
    from efirt.payloads.device_path.path import DevicePath

MOST = 1 << 20
HEADER = 512
LEAST = 92


def partitions(data: bytes) -> None:
    """Read a table, and make a path of each partition."""

    def read(offset: int, size: int) -> bytes:
        assert 0 <= size <= MOST  # noqa: S101 - this is the finding
        return data[offset : offset + size]

    for block_size in (None, 512, 4096):
        try:
            table = decode_table("disk", read, len(data), block_size)
        except (DecodeError, ValueError):
            continue
        for one in table.partitions:
            path = DevicePath.of(one.node)
            assert DevicePath.decode(path.encode()) == path  # noqa: S101 - as above


def summed(data: bytes) -> bytes:
    """The same with the checksums that a header in the second block of 512 bytes should have."""
    if len(data) < HEADER + LEAST:
        return data
    raw = bytearray(data)
    at, count, size = (int.from_bytes(raw[HEADER + begin : HEADER + end], "little") for begin, end in ((72, 80), (80, 84), (84, 88)))
    raw[HEADER + 88 : HEADER + 92] = crc32(raw[at * 512 : at * 512 + min(count * size, MOST)]).to_bytes(4, "little")
    raw[HEADER + 16 : HEADER + 20] = bytes(4)
    length = int.from_bytes(raw[HEADER + 12 : HEADER + 16], "little")
    raw[HEADER + 16 : HEADER + 20] = crc32(raw[HEADER : HEADER + min(length, 512)]).to_bytes(4, "little")
    return bytes(raw)


def target(name: str, data: bytes) -> None:
    """Take one input of a target."""
    partitions(summed(data) if name.endswith("-summed") else data)


def main() -> None:
    """Run one target."""
    name = sys.argv.pop(1)
    run(name, lambda data: target(name, data), sys.argv)


if __name__ == "__main__":
    main()
