"""What has to be written so that a boot menu changes: in an order that leaves a menu that starts, wherever it is broken off.

An entry is written before the order names it, and leaves the order before it is deleted. What firmware would start while some of the
writes are done is what it would have started before all of them, or after.

Source: UEFI 2.10 §3.1.1 (the order), §3.1.6 (Key#### has the entry's CRC-32), §3.1.7 (BootNext).
"""

from zlib import crc32

from efirt.annotation import Final, Iterator, Mapping, NamedTuple, Sequence
from efirt.errors import DecodeError, Refused
from efirt.payloads.key_option import KeyOption
from efirt.payloads.load_option import ACTIVE, LoadOption
from efirt.payloads.number import BOOT_TO_FIRMWARE, OS_INDICATIONS
from efirt.payloads.order import Order
from efirt.values.attributes import Attributes
from efirt.values.key import Key, Variable
from efirt.views.boot_menu import INDICATIONS, NEXT, TIMEOUT, Entry, Menu, Reading, places_in

STORED: Final = Attributes.NV | Attributes.BS | Attributes.RT
LAST: Final = 0xFFFF


class Write(NamedTuple):
    """One SetVariable.

    Attributes:
        key: Which variable.
        before: As it was; None where it was not there.
        after: Its new value; empty to delete it.
    """

    key: Key
    before: Variable | None
    after: bytes

    @property
    def attributes(self) -> Attributes:
        """What it is written with: the attributes it has, or those of a new one."""
        return self.before.attributes if self.before else STORED

    @property
    def action(self) -> str:
        """``create``, ``change`` or ``delete``."""
        return "delete" if not self.after else "change" if self.before else "create"


class Plan(NamedTuple):
    """Writes in their order.

    Attributes:
        menu: What it was made for.
        writes: Those that change something.
        number: The entry that is new; None where there is none.
    """

    menu: Menu
    writes: tuple[Write, ...] = ()
    number: int | None = None

    @classmethod
    def of(cls, menu: Menu, values: Mapping[Key, bytes], number: int | None = None) -> "Plan":
        """These values, in this order; an empty one deletes. What is so already is left out."""
        writes = [Write(key, menu.variables.get(key), value) for key, value in values.items()]
        unknown = values.keys() - menu.variables.keys()
        return cls(
            menu, tuple(one for one in writes if one.key in unknown or one.after != (one.before.data if one.before else b"")), number
        )

    @property
    def result(self) -> Menu:
        """The menu as it will be, as far as what firmware starts goes."""
        menu, values = self.menu, {write.key: write.after for write in self.writes}
        order = Order.salvage(values[menu.kind.order_key]).numbers if menu.kind.order_key in values else menu.order
        kept = [entry for entry in menu.entries if entry.key not in values]
        made = [
            Entry.of(menu.kind, number, Variable(key, STORED, value))
            for key, value in values.items()
            if value and (number := menu.kind.number_of(key)) is not None
        ]
        return menu._replace(entries=(*kept, *made), order=order, places=places_in(order))


def added(menu: Menu, option: LoadOption, place: int | None = 1, number: int | None = None) -> Plan:
    """A new entry.

    Args:
        menu: The menu.
        option: The entry.
        place: Where in the order, from 1; one past its end or more is the end; None for not in it.
        number: Its number; None for the lowest that is free.

    Raises:
        ValueError: There is such an entry already, no number is free, or the number or the place is none.
        Refused: Firmware did not list all its names, and no number is given; or the order cannot be read.
    """
    if number is None:
        number = _free_number(menu)
    elif not 0 <= number <= LAST:
        raise ValueError(f"{number} is no entry's number: they are 0 to {LAST}")
    elif menu.entry(number):
        raise ValueError(f"there is an entry {number:04X} already: edit it, or leave the number out")
    check_readable(menu, menu.kind.order_key)
    order = [one for one in menu.order if one != number]
    if place is not None:
        if place < 1:
            raise ValueError(f"{place} is no place in the order: the first is 1")
        order.insert(place - 1, number)
    entry, numbers = {menu.kind.key(number): option.encode()}, _order(menu, order)
    is_expected = number in menu.order  # the order names it already, so it would start at its old place in between
    return Plan.of(menu, {**numbers, **entry} if place is None or is_expected else {**entry, **numbers}, number)


