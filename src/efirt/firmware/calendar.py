"""Dates as seconds, on the calendar that is in use everywhere: no zone, no leap second."""

from efirt.annotation import Final
from efirt.values.efi_time import UNSPECIFIED_ZONE, EfiTime

DAY_SECONDS: Final = 86_400
_ERA_DAYS: Final = 146_097
_EPOCH_DAY: Final = 719_468


def seconds_of(time: EfiTime) -> int:
    """Seconds from the beginning of 1970 to the date and time of day; zone and nanoseconds do not count.

    Source: UEFI 2.10 §8.3.1. The arithmetic counts years from March, which puts the leap day at a year's end.
    """
    year = time.year - (time.month <= 2)  # noqa: PLR2004 - January and February belong to the year before
    in_year = (153 * ((time.month + 9) % 12) + 2) // 5 + time.day - 1
    day = 365 * year + year // 4 - year // 100 + year // 400 + in_year - _EPOCH_DAY
    return day * DAY_SECONDS + time.hour * 3600 + time.minute * 60 + time.second


def time_at(seconds: int, time_zone: int = UNSPECIFIED_ZONE, daylight: int = 0) -> EfiTime:
    """The date and time of day so many seconds after the beginning of 1970.

    Source: UEFI 2.10 §8.3.1.
    """
    day, rest = divmod(seconds, DAY_SECONDS)
    era, in_era = divmod(day + _EPOCH_DAY, _ERA_DAYS)
    in_era_year = (in_era - in_era // 1460 + in_era // 36_524 - in_era // 146_096) // 365
    in_year = in_era - (365 * in_era_year + in_era_year // 4 - in_era_year // 100)
    shifted = (5 * in_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9  # noqa: PLR2004 - months from March on
    year = era * 400 + in_era_year + (month <= 2)  # noqa: PLR2004 - as above
    date = year, month, in_year - (153 * shifted + 2) // 5 + 1
    return EfiTime(*date, rest // 3600, rest // 60 % 60, rest % 60, 0, time_zone, daylight)
