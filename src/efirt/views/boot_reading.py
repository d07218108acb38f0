"""Reading a boot menu: what one variable hides, the others still show."""

from efirt.annotation import Final
from efirt.errors import DecodeError, EfirtError, NoDriver, NotFound
from efirt.payloads.number import OS_INDICATIONS, UINT16, Width
from efirt.payloads.order import Order
from efirt.runtime.services import Runtime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key, Variable
from efirt.views.boot_menu import CURRENT, INDICATIONS, NEXT, SUPPORTED, TIMEOUT, Entry, Kind, Menu, places_in

_HOT_KEY: Final = Kind("key", "Key")


class _Reading:
    """One look at all variables of a menu.

    Attributes:
        variables: Those that were looked for.
        problems: What is wrong.
    """

    def __init__(self, runtime: Runtime, kind: Kind) -> None:
        self._runtime = runtime
        self._kind = kind
        self.variables: dict[Key, Variable | None] = {}
        self.problems: list[str] = []

    def get(self, key: Key) -> Variable | None:
        """A variable; None where there is none.

        Raises:
            EfirtError: It cannot be read.
        """
        if key not in self.variables:
            try:
                self.variables[key] = self._runtime.get(key)
            except NotFound:
                self.variables[key] = None
        return self.variables[key]

    def tell(self, key: Key) -> bytes | None:
        """A variable's value; None where there is none, or it cannot be read, which is a problem."""
        try:
            variable = self.get(key)
        except NoDriver:
            raise
        except EfirtError as cause:
            self.problems.append(cause.message)
            return None
        return variable.data if variable else None

    def number(self, key: Key, width: Width) -> int | None:
        """A variable's number."""
        data = self.tell(key)
        if data is None:
            return None
        try:
            return width.decode(data).value
        except DecodeError as cause:
            self.problems.append(f"{key.name}: {cause}")
            return None

    def order(self) -> tuple[int, ...]:
        """The order, as far as it has whole numbers."""
        data = self.tell(self._kind.order_key) or b""
        try:
            Order.decode(data)
        except DecodeError as cause:
            self.problems.append(f"{self._kind.order_key.name}: {cause}")
        return Order.salvage(data).numbers

    def names(self) -> tuple[list[Key], list[Key], bool]:
        """The entries' variables, those of hot keys, and whether these are all."""
        found: list[Key] = []
        keys: list[Key] = []
        is_begun = False
        try:
            for key in self._runtime.names():
                is_begun = True
                if self._kind.number_of(key) is not None:
                    found.append(key)
                elif key.guid == GLOBAL and _HOT_KEY.number_of(key) is not None:
                    keys.append(key)
        except EfirtError as cause:
            if isinstance(cause, NoDriver) or not is_begun:
                raise
            self.problems.append(f"not all entries may be here: {cause.message}")
            return found, keys, False
        return found, keys, True

    def entry(self, key: Key, number: int) -> Entry | None:
        """What a variable says; None where it is not there."""
        try:
            variable = self.get(key)
        except NoDriver:
            raise
        except EfirtError as cause:
            return Entry(key, number, None, None, defect=cause.message)
        return Entry.of(self._kind, number, variable) if variable else None


def read_menu(runtime: Runtime, kind: Kind, also: int | None = None) -> Menu:
    """Read all of one kind; what cannot be read is a defect of its entry, or a problem of the menu.

    Args:
        runtime: The machine.
        kind: Which.
        also: An entry to look for whether or not firmware lists it.

    Raises:
        EfirtError: Firmware's names cannot be listed at all.
    """
    reading = _Reading(runtime, kind)
    order = reading.order()
    first, current = (reading.number(NEXT, UINT16), reading.number(CURRENT, UINT16)) if kind.is_menu else (None, None)
    timeout = reading.number(TIMEOUT, UINT16) if kind.is_menu else None
    indications, supported = (reading.number(key, OS_INDICATIONS) if kind.is_menu else None for key in (INDICATIONS, SUPPORTED))
    names, hot_keys, is_whole = reading.names()
    numbers = {key: number for key in names if (number := kind.number_of(key)) is not None}
    for number in (*order, *(one for one in (first, also) if one is not None)):
        numbers.setdefault(kind.key(number), number)  # a listing may be older than the order
    entries = [entry for key, number in numbers.items() if (entry := reading.entry(key, number))]
    places = places_in(order)
    entries.sort(key=lambda entry: (places.get(entry.number, len(order) + 1), entry.number, entry.key.name))
    told = (first, current, timeout, indications, supported)
    menu = Menu(kind, tuple(entries), order, places, *told, (), is_whole, reading.variables, tuple(hot_keys))
    return menu._replace(problems=(*reading.problems, *_inconsistencies(menu)))


def _inconsistencies(menu: Menu) -> list[str]:
    """Where the variables do not fit one another."""
    there = {entry.number for entry in menu.entries if entry.key == menu.kind.key(entry.number)}
    order = menu.kind.order_key.name
    missing = [number for number in menu.places if number not in there]
    problems = [f"{order} has {menu.named(missing)}, and there is no such entry"] if missing else []
    twice = dict.fromkeys(number for place, number in enumerate(menu.order, 1) if menu.places[number] != place)
    problems += [f"{order} has {menu.named([*twice])} more than once"] if twice else []
    if menu.next is not None and menu.next not in there:
        problems.append(f"BootNext is {menu.next:04X}, and there is no such entry")
    return problems


def read_hot_keys(runtime: Runtime, menu: Menu) -> Menu:
    """The menu with the values of its hot keys; one that cannot be read stays unread."""
    reading = _Reading(runtime, menu.kind)
    for key in menu.hot_keys if menu.kind.is_menu else ():
        reading.tell(key)
    return menu._replace(variables={**menu.variables, **reading.variables})