def _free_number(menu: Menu) -> int:
    if not menu.is_whole:
        raise Refused(f"no number is known to be free: {menu.problems[0]}", "name one that is")
    taken = {entry.number for entry in menu.entries} | {*menu.order} | {menu.next, menu.current}
    free = next((number for number in range(LAST + 1) if number not in taken), None)
    if free is None:
        raise ValueError(f"all {LAST + 1} numbers are taken: remove an entry first")
    return free


def removed(menu: Menu, numbers: Sequence[int]) -> Plan:
    """Entries go, first from what firmware looks at, then themselves.

    Raises:
        ValueError: There is no such entry.
        Refused: The order cannot be read.
    """
    check_readable(menu, menu.kind.order_key)
    gone = [known(menu, number) for number in dict.fromkeys(numbers)]
    return Plan.of(menu, {**_without(menu, {entry.number for entry in gone}), **{entry.key: b"" for entry in gone}})


def _without(menu: Menu, numbers: set[int]) -> Mapping[Key, bytes]:
    """What else changes where entries go."""
    is_next = menu.next is not None and menu.next in numbers
    return {**_order(menu, [number for number in menu.order if number not in numbers]), **({NEXT: b""} if is_next else {})}


def _order(menu: Menu, numbers: Sequence[int]) -> Mapping[Key, bytes]:
    """The order; nothing where it stays as it is, be it odd."""
    return {menu.kind.order_key: Order(tuple(numbers)).encode()} if tuple(numbers) != menu.order else {}


def check_readable(menu: Menu, key: Key) -> None:
    """Refuse to change what could not be read.

    Raises:
        Refused: It could not.
    """
    if key not in menu.variables:
        why = next(iter(menu.problems), "")
        raise Refused(f"{key.name} cannot be read, so nobody knows what a change would lose: {why}", "find out why it cannot be read")


def known(menu: Menu, number: int) -> Entry:
    """The entry of a number.

    Raises:
        ValueError: There is none.
    """
    entry = menu.entry(number)
    if entry is None:
        there = menu.named([one.number for one in menu.entries])
        raise ValueError(f"there is no entry {number:04X}; the entries are {there}")
    return entry


def ordered(menu: Menu, numbers: Sequence[int], *, rest: bool = False) -> Plan:
    """The order is these.

    Args:
        menu: The menu.
        numbers: Entries, the first one tried first.
        rest: Whether those in the order that are not named stay behind them, rather than leave it.

    Raises:
        ValueError: There is no such entry, or one is named twice.
        Refused: The order cannot be read.
    """
    check_readable(menu, menu.kind.order_key)
    for place, number in enumerate(numbers):
        known(menu, number)
        if number in numbers[:place]:
            raise ValueError(f"{number:04X} stands in the order twice")
    behind = [number for number in menu.places if number not in numbers] if rest else []
    return Plan.of(menu, _order(menu, [*numbers, *behind]))


def edited(menu: Menu, options: Mapping[int, LoadOption]) -> Plan:
    """Entries get other contents; the hot keys that were made for them go with them.

    Args:
        menu: The menu, whose variables hold the hot keys.
        options: The new contents by number.

    Raises:
        ValueError: There is no such entry.
    """
    values: dict[Key, bytes] = {}
    for number, option in options.items():
        values[known(menu, number).key] = option.encode()
    for number in options:
        values |= _hot_keys(menu, known(menu, number), values[known(menu, number).key])
    return Plan.of(menu, values)


def _hot_keys(menu: Menu, entry: Entry, value: bytes) -> Iterator[tuple[Key, bytes]]:
    for key in menu.hot_keys if menu.kind.is_menu and entry.variable else ():
        variable = menu.variables.get(key)
        try:
            option = KeyOption.decode(variable.data) if variable else None
        except DecodeError:
            continue
        if option and entry.variable and option.number == entry.number and option.matches(entry.variable.data):
            yield key, option._replace(crc=crc32(value)).encode()


