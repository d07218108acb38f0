"""A boot menu as its variables say it is: entries, their order, and what is wrong with each.

Source: UEFI 2.10 §3.1.1 to §3.1.3, §3.1.7, §3.3.
"""

from efirt.annotation import Final, Mapping, NamedTuple, Sequence
from efirt.errors import DecodeError
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.load_option import CATEGORY, LoadOption
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key, Variable

_DIGITS: Final = 4
_HEX: Final = frozenset("0123456789abcdefABCDEF")


class Kind(NamedTuple):
    """A kind of entries.

    Attributes:
        name: What it is called here: ``boot``, ``driver``, ``sysprep``.
        prefix: What its variables' names begin with.
        is_menu: Whether firmware offers a choice of these, with one that comes next and one it was started from.
    """

    name: str
    prefix: str
    is_menu: bool = False

    @property
    def order_key(self) -> Key:
        """The variable with the order."""
        return Key(f"{self.prefix}Order", GLOBAL)

    def key(self, number: int) -> Key:
        """An entry's variable."""
        return Key(f"{self.prefix}{number:04X}", GLOBAL)

    def number_of(self, key: Key) -> int | None:
        """The number of an entry's variable, its digits of either case; None where it is none."""
        name, digits = key.name[:-_DIGITS], key.name[-_DIGITS:]
        if key.guid != GLOBAL or name != self.prefix or not _HEX.issuperset(digits):
            return None
        return int(digits, 16)

    def parse(self, text: str) -> int:
        """Read a number as people write it: ``0001``, ``1``, ``Boot0001``; always hexadecimal.

        Raises:
            ValueError: It is none.
        """
        digits = text.removeprefix(self.prefix)
        if not 1 <= len(digits) <= _DIGITS or not _HEX.issuperset(digits):
            raise ValueError(f"{text!r} is not the number of an entry: write up to {_DIGITS} hexadecimal digits, such as 000A")
        return int(digits, 16)


KINDS: Final = {kind.name: kind for kind in (Kind("boot", "Boot", is_menu=True), Kind("driver", "Driver"), Kind("sysprep", "SysPrep"))}

_END: Final = bytes.fromhex("7fff0400")
_NOTHING: Final = "its device path is an end alone, which names nothing to start"
NEXT: Final = Key("BootNext", GLOBAL)
CURRENT: Final = Key("BootCurrent", GLOBAL)
TIMEOUT: Final = Key("Timeout", GLOBAL)
INDICATIONS: Final = Key("OsIndications", GLOBAL)
SUPPORTED: Final = Key("OsIndicationsSupported", GLOBAL)


class Reading(NamedTuple):
    """What can be read of an entry's value.

    Attributes:
        option: What can be read of it.
        path: Where what it starts is; None where that cannot be read.
        defect: Why firmware cannot use it, as a sentence; None where it can.
    """

    option: LoadOption
    path: DevicePath | None
    defect: str | None

    @classmethod
    def of(cls, data: bytes) -> "Reading":
        """Read a value, be it odd."""
        option, error = LoadOption.salvage(data)
        path = None
        try:
            path = option.path
        except DecodeError as cause:
            error = error or cause
        if path is not None and error is None and path.encode() == _END:
            return cls(option, path, _NOTHING)
        return cls(option, path, str(error) if error else None)


class Entry(NamedTuple):
    """One entry.

    Attributes:
        key: Its variable.
        number: 0..=65535.
        variable: As firmware gave it; None where it could not be read.
        option: What can be read of it; None where nothing can.
        path: Where what it starts is; None where that cannot be read.
        defect: Why firmware cannot use it, or does not look at it, as a sentence; None where it can.
    """

    key: Key
    number: int
    variable: Variable | None
    option: LoadOption | None
    path: DevicePath | None = None
    defect: str | None = None

    @classmethod
    def of(cls, kind: Kind, number: int, variable: Variable) -> "Entry":
        """What a variable says."""
        option, path, defect = Reading.of(variable.data)
        return cls(variable.key, number, variable, option, path, defect or _oversight(kind, number, variable))

    @property
    def is_tried(self) -> bool:
        """Whether firmware starts it by itself when its turn comes."""
        return self.defect is None and self.option is not None and self.option.is_active and not self.option.attributes & CATEGORY


def _oversight(kind: Kind, number: int, variable: Variable) -> str | None:
    """Why firmware does not look at a variable; None where it does."""
    if variable.key != kind.key(number):
        return f"its name is not spelled {kind.key(number).name}, so firmware does not look at it"
    if not variable.attributes & Attributes.BS:
        return f"its variable has the attributes {variable.attributes}, so firmware does not see it when it starts"
    return None


def places_in(order: Sequence[int]) -> Mapping[int, int]:
    """Where each number of an order first stands, from 1."""
    places: dict[int, int] = {}
    for place, number in enumerate(order, 1):
        places.setdefault(number, place)
    return places


class Menu(NamedTuple):
    """All of one kind.

    Attributes:
        kind: Which.
        entries: Those in the order as it has them, then the others by number.
        order: Numbers, as the variable has them.
        places: Where in the order each number first stands, from 1.
        next: The entry that firmware starts once, before all others; None where there is none.
        current: The entry this machine was started from.
        timeout: Seconds that firmware waits; 65535 for ever.
        indications: The bits of OsIndications.
        supported: The bits that firmware knows.
        problems: What else is wrong, as sentences.
        is_whole: Whether firmware listed all its names, so that no entry is missing.
        variables: Every variable that was looked for, None where it is not there.
        hot_keys: The keys' variables, which are not read.
    """

    kind: Kind
    entries: tuple[Entry, ...]
    order: tuple[int, ...]
    places: Mapping[int, int]
    next: int | None
    current: int | None
    timeout: int | None
    indications: int | None
    supported: int | None
    problems: tuple[str, ...]
    is_whole: bool
    variables: Mapping[Key, Variable | None]
    hot_keys: tuple[Key, ...] = ()

    def entry(self, number: int) -> Entry | None:
        """The entry that firmware finds under a number; one it does not look at where there is no other; None where there is none."""
        return self._by_number().get(number)

    def _by_number(self) -> Mapping[int, Entry]:
        found: dict[int, Entry] = {}
        for entry in self.entries:
            if entry.number not in found or entry.key == self.kind.key(entry.number):
                found[entry.number] = entry
        return found

    def position(self, entry: Entry) -> int | None:
        """Its place in the order, from 1; None where it is not in it."""
        place = self.places.get(entry.number)
        return place if entry.key == self.kind.key(entry.number) else None

    def is_next(self, entry: Entry) -> bool:
        """Whether firmware starts it once, before all others."""
        return entry.key == self.kind.key(entry.number) and entry.number == self.next

    def is_current(self, entry: Entry) -> bool:
        """Whether this machine was started from it."""
        return entry.key == self.kind.key(entry.number) and entry.number == self.current

    @property
    def tried(self) -> tuple[int, ...]:
        """The entries that firmware starts by itself, each where those before it do not start."""
        entries = self._by_number()
        return tuple(number for number in self.places if number in entries and entries[number].is_tried)

    def named(self, numbers: Sequence[int]) -> str:
        """Some entries for people."""
        return ", ".join(f"{number:04X}" for number in numbers) or "none"
