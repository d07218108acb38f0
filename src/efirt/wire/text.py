"""CHAR16 text: UTF-16 code units, where firmware allows lone surrogates."""

from codecs import utf_16_le_decode, utf_16_le_encode  # a quarter of the time of str.encode and bytes.decode, which load modules first

_NUL = b"\0\0"


def encode_units(text: str) -> bytes:
    """The code units of a text, without a NUL at the end."""
    return utf_16_le_encode(text, "surrogatepass")[0]


def decode_units(data: bytes) -> str:
    """The text of whole code units; an odd last byte is left out."""
    return utf_16_le_decode(data[: len(data) & ~1], "surrogatepass", True)[0]


def encode_char16(text: str) -> bytes:
    """The code units of a text and a NUL."""
    return utf_16_le_encode(text, "surrogatepass")[0] + _NUL


def char16_size(text: str) -> int:
    """Bytes of a text's code units and a NUL."""
    return 2 * len(text) + 2 if text.isascii() else len(utf_16_le_encode(text, "surrogatepass")[0]) + 2


def nul_offset(data: bytes | bytearray | memoryview, start: int = 0) -> int:
    """Offset of the first NUL code unit from ``start`` on, in bytes; -1 when there is none."""
    data = bytes(data) if isinstance(data, memoryview) else data
    at = data.find(_NUL, start)
    while at != -1 and (at - start) & 1:
        at = data.find(_NUL, at + 1)
    return at


def decode_char16(data: bytes | bytearray) -> str | None:
    """The text before the first NUL; None when there is no NUL."""
    end = nul_offset(data)
    return None if end < 0 else utf_16_le_decode(data[:end], "surrogatepass", True)[0]
