"""BootOrder and its like: numbers of entries, the first one tried first.

Source: UEFI 2.10 §3.1.1, §3.1.2.
"""

from struct import Struct, error

from efirt.annotation import Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.payloads.boot_option import order_problem

_UNIT: Final = 2


class Order(NamedTuple):
    """Numbers of entries.

    Attributes:
        numbers: 0..=65535 each; one can stand twice, or have no entry.
    """

    numbers: tuple[int, ...] = ()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It ends with half a number.
        """
        problem = order_problem(data)
        if problem:
            raise DecodeError("order", len(data) & ~1, problem)
        return cls.salvage(data)

    @classmethod
    def salvage(cls, data: bytes) -> Self:
        """Its whole numbers."""
        count = len(data) // _UNIT
        return cls(Struct(f"<{count}H").unpack_from(data))

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A number does not fit in 16 bits.
        """
        try:
            return Struct(f"<{len(self.numbers)}H").pack(*self.numbers)
        except error:
            raise ValueError(f"the numbers of {self.numbers!r} are of 16 bits") from None

    def as_json(self) -> list[int]:
        """The numbers."""
        return list(self.numbers)
