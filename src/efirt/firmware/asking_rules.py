"""When GetVariable and GetNextVariableName say no, beyond that there is nothing of the name.

Source: UEFI 2.10 §8.2.1, §8.2.2.
"""

from efirt.annotation import TYPE_CHECKING, Final, NamedTuple
from efirt.firmware.rule import Rule, Rules
from efirt.store import Record
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import char16_size

if TYPE_CHECKING:
    from efirt.firmware.reading import Reading

_NEXT: Final = "edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableServiceGetNextVariableName; UEFI 2.10 §8.2.2"


class Asked(NamedTuple):
    """A question for a variable, or for the name behind it.

    Attributes:
        key: Which; an empty name asks for the first.
        room: Bytes that are ready for the answer.
        found: The variable, where it is visible now.
        hidden: Whether there is one that is not.
        reading: The services that are asked.
    """

    key: Key
    room: int
    found: Record | None
    hidden: bool = False
    reading: "Reading | None" = None


NEXT_RULES: Final[Rules[Asked]] = (
    Rule("the name that is handed in ends in its buffer", Status.INVALID_PARAMETER, lambda a: char16_size(a.key.name) > a.room, _NEXT),
    Rule(
        "the name that is handed in is a variable's",
        Status.INVALID_PARAMETER,
        lambda a: bool(a.key.name) and a.found is None,
        _NEXT,
    ),
)
"""What asking for the next name demands."""
