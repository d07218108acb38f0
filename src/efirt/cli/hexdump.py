"""Bytes for people."""

from efirt.annotation import Final, Iterator

_WIDTH: Final = 16
_SHOWN: Final = "".join(chr(code) if 0x20 <= code < 0x7F else "." for code in range(256))  # noqa: PLR2004 - printable ASCII


def hexdump(data: bytes, indent: str = "") -> Iterator[str]:
    """Sixteen bytes a line: offset, hexadecimal, ASCII."""
    for offset in range(0, len(data), _WIDTH):
        part = data[offset : offset + _WIDTH]
        digits = f"{part[:8].hex(' '):23}  {part[8:].hex(' '):23}"
        yield f"{indent}{offset:08x}  {digits}  |{''.join(_SHOWN[code] for code in part)}|"
