"""The clock of a PC: a chip with a day of alarm, and two variables for what the chip cannot keep.

Source: edk2 c5aa7e7d, PcAtChipsetPkg/PcatRealTimeClockRuntimeDxe/PcRtc.c.
"""

from collections.abc import Callable

from efirt.annotation import Final, Protocol
from efirt.firmware.bits import BS, NV, RT
from efirt.firmware.calendar import DAY_SECONDS, seconds_of, time_at
from efirt.firmware.clock_rules import TimeAsked
from efirt.firmware.namespaces import CLOCK
from efirt.firmware.profiles import Profile
from efirt.firmware.rule import first_broken
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime, TimeCapabilities
from efirt.ops.driver import Op
from efirt.ops.reply import Reply
from efirt.store import Record
from efirt.values.efi_time import UNSPECIFIED_ZONE, EfiTime
from efirt.values.key import Key
from efirt.values.status import Status

ZONE: Final = Key("RTC", CLOCK)
ALARM: Final = Key("RTCALARM", CLOCK)

_CAPABILITIES: Final = TimeCapabilities(resolution=1, accuracy=50_000_000, sets_to_zero=False)
_STORED: Final = NV | BS | RT
_ZONE_SIZE: Final = 4
_TIME_SIZE: Final = 16


class Variables(Protocol):
    """What the clock needs of the firmware around it."""

    profile: Profile
    runtime: bool

    def find(self, key: Key) -> Record | None:
        """The variable, if it is visible now."""

    def set(self, key: Key, attributes: int, data: bytes) -> Status:
        """SetVariable."""


def _to_bcd(number: int) -> int:
    return number // 10 << 4 | number % 10


def _from_bcd(number: int) -> int:
    """255 where it is no decimal."""
    high, low = number >> 4, number & 0xF
    return high * 10 + low if high <= 9 and low <= 9 else 0xFF  # noqa: PLR2004 - decimal digits


