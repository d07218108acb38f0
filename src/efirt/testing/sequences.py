"""Random sequences of operations, the same for the same seed, and replaying them on any driver.

The names, sizes and attributes are drawn so that calls meet each other: few names, few lengths, attributes that match what is stored more
often than not, sizes that mostly stay small so that the store does not fill.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from efirt.errors import DriverError
from efirt.ops import (
    Driver,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    QueryVariableInfo,
    Reply,
    SetTime,
    SetVariable,
    SetWakeupTime,
)
from efirt.ops.variables import FIRST
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, HARDWARE_ERROR, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status

VENDORS: Final = (Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a11"), Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a12"))
"""Namespaces of the sequences' own variables."""

_NAMES: Final = ("A", "B", "Counter", "Grüße", "日本", "with-dash", "X" * 40)
_GLOBAL_NAMES: Final = (
    "Timeout",
    "BootNext",
    "BootOrder",
    "Boot0042",
    "OsIndications",
    "NoSuchName",
    "SetupMode",
    "PlatformLang",
    "bootorder",
)
_STORED: Final = Attributes(0x7)
_ODD_ATTRIBUTES: Final = tuple(
    map(Attributes, (0, 0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x8, 0xF, 0x10, 0x40, 0x41, 0x46, 0x47, 0x80, 0x87, 0xFFFFFFFF))
)
_SIZES: Final = (0, 1, 2, 3, 4, 5, 8, 13, 16, 24)
_ROOMS: Final = (0, 1, 2, 4, 8, 16, 64, 4096)
LIMIT: Final = 33732
"""Bytes of a name, its NUL with it, and a value that OVMF's stored variables have at most together."""
_ZONES: Final = (0x7FF, 0, 60, -60, 330, 1440, -1440, 1441)

Step = tuple[int, Callable[["Generator"], Op]]


