"""`time`: the clock, setting it, and the alarm."""

from datetime import UTC, datetime, timedelta

import pytest

from efirt.cli import moments
from efirt.ops import GetTime, GetWakeupTime, Reply
from efirt.runtime.services import Runtime
from efirt.values.efi_time import EfiTime
from efirt.values.status import Status
from tests.cli.conftest import Cli
from tests.cli.fakes import Kept, answering, over


def test_time_shows_the_clock_its_resolution_and_the_alarm(same: Cli) -> None:
    result = same("time")
    assert [line.split()[0] for line in result.out.splitlines()] == ["clock", "resolution", "alarm"]
    assert "1 Hz, accuracy 50 ppm" in result.out
    assert same("time", "show").out.splitlines()[1:] == result.out.splitlines()[1:]


def test_time_json_has_the_documented_members(same: Cli) -> None:
    told = same("time", "--json").json
    assert list(told) == ["time", "zone", "daylight", "problem", "capabilities", "wakeup", "missing"]
    assert told["capabilities"] == {"resolution": 1, "accuracy": 50_000_000, "sets_to_zero": False}


def test_time_set_sets_date_and_zone(same: Cli, machine: Kept) -> None:
    result = same("time", "set", "2026-11-22T12:00:00+01:00")
    assert result == (0, "clock set to 2026-11-22 12:00:00+01:00\n", "")
    time = Runtime(machine).clock().time
    assert (time.year, time.month, time.day, time.hour, time.time_zone) == (2026, 11, 22, 12, -60)
    told = same("time", "--json").json
    assert told["zone"] == 60
    assert told["time"].startswith("2026-11-22T12:00:0")
    assert told["time"].endswith("+01:00")


def test_time_set_without_a_zone_leaves_it_unspecified(same: Cli) -> None:
    assert same("time", "set", "2026-11-22 12:00:00", "--json").json == {"action": "set", "time": "2026-11-22T12:00:00"}
    assert same("time", "--json").json["zone"] is None


def test_now_keeps_the_zone_the_clock_has(same: Cli) -> None:
    same("time", "set", "2020-01-01T00:00:00+09:00")
    told = same("time", "set", "now", "--json").json["time"]
    assert told.endswith("+09:00")
    assert abs(datetime.fromisoformat(told) - datetime.now(tz=UTC)) < timedelta(minutes=1)


def test_now_is_utc_for_a_clock_without_a_zone() -> None:
    now = moments.now_like(EfiTime(2026, 1, 1)).to_datetime()
    assert now.tzinfo is None
    assert abs(now.replace(tzinfo=UTC) - datetime.now(tz=UTC)) < timedelta(minutes=1)


def test_now_also_sets_a_clock_that_cannot_be_read(same: Cli, machine: Kept) -> None:
    call = machine.call
    machine.call = lambda op: Reply(Status.DEVICE_ERROR) if isinstance(op, GetTime) else call(op)  # type: ignore[method-assign]
    assert same("time", "set", "now").status == 0


def test_the_alarm_goes_on_at_a_time_after_a_delay_and_off(same: Cli) -> None:
    same("time", "set", "2026-11-22T23:30:00+01:00")
    assert same("time", "wake", "+01:00").out.startswith("alarm on at 2026-11-23 00:30:0")
    assert same("time", "--json").json["wakeup"]["enabled"] is True
    assert same("time", "wake", "off", "--json").json == {"action": "wake", "time": None, "enabled": False}
    assert same("time", "--json").json["wakeup"]["enabled"] is False
    assert same("time", "wake", "on").out.startswith("alarm on at 2026-11-23 00:30:0")
    assert same("time", "wake", "2026-11-23T01:00:00+01:00").out == "alarm on at 2026-11-23 01:00:00+01:00\n"


def test_an_alarm_that_was_never_set_cannot_be_switched_on(efirt: Cli) -> None:
    never = over(answering({GetWakeupTime: lambda _op: Reply(Status.SUCCESS, enabled=False, pending=False, time=EfiTime())}))
    result = efirt("time", "wake", "on", "--json", opener=never)
    assert (result.status, result.error["kind"]) == (2, "usage")


def test_a_clock_without_a_time_is_shown_with_what_is_wrong(efirt: Cli) -> None:
    dead = over(answering({GetTime: lambda _op: Reply(Status.SUCCESS, time=EfiTime(1899, 13, 0))}))
    assert "not a time, year 1899" in efirt("time", opener=dead).out
    told = efirt("time", "--json", opener=dead).json
    assert told["time"] is None
    assert told["problem"].startswith("year 1899")
    assert told["wakeup"] is None
    assert "GetWakeupTime" in told["missing"]["wakeup"]


def test_a_delay_needs_a_clock_that_holds_a_time(efirt: Cli) -> None:
    dead = over(answering({GetTime: lambda _op: Reply(Status.SUCCESS, time=EfiTime())}))
    assert efirt("time", "wake", "+01:00", "--json", opener=dead).status == 2


def test_an_alarm_of_today_that_has_passed_is_switched_on_for_tomorrow() -> None:
    noon = EfiTime(2026, 12, 31, 12)
    assert moments.next_after(noon, EfiTime(2026, 12, 31, 11, 30)) == EfiTime(2027, 1, 1, 11, 30)
    assert moments.next_after(noon, EfiTime(2020, 1, 1, 12, 30)) == EfiTime(2026, 12, 31, 12, 30)
    assert moments.next_after(noon, EfiTime(2027, 6, 1)) == EfiTime(2027, 6, 1)


def test_the_last_year_has_no_later() -> None:
    with pytest.raises(ValueError, match="cannot be told"):
        moments.later(EfiTime(9999, 12, 31, 23), timedelta(hours=2))


def test_a_zone_of_a_whole_day_is_told_and_not_counted_with() -> None:
    time = EfiTime(2026, 1, 1, time_zone=1440)
    assert moments.iso(time) == "2026-01-01T00:00:00-24:00"
    with pytest.raises(ValueError, match="cannot be told"):
        moments.later(time, timedelta(hours=1))


@pytest.mark.parametrize(
    "words",
    [
        ("set",),
        ("wake",),
        ("show", "now"),
        ("set", "1899-12-31T23:59:59"),
        ("set", "10000-01-01T00:00:00"),
        ("set", "0000-01-01T00:00:00"),
        ("set", "2026-02-30T00:00:00"),
        ("set", "2026-11-22"),
        ("set", "soon"),
        ("set", "on"),
        ("set", "2026-11-22T12:00:00+01:00:30"),
        ("wake", "now"),
        ("wake", "+1"),
        ("wake", "+1:60"),
        ("wake", "+1:5"),
        ("wake", "+٣:00"),
        ("wake", "+99999:00"),
        ("wake", "1899-12-31T23:59:59"),
        ("stop",),
    ],
)
def test_a_time_that_makes_no_sense_is_one_error_and_changes_nothing(same: Cli, words: tuple[str, ...]) -> None:
    before = same("time", "--json").json["wakeup"]
    text, result = same("time", *words), same("time", *words, "--json")
    assert (text.status, text.out, result.status, result.error["kind"]) == (2, "", 2, "usage")
    assert text.err.count("\n") == 1
    assert same("time", "--json").json["wakeup"] == before
