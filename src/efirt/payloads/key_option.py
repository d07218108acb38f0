"""EFI_KEY_OPTION: which keys start which boot entry.

Source: UEFI 2.10 §3.1.6.
"""

from struct import Struct, iter_unpack
from zlib import crc32

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.wire.cursor import packed

_WHERE: Final = "key option"
_HEAD: Final = Struct("<IIH")
_KEY: Final = Struct("<HH")
_COUNT_SHIFT: Final = 30
_SHIFTS: Final = {0: "shift", 1: "control", 2: "alt", 3: "logo", 4: "menu", 5: "sysrq"}
_BITS_BEFORE: Final = 8


class InputKey(NamedTuple):
    """A key.

    Attributes:
        scan_code: 0 for a key that gives a character.
        character: Its code unit; 0 for a key that gives none.
    """

    scan_code: int
    character: int


class KeyOption(NamedTuple):
    """Keys, and what they start.

    Attributes:
        key_data: Bits: 0..7 revision, 8..13 shift, control, alt, logo, menu and sysrq, 30..31 how many keys.
        crc: CRC-32 of the boot entry's whole value.
        number: The boot entry's.
        keys: At most 3.
    """

    key_data: int
    crc: int
    number: int
    keys: tuple[InputKey, ...] = ()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart; that there are as many keys as it says is not asked.

        Raises:
            DecodeError: It is cut short, or ends within a key.
        """
        if len(data) < _HEAD.size or (len(data) - _HEAD.size) % _KEY.size:
            raise DecodeError(_WHERE, len(data), f"{_HEAD.size} bytes and {_KEY.size} for each key belong here, and there are {len(data)}")
        keys = tuple(InputKey(*key) for key in iter_unpack("<HH", data[_HEAD.size :]))
        key_data, crc, number = _HEAD.unpack_from(data)
        return cls(key_data, crc, number, keys)

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        return packed(_HEAD, self.key_data, self.crc, self.number) + b"".join(packed(_KEY, *key) for key in self.keys)

    @property
    def shifts(self) -> tuple[str, ...]:
        """The keys that are to be held."""
        return tuple(name for bit, name in _SHIFTS.items() if self.key_data >> _BITS_BEFORE + bit & 1)

    @property
    def claimed_count(self) -> int:
        """How many keys it says it has."""
        return self.key_data >> _COUNT_SHIFT & 3

    def matches(self, option: bytes) -> bool:
        """Whether this was made for a boot entry of these bytes; firmware leaves it alone otherwise."""
        return crc32(option) == self.crc

    def as_json(self) -> dict[str, Any]:
        """Its members, the keys to be held, and whether it has as many keys as it says."""
        keys = [{"scan_code": key.scan_code, "character": chr(key.character) if key.character else None} for key in self.keys]
        return {
            "number": self.number,
            "crc": self.crc,
            "key_data": self.key_data,
            "held": list(self.shifts),
            "keys": keys,
            "problem": None if self.claimed_count == len(self.keys) else f"it says {self.claimed_count} keys, and has {len(self.keys)}",
        }
