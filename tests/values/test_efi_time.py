import copy
import pickle
from datetime import datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.values.efi_time import UNSPECIFIED_ZONE, EfiTime

RAW = st.binary(min_size=16, max_size=16)
ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.one_of(st.none(), ZONES))  # noqa: DTZ001 - the strategy adds the zone
MOMENT = EfiTime(2026, 11, 22, 19, 47, 23, 123456789, -60, 3, 0xAA, 0xBB)


class Summer(tzinfo):
    def utcoffset(self, _moment: datetime | None) -> timedelta:
        return timedelta(hours=2)

    def tzname(self, _moment: datetime | None) -> str:
        return "summer"

    def dst(self, _moment: datetime | None) -> timedelta:
        return timedelta(hours=1)


def test_the_sixteen_bytes_lie_as_the_specification_says() -> None:
    raw = bytes.fromhex("ea07 0b 16 13 2f 17 aa 15cd5b07 c4ff 03 bb")
    assert MOMENT.encode() == raw
    assert EfiTime.decode(raw) == MOMENT


@given(RAW)
def test_any_sixteen_bytes_come_back(raw: bytes) -> None:
    time = EfiTime.decode(raw)
    assert time.encode() == raw
    assert pickle.loads(pickle.dumps(time)) == copy.copy(time) == time  # noqa: S301 - pickled on the same line
    str(time)


@given(RAW | MOMENTS.map(lambda moment: EfiTime.from_datetime(moment).encode()))
def test_a_time_without_a_problem_is_a_moment_and_one_with_a_problem_is_none(raw: bytes) -> None:
    time = EfiTime.decode(raw)
    problem = time.problem()
    if problem is not None:
        with pytest.raises(ValueError, match="firmware's clock does not hold a time"):
            time.to_datetime()
    elif abs(time.time_zone) == 1440:
        with pytest.raises(ValueError, match="less than a day from UTC"):
            time.to_datetime()
    else:
        moment = time.to_datetime()
        back = EfiTime.from_datetime(moment)
        assert back[:6] == time[:6]
        assert (back.nanosecond, back.time_zone) == (time.nanosecond // 1000 * 1000, time.time_zone)


@given(MOMENTS)
def test_a_datetime_comes_back_with_its_zone(moment: datetime) -> None:
    time = EfiTime.from_datetime(moment)
    assert time.problem() is None
    again = time.to_datetime()
    assert (again, again.utcoffset()) == (moment, moment.utcoffset())


@given(st.integers(0, 65535), st.integers(0, 255), st.integers(0, 255))
def test_a_date_is_well_exactly_when_datetime_takes_it(year: int, month: int, day: int) -> None:
    try:
        datetime(year, month, day)  # noqa: DTZ001 - asked about the date alone
    except ValueError:
        exists = False
    else:
        exists = year >= 1900
    assert (EfiTime(year, month, day).problem() is None) == exists


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"year": 1899}, "year 1899 is not in 1900..9999"),
        ({"year": 10000}, "year 10000 is not in 1900..9999"),
        ({"month": 0}, "month 0 is not in 1..12"),
        ({"month": 13}, "month 13 is not in 1..12"),
        ({"day": 0}, "day 0 is not in 1..30"),
        ({"day": 31}, "day 31 is not in 1..30"),
        ({"year": 2023, "month": 2, "day": 29}, "day 29 is not in 1..28"),
        ({"year": 1900, "month": 2, "day": 29}, "day 29 is not in 1..28"),
        ({"hour": 24}, "hour 24 is not in 0..23"),
        ({"minute": 60}, "minute 60 is not in 0..59"),
        ({"second": 60}, "second 60 is not in 0..59"),
        ({"nanosecond": 10**9}, "nanosecond 1000000000 is not in 0..999999999"),
        ({"time_zone": 1441}, "time zone 1441 is not in -1440..1440, nor 2047 (unspecified)"),
        ({"time_zone": -1441}, "time zone -1441 is not in -1440..1440, nor 2047 (unspecified)"),
        ({"daylight": 4}, "daylight 0x4 has bits other than 1 and 2"),
        ({"year": 2000, "month": 2, "day": 29}, None),
        ({"time_zone": UNSPECIFIED_ZONE}, None),
        ({"time_zone": 1440}, None),
        ({"time_zone": -1440}, None),
    ],
)
def test_the_first_field_that_makes_no_sense_is_named(change: dict[str, int], problem: str | None) -> None:
    assert MOMENT._replace(**change).problem() == problem


@given(st.binary(max_size=32).filter(lambda raw: len(raw) != 16))
def test_any_other_number_of_bytes_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=f"an EFI_TIME has 16 bytes, not {len(raw)}"):
        EfiTime.decode(raw)


def test_a_field_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit an EFI_TIME"):
        MOMENT._replace(month=256).encode()


def test_a_zone_of_seconds_is_refused_with_what_to_do() -> None:
    moment = datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=90)))
    with pytest.raises(ValueError, match=r"whole minutes.*convert it to UTC"):
        EfiTime.from_datetime(moment)


def test_daylight_saving_is_told() -> None:
    assert EfiTime.from_datetime(datetime(2026, 7, 1, tzinfo=Summer())).daylight == 3
    assert EfiTime.from_datetime(datetime(2026, 7, 1, tzinfo=timezone.utc)).daylight == 0  # noqa: UP017 - as every zone here


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (MOMENT, "2026-11-22 19:47:23.123456789+01:00 (daylight saving)"),
        (MOMENT._replace(time_zone=330, nanosecond=0, daylight=0), "2026-11-22 19:47:23-05:30"),
        (MOMENT._replace(time_zone=0, nanosecond=5, daylight=1), "2026-11-22 19:47:23.000000005+00:00"),
        (MOMENT._replace(time_zone=UNSPECIFIED_ZONE, nanosecond=0), "2026-11-22 19:47:23 (no zone)"),
        (EfiTime(), "0000-00-00 00:00:00 (no zone)"),
    ],
)
def test_a_time_is_written_as_people_do(time: EfiTime, text: str) -> None:
    assert str(time) == text
