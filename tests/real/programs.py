"""The digest that firmware makes of an EFI program before it asks db whether the program may start."""

import hashlib
import struct

import lab
from lab import kit

_OF_HEADER = 0x3C
_SIGNATURE_SIZE = 4
_FILE_HEADER_SIZE = 20
_CHECKSUM = 64
_HEADERS_SIZE = 60
_CERTIFICATES = 144
_SECTION_SIZE = 40
_RAW = 16


def digest(program: bytes) -> bytes:
    """SHA-256 over a 64-bit program without its checksum, its certificates and where those are.

    Source: Microsoft, Windows Authenticode Portable Executable Signature Format, "Calculating the PE Image Hash"; edk2 c5aa7e7d,
    SecurityPkg/Library/DxeImageVerificationLib/DxeImageVerificationLib.c, HashPeImage.
    """
    (header,) = struct.unpack_from("<I", program, _OF_HEADER)
    file_header = header + _SIGNATURE_SIZE
    optional = file_header + _FILE_HEADER_SIZE
    (section_count,) = struct.unpack_from("<H", program, file_header + 2)
    (optional_size,) = struct.unpack_from("<H", program, file_header + 16)
    (headers_size,) = struct.unpack_from("<I", program, optional + _HEADERS_SIZE)
    (certificates_size,) = struct.unpack_from("<I", program, optional + _CERTIFICATES + 4)
    at = optional + _CERTIFICATES
    made = hashlib.sha256(program[: optional + _CHECKSUM])
    made.update(program[optional + _CHECKSUM + 4 : at])
    made.update(program[at + 8 : headers_size])
    sections = [struct.unpack_from("<II", program, optional + optional_size + _SECTION_SIZE * n + _RAW) for n in range(section_count)]
    for size, begin in sorted(sections, key=lambda section: section[1]):
        made.update(program[begin : begin + size])
    made.update(program[headers_size + sum(size for size, _ in sections) : len(program) - certificates_size])
    return made.digest()


def started_by(machine: str) -> bytes:
    """The digest of what a machine's firmware starts.

    Raises:
        Missing: It cannot be had here.
    """
    what = lab.MACHINES[machine]
    return digest(shipped(machine, what.shell) if what.shell else kit.build(lab.KITS[what.kit]).hypervisor.read_bytes())


def shipped(machine: str, path: str) -> bytes:
    """A file of the packages that a machine is put together from.

    Raises:
        Missing: It cannot be had here.
    """
    return (kit.build(lab.KITS[lab.MACHINES[machine].kit]).root / path).read_bytes()
