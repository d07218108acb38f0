"""GUIDs in the byte order firmware uses."""

from efirt.annotation import NamedTuple, Self

_DASHES = slice(8, 24, 5)
_TEXT_SIZE = 36
_RAW_SIZE = 16


def _digits(text: str) -> bytes:
    """The bytes of the 8-4-4-4-12 form in the order of its digits; fewer of any other text."""
    digits = text.replace("-", "")
    if len(text) != _TEXT_SIZE or text[_DASHES] != "----" or len(digits) != 2 * _RAW_SIZE:
        return b""
    try:
        return bytes.fromhex(digits)  # which leaves out blanks
    except ValueError:
        return b""


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
        digits = _digits(text)
        if len(digits) != _RAW_SIZE:
            message = f"{text!r} is not a GUID: write it as 8-4-4-4-12 hexadecimal digits, such as 8be4df61-93ca-11d2-aa0d-00e098032b8c"
            raise ValueError(message)
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
