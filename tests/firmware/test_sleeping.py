"""A firmware whose rules are not loaded answers what it answers with them."""

from collections.abc import Iterator

import pytest

from efirt.drivers.simulated import open_simulated
from efirt.firmware import DEFAULT, Firmware
from efirt.firmware.facts import DEFAULT_FACTS, Facts
from efirt.firmware.reading import reading_of
from efirt.firmware.sleeping import Sleeping
from efirt.ops import GetNextVariableName, GetVariable, Op, QueryVariableInfo, Reply, SetVariable
from efirt.ops.tables import FirmwareInfo, Probe
from efirt.ops.variables import FIRST
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status

A = Key("A", Guid.parse("11111111-2222-3333-4444-555555555555"))
STORED = (Record(A, Attributes(7), b"one"), Record(Key("Hidden", GLOBAL), Attributes(3), b"two"))


def now() -> int:
    return 1_700_000_000


def asleep(stored: tuple[Record, ...] | None = None, used: int | None = None) -> tuple[Sleeping, list[str]]:
    woken: list[str] = []

    def wake() -> Firmware:
        woken.append("woken")
        return Firmware(DEFAULT, now=now, stored=stored, used=used)

    return Sleeping(reading_of(DEFAULT_FACTS, stored, used), wake, "sleeping"), woken


def questions(firmware: Firmware) -> Iterator[Op]:
    key = FIRST
    while True:
        for room in (0, 4, 16, 1024):
            yield GetNextVariableName(key, room)
        for room in (0, 1, 1024):
            yield GetVariable(key, room)
        found = firmware.call(GetNextVariableName(key)).key
        if found is None:
            break
        key = found
    yield GetVariable(Key("Nobody", GLOBAL))
    yield GetVariable(Key("A\0tail", A.guid))
    yield GetNextVariableName(Key("Nobody", GLOBAL))
    yield from (QueryVariableInfo(Attributes(bits)) for bits in range(0x100))
    yield Probe()


@pytest.mark.parametrize(("stored", "used"), [(None, None), (STORED, None), (STORED, 5000), ((), None)])
def test_it_reads_as_it_does_awake(stored: tuple[Record, ...] | None, used: int | None) -> None:
    firmware = Firmware(DEFAULT, now=now, stored=stored, used=used)
    sleeping, woken = asleep(stored, used)
    asked = 0
    for op in questions(firmware):
        assert sleeping.call(op) == firmware.call(op), op
        asked += 1
    assert asked > 250
    assert not woken
    assert sleeping.carried == firmware.carried


@pytest.mark.parametrize("field", [name for name in dir(Facts) if name[0] != "_" and name not in dir(tuple)])
def test_what_reading_knows_is_what_the_profile_says(field: str) -> None:
    assert getattr(DEFAULT_FACTS, field) == getattr(DEFAULT, field)


def test_the_first_write_wakes_it_once_and_reads_follow() -> None:
    sleeping, woken = asleep(STORED)
    assert sleeping.call(SetVariable(A, Attributes(7), b"new")) == Reply(Status.SUCCESS)
    assert sleeping.call(GetVariable(A)).data == b"new"
    assert sleeping.call(SetVariable(A, Attributes(0), b"")) == Reply(Status.SUCCESS)
    assert sleeping.call(GetVariable(A)).status == Status.NOT_FOUND
    assert woken == ["woken"]
    assert sleeping.awake() is sleeping.awake()


def test_it_says_why_it_has_no_road() -> None:
    sleeping, _ = asleep()
    assert FirmwareInfo not in sleeping.carried
    assert sleeping.why_not(FirmwareInfo) == Firmware(DEFAULT, now=now).why_not(FirmwareInfo)


def test_the_driver_wakes_it_for_who_wants_the_model() -> None:
    driver = open_simulated()
    assert isinstance(driver.firmware, Firmware)
    assert driver.firmware is driver.firmware
