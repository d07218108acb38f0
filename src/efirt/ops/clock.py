"""The clock and its wake-up alarm."""

from efirt.annotation import NamedTuple
from efirt.values.efi_time import EfiTime


class GetTime(NamedTuple):
    """Read the clock.

    Answer: ``time``, ``capabilities``.

    Source: UEFI 2.10 §8.3.1.
    """


class SetTime(NamedTuple):
    """Set the clock.

    Attributes:
        time: Any bits that an EFI_TIME holds.

    Source: UEFI 2.10 §8.3.2.
    """

    time: EfiTime


class GetWakeupTime(NamedTuple):
    """Read the alarm.

    Answer: ``enabled``, ``pending``, ``time``.

    Source: UEFI 2.10 §8.3.3.
    """


class SetWakeupTime(NamedTuple):
    """Set or switch off the alarm.

    Attributes:
        enable: On or off.
        time: When; None only switches what is set on or off (firmware gets no time at all).

    Source: UEFI 2.10 §8.3.4.
    """

    enable: bool
    time: EfiTime | None = None


class TimeCapabilities(NamedTuple):
    """What the clock can do.

    Attributes:
        resolution: Counts per second, Hz; 1 for an ordinary clock.
        accuracy: Error in 10**-6 parts per million; 50,000,000 is 50 ppm.
        sets_to_zero: Whether setting the time clears what is below the resolution.
    """

    resolution: int
    accuracy: int
    sets_to_zero: bool
