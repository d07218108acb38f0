"""How single values are written between the parentheses of a node, and read again.

Source: UEFI 2.10 §10.6.1.2 (text device node basics); edk2 05fe752589, MdePkg/Library/UefiDevicePathLib/DevicePathToText.c.
"""

from efirt.annotation import Any, Callable, Final, Mapping, NamedTuple
from efirt.values.guid import Guid

_LONGEST: Final = 34
_IPV4_GROUPS: Final = 4
_IPV6_SIZE: Final = 16
_BYTES: Final = frozenset(map(str, range(256)))


class Notation(NamedTuple):
    """A way to write a value.

    Attributes:
        write: Value to text.
        read: Text to value; raises a ValueError that says what was expected.
    """

    write: Callable[[Any], str]
    read: Callable[[str], Any]


def number(text: str) -> int:
    """A number with ``0x`` before it, or a decimal one.

    Raises:
        ValueError: It is neither.
    """
    word = text.strip().lower()
    digits, base, known = (word[2:], 16, "0123456789abcdef") if word.startswith("0x") else (word, 10, "0123456789")
    if not digits or len(digits) > _LONGEST or not set(digits) <= set(known):
        raise ValueError(f"{text!r} is not a number: write 31 or 0x1F")
    return int(digits, base)


def dump(text: str) -> bytes:
    """Bytes of pairs of hexadecimal digits, with ``0x``, colons, dashes or nothing between.

    Raises:
        ValueError: They are none.
    """
    digits = text.strip().lower().removeprefix("0x").replace(":", "").replace("-", "")
    if len(digits) % 2 or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(f"{text!r} is not a row of bytes: write 2 hexadecimal digits for each")
    return bytes.fromhex(digits)


def sized(size: int, prefix: str = "") -> Notation:
    """So many bytes, as digits; fewer are not taken."""

    def read(text: str) -> bytes:
        raw = dump(text)
        if len(raw) != size:
            raise ValueError(f"{text!r} has {len(raw)} bytes, and {size} belong here")
        return raw

    return Notation(lambda raw: prefix + raw.hex().upper(), read)


def words(names: Mapping[int, str], other: str | Callable[[int], str] = "0x{:X}".format) -> Notation:
    """Words for some numbers; what stands for all others, which is read as a number."""
    known = {name.lower(): value for value, name in names.items()}
    otherwise = other if callable(other) else lambda _value: other

    def read(text: str) -> int:
        word = text.strip().lower()
        return known[word] if word in known else number(text)

    return Notation(lambda value: names.get(value) or otherwise(value), read)


def _read_guid(text: str) -> Guid:
    return Guid.parse(text.strip())


def _read_ipv4(text: str) -> bytes:
    groups = text.strip().split(".")
    if len(groups) != _IPV4_GROUPS or not all(group in _BYTES for group in groups):
        raise ValueError(f"{text!r} is not an IPv4 address: write 192.0.2.1")
    return bytes(map(int, groups))


def _ipv6(raw: bytes) -> str:
    return ":".join(raw[at : at + 2].hex().upper() for at in range(0, _IPV6_SIZE, 2))


def _groups(text: str) -> bytes:
    groups = text.split(":") if text else []
    if not all(0 < len(group) <= 4 and set(group) <= set("0123456789abcdef") for group in groups):  # noqa: PLR2004 - digits of a group
        raise ValueError(text)
    return b"".join(int(group, 16).to_bytes(2, "big") for group in groups)


def _read_ipv6(text: str) -> bytes:
    word = text.strip().lower().removeprefix("[").removesuffix("]")
    try:
        before, gap, after = word.partition("::")
        left, right = _groups(before), _groups(after)
    except ValueError:
        gap, left, right = "", b"", b""
    raw = left + bytes(_IPV6_SIZE - len(left) - len(right) if gap else 0) + right
    if len(raw) != _IPV6_SIZE:
        raise ValueError(f"{text!r} is not an IPv6 address: write 2001:db8::1")
    return raw


HEX: Final = Notation("0x{:X}".format, number)
HEX_2: Final = Notation("0x{:02X}".format, number)
HEX_8: Final = Notation("0x{:08X}".format, number)
DECIMAL: Final = Notation(str, number)
DUMP: Final = Notation(lambda raw: raw.hex().upper(), dump)
GUID: Final = Notation(lambda guid: str(guid).upper(), _read_guid)
IPV4: Final = Notation(lambda raw: ".".join(map(str, raw)), _read_ipv4)
IPV6: Final = Notation(_ipv6, _read_ipv6)
