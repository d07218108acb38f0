"""CRC-32C, which the standard library does not have."""

from efirt.annotation import Final

_POLYNOMIAL: Final = 0x82F63B78
_ALL_ONES: Final = 0xFFFFFFFF


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE: list[int] = []


def crc32c(data: bytes) -> int:
    """The checksum with Castagnoli's polynomial, reflected, begun and ended with all ones.

    Source: RFC 3720 §12.1, appendix B.4.
    """
    if not _TABLE:
        _TABLE.extend(map(_entry, range(256)))
    table, value = _TABLE, _ALL_ONES
    for byte in data:
        value = table[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ _ALL_ONES
