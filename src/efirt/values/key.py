"""What names a variable: its name and its vendor's GUID together, never the name alone."""

from efirt.annotation import Final, NamedTuple, Self
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.known import guid_of

_GUID_TEXT_SIZE: Final = 36
_GROUPS: Final = (8, 4, 4, 4, 12)
_FEWEST_DIGITS: Final = 24
_DIGITS: Final = 32
_HEX: Final = frozenset("0123456789abcdefABCDEF")


def _ends_like_guid(text: str) -> bool:
    """Whether the end was meant as a GUID: in braces, without dashes, or five groups of about the right lengths."""
    if text.endswith("}") or (len(text) > _DIGITS and text[-_DIGITS - 1] == "-" and _HEX.issuperset(text[-_DIGITS:])):
        return True
    groups = text.split("-")[-len(_GROUPS) :]
    together = "".join(groups)
    if len(groups) != len(_GROUPS) or not together.isalnum():
        return False
    return tuple(map(len, groups)) == _GROUPS or (len(together) >= _FEWEST_DIGITS and _HEX.issuperset(together))


class Key(NamedTuple):
    """A variable's name and vendor GUID.

    Attributes:
        name: Case sensitive; UTF-16 code units as firmware keeps them, so lone surrogates can occur.
        guid: The namespace the name lives in.

    Source: UEFI 2.10 §8.2.1.
    """

    name: str
    guid: Guid

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``Name-12345678-1234-1234-1234-123456789abc``, or a bare name.

        A bare name the specification knows (``BootOrder``, ``db``) means its own GUID, any other the global namespace.

        Raises:
            ValueError: There is no name, or nobody should ask for it (:meth:`problem`).
        """
        name, dash, guid = text[: -_GUID_TEXT_SIZE - 1], text[-_GUID_TEXT_SIZE - 1 : -_GUID_TEXT_SIZE], text[-_GUID_TEXT_SIZE:]
        try:
            key = cls(name, Guid.parse(guid))
        except ValueError:
            key = cls(text, guid_of(text))
            problem = "its end is not a GUID, though much like one" if _ends_like_guid(text) else key.problem()
        else:
            problem = key.problem() if dash in {"", "-"} else f"{dash!r} stands before the GUID"
        if problem:
            message = f"{text!r} does not name a variable: {problem}; write NAME or NAME-GUID"
            raise ValueError(message)
        return key

    def problem(self) -> str | None:
        """Why nobody should ask for this name, as a sentence; None when all is well.

        Firmware can hold half a surrogate pair, but such a name cannot be written as text.
        """
        if not self.name:
            return "the name is empty"
        if "\0" in self.name:
            return "the name holds a NUL, which ends a name"
        if any("\ud800" <= c <= "\udfff" for c in self.name):
            return "the name holds half of a surrogate pair, which is not a character"
        return None

    def __str__(self) -> str:
        """``Name-guid``, as efivarfs names its files."""
        return f"{self.name}-{self.guid}"


class Variable(NamedTuple):
    """A variable as firmware gives it out.

    Attributes:
        key: Which.
        attributes: Its attribute bits.
        data: Its value.
    """

    key: Key
    attributes: Attributes
    data: bytes
