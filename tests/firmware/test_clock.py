"""The clock, its zone and its alarm."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.firmware.calendar import seconds_of, time_at
from efirt.firmware.clock import ALARM, ZONE
from efirt.ops import GetTime, GetWakeupTime, Reply, SetTime, SetWakeupTime, TimeCapabilities
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.status import Status
from tests.firmware.machine import NOON, Machine, write

NOW = EfiTime(2023, 11, 14, 22, 13, 20)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_of(machine: Machine) -> EfiTime:
    time = machine.ask(GetTime()).time
    assert time is not None
    return time


@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_seconds_and_dates_agree_with_the_calendar(seconds: int) -> None:
    moment = EPOCH + timedelta(seconds=seconds)
    time = time_at(seconds)
    assert time[:6] == moment.timetuple()[:6]
    assert seconds_of(time) == seconds


def test_a_fresh_clock_has_no_zone() -> None:
    reply = Machine().ask(GetTime())
    assert reply == Reply(Status.SUCCESS, time=NOW, capabilities=TimeCapabilities(1, 50_000_000, sets_to_zero=False))


def test_the_clock_moves_with_the_seconds_handed_in() -> None:
    machine = Machine()
    machine.seconds += 86_400
    assert time_of(machine) == NOW._replace(day=15)


def test_a_time_that_was_set_moves_on_from_there_with_its_zone() -> None:
    machine = Machine()
    assert machine.status(SetTime(EfiTime(2031, 5, 6, 7, 8, 9, 123, 60, 3))) == Status.SUCCESS
    assert time_of(machine) == EfiTime(2031, 5, 6, 7, 8, 9, 0, 60, 3)
    assert machine.data(ZONE) == bytes.fromhex("3c000300")
    machine.seconds += 60
    assert time_of(machine) == EfiTime(2031, 5, 6, 7, 9, 9, 0, 60, 3)


def test_a_negative_zone_is_kept_in_sixteen_bits() -> None:
    machine = Machine()
    machine.ask(SetTime(NOW._replace(time_zone=-480)))
    assert machine.data(ZONE) == bytes.fromhex("20fe0000")
    machine.firmware.reset()
    assert time_of(machine).time_zone == -480


def test_daylight_is_read_back_at_boot() -> None:
    machine = Machine()
    machine.ask(SetTime(NOW._replace(time_zone=60, daylight=3)))
    machine.firmware.reset()
    assert (time_of(machine).time_zone, time_of(machine).daylight) == (60, 3)


def test_without_a_zone_the_variable_goes() -> None:
    machine = Machine()
    machine.ask(SetTime(NOW._replace(time_zone=60)))
    assert machine.status(SetTime(NOW)) == Status.SUCCESS
    assert machine.data(ZONE) is None
    assert machine.status(SetTime(NOW)) == Status.SUCCESS


@pytest.mark.parametrize(
    "change",
    [
        {"year": 1997},
        {"year": 2098},
        {"year": 0xFFFF},
        {"month": 0},
        {"month": 13},
        {"day": 0},
        {"month": 4, "day": 31},
        {"year": 2001, "month": 2, "day": 29},
        {"hour": 24},
        {"minute": 60},
        {"second": 60},
        {"nanosecond": 1_000_000_000},
        {"time_zone": -1441},
        {"time_zone": 1441},
        {"daylight": 4},
    ],
    ids=str,
)
def test_a_time_out_of_range_is_refused(change: dict[str, int]) -> None:
    machine = Machine()
    time = NOW._replace(**change)
    assert machine.status(SetTime(time)) == Status.INVALID_PARAMETER
    assert machine.status(SetWakeupTime(enable=True, time=time)) == Status.INVALID_PARAMETER
    assert time_of(machine) == NOW


@pytest.mark.parametrize("time", [EfiTime(1998, 1, 1), EfiTime(2097, 12, 31, 23, 59, 59), EfiTime(2000, 2, 29), NOW._replace(daylight=2)])
def test_a_time_at_the_edge_of_the_range_is_taken(time: EfiTime) -> None:
    machine = Machine()
    assert machine.status(SetTime(time)) == Status.SUCCESS
    assert time_of(machine) == time


def test_a_chip_outside_its_years_is_broken() -> None:
    machine = Machine()
    machine.seconds = 0
    assert machine.ask(GetTime()) == Reply(Status.DEVICE_ERROR)
    assert machine.status(SetWakeupTime(enable=True, time=NOW)) == Status.DEVICE_ERROR


def test_on_a_broken_chip_an_alarm_is_not_set_and_can_be_switched_off() -> None:
    machine = Machine()
    machine.ask(SetWakeupTime(enable=True, time=time_at(NOON + 60)))
    before = machine.data(ALARM)
    machine.ask(SetTime(EfiTime(2097, 12, 31, 23, 59, 59)))
    machine.seconds += 1
    assert machine.status(GetTime()) == Status.DEVICE_ERROR
    assert machine.status(SetWakeupTime(enable=True, time=EfiTime(2097, 12, 31, 23, 59, 59))) == Status.DEVICE_ERROR
    assert machine.data(ALARM) == before
    assert machine.status(SetWakeupTime(enable=False)) == Status.SUCCESS
    assert machine.ask(GetWakeupTime()).enabled is False


def test_a_fresh_alarm_is_off_at_midnight_today() -> None:
    reply = Machine().ask(GetWakeupTime())
    assert reply == Reply(Status.SUCCESS, time=EfiTime(2023, 11, 14), enabled=False, pending=False)


@pytest.mark.parametrize("ahead", [0, 1, 3600, 86_400])
def test_an_alarm_within_a_day_is_read_back(ahead: int) -> None:
    machine = Machine()
    time = time_at(NOON + ahead)
    assert machine.status(SetWakeupTime(enable=True, time=time)) == Status.SUCCESS
    machine.seconds -= 1
    assert machine.ask(GetWakeupTime()) == Reply(Status.SUCCESS, time=time, enabled=True, pending=False)


@pytest.mark.parametrize("ahead", [-1, -3600, 86_401])
def test_an_alarm_beyond_a_day_is_not_supported(ahead: int) -> None:
    assert Machine().status(SetWakeupTime(enable=True, time=time_at(NOON + ahead))) == Status.UNSUPPORTED


def test_an_alarm_is_kept_as_the_chip_has_it_in_decimal_digits() -> None:
    machine = Machine()
    machine.ask(SetWakeupTime(enable=True, time=EfiTime(2023, 11, 15, 10, 20, 30)))
    assert machine.data(ALARM) == EfiTime(0x23, 0x11, 0x15, 0x10, 0x20, 0x30).encode()


def test_an_alarm_needs_a_time_and_switching_it_off_keeps_it() -> None:
    machine = Machine()
    assert machine.status(SetWakeupTime(enable=True)) == Status.INVALID_PARAMETER
    machine.ask(SetWakeupTime(enable=True, time=EfiTime(2023, 11, 14, 23, 0, 1)))
    assert machine.status(SetWakeupTime(enable=False, time=EfiTime(month=99))) == Status.SUCCESS
    assert machine.ask(GetWakeupTime()) == Reply(Status.SUCCESS, time=EfiTime(2023, 11, 14, 23, 0, 1), enabled=False, pending=False)


def test_an_alarm_that_went_off_is_pending_until_it_was_asked_for() -> None:
    machine = Machine()
    machine.ask(SetWakeupTime(enable=True, time=time_at(NOON + 60)))
    machine.seconds += 60
    assert [machine.ask(GetWakeupTime()).pending for _ in range(2)] == [True, False]


def test_a_kept_year_of_two_digits_is_of_the_chip_s_century() -> None:
    kept = {digits: Machine(extra=(Record(ALARM, Attributes(7), EfiTime(digits, 2, 3).encode()),)) for digits in (0x98, 0x97)}
    times = [machine.ask(GetWakeupTime()).time for machine in kept.values()]
    assert [time and time[:3] for time in times] == [(1998, 2, 3), (2097, 2, 3)]


@pytest.mark.parametrize(
    ("kept", "status"),
    [
        (EfiTime(0x98, 0x01, 0x02).encode(), Status.SUCCESS),
        (EfiTime(0x23, 0x1A, 0x01).encode(), Status.DEVICE_ERROR),
        (EfiTime(0x23, 0x02, 0x30).encode(), Status.DEVICE_ERROR),
        (bytes(17), Status.SUCCESS),
    ],
)
def test_a_kept_day_that_is_none_breaks_the_alarm(kept: bytes, status: Status) -> None:
    assert Machine(extra=(Record(ALARM, Attributes(7), kept),)).status(GetWakeupTime()) == status


def test_the_zone_is_what_was_read_at_boot_not_what_the_variable_says_now() -> None:
    machine = Machine()
    machine.ask(write(ZONE, 7, bytes.fromhex("3c000000")))
    assert time_of(machine) == NOW
    machine.firmware.reset()
    assert time_of(machine).time_zone == 60
