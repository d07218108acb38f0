"""What a file of firmware's memory holds, in whatever format it is written.

Source: UEFI 2.10 §8.2 (a variable is its name and its vendor's GUID together); what each format has beside variables stands in its module.
"""

from efirt.annotation import Callable, Final, Iterable, NamedTuple, Protocol
from efirt.errors import DecodeError
from efirt.images.damage import Damage
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import ZERO
from efirt.values.key import Key

UNNAMED: Final = Key("", ZERO)
"""The key of a variable whose file does not name it."""

SIGNED: Final = Attributes(0x27)
"""The attributes of the key databases, which their files do not say."""


class Beside(Protocol):
    """What a format says beside variables; each has its own type."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a format without it would lose, each as it is named to a person."""


class Contents(NamedTuple):
    """All that a file says.

    Attributes:
        records: The variables in the file's order, a repeated one as often as it stands there.
        damage: What was found wrong; a repeated key is, too.
        beside: What this format says beside variables; None where it says nothing more.
        last_counts: Whether the software this format belongs to finds the last of two variables with one key, and not the first.
        source: The bytes this was read from; None where it was not. They are what is written again as long as nothing is changed.
    """

    records: tuple[Record, ...]
    damage: tuple[Damage, ...] = ()
    beside: Beside | None = None
    last_counts: bool = False
    source: bytes | None = None

    @property
    def meaning(self) -> "Contents":
        """The same without the bytes it was read from, to compare."""
        return self._replace(source=None)

    @property
    def variables(self) -> tuple[Record, ...]:
        """The variables that are found, each key once, in the file's order."""
        return tuple(self.records[index] for index in sorted(self._found()))

    @property
    def hidden(self) -> tuple[Record, ...]:
        """The variables that are not found, since another one has their key, or they have no name."""
        found = self._found()
        return tuple(record for index, record in enumerate(self.records) if index not in found)

    def _found(self) -> set[int]:
        """Which are found: of one key one, and none without a name, but for the one variable of a file that does not name it."""
        found: dict[Key, int] = {}
        for index, record in enumerate(self.records):
            if not record.key.name and (len(self.records) > 1 or record.key != UNNAMED):
                continue
            if self.last_counts or record.key not in found:
                found[record.key] = index
        return {*found.values()}


def repeated(places: Iterable[tuple[int, Key]]) -> tuple[Damage, ...]:
    """A damage for each key that stands at a place and stood at an earlier one, or has no name."""
    first: dict[Key, int] = {}
    damage = []
    for offset, key in places:
        if not key.name:
            damage.append(Damage(offset, "a variable's name is empty"))
        elif key in first:
            damage.append(Damage(offset, f"{key} stands here again, after byte {first[key]}"))
        else:
            first[key] = offset
    return tuple(damage)


def unchanged(contents: Contents, decode: Callable[[bytes], Contents]) -> bytes | None:
    """The bytes that contents were read from, where they still say just this; else None."""
    source = contents.source
    if source is None:
        return None
    try:
        same = decode(source).meaning == contents.meaning
    except DecodeError:  # read by another format
        return None
    return source if same else None
