"""Variables that are text: of a byte a character, of CHAR16, and lists of these.

Source: UEFI 2.10 §3.3 (Lang, PlatformLang, LangCodes, PlatformLangCodes); the boot loader interface of systemd,
systemd.io/BOOT_LOADER_INTERFACE.
"""

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.wire.text import decode_units, encode_units, nul_offset

_NUL: Final = b"\0\0"


class NarrowText(NamedTuple):
    """Text of a byte a character.

    Attributes:
        text: Up to a NUL or the end.
        ending: What follows: a NUL, and whatever stands behind it.
    """

    text: str
    ending: bytes = b"\0"

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart; any bytes can be text."""
        end = data.find(0)
        end = len(data) if end < 0 else end
        return cls(data[:end].decode("latin-1"), bytes(data[end:]))

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A character has no byte.
        """
        try:
            return self.text.encode("latin-1") + self.ending
        except UnicodeEncodeError:
            raise ValueError(f"{self.text!r} has characters of more than a byte") from None

    def as_json(self) -> Any:  # noqa: ANN401 - text, or an object
        """The text; with what follows where that is more than a NUL."""
        return self.text if self.ending in {b"", b"\0"} else {"text": self.text, "ending": self.ending.hex()}


class WideText(NamedTuple):
    """CHAR16 text.

    Attributes:
        text: Up to a NUL or the end.
        ending: What follows: a NUL, and whatever stands behind it.
    """

    text: str
    ending: bytes = _NUL

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It has no NUL, and ends with half a code unit.
        """
        end = nul_offset(data)
        if end < 0 and len(data) % 2:
            raise DecodeError("CHAR16 text", len(data) - 1, "it has an odd number of bytes, and no NUL")
        end = len(data) if end < 0 else end
        return cls(decode_units(data[:end]), bytes(data[end:]))

    def encode(self) -> bytes:
        """Its bytes."""
        return encode_units(self.text) + self.ending

    def as_json(self) -> Any:  # noqa: ANN401 - text, or an object
        """The text; with what follows where that is more than a NUL."""
        return self.text if self.ending in {b"", _NUL} else {"text": self.text, "ending": self.ending.hex()}


class WideTexts(NamedTuple):
    """CHAR16 texts, each with a NUL.

    Attributes:
        texts: In order.
        ending: What follows the last NUL: none, or a text without one.
    """

    texts: tuple[str, ...] = ()
    ending: bytes = b""

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It ends with half a code unit.
        """
        if len(data) % 2:
            raise DecodeError("CHAR16 texts", len(data) - 1, "they have an odd number of bytes")
        *texts, rest = decode_units(data).split("\0")
        return cls(tuple(texts), encode_units(rest))

    def encode(self) -> bytes:
        """Its bytes."""
        return b"".join(encode_units(text) + _NUL for text in self.texts) + self.ending

    def as_json(self) -> Any:  # noqa: ANN401 - a list, or an object
        """The texts."""
        return list(self.texts) if not self.ending else {"texts": list(self.texts), "ending": self.ending.hex()}


class Languages(NamedTuple):
    """Codes of languages.

    Attributes:
        raw: Its bytes.
        is_old: Whether each code is one of three letters of ISO 639-2 without marks between, and not one of RFC 4646.
    """

    raw: bytes
    is_old: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes."""
        text = self.raw.partition(b"\0")[0].decode("latin-1")
        return tuple(text[at : at + 3] for at in range(0, len(text), 3)) if self.is_old else tuple(filter(None, text.split(";")))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Those with ``;`` between them."""
        return cls(bytes(data))

    def encode(self) -> bytes:
        """Its bytes."""
        return self.raw

    def as_json(self) -> list[str]:
        """The codes."""
        return list(self.codes)


class OldLanguages:
    """How LangCodes is read."""

    @staticmethod
    def decode(data: bytes) -> Languages:
        """Those of three letters."""
        return Languages(bytes(data), is_old=True)
