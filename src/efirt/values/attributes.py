"""A variable's attributes: 32 bits, known or not."""

from efirt.annotation import Final, Self

_FLAGS: Final = {
    "NV": 0x01,
    "BS": 0x02,
    "RT": 0x04,
    "HR": 0x08,
    "AW": 0x10,
    "AT": 0x20,
    "APPEND": 0x40,
    "ENH": 0x80,
}
_LONG: Final = {
    "NON_VOLATILE": "NV",
    "BOOTSERVICE_ACCESS": "BS",
    "RUNTIME_ACCESS": "RT",
    "HARDWARE_ERROR_RECORD": "HR",
    "AUTHENTICATED_WRITE_ACCESS": "AW",
    "TIME_BASED_AUTHENTICATED_WRITE_ACCESS": "AT",
    "APPEND_WRITE": "APPEND",
    "ENHANCED_AUTHENTICATED_ACCESS": "ENH",
}


def _bits(word: str) -> int:
    name = word.strip().upper().removeprefix("EFI_VARIABLE_")
    flag = _FLAGS.get(_LONG.get(name, name))
    if flag is not None:
        return flag
    try:
        number = int(word, 0)
    except ValueError:
        number = -1
    if not 0 <= number < 1 << 32:
        message = f"{word!r} is not a variable attribute: write names joined by '+', such as NV+BS+RT, of {', '.join(_FLAGS)}, or a number"
        raise ValueError(message)
    return number


class Attributes(int):
    """Attribute bits of a variable, 0..=2**32-1; bits without a name are kept.

    Source: UEFI 2.10 §8.2.1 (EFI_VARIABLE_*).
    """

    __slots__ = ()

    NV: "Attributes"
    BS: "Attributes"
    RT: "Attributes"
    HR: "Attributes"
    AW: "Attributes"
    AT: "Attributes"
    APPEND: "Attributes"
    ENH: "Attributes"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read names joined by ``+`` (``NV+BS+RT``), their long forms, or numbers.

        Raises:
            ValueError: A word is neither, or a number does not fit in 32 bits.
        """
        total = 0
        for word in text.replace("|", "+").split("+"):
            total |= _bits(word)
        return cls(total)

    @property
    def flags(self) -> tuple[str, ...]:
        """The short names of the set bits in rising order; bits without a name as one hexadecimal number at the end."""
        names = [name for name, bit in _FLAGS.items() if self & bit]
        rest = int(self) & ~0xFF
        return (*names, f"0x{rest:x}") if rest else tuple(names)

    def __or__(self, other: int) -> "Attributes":
        """Both sets together."""
        return Attributes(int(self) | int(other))

    def __and__(self, other: int) -> "Attributes":
        """What both sets have."""
        return Attributes(int(self) & int(other))

    def __invert__(self) -> "Attributes":
        """All 32 bits but these."""
        return Attributes(~int(self) & 0xFFFFFFFF)

    def __str__(self) -> str:
        """``NV+BS+RT``; ``0`` when no bit is set."""
        return "+".join(self.flags) or "0"

    def __repr__(self) -> str:
        """The expression that makes this value."""
        return f"Attributes.parse('{self}')"


for _name, _bit in _FLAGS.items():
    setattr(Attributes, _name, Attributes(_bit))
