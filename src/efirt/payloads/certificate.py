"""An X.509 certificate, as far as firmware looks at one: its key's kind, its subject's common name, and the part that is signed.

Source: RFC 5280 §4.1.
"""

from efirt.annotation import Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.payloads.der import BIT_STRING, INTEGER, OID, SEQUENCE, SET, Element, element_at, elements_in, expect

_RSA: Final = bytes.fromhex("2a864886f70d010101")
_COMMON_NAME: Final = bytes.fromhex("550403")
_VERSION: Final = 0xA0
_ENCODINGS: Final = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be"}
_FEWEST_FIELDS: Final = 6


class Certificate(NamedTuple):
    """The outline of a certificate.

    Attributes:
        tbs: The part that is signed, with its head.
        common_name: Of its subject, in UTF-8; None where it has none.
        has_rsa_key: Whether its key is one for RSA.
    """

    tbs: bytes
    common_name: bytes | None
    has_rsa_key: bool

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Find one's way through a certificate; what follows it does not matter.

        Raises:
            DecodeError: It is none.
        """
        whole = expect(element_at(data, 0, len(data)), SEQUENCE)
        parts = elements_in(data, whole)
        if [part.tag for part in parts] != [SEQUENCE, SEQUENCE, BIT_STRING]:
            raise DecodeError("certificate", 0, "it is not a part that is signed, an algorithm and a signature")
        fields = elements_in(data, parts[0])
        if fields and fields[0].tag == _VERSION:
            del fields[0]
        if len(fields) < _FEWEST_FIELDS:
            raise DecodeError("certificate", parts[0].begin, "fields are missing")
        expect(fields[0], INTEGER)
        for field in fields[1:_FEWEST_FIELDS]:
            expect(field, SEQUENCE)
        return cls(data[parts[0].begin : parts[0].end], _common_name(data, fields[4]), _has_rsa_key(data, fields[5]))


def _common_name(data: bytes, name: Element) -> bytes | None:
    for relative in elements_in(data, name):
        for attribute in elements_in(data, expect(relative, SET)):
            parts = elements_in(data, expect(attribute, SEQUENCE))
            if len(parts) == 2 and data[parts[0].inside : parts[0].end] == _COMMON_NAME:  # noqa: PLR2004 - a kind and a value
                return _text(parts[1].tag, data[parts[1].inside : parts[1].end])
    return None


def _text(tag: int, raw: bytes) -> bytes:
    """The text in UTF-8; any tag but those of wider characters is Latin-1, as OpenSSL takes it."""
    try:
        return raw.decode(_ENCODINGS.get(tag, "latin-1")).encode()
    except UnicodeError:
        raise DecodeError("certificate", 0, f"its common name is not text of tag {tag:#04x}") from None


def _has_rsa_key(data: bytes, key: Element) -> bool:
    algorithm, bits = _two(data, key)
    expect(algorithm, SEQUENCE)
    expect(bits, BIT_STRING)
    kind = expect(element_at(data, algorithm.inside, algorithm.end), OID)
    if data[kind.inside : kind.end] != _RSA:
        return False
    numbers = expect(element_at(data, bits.inside + 1, bits.end), SEQUENCE)  # behind the count of unused bits
    return [number.tag for number in _two(data, numbers)] == [INTEGER, INTEGER]


def _two(data: bytes, outer: Element) -> tuple[Element, Element]:
    parts = elements_in(data, outer)
    if len(parts) != 2:  # noqa: PLR2004 - as the function says
        raise DecodeError("certificate", outer.begin, f"{len(parts)} parts where 2 belong")
    return parts[0], parts[1]
