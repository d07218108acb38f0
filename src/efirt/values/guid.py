"""GUIDs in the byte order firmware uses."""

from efirt.annotation import NamedTuple, Self

_DIGITS = frozenset("0123456789abcdefABCDEF")
_DASHES = (8, 13, 18, 23)
_TEXT_SIZE = 36
_RAW_SIZE = 16


def _is_text(text: str) -> bool:
    return len(text) == _TEXT_SIZE and all((c == "-") if at in _DASHES else (c in _DIGITS) for at, c in enumerate(text))


class Guid(NamedTuple):
    """A globally unique identifier.

    Attributes:
        raw: 16 bytes as they lie in memory: the first three fields little endian, the last eight bytes as they are.

    Source: UEFI 2.10 §2.3.1 (EFI_GUID), appendix A.
    """

    raw: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the 8-4-4-4-12 form, upper or lower case.

        Raises:
            ValueError: The text is not such a form.
        """
        if not _is_text(text):
            message = f"{text!r} is not a GUID: write it as 8-4-4-4-12 hexadecimal digits, such as 8be4df61-93ca-11d2-aa0d-00e098032b8c"
            raise ValueError(message)
        digits = bytes.fromhex(text.replace("-", ""))
        return cls(digits[3::-1] + digits[5:3:-1] + digits[7:5:-1] + digits[8:])

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take 16 bytes as firmware lays them out.

        Raises:
            ValueError: There are not exactly 16.
        """
        if len(data) != _RAW_SIZE:
            message = f"a GUID has {_RAW_SIZE} bytes, not {len(data)}"
            raise ValueError(message)
        return cls(bytes(data))

    def encode(self) -> bytes:
        """The 16 bytes as firmware lays them out."""
        return self.raw

    def __str__(self) -> str:
        """The 8-4-4-4-12 form in lower case."""
        raw = self.raw
        head = f"{raw[3::-1].hex()}-{raw[5:3:-1].hex()}-{raw[7:5:-1].hex()}"
        return f"{head}-{raw[8:10].hex()}-{raw[10:].hex()}"

    def __repr__(self) -> str:
        """The expression that makes this value."""
        return f"Guid.parse('{self}')"


ZERO = Guid(bytes(_RAW_SIZE))
