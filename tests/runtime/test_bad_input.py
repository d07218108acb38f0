"""Bad input and bad answers: each is one clear error, and nothing is asked of firmware for the former."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from efirt import Attributes, DecodeError, EfiTime, Key, Runtime, Status
from efirt.ops import Driver, GetTime, GetVariable, Reply
from efirt.runtime.xen_simulated import behind_xen
from tests.runtime.fakes import FOUND, OURS, Scripted, answering, key

A = key("A")

BAD_KEYS: dict[str, Key | str] = {
    "the name is empty": "",
    "the name is empty, behind a dash": f"-{OURS}",
    "the name is empty in a Key": key(""),
    "the name holds a NUL": "A\0B",
    "the name holds a NUL in a Key": key("A\0"),
    "the name holds half of a surrogate pair": "A\ud800",
    "the name holds half of a surrogate pair in a Key": key("\udfffA"),
    "a GUID one digit short": f"A-{OURS}"[:-1],
    "a GUID one digit long": f"A-{OURS}0",
    "a GUID with a letter too far": f"A-{OURS}"[:-1] + "g",
    "a GUID with a group too short": "A-6b6f1f6-5d0c-4d5e-9a63-0f2f5a3a7a11",
    "something other than a dash before the GUID": f"A_{OURS}",
}


@pytest.mark.parametrize("bad", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_a_bad_key_is_a_value_error_and_firmware_is_not_asked(bad: Key | str) -> None:
    driver = Scripted({})
    runtime = Runtime(driver)
    actions: tuple[Callable[[], object], ...] = (
        lambda: runtime.get(bad),
        lambda: runtime.set(bad, b"x"),
        lambda: runtime.append(bad, b"x"),
        lambda: runtime.delete(bad, force=True),
    )
    for action in actions:
        with pytest.raises(ValueError, match=r"name") as refusal:
            action()
        assert not isinstance(refusal.value, UnicodeError)
    assert driver.asked == []


def test_the_sentence_for_a_bad_guid_says_what_to_write() -> None:
    with pytest.raises(ValueError, match="does not name a variable: its end is not a GUID, though much like one; write NAME or NAME-GUID"):
        Runtime(Scripted({})).get("BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8")


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        (0x00, "without BS or RT nobody could read it"),
        (0x01, "without BS or RT"),
        (0x04, "RT .* needs BS"),
        (0x05, "RT .* needs BS"),
        (0x0E, "HR .* needs NV"),
        (0x37, "AW and AT exclude each other"),
        (0x87, "from 0x80 on"),
        (0x1_0000_0007, "from 0x80 on"),
        (-1, "from 0x80 on"),
    ],
)
@pytest.mark.parametrize("force", [False, True], ids=["guarded", "forced"])
def test_attributes_that_make_no_sense_are_a_value_error(attributes: int, why: str, *, force: bool) -> None:
    driver = Scripted({})
    with pytest.raises(ValueError, match=f"set A-.*make no sense: .*{why}.*; an ordinary variable has NV"):
        Runtime(driver).set(A, b"x", attributes, force=force)
    assert driver.asked == []


@pytest.mark.parametrize("attributes", [0x02, 0x03, 0x06, 0x07, 0x0F, 0x17, 0x27, 0x47])
def test_attributes_that_make_sense_are_passed_on(attributes: int) -> None:
    driver = Scripted({})
    with pytest.raises(Exception, match="SetVariable is not carried"):
        Runtime(driver).set(A, b"x", attributes, force=True)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1899, 12, 31, 23, 59, 59),  # noqa: DTZ001 - naive is enough here
        EfiTime(1899, 12, 31),
        EfiTime(10000, 1, 1),
        EfiTime(65535, 1, 1),
        EfiTime(2026, 0, 1),
        EfiTime(2026, 13, 1),
        EfiTime(2026, 2, 29),
        EfiTime(2100, 2, 29),
        EfiTime(2026, 1, 0),
        EfiTime(2026, 1, 1, 24),
        EfiTime(2026, 1, 1, 0, 60),
        EfiTime(2026, 1, 1, 0, 0, 60),
        EfiTime(2026, 1, 1, nanosecond=1_000_000_000),
        EfiTime(2026, 1, 1, time_zone=1441),
        EfiTime(2026, 1, 1, time_zone=-1441),
        EfiTime(2026, 1, 1, daylight=4),
        datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=1))),
    ],
    ids=str,
)
def test_a_time_that_is_none_is_a_value_error(moment: datetime | EfiTime) -> None:
    driver = Scripted({})
    for action in (Runtime(driver).set_time, Runtime(driver).set_wakeup):
        with pytest.raises(ValueError, match=r"clock cannot hold this time|time zone in whole minutes"):
            action(moment)
    assert driver.asked == []


@pytest.mark.parametrize(
    "moment", [EfiTime(1900, 1, 1), EfiTime(9999, 12, 31, 23, 59, 59), EfiTime(2024, 2, 29), EfiTime(2000, 2, 29)], ids=str
)
def test_the_ends_of_the_range_are_passed_on(moment: EfiTime) -> None:
    driver = Scripted({})
    with pytest.raises(Exception, match="SetTime is not carried"):
        Runtime(driver).set_time(moment)


@pytest.mark.parametrize("held", [EfiTime(), EfiTime(1899, 1, 1), EfiTime(10000, 1, 1), EfiTime(2026, 1, 1, time_zone=2046)], ids=str)
def test_a_clock_that_holds_no_time_is_a_decode_error_that_says_what_to_do(held: EfiTime) -> None:
    runtime = Runtime(answering(Reply(Status.SUCCESS, time=held), Reply(Status.SUCCESS, time=held), for_=GetTime))
    with pytest.raises(DecodeError, match=r"firmware's clock does not hold a time: .*; set the clock"):
        runtime.time()
    assert runtime.clock().time == held


@pytest.mark.parametrize("zone", [-1440, 1440])
def test_a_zone_of_a_whole_day_is_one_clear_error_or_a_time(zone: int) -> None:
    runtime = Runtime(answering(Reply(Status.SUCCESS, time=EfiTime(2026, 1, 1, time_zone=zone)), for_=GetTime))
    with pytest.raises(DecodeError, match="a datetime's zone is less than a day from UTC"):
        runtime.time()


@pytest.fixture(params=["directly", "behind Xen"])
def reached(request: pytest.FixtureRequest) -> Callable[[Driver], Driver]:
    return behind_xen if request.param == "behind Xen" else lambda driver: driver


@pytest.mark.parametrize("needed", [0, 1, 4096, (64 << 20) + 1, 1 << 63, None], ids=str)
def test_a_value_that_needs_no_more_or_far_too_much_is_an_error(needed: int | None, reached: Callable[[Driver], Driver]) -> None:
    runtime = Runtime(reached(answering(Reply(Status.BUFFER_TOO_SMALL, size=needed), for_=GetVariable)))
    with pytest.raises(DecodeError, match=f"get {A}.*firmware says that 4096 bytes are too few and .* are needed"):
        runtime.get(A)


def test_a_value_that_grows_each_time_is_given_up(reached: Callable[[Driver], Driver]) -> None:
    driver = Scripted({GetVariable: lambda op: Reply(Status.BUFFER_TOO_SMALL, size=op.room + 1)})
    with pytest.raises(DecodeError, match="grows faster than it can be read; try again when nobody writes to it"):
        Runtime(reached(driver)).get(A)
    assert len(driver.asked) < 20


@pytest.mark.parametrize("size", [4097, 1 << 40, (1 << 64) - 1])
def test_more_data_than_the_buffer_holds_is_an_error(size: int, reached: Callable[[Driver], Driver]) -> None:
    reply = FOUND._replace(data=bytes(4096), size=size)
    with pytest.raises(DecodeError, match=f"gave {size} bytes, and 4096 came back"):
        Runtime(reached(answering(reply, for_=GetVariable))).get(A)


def test_less_data_than_firmware_says_is_an_error() -> None:
    with pytest.raises(DecodeError, match="gave 6 bytes, and 5 came back"):
        Runtime(answering(FOUND._replace(size=6), for_=GetVariable)).get(A)


def test_a_value_without_size_attributes_or_data_is_an_empty_one() -> None:
    assert Runtime(answering(Reply(Status.SUCCESS), for_=GetVariable)).get(A) == (A, Attributes(0), b"")