class Clock:
    """The time services, over a count of seconds that is handed in.

    Args:
        variables: The firmware around it.
        now: Seconds since the beginning of 1970, on the clock as the machine was switched on.

    Attributes:
        alarm_of_day: The second of the day that the chip's alarm is set to.
        enabled: Whether the alarm is on; the chip compares either way.
    """

    def __init__(self, variables: Variables, now: Callable[[], int]) -> None:
        self._variables = variables
        self._now = now
        self._ahead = 0
        self.alarm_of_day = 0
        self.enabled = False
        self.start()

    def start(self) -> None:
        """Read the zone back and acknowledge the alarm, as the driver does at boot."""
        record = self._variables.find(ZONE)
        kept = int.from_bytes(record.data, "little") if record and len(record.data) == _ZONE_SIZE else UNSPECIFIED_ZONE
        self._zone = int.from_bytes((kept & 0xFFFF).to_bytes(2, "little"), "little", signed=True)
        self._daylight = kept >> 16 & 0xFF
        self._acknowledge()

    def _seconds(self) -> int:
        return self._now() + self._ahead

    def _acknowledge(self) -> None:
        self._went_off = False
        self._compared_at = self._seconds()

    def _compare(self) -> None:
        """Do what the chip does each second: notice that the alarm's time of day has come."""
        self._went_off |= (self.alarm_of_day - self._compared_at - 1) % DAY_SECONDS < self._seconds() - self._compared_at
        self._compared_at = self._seconds()

    def _time(self) -> EfiTime:
        return time_at(self._seconds(), self._zone, self._daylight)

    def _is_valid(self, time: EfiTime) -> bool:
        profile = self._variables.profile
        return profile.first_year <= time.year <= profile.last_year and time.problem() is None

    def get(self, _op: GetTime) -> Reply:
        """GetTime: a chip that has run out of its years is broken."""
        time = self._time()
        if not self._is_valid(time):
            return Reply(Status.DEVICE_ERROR)
        return Reply(Status.SUCCESS, time=self._variables.profile.told_time(time), capabilities=_CAPABILITIES)

    def _refusal(self, op: Op) -> Status | None:
        """What this clock demands beyond that a time makes sense."""
        return first_broken(self._variables.profile.clock_rules, TimeAsked(op, self._variables.runtime))

    def set(self, op: SetTime) -> Reply:
        """SetTime: the zone goes to its variable first, and only if that went well does the clock change."""
        time = op.time
        if not self._is_valid(time):
            return Reply(Status.INVALID_PARAMETER)
        refused = self._refusal(op)
        if refused is not None:
            return Reply(refused)
        if not self._keep_zone(time):
            return Reply(Status.DEVICE_ERROR)
        self._compare()
        self._zone, self._daylight = time.time_zone, time.daylight
        self._ahead = seconds_of(time) - self._now()
        self._compared_at = self._seconds()
        return Reply(Status.SUCCESS)

    def _keep_zone(self, time: EfiTime) -> bool:
        if time.time_zone == UNSPECIFIED_ZONE and not time.daylight:
            return self._variables.set(ZONE, 0, b"") in (Status.SUCCESS, Status.NOT_FOUND)
        kept = time.daylight << 16 | time.time_zone & 0xFFFF
        return self._variables.set(ZONE, _STORED, kept.to_bytes(_ZONE_SIZE, "little")) == Status.SUCCESS

    def get_wakeup(self, op: GetWakeupTime) -> Reply:
        """GetWakeupTime: the day comes from the variable, the time of day from the chip; asking acknowledges."""
        refused = self._refusal(op)
        if refused is not None:
            return Reply(refused)
        self._compare()
        pending = self._went_off
        self._acknowledge()
        of_day = time_at(self.alarm_of_day)
        time = self._time()._replace(hour=of_day.hour, minute=of_day.minute, second=of_day.second)
        time = self._on_kept_day(time)
        if not self._is_valid(time):
            return Reply(Status.DEVICE_ERROR, enabled=self.enabled, pending=pending)
        return Reply(Status.SUCCESS, enabled=self.enabled, pending=pending, time=time)

    def _on_kept_day(self, time: EfiTime) -> EfiTime:
        record = self._variables.find(ALARM)
        if record is None or len(record.data) > _TIME_SIZE:
            return time
        kept = EfiTime.decode(record.data.ljust(_TIME_SIZE, b"\0"))
        in_century = _from_bcd(kept.year & 0xFF)
        year = 2000 + in_century - (100 if in_century >= self._variables.profile.first_year % 100 else 0)
        return time._replace(year=year, month=_from_bcd(kept.month), day=_from_bcd(kept.day))

    def set_wakeup(self, op: SetWakeupTime) -> Reply:
        """SetWakeupTime: within the next day only; switching it off keeps the time."""
        time = op.time
        if op.enable and (time is None or not self._is_valid(time)):
            return Reply(Status.INVALID_PARAMETER)
        refused = self._refusal(op)
        if refused is not None:
            return Reply(refused)
        if not op.enable or time is None:
            of_day = time_at(self.alarm_of_day)
            kept = time_at(self._seconds(), self._zone, self._daylight)
            kept = kept._replace(hour=of_day.hour, minute=of_day.minute, second=of_day.second)
            return self._keep_alarm(kept, enabled=False)
        if not self._is_valid(self._time()):
            return Reply(Status.DEVICE_ERROR)
        if not 0 <= seconds_of(time) - self._seconds() <= DAY_SECONDS:
            return Reply(Status.UNSUPPORTED)
        return self._keep_alarm(time, enabled=True)

    def _keep_alarm(self, time: EfiTime, *, enabled: bool) -> Reply:
        """Write the variable as the chip's registers have it, in decimal digits, then set the chip."""
        in_registers = time._replace(
            year=_to_bcd(time.year % 100),
            month=_to_bcd(time.month),
            day=_to_bcd(time.day),
            hour=_to_bcd(time.hour),
            minute=_to_bcd(time.minute),
            second=_to_bcd(time.second),
        )
        if self._variables.set(ALARM, _STORED, in_registers.encode()) != Status.SUCCESS:
            return Reply(Status.DEVICE_ERROR)
        self._compare()
        self.enabled = enabled
        if enabled:
            self.alarm_of_day = seconds_of(time) % DAY_SECONDS
        return Reply(Status.SUCCESS)
