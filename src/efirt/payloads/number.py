"""Variables that are one number, and those whose bits have names.

Source: UEFI 2.10 §3.3 (table 3.1), §8.5.4 (OsIndications), §3.1.6 (BootOptionSupport).
"""

from efirt.annotation import Any, Final, Mapping, NamedTuple
from efirt.errors import DecodeError

_WIDEST: Final = 8
_NO_NAMES: Final[Mapping[int, str]] = {}


class Number(NamedTuple):
    """A number.

    Attributes:
        value: 0 and on, or below 0 where it has a sign.
        size: Bytes.
        names: What its bits are called, by their value; empty where it is just a number.
        has_sign: Whether its highest bit is one.
    """

    value: int
    size: int
    names: Mapping[int, str] = _NO_NAMES
    has_sign: bool = False

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: It does not fit them.
        """
        try:
            return self.value.to_bytes(self.size, "little", signed=self.has_sign)
        except OverflowError:
            raise ValueError(f"{self.value} does not fit in {self.size} bytes") from None

    @property
    def flags(self) -> tuple[str, ...]:
        """The names of the bits that are set; those without one as one number at the end."""
        rest = self.value & ~sum(self.names)
        return (*(name for bit, name in self.names.items() if self.value & bit), *([f"0x{rest:x}"] if rest else []))

    def as_json(self) -> Any:  # noqa: ANN401 - an integer, or an object
        """The number, or with the names of its bits."""
        return {"value": self.value, "flags": list(self.flags)} if self.names else self.value


class Width(NamedTuple):
    """How wide a number is, and what its bits are called.

    Attributes:
        size: Bytes.
        names: As of :class:`Number`.
        has_sign: As of :class:`Number`.
    """

    size: int
    names: Mapping[int, str] = _NO_NAMES
    has_sign: bool = False

    def decode(self, data: bytes) -> Number:
        """The number of these bytes.

        Raises:
            DecodeError: They are more or fewer.
        """
        if len(data) != self.size:
            raise DecodeError("number", len(data), f"it has {self.size} bytes, not {len(data)}")
        return Number(int.from_bytes(data, "little", signed=self.has_sign), self.size, self.names, self.has_sign)


class AnyWidth:
    """How a number is read that its writers do not agree on the width of."""

    @staticmethod
    def decode(data: bytes) -> Number:
        """The number of these bytes.

        Raises:
            DecodeError: There are none, or more than 8.
        """
        if not 1 <= len(data) <= _WIDEST:
            raise DecodeError("number", len(data), f"it has 1 to {_WIDEST} bytes, not {len(data)}")
        return Number(int.from_bytes(data, "little"), len(data))


UINT8: Final = Width(1)
UINT16: Final = Width(2)
UINT32: Final = Width(4)
UINT64: Final = Width(8)
INT32: Final = Width(4, has_sign=True)
OS_INDICATIONS: Final = Width(
    8,
    {
        0x01: "BOOT_TO_FW_UI",
        0x02: "TIMESTAMP_REVOCATION",
        0x04: "FILE_CAPSULE_DELIVERY_SUPPORTED",
        0x08: "FMP_CAPSULE_SUPPORTED",
        0x10: "CAPSULE_RESULT_VAR_SUPPORTED",
        0x20: "START_OS_RECOVERY",
        0x40: "START_PLATFORM_RECOVERY",
        0x80: "JSON_CONFIG_DATA_REFRESH",
    },
)
BOOT_OPTION_SUPPORT: Final = Width(4, {0x01: "KEY", 0x02: "APP", 0x10: "SYSPREP", 0x100: "COUNT_1", 0x200: "COUNT_2"})
BOOT_TO_FIRMWARE: Final = 0x01
"""The bit of OsIndications that starts firmware's own menu."""