class Generator:
    """Draws operations.

    Args:
        seed: The same seed draws the same sequence.
    """

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - reproducible on purpose
        self._sizes: dict[Key, int] = {}
        self._clock: EfiTime | None = None

    def sequence(self, count: int) -> list[Op]:
        """The next operations."""
        weights, steps = zip(*_STEPS, strict=True)
        return [step(self) for step in self._random.choices(steps, weights, k=count)]

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _key(self) -> Key:
        return Key(self._random.choice(_NAMES), self._random.choice(VENDORS))

    def _data(self) -> bytes:
        return self._random.randbytes(self._random.choice(_SIZES))

    def get(self) -> Op:
        """Read one of the sequence's own."""
        key = self._key()
        near = [max(self._sizes.get(key, 0) + more, 0) for more in (-1, 0, 1)]
        return GetVariable(key, self._random.choice((*_ROOMS, *near)))

    def get_other(self) -> Op:
        """Read what the specification names, in any namespace."""
        guid = self._random.choice((GLOBAL, IMAGE_SECURITY, HARDWARE_ERROR, VENDORS[0]))
        return GetVariable(Key(self._random.choice((*_GLOBAL_NAMES, "db", "HwErrRec0001", "", "MTC")), guid), self._random.choice(_ROOMS))

    def set(self) -> Op:
        """Write one of the sequence's own with ordinary attributes."""
        key, data = self._key(), self._data()
        if self._chance(0.25) and self._sizes.get(key):
            data = b"\x5a" * self._sizes[key]
        self._sizes[key] = len(data)
        return SetVariable(key, _STORED, data)

    def append(self) -> Op:
        """Append to one of the sequence's own."""
        key, data = self._key(), self._data()
        self._sizes[key] = self._sizes.get(key, 0) + len(data)
        return SetVariable(key, _STORED | Attributes.APPEND, data)

    def delete(self) -> Op:
        """Delete one of the sequence's own, by size or by attributes."""
        return SetVariable(self._key(), self._random.choice((Attributes(0), _STORED)), b"")

    def set_oddly(self) -> Op:
        """Write with attributes that do not fit."""
        name = self._random.choice((*_NAMES, ""))
        return SetVariable(Key(name, self._random.choice(VENDORS)), self._random.choice(_ODD_ATTRIBUTES), self._data())

    def set_too_large(self) -> Op:
        """Write more than any variable may have, and often not much more."""
        key, more = self._key(), self._random.choice((1, 1, 2, 60, 6000))
        if self._chance(0.3) and 0 < self._sizes.get(key, 0) <= _SIZES[-1]:
            return SetVariable(key, _STORED | Attributes.APPEND, bytes(self._left(key, self._sizes[key]) + more))
        return SetVariable(key, self._random.choice((_STORED, _STORED | Attributes.APPEND)), bytes(self._left(key) + more))

    def set_as_large_as_can_be(self) -> Op:
        """Write as much as a variable may have, or hardly less; few of these fill the store."""
        key, less = self._key(), self._random.choice((0, 0, 1, 2))
        if self._chance(0.3):
            return SetVariable(key, _STORED | Attributes.APPEND, bytes(self._left(key, self._sizes.get(key, 0)) - less))
        size = self._sizes[key] = self._left(key) - less
        return SetVariable(key, _STORED, bytes(size))

    def _left(self, key: Key, size: int = 0) -> int:
        """Bytes that a value of so many can grow."""
        return max(LIMIT - 2 * len(key.name) - 2 - size, 3)

    def filled(self) -> list[Op]:
        """Write until the store is full."""
        keys = [Key(name, VENDORS[1]) for name in ("F0", "F1", "F2", "F3", "F4", "F5", "F6", "F7")]
        large: list[Op] = [SetVariable(key, _STORED, bytes(self._left(key) - self._random.choice((0, 1, 500)))) for key in keys]
        return [
            *large,
            *(SetVariable(Key("G", VENDORS[1]), _STORED, bytes(size)) for size in (16000, 8000, 4000, 2000, 1000, 500, 250, 120)),
        ]

    def emptied(self) -> list[Op]:
        """Delete what filled the store, all but one of the large ones: the room comes back at the next boot."""
        kept = self._random.randrange(8)
        return [SetVariable(Key(f"F{number}", VENDORS[1]), Attributes(0), b"") for number in range(8) if number != kept]

    def set_global(self) -> Op:
        """Write a name of the specification's, or none of them, in a namespace of the specification's."""
        guid = self._random.choice((GLOBAL, GLOBAL, GLOBAL, IMAGE_SECURITY, HARDWARE_ERROR))
        data = self._random.randbytes(self._random.choice((0, 1, 2, 3, 8)))
        name = self._random.choice(_GLOBAL_NAMES)
        # Content that firmware itself acts on stays what it is.
        if name in {"PlatformLang", "SetupMode"} and data:
            data = b"\x01"
        return SetVariable(
            Key(name, guid), self._random.choice((_STORED, _STORED, _STORED, Attributes(0x6), _STORED | Attributes.APPEND)), data
        )

    def next_name(self) -> Op:
        """Ask for the name after one of the sequence's own, after none, or after one that is not there."""
        key = self._random.choice((FIRST, self._key(), self._key(), Key("NoSuchName", VENDORS[0])))
        return GetNextVariableName(key, self._random.choice((512, 512, 512, 0, 1, 2, 4, 20)))

    def query(self) -> Op:
        """Ask for room, by any attributes."""
        if self._chance(0.2):
            return QueryVariableInfo(self._random.choice((_STORED, _STORED | Attributes.APPEND, Attributes(0x6))), boot_snapshot=True)
        return QueryVariableInfo(self._random.choice((_STORED, _STORED, Attributes(0x6), *_ODD_ATTRIBUTES)))

    def count(self) -> Op:
        """Take a monotonic count."""
        return GetNextHighMonotonicCount()

    def _time(self) -> EfiTime:
        draw = self._random
        time = EfiTime(
            draw.randint(1998, 2097),
            draw.randint(1, 12),
            draw.randint(1, 28),
            draw.randint(0, 23),
            draw.randint(0, 59),
            draw.randint(0, 58),
        )
        return time._replace(time_zone=draw.choice(_ZONES), daylight=draw.choice((0, 0, 1, 3)))

    def set_time(self) -> Op:
        """Set the clock, sometimes to no time at all."""
        wrong: tuple[dict[str, int], ...] = (
            {"month": 13},
            {"day": 32},
            {"hour": 24},
            {"second": 60},
            {"year": 1900},
            {"daylight": 4},
            {"nanosecond": 10**9},
        )
        time = self._time()
        if self._chance(0.5):
            return SetTime(time._replace(**self._random.choice(wrong)))
        self._clock = time
        return SetTime(time)

    def get_time(self) -> Op:
        """Read the clock."""
        return GetTime()

    def set_wakeup(self) -> Op:
        """Set the alarm, mostly to what cannot be."""
        if self._chance(0.4):
            return SetWakeupTime(enable=self._chance(0.5))
        time = self._clock or self._time()
        if self._clock is not None:  # no moment in which the alarm goes off, or could be refused, while it is asked for
            near = datetime(*time[:6]) + timedelta(seconds=self._random.choice((-600, 600, 40_000, 86_000, 87_000)))  # noqa: DTZ001
            time = time._replace(**{name: getattr(near, name) for name in ("year", "month", "day", "hour", "minute", "second")})
        return SetWakeupTime(enable=self._chance(0.7), time=time if self._chance(0.7) else time._replace(minute=60))

    def get_wakeup(self) -> Op:
        """Read the alarm."""
        return GetWakeupTime()


_STEPS: Final[tuple[Step, ...]] = (
    (220, Generator.get),
    (60, Generator.get_other),
    (170, Generator.set),
    (60, Generator.append),
    (90, Generator.delete),
    (120, Generator.set_oddly),
    (15, Generator.set_too_large),
    (1, Generator.set_as_large_as_can_be),
    (80, Generator.set_global),
    (110, Generator.next_name),
    (50, Generator.query),
    (4, Generator.count),
    (8, Generator.set_time),
    (2, Generator.get_time),
    (12, Generator.set_wakeup),
    (8, Generator.get_wakeup),
)


def replay(driver: Driver, ops: Iterable[Op]) -> list[Reply | DriverError]:
    """Ask each operation; a road that fails is an answer as well."""
    answers: list[Reply | DriverError] = []
    for op in ops:
        try:
            answers.append(driver.call(op))
        except DriverError as refusal:
            answers.append(refusal)
    return answers


def share(answers: Sequence[Reply | DriverError], status: Status) -> float:
    """Which part of the answers, 0..=1, has a status."""
    return sum(isinstance(answer, Reply) and answer.status == status for answer in answers) / max(len(answers), 1)
