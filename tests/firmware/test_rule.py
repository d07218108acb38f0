"""Tables by attributes: a row that is not asked could not have been broken."""

from collections.abc import Iterator

import pytest

from efirt.firmware import DEFAULT, PROFILES, Profile
from efirt.firmware.quirks import QUIRKS
from efirt.firmware.rule import HasAttributes, Rule, Rules, Table, first_broken, replaced
from efirt.firmware.space import Demand
from efirt.firmware.write import Write
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL, HARDWARE_ERROR
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import Machine, key

EVERY = [*range(0x200), 0x8000_0007, 0xFFFF_FFFF]
KEYS = [key("Stays"), key("New"), key("Signed"), key(""), Key("BootOrder", GLOBAL), Key("HwErrRec0001", HARDWARE_ERROR), Key("No", GLOBAL)]
VALUES = [b"", b"x", bytes(100), bytes(0x9000), bytes(0x50000)]
EXTRA = (Record(key("Stays"), Attributes(0x07), b"x"), Record(key("Signed"), Attributes(0x27), b"x"))
FIRMWARES = PROFILES | {name: quirk(DEFAULT) for name, quirk in QUIRKS.items()}
TABLES = ("write_rules", "authentication_rules", "create_rules", "change_rules", "rewrite_rules")


def writes(profile: Profile, attributes: int) -> Iterator[Write]:
    for runtime in (False, True):
        variables = Machine(profile, extra=EXTRA, runtime=runtime).firmware.variables
        for one in KEYS:
            for value in VALUES:
                yield variables.ask(one, attributes, value)


@pytest.mark.parametrize("attributes", [*range(0x80), 0x80, 0x100, 0x8000_0007, 0xFFFF_FFFF])
def test_what_is_left_out_for_its_attributes_is_never_broken(attributes: int) -> None:
    asked = list(writes(DEFAULT, attributes))
    for profile in FIRMWARES.values():
        for table in TABLES:
            for rule in getattr(profile, table):
                assert rule.only_with(attributes) or not any(rule.broken(write) for write in asked), rule.sentence


@pytest.mark.parametrize("attributes", EVERY)
def test_the_same_holds_of_room(attributes: int) -> None:
    variables = Machine().firmware.variables
    spaces = DEFAULT.limits.spaces
    demands = [
        Demand(1 << 30, attributes, user, variables.stored.used, runtime, spaces) for user in (False, True) for runtime in (False, True)
    ]
    for rule in DEFAULT.space_rules:
        assert rule.only_with(attributes) or not any(rule.broken(demand) for demand in demands), rule.sentence


def test_a_table_answers_as_its_rows_do_the_first_time_and_again() -> None:
    table = Table(DEFAULT.write_rules)
    for attributes in [*EVERY, *EVERY]:
        for write in writes(DEFAULT, attributes) if attributes in {0, 7, 0x10, 0x27, 0x47, 0x80} else ():
            assert table.refusal(write) == first_broken(DEFAULT.write_rules, write)


def test_only_attributes_that_mean_something_are_remembered() -> None:
    table = Table(DEFAULT.write_rules)
    variables = Machine().firmware.variables
    for number in range(1000):
        assert table.refusal(variables.ask(key("N"), number << 8 | 0x80, b"x")) == Status.INVALID_PARAMETER
    assert not table._by_attributes
    table.refusal(variables.ask(key("N"), 7, b"x"))
    assert list(table._by_attributes) == [7]


def test_a_row_that_is_broken_otherwise_is_asked_for_any_attributes() -> None:
    rows: Rules[HasAttributes] = (Rule("a", Status.TIMEOUT, lambda a: bool(a.attributes & 8), "", lambda a: bool(a & 8)),)
    plain = Machine().firmware.variables.ask(key("N"), 7, b"x")
    assert Table(rows).refusal(plain) is None
    assert Table(replaced(rows, "a", lambda _a: True)).refusal(plain) == Status.TIMEOUT
