"""What a certificate says of itself: whom it is for, who made it, its number, and from when to when it was meant to be used.

Source: RFC 5280 §4.1.2.2, §4.1.2.4, §4.1.2.5; RFC 4514 §2 (names as text).
"""

from functools import lru_cache
from re import ASCII
from re import compile as pattern

from efirt.annotation import Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.payloads.der import BIT_STRING, INTEGER, OID, SEQUENCE, SET, inside_each, inside_of, span_at

_UTC_TIME: Final = 0x17
_GENERALIZED_TIME: Final = 0x18
_DAY: Final = r"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])([0-5]\d)([0-5]\d)Z"
_FORMS: Final = {_UTC_TIME: pattern(rf"(\d\d){_DAY}", ASCII).fullmatch, _GENERALIZED_TIME: pattern(rf"(\d{{4}}){_DAY}", ASCII).fullmatch}
_CENTURY_TURN: Final = "50"
_MOST_TYPES: Final = 1 << 64
_VERSION: Final = 0xA0
_PARTS: Final = (INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE)
"""What follows the version: number, algorithm, issuer, validity, subject, key."""
_LAST: Final = {f"{month:02}": "30" if month in {4, 6, 9, 11} else "31" for month in range(1, 13)} | {"02": "29"}

_ENCODINGS: Final = {
    0x0C: "utf-8",
    0x12: "ascii",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
_TYPES: Final = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("550409"): "STREET",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
    bytes.fromhex("0992268993f22c640101"): "UID",
    bytes.fromhex("0992268993f22c640119"): "DC",
}
_SPECIAL: Final = str.maketrans({character: f"\\{character}" for character in '\\"+,;<>'} | {"\0": "\\00"})


class CertificateNames(NamedTuple):
    """A certificate's words.

    Attributes:
        subject: Whom it is for, as RFC 4514 writes names: the last part first.
        issuer: Who made it, written alike.
        serial: Its number.
        not_before: From when it was meant to be used, as ``2011-06-24T20:41:29Z``.
        not_after: Until when; firmware does not look at it.
    """

    subject: str
    issuer: str
    serial: int
    not_before: str
    not_after: str

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Read a certificate; what follows it does not matter.

        Raises:
            DecodeError: It is none.
        """
        at, end = inside_of(data, 0, len(data), SEQUENCE)
        at, tbs_end = inside_of(data, at, end, SEQUENCE)
        (_, signature_at), (_, signature_end) = inside_each(data, tbs_end, end, (SEQUENCE, BIT_STRING))
        if signature_end != end:
            raise DecodeError("certificate", signature_at, "something follows the signature")
        tag, _, version_end = span_at(data, at, tbs_end)
        parts = inside_each(data, version_end if tag == _VERSION else at, tbs_end, _PARTS)
        (number_at, number_end), (_, issuer_at), (_, validity_at), (not_before_at, subject_at), (_, subject_end), _ = parts
        not_before, not_after_at = _time(data, not_before_at, subject_at)
        not_after, validity_end = _time(data, not_after_at, subject_at)
        if validity_end != subject_at:
            raise DecodeError("certificate", validity_end, "something follows the two times")
        number = int.from_bytes(data[number_at:number_end], "big", signed=True)
        subject, issuer = _named(data, subject_at, subject_end), _named(data, issuer_at, validity_at)
        return cls(subject, issuer, number, not_before, not_after)


def _named(data: bytes, at: int, end: int) -> str:
    """The name between two offsets as text."""
    try:
        return _name(data[at:end])
    except DecodeError as cause:
        raise _moved(cause, at) from None


def _moved(cause: DecodeError, at: int) -> DecodeError:
    """The same of bytes that begin at an offset of others."""
    return cause if cause.offset is None else DecodeError(cause.where, cause.offset + at, cause.why, cause.advice)


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    """A name as text; many certificates have the same issuer."""
    _, at, end = span_at(raw, 0, len(raw))
    parts = []
    while at < end:
        following = span_at(raw, at, end)[2]
        try:
            parts.append(_part(raw[at:following]))
        except DecodeError as cause:
            raise _moved(cause, at) from None
        at = following
    return ",".join(reversed(parts))


@lru_cache(maxsize=1024)
def _part(raw: bytes) -> str:
    """A part of a name as text; many certificates have the same country, and the same holder."""
    at, end = inside_of(raw, 0, len(raw), SET)
    parts = []
    while at < end:
        at, part_end = inside_of(raw, at, end, SEQUENCE)
        kind_at, kind_end = inside_of(raw, at, part_end, OID)
        tag, value_at, value_end = span_at(raw, kind_end, part_end)
        if value_end != part_end:
            raise DecodeError("certificate", None, "a part of a name is more than a type and a value")
        identifier = raw[kind_at:kind_end]
        parts.append(f"{_TYPES.get(identifier) or _dotted(identifier)}={_value(raw[kind_end:value_end], tag, value_at - kind_end)}")
        at = part_end
    return "+".join(parts)


def _dotted(identifier: bytes) -> str:
    """An object identifier in digits.

    Source: ITU-T X.690 §8.19.
    """
    numbers, number = [], 0
    for byte in identifier:
        number = number << 7 | byte & 0x7F
        if number >= _MOST_TYPES:
            raise DecodeError("certificate", None, "an object identifier has a number of more than 64 bits")
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    if not numbers or identifier[-1] & 0x80:
        raise DecodeError("certificate", None, "an object identifier is cut short")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _value(element: bytes, tag: int, inside: int) -> str:
    """A value as text; one that is not, in hexadecimal digits."""
    try:
        text = element[inside:].decode(_ENCODINGS[tag])
    except (KeyError, UnicodeError):
        return f"#{element.hex()}"
    text = text.translate(_SPECIAL)
    if text.startswith("#") or (text.startswith(" ") and len(text) > 1):
        text = f"\\{text}"
    return f"{text[:-1]}\\ " if text.endswith(" ") else text


def _time(data: bytes, at: int, limit: int) -> tuple[str, int]:
    """The moment that begins at an offset, written as RFC 5280 wants it, in UTC and with seconds; and where it ends."""
    tag, inside, end = span_at(data, at, limit)
    try:
        return _moment(tag, data[inside:end]), end
    except DecodeError as cause:
        raise _moved(cause, at) from None


@lru_cache(maxsize=1024)
def _moment(tag: int, raw: bytes) -> str:
    """A moment as text; what was made in one go ends in one."""
    text = raw.decode("latin-1")
    found = _FORMS[tag](text) if tag in _FORMS else None
    if found is None:
        raise DecodeError("certificate", 0, f"{raw[:20]!r} is no time of tag {tag:#04x}")
    year, month, day, hour, minute, second = found.groups()
    if tag == _UTC_TIME:
        year = f"{'19' if year >= _CENTURY_TURN else '20'}{year}"
    if day > _LAST[month]:
        raise DecodeError("certificate", 0, f"{text} is no moment")
    if month + day == "0229" and int(year) % (400 if year.endswith("00") else 4):
        raise DecodeError("certificate", 0, f"{text} is no moment: that February had 28 days")
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"
