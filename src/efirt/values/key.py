"""What names a variable: its name and its vendor's GUID together, never the name alone."""

from typing import NamedTuple, Self

from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.known import guid_of

_GUID_TEXT_SIZE = 36


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
            ValueError: There is no name, or firmware cannot keep it (:meth:`problem`).
        """
        name, guid = text, text[-_GUID_TEXT_SIZE:]
        try:
            vendor = Guid.parse(guid)
        except ValueError:
            key = cls(name, guid_of(name))
        else:
            key = cls(text[: -_GUID_TEXT_SIZE - 1], vendor)
        problem = key.problem()
        if problem:
            message = f"{text!r} does not name a variable: {problem}; write NAME or NAME-GUID"
            raise ValueError(message)
        return key

    def problem(self) -> str | None:
        """Why no firmware can hold this name, as a sentence; None when it can."""
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
