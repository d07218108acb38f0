"""The power goes after each single write of a change: what firmware starts then is what it would have started before, or after."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.drivers.faults.driver import Faults
from efirt.errors import DriverError, Refused
from efirt.ops import Driver, SetVariable
from efirt.payloads.load_option import ACTIVE
from efirt.runtime.registry import open_driver
from efirt.runtime.services import Runtime
from efirt.views.boot import Boot
from efirt.views.boot_plan import Plan
from tests.views.menus import Machine, entry, hot_key, machine, order, started

Change = Callable[[Boot], Plan]

CHANGES: dict[str, Change] = {
    "add": lambda menu: menu.add(entry("new")),
    "add-behind": lambda menu: menu.add(entry("new"), place=2),
    "add-nowhere": lambda menu: menu.add(entry("new"), place=None, number=9),
    "remove": lambda menu: menu.remove(1),
    "remove-several": lambda menu: menu.remove(1, 2),
    "order": lambda menu: menu.order([2, 0]),
    "order-rest": lambda menu: menu.order([0], rest=True),
    "edit": lambda menu: menu.edit(1, menu.option(1)._replace(description="new")),
    "edit-keys": lambda menu: menu.edit(0, menu.option(0)._replace(attributes=ACTIVE)),
    "inactive": lambda menu: menu.activate(1, active=False),
    "next": lambda menu: menu.next(2),
    "dedupe": lambda menu: menu.dedupe(),
}


def fresh() -> Driver:
    """A simulated firmware with an entry that comes next, one without a place in the order, and a duplicate."""
    driver = open_driver("simulated")
    runtime = Runtime(driver)
    runtime.set("BootNext", order(1))
    runtime.set("Boot0005", runtime.get("Boot0001").data)
    runtime.set("Boot0006", entry("six").encode())
    runtime.set("BootOrder", order(5, 1, 2, 0))
    return driver


@pytest.mark.parametrize("change", CHANGES)
def test_a_power_cut_after_each_write_leaves_a_menu_that_starts_what_it_did_or_what_it_will(change: str) -> None:
    after = fresh()
    before = started(Runtime(after))
    written = len(CHANGES[change](Boot(Runtime(after))).writes)
    assert written
    wanted = started(Runtime(after))
    for count in range(written):
        driver = fresh()
        with pytest.raises(DriverError, match="power lost"):
            CHANGES[change](Boot(Runtime(Faults(driver, f"power-cut:after={count}"))))
        left = started(Runtime(driver))
        assert left[0] in {before[0], wanted[0]}
        assert set(left) >= set(before) & set(wanted), "an entry that stays is lost"


def test_a_number_that_the_order_names_in_vain_starts_nothing_where_its_entry_has_no_place() -> None:
    driver = machine(BootOrder=order(9, 1), Boot0001=entry("one"))
    seen = prefixes(driver, lambda menu: menu.add(entry("new"), place=None, number=9))
    assert len(seen) == 3
    assert all(tried == [entry("one").encode()] for tried in seen)


def test_a_number_that_the_order_names_in_vain_does_not_start_at_its_old_place_in_between() -> None:
    driver = machine(BootOrder=order(9, 1), Boot0001=entry("one"))
    seen = prefixes(driver, lambda menu: menu.add(entry("new"), place=2, number=9))
    assert [tried[0] for tried in seen] == [entry("one").encode()] * 3
    assert driver.values["BootOrder"] == order(1, 9)


def prefixes(driver: Machine, change: Change) -> list[list[bytes]]:
    """What is started before a change, after each of its writes, and so at its end."""
    seen = [started(Runtime(driver))]
    put = driver._set

    def watched(op: SetVariable) -> object:
        reply = put(op)
        seen.append(started(Runtime(driver)))
        return reply

    driver._routes[SetVariable] = watched  # type: ignore[assignment]
    change(Boot(Runtime(driver)))
    return seen


NUMBERS = st.integers(0, 5)


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """Menus of a few entries, the same ones among them, with orders and keys that name some that are not there."""
    labels = draw(st.dictionaries(NUMBERS, st.sampled_from(["a", "b"]), min_size=1))
    options = {number: entry(label, attributes=draw(st.sampled_from([0, 1, 1, 9, 0x101]))) for number, label in labels.items()}
    made = machine(**{f"Boot{number:04X}": option for number, option in options.items()})
    made.values["BootOrder"] = order(*draw(st.lists(NUMBERS, min_size=1, max_size=6)))
    if draw(st.booleans()):
        made.values["BootNext"] = order(draw(NUMBERS))
    if draw(st.booleans()):
        number = draw(st.sampled_from(sorted(options)))
        made.values["Key0000"] = hot_key(number, options[number].encode())
    return made


@st.composite
def changes(draw: st.DrawFn) -> Change:
    numbers = draw(st.lists(NUMBERS, min_size=1, max_size=3, unique=True))
    place, number = draw(st.none() | st.integers(1, 5)), draw(st.none() | NUMBERS)
    drawn: list[Change] = [
        lambda menu: menu.add(entry("new"), place=place, number=number),
        lambda menu: menu.remove(*numbers),
        lambda menu: menu.order(numbers),
        lambda menu: menu.order(numbers, rest=True),
        lambda menu: menu.activate(*numbers),
        lambda menu: menu.activate(*numbers, active=False),
        lambda menu: menu.edit(numbers[0], entry("new")),
        lambda menu: menu.dedupe(),
        lambda menu: menu.next(numbers[0]),
        lambda menu: menu.next(None),
    ]
    chosen: Change = draw(st.sampled_from(drawn))
    return chosen


@given(machines(), changes())
def test_whatever_is_changed_each_write_leaves_what_was_started_first_or_what_will_be(driver: Machine, change: Change) -> None:
    untouched = dict(driver.values)
    try:
        seen = prefixes(driver, change)
    except (ValueError, Refused):
        assert driver.values == untouched
        return
    firsts = [tried[:1] for tried in seen]
    assert all(first in [firsts[0], firsts[-1]] for first in firsts)
