"""Entries that start the same as another one, and what an order names in vain.

Firmware and installers that do not look leave a menu with the same entry ten times.
"""

from collections import defaultdict

from efirt.annotation import Final, NamedTuple
from efirt.payloads.load_option import ACTIVE, CATEGORY, FORCE_RECONNECT, HIDDEN
from efirt.payloads.order import Order
from efirt.values.key import Key
from efirt.views.boot_menu import NEXT, Entry, Menu
from efirt.views.boot_plan import Plan, check_readable

_PURPOSE: Final = CATEGORY | FORCE_RECONNECT


class Duplicate(NamedTuple):
    """An entry that is not needed.

    Attributes:
        entry: It.
        kept: The one that stays.
        why: In what they differ, as a sentence.
    """

    entry: Entry
    kept: Entry
    why: str


def duplicates(menu: Menu) -> tuple[Duplicate, ...]:
    """Entries with the same paths and the same data as another, of the same category, that ask firmware for the same.

    The one stays that firmware would come to first by itself, else the first in the order, else the lowest number. One with a defect is
    none of them.
    """
    groups: dict[tuple[bytes, bytes, int], list[Entry]] = defaultdict(list)
    for entry in menu.entries:
        if entry.option and entry.path and not entry.defect:
            option = entry.option
            groups[option.path_list, option.optional_data, option.attributes & _PURPOSE].append(entry)
    tried = set(menu.tried)

    def rank(entry: Entry) -> tuple[bool, float, int]:
        return (entry.number not in tried, menu.position(entry) or float("inf"), entry.number)

    found = []
    for group in groups.values():
        kept, *others = sorted(group, key=rank)
        found += [Duplicate(entry, kept, _difference(entry, kept)) for entry in others]
    return tuple(found)


def _difference(entry: Entry, kept: Entry) -> str:
    if entry.variable and kept.variable and entry.variable.data == kept.variable.data:
        return "the same in every byte"
    parts = ["starts the same with the same data"]
    if entry.option and kept.option:
        if entry.option.description != kept.option.description:
            parts.append(f"its label is {entry.option.description!r}, and not {kept.option.description!r}")
        if entry.option.is_active != kept.option.is_active:
            parts.append("it is active, and the other is not" if entry.option.is_active else "it is inactive, and the other is active")
        if (entry.option.attributes ^ kept.option.attributes) & HIDDEN:
            parts.append("it is hidden, and the other is not" if entry.option.attributes & HIDDEN else "the other is hidden")
        if (entry.option.attributes ^ kept.option.attributes) & ~(ACTIVE | HIDDEN | _PURPOSE):
            parts.append(f"its attributes are {entry.option.attributes:#x}, and not {kept.option.attributes:#x}")
    return "; ".join(parts)


def tidied(menu: Menu) -> Plan:
    """A menu without duplicates, its order without those, without numbers that stand there twice, and without those of no entry.

    Raises:
        Refused: The order cannot be read.
    """
    check_readable(menu, menu.kind.order_key)
    found = duplicates(menu)
    instead = {one.entry.number: one.kept.number for one in found}
    there = {entry.number for entry in menu.entries if entry.key == menu.kind.key(entry.number)}
    order = tuple(number for number in menu.places if number in there and number not in instead)
    values: dict[Key, bytes] = {}
    if order != menu.order:
        values[menu.kind.order_key] = Order(order).encode()
    if menu.next in instead:
        values[NEXT] = Order((instead[menu.next],)).encode()
    elif menu.next is not None and menu.next not in there:
        values[NEXT] = b""
    return Plan.of(menu, values | {one.entry.key: b"" for one in found})
