"""Times as people write them and programs read them."""

from datetime import UTC, datetime, timedelta, timezone

from efirt.annotation import Final
from efirt.cli.refusals import UsageError
from efirt.values.efi_time import UNSPECIFIED_ZONE, EfiTime

_WRITE: Final = "write it as 2026-11-22T12:00:00+01:00, the year from 1900 to 9999"
_MINUTES: Final = 60


def iso(time: EfiTime) -> str | None:
    """A time for programs, with its zone where it has one; None where its fields make no sense."""
    if time.problem():
        return None
    zone = "" if time.time_zone == UNSPECIFIED_ZONE else _offset(-time.time_zone)
    fraction = f".{time.nanosecond:09}" if time.nanosecond else ""
    return f"{time.year:04}-{time.month:02}-{time.day:02}T{time.hour:02}:{time.minute:02}:{time.second:02}{fraction}{zone}"


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), _MINUTES)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def moment(text: str) -> EfiTime:
    """Read a date with a time of day, and a zone or none.

    Raises:
        UsageError: It is not one that firmware's clock can hold.
    """
    try:
        time = EfiTime.from_datetime(datetime.fromisoformat(text))
    except ValueError:
        raise UsageError(f"{text!r} is not a time", _WRITE) from None
    if "T" not in text.upper() and " " not in text:
        raise UsageError(f"{text!r} has no time of day", _WRITE)
    problem = time.problem()
    if problem:
        raise UsageError(f"{text!r} is not a time that firmware's clock can hold: {problem}", _WRITE)
    return time


def delay(text: str) -> timedelta:
    """Read ``+HH:MM``.

    Raises:
        UsageError: It is not that.
    """
    hours, colon, minutes = text[1:].partition(":")
    digits = all(part.isascii() and part.isdecimal() for part in (hours, minutes))
    if not (text.startswith("+") and colon and digits and len(minutes) == 2 and int(minutes) < _MINUTES and len(hours) <= 4):  # noqa: PLR2004
        raise UsageError(f"{text!r} is not a delay", "write it as +HH:MM, such as +08:00")
    return timedelta(hours=int(hours), minutes=int(minutes))


def later(time: EfiTime, by: timedelta) -> EfiTime:
    """A time some way after another, in the same zone and with the same daylight bits.

    Raises:
        UsageError: Firmware's clock cannot hold it, or the first makes no sense.
    """
    problem = time.problem()
    if problem:
        raise UsageError(f"firmware's clock does not hold a time to count from: {problem}", "set the clock, or write the time itself")
    try:
        return EfiTime.from_datetime(time.to_datetime() + by)._replace(daylight=time.daylight)
    except (OverflowError, ValueError):  # the last year ends, or the zone is a whole day, which no datetime has
        raise UsageError(f"{by} after {time} cannot be told", "write the time itself") from None


def next_after(time: EfiTime, alarm: EfiTime) -> EfiTime:
    """The alarm where it is still to come, otherwise its time of day, the next time it comes."""
    if alarm[:6] > time[:6]:
        return alarm
    today = time._replace(hour=alarm.hour, minute=alarm.minute, second=alarm.second, nanosecond=0)
    return today if today[:6] > time[:6] else later(today, timedelta(days=1))


def now_like(clock: EfiTime | None) -> EfiTime:
    """This moment in a clock's own zone; UTC without saying so for a clock that has none, as operating systems keep it."""
    now = datetime.now(tz=UTC).replace(microsecond=0)
    if clock is None or clock.problem() or clock.time_zone == UNSPECIFIED_ZONE:
        return EfiTime.from_datetime(now.replace(tzinfo=None))
    # Zones of a whole day are firmware's to have and no datetime's.
    minutes = max(-1439, min(1439, -clock.time_zone))
    return EfiTime.from_datetime(now.astimezone(timezone(timedelta(minutes=minutes))))
