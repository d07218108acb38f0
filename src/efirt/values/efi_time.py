"""EFI_TIME, kept to the byte."""

from struct import Struct

from efirt.annotation import TYPE_CHECKING, Final, NamedTuple, Self

if TYPE_CHECKING:
    from datetime import datetime

UNSPECIFIED_ZONE: Final = 0x7FF

_LAYOUT: Final = Struct("<HBBBBBBIhBB")
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY: Final = 2
_DAY_IN_MINUTES: Final = 24 * 60
_DAYLIGHT_BITS: Final = 0x03
_IN_DAYLIGHT: Final = 0x02


def _days_in(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == _FEBRUARY and leap else _DAYS[month - 1]


class EfiTime(NamedTuple):
    """A time of day as firmware keeps it; any bits are representable, :meth:`problem` says which make no sense.

    Attributes:
        year: 0..=65535; sense begins at 1900 and ends at 9999.
        month: 0..=255; 1..=12.
        day: 0..=255; 1..=31.
        hour: 0..=255; 0..=23.
        minute: 0..=255; 0..=59.
        second: 0..=255; 0..=59.
        nanosecond: 0..=2**32-1; below 10**9.
        time_zone: Minutes by which UTC is ahead of local time, -1440..=1440, or 0x7FF for "unspecified".
        daylight: Bits: 1 the time is affected by daylight saving, 2 it has been adjusted.
        pad1: The padding byte after ``second``.
        pad2: The padding byte after ``daylight``.

    Source: UEFI 2.10 §8.3.1.
    """

    year: int = 0
    month: int = 0
    day: int = 0
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanosecond: int = 0
    time_zone: int = UNSPECIFIED_ZONE
    daylight: int = 0
    pad1: int = 0
    pad2: int = 0

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take the 16 bytes of an EFI_TIME.

        Raises:
            ValueError: There are not exactly 16.
        """
        if len(data) != _LAYOUT.size:
            message = f"an EFI_TIME has {_LAYOUT.size} bytes, not {len(data)}"
            raise ValueError(message)
        year, month, day, hour, minute, second, pad1, nanosecond, zone, daylight, pad2 = _LAYOUT.unpack(data)
        return cls(year, month, day, hour, minute, second, nanosecond, zone, daylight, pad1, pad2)

    def encode(self) -> bytes:
        """The 16 bytes of an EFI_TIME.

        Raises:
            ValueError: A field does not fit its width.
        """
        from struct import error  # noqa: PLC0415 - its class is needed on the way of an error only

        date = self.year, self.month, self.day, self.hour, self.minute, self.second
        try:
            return _LAYOUT.pack(*date, self.pad1, self.nanosecond, self.time_zone, self.daylight, self.pad2)
        except error as cause:
            message = f"{self!r} does not fit an EFI_TIME: {cause}"
            raise ValueError(message) from None

    @classmethod
    def from_datetime(cls, moment: "datetime") -> Self:
        """The same moment; a naive ``datetime`` has an unspecified zone.

        Raises:
            ValueError: The zone is not a whole number of minutes.
        """
        offset = moment.utcoffset()
        zone = UNSPECIFIED_ZONE
        if offset is not None:
            minutes, rest = divmod(-offset.total_seconds(), 60)
            if rest:
                message = f"firmware keeps a time zone in whole minutes, and {moment.isoformat()} has none such: convert it to UTC"
                raise ValueError(message)
            zone = int(minutes)
        daylight = 0 if not moment.dst() else _DAYLIGHT_BITS
        date = moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second
        return cls(*date, moment.microsecond * 1000, zone, daylight)

    def to_datetime(self) -> "datetime":
        """The moment, aware where the zone is known; nanoseconds are cut to microseconds.

        Raises:
            ValueError: The fields are not a time, or their zone is a whole day away, which a ``datetime`` cannot say.
        """
        from datetime import datetime, timedelta, timezone  # noqa: PLC0415 - 2 ms that most commands need not pay

        problem = self.problem()
        if problem:
            message = f"firmware's clock does not hold a time: {problem}"
            raise ValueError(message)
        if abs(self.time_zone) == _DAY_IN_MINUTES:
            message = f"{self}: a datetime's zone is less than a day from UTC"
            raise ValueError(message)
        zone = None if self.time_zone == UNSPECIFIED_ZONE else timezone(timedelta(minutes=-self.time_zone))
        date = self.year, self.month, self.day, self.hour, self.minute, self.second
        return datetime(*date, self.nanosecond // 1000, tzinfo=zone)

    def problem(self) -> str | None:
        """The first field outside the specification's range, as a sentence; None when all is well."""
        limits = (
            ("year", self.year, 1900, 9999),
            ("month", self.month, 1, 12),
            ("day", self.day, 1, _days_in(self.year, self.month) if 1 <= self.month <= len(_DAYS) else 31),
            ("hour", self.hour, 0, 23),
            ("minute", self.minute, 0, 59),
            ("second", self.second, 0, 59),
            ("nanosecond", self.nanosecond, 0, 999_999_999),
        )
        for name, value, low, high in limits:
            if not low <= value <= high:
                return f"{name} {value} is not in {low}..{high}"
        if self.time_zone != UNSPECIFIED_ZONE and abs(self.time_zone) > _DAY_IN_MINUTES:
            return f"time zone {self.time_zone} is not in -1440..1440, nor 2047 (unspecified)"
        if self.daylight & ~_DAYLIGHT_BITS:
            return f"daylight {self.daylight:#x} has bits other than 1 and 2"
        return None

    def __str__(self) -> str:
        """``2026-11-22 19:47:23+01:00``, ``(no zone)`` where it is unspecified."""
        text = f"{self.year:04}-{self.month:02}-{self.day:02} {self.hour:02}:{self.minute:02}:{self.second:02}"
        if self.nanosecond:
            text += f".{self.nanosecond:09}"
        if self.time_zone == UNSPECIFIED_ZONE:
            return text + " (no zone)"
        hours, minutes = divmod(abs(self.time_zone), 60)
        sign = "-" if self.time_zone > 0 else "+"
        return f"{text}{sign}{hours:02}:{minutes:02}" + (" (daylight saving)" if self.daylight & _IN_DAYLIGHT else "")
