"""Bytes laid by hand, at offsets taken from Xen's platform.h and not from efirt."""

from struct import pack_into, unpack_from

RUNTIME_CALL = 49
FIRMWARE_INFO = 50
VERSION = 0x03000001
GUID = bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c")
TIME = bytes.fromhex("ea07 0b 16 13 2f 17 aa 15cd5b07 c4ff 03 bb")

Part = tuple[int, str, int | bytes]


def lay(size: int, *parts: Part) -> bytes:
    """Lay (offset, format, value) into zeros."""
    data = bytearray(size)
    for offset, code, value in parts:
        pack_into(f"<{code}", data, offset, value)
    return bytes(data)


def call(function: int, misc: int = 0, *parts: Part) -> bytes:
    """Lay a whole operation that calls a runtime service; offsets count from the operation's beginning."""
    return lay(136, (0, "I", RUNTIME_CALL), (4, "I", VERSION), (8, "I", function), (12, "I", misc), *parts)


def info(index: int, *parts: Part) -> bytes:
    """Lay a whole operation that asks for a fact about the firmware."""
    return lay(136, (0, "I", FIRMWARE_INFO), (4, "I", VERSION), (8, "I", 4), (12, "I", index), *parts)


def at(data: bytes, offset: int, code: str) -> int:
    """Read one number."""
    return int(unpack_from(f"<{code}", data, offset)[0])