def switched(menu: Menu, numbers: Sequence[int], *, active: bool) -> Plan:
    """Entries become active, or inactive.

    Raises:
        ValueError: There is no such entry, or it cannot be read.
    """
    options = {}
    for number in sorted(
        {*numbers}, key=lambda number: menu.places.get(number, LAST), reverse=not active
    ):  # what starts first changes once
        option = option_of(menu, number)
        options[number] = option._replace(attributes=option.attributes | ACTIVE if active else option.attributes & ~ACTIVE)
    return edited(menu, options)


def option_of(menu: Menu, number: int) -> LoadOption:
    """What an entry says.

    Raises:
        ValueError: There is no such entry, or it cannot be read, or not as a whole.
    """
    entry = known(menu, number)
    if entry.variable is None or entry.option is None:
        raise ValueError(f"{entry.key.name} cannot be changed, since it cannot be read: {entry.defect}")
    try:
        return LoadOption.decode(entry.variable.data)
    except DecodeError as cause:
        raise ValueError(f"{entry.key.name} cannot be changed: {cause}; remove it and add it anew") from None


def with_next(menu: Menu, number: int | None) -> Plan:
    """Firmware starts an entry once, before all others; None for none.

    Raises:
        ValueError: There is no such entry.
    """
    if number is not None:
        known(menu, number)
    return Plan.of(menu, {NEXT: b"" if number is None else Order((number,)).encode()})


def with_timeout(menu: Menu, seconds: int | None) -> Plan:
    """Firmware waits so long, 65535 for ever; None for its own default.

    Raises:
        ValueError: It is no number of 16 bits.
    """
    if seconds is not None and not 0 <= seconds <= LAST:
        raise ValueError(f"{seconds} seconds are no timeout: it is 0 to {LAST}, and {LAST} means for ever")
    return Plan.of(menu, {TIMEOUT: b"" if seconds is None else Order((seconds,)).encode()})


def with_firmware_setup(menu: Menu, *, on: bool, force: bool = False) -> Plan:
    """Firmware shows its own menu at the next start, or does not.

    Args:
        menu: The menu.
        on: Whether it does.
        force: Also where firmware does not say that it can.

    Raises:
        Refused: It does not say that it can.
        ValueError: What it was asked before cannot be read.
    """
    check_readable(menu, INDICATIONS)
    variable = menu.variables[INDICATIONS]
    if variable and menu.indications is None:
        size = OS_INDICATIONS.size
        raise ValueError(f"OsIndications cannot be changed, since it has {len(variable.data)} bytes and not {size}: delete it first")
    if on and not force and not (menu.supported or 0) & BOOT_TO_FIRMWARE:
        why = "OsIndicationsSupported is not there" if menu.supported is None else f"OsIndicationsSupported is 0x{menu.supported:x}"
        advice = "press firmware's key as the machine starts; force=True (--force) asks it all the same"
        raise Refused(f"refused, since this firmware does not say that it shows its menu when it is asked: {why}", advice)
    present = menu.indications or 0
    wanted = present | BOOT_TO_FIRMWARE if on else present & ~BOOT_TO_FIRMWARE
    if wanted == present:
        return Plan(menu)
    return Plan.of(menu, {INDICATIONS: wanted.to_bytes(OS_INDICATIONS.size, "little")})


def check_sound(plan: Plan) -> None:
    """Refuse to write an entry that firmware cannot use, as a dry run is to say, too.

    Raises:
        Refused: There is one.
    """
    for write in plan.writes:
        if write.after and plan.menu.kind.number_of(write.key) is not None:
            defect = Reading.of(write.after).defect
            if defect:
                advice = "give it a path that names what is to start; force=True (--force) writes it all the same"
                raise Refused(f"refused, since firmware could not use {write.key.name}: {defect}", advice)


def check_start(plan: Plan) -> None:
    """Refuse to leave a menu without anything that firmware starts by itself, where there was something.

    Raises:
        Refused: It would.
    """
    menu = plan.menu
    if not menu.kind.is_menu or not menu.tried or plan.result.tried:
        return
    message = f"refused, since firmware would start none of the entries by itself any more (now it tries {menu.named(menu.tried)})"
    raise Refused(message, "leave an active entry in the order; force=True (--force) does it all the same")
