"""The Linux kernel as a dom0: the ELF program inside a bzImage. Xen takes one packed, and unpacks it, which is seconds under emulation.

Source: Linux, Documentation/arch/x86/boot.rst: ``setup_sects`` at 0x1F1, ``payload_offset`` and ``payload_length`` at 0x248; the
program's layout is that of ELF, 64 bit, little endian.
"""

import lzma
import struct
import subprocess
import zlib
from typing import Final

from lab import tools

_SECTOR: Final = 512
_SECTORS: Final = 4  # What 0 stands for.
_ELF: Final = b"\x7fELF"
_SIZE: Final = 4  # The kernel's build appends the unpacked size to what is packed, but not with gzip.
_LOAD: Final = 1


def _zstd(packed: bytes) -> bytes:
    """Unpack with the program, since Python's library has no zstd before 3.14."""
    program = tools.find("zstd")
    if program is None:
        return b""
    done = subprocess.run([program, "-dcq"], input=packed[:-_SIZE], capture_output=True, check=False)
    return b"" if done.returncode else done.stdout


_UNPACK: Final = {
    b"\x1f\x8b\x08": lambda packed: zlib.decompressobj(wbits=31).decompress(packed),
    b"\xfd7zXZ": lambda packed: lzma.LZMADecompressor().decompress(packed),
    b"\x28\xb5\x2f\xfd": _zstd,
}


def _without_its_end(program: bytes) -> bytes:
    """Cut off the zeros a program ends with, some 25 MB, which whoever loads it fills in by itself, and the names of its sections."""
    (place,) = struct.unpack_from("<Q", program, 0x20)
    (count,) = struct.unpack_from("<H", program, 0x38)
    parts = [place + 56 * number for number in range(count)]
    loaded = [part for part in parts if struct.unpack_from("<I", program, part)[0] == _LOAD]
    offset, size, last = max((*struct.unpack_from("<Q16xQ", program, part + 8), part) for part in loaded)
    short = bytearray(program[: offset + size].rstrip(b"\0"))
    struct.pack_into("<Q", short, last + 32, max(0, len(short) - offset))
    struct.pack_into("<Q", short, 0x28, 0)
    struct.pack_into("<HH", short, 0x3C, 0, 0)
    return bytes(short)


def program(image: bytes) -> bytes:
    """Give the program in a bzImage, or the image itself when nothing here unpacks it: Xen starts both.

    Args:
        image: The contents of vmlinuz.
    """
    offset, size = struct.unpack_from("<II", image, 0x248)
    start = ((image[0x1F1] or _SECTORS) + 1) * _SECTOR + offset
    packed = image[start : start + size]
    for mark, unpack in _UNPACK.items():
        if packed.startswith(mark) and (inside := unpack(packed)).startswith(_ELF):
            return _without_its_end(inside)
    return image
