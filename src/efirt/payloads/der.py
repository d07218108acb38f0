"""DER, as far as one element after another: enough to find one's way through a certificate.

Source: ITU-T X.690 §8.1, §10.1.
"""

from efirt.annotation import Final, NamedTuple
from efirt.errors import DecodeError

BIT_STRING: Final = 0x03
INTEGER: Final = 0x02
OID: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31

_LONG_FORM: Final = 0x80
_MANY_TAGS: Final = 0x1F
_LONGEST_LENGTH: Final = 4


class Element(NamedTuple):
    """An element of DER.

    Attributes:
        tag: Its first byte.
        begin: Where it begins, in bytes from the beginning of all.
        inside: Where its contents begin.
        end: Where it ends.
    """

    tag: int
    begin: int
    inside: int
    end: int


def span_at(data: bytes, offset: int, limit: int) -> tuple[int, int, int]:
    """The tag of the element that begins at an offset and ends at a limit at the latest, where its contents begin, and where it ends.

    Raises:
        DecodeError: There is none, it does not fit, or its head is none that a certificate has.
    """
    if offset + 2 > limit:
        raise DecodeError("DER", offset, "an element has at least 2 bytes")
    tag, length, inside = data[offset], data[offset + 1], offset + 2
    if tag & _MANY_TAGS == _MANY_TAGS:
        raise DecodeError("DER", offset, "tags beyond 30 have no place here")
    if length & _LONG_FORM:
        count = length & ~_LONG_FORM
        if not 1 <= count <= _LONGEST_LENGTH or inside + count > limit:
            raise DecodeError("DER", offset + 1, f"a length of {count} bytes")
        length = int.from_bytes(data[inside : inside + count], "big")
        inside += count
    end = inside + length
    if end > limit:
        raise DecodeError("DER", offset + 1, f"{length} bytes do not fit the {limit - inside} that are left")
    return tag, inside, end


def inside_of(data: bytes, offset: int, limit: int, expected: int) -> tuple[int, int]:
    """Where the contents of the element at an offset begin and where they end; it is of this tag.

    Raises:
        DecodeError: It is of another, or as :func:`span_at`.
    """
    tag, inside, end = span_at(data, offset, limit)
    if tag != expected:
        raise DecodeError("DER", offset, f"tag {tag:#04x} where {expected:#04x} belongs")
    return inside, end


def inside_each(data: bytes, offset: int, limit: int, expected: tuple[int, ...]) -> list[tuple[int, int]]:
    """The same of elements that follow one another, each of its tag.

    Raises:
        DecodeError: As :func:`inside_of`.
    """
    found = []
    for tag in expected:
        inside = offset + 2
        length = data[offset + 1] if inside <= limit else _LONG_FORM
        end = inside + length
        if length >= _LONG_FORM or end > limit or data[offset] != tag:  # most are short, and pass by: this takes a third of the time
            inside, end = inside_of(data, offset, limit, tag)
        found.append((inside, end))
        offset = end
    return found


def element_at(data: bytes, offset: int, limit: int) -> Element:
    """The element that begins at an offset and ends at a limit at the latest.

    Raises:
        DecodeError: As :func:`span_at`.
    """
    tag, inside, end = span_at(data, offset, limit)
    return Element(tag, offset, inside, end)


def elements_in(data: bytes, outer: Element) -> list[Element]:
    """The elements inside another one.

    Raises:
        DecodeError: They do not fill it.
    """
    found, offset = [], outer.inside
    while offset < outer.end:
        one = element_at(data, offset, outer.end)
        found.append(one)
        offset = one.end
    return found


def expect(one: Element, tag: int) -> Element:
    """The element itself, which is of this tag.

    Raises:
        DecodeError: It is of another.
    """
    if one.tag != tag:
        raise DecodeError("DER", one.begin, f"tag {one.tag:#04x} where {tag:#04x} belongs")
    return one
