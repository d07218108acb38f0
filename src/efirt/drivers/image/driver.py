"""A firmware's rules over an image: what it holds is shown as on its machine, and what is changed stands in the file at once.

Before a machine starts nothing runs: so the phase is that of boot, in which every variable shows, and no volatile one is made up.
"""

from _thread import allocate_lock
from time import time

from efirt.annotation import TYPE_CHECKING, Any, Callable, Final, Iterable, Mapping, NamedTuple
from efirt.drivers.image.memory import Held, Manner, Memory, open_memory
from efirt.errors import NotCarried
from efirt.firmware.facts import DEFAULT_FACTS, NOT_CARRIED
from efirt.firmware.limits import OVMF_4M, Limits, limits_of_store
from efirt.firmware.reading import reading_of
from efirt.firmware.region import Region
from efirt.firmware.sleeping import Sleeping
from efirt.ops.clock import GetTime, GetWakeupTime
from efirt.ops.driver import OPERATIONS, Finding, Op
from efirt.ops.malformed import Malformed
from efirt.ops.miscellaneous import ResetSystem, UpdateCapsule
from efirt.ops.options import check_known, is_on, written
from efirt.ops.reply import Reply
from efirt.ops.tables import Probe
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.values.status import Status

if TYPE_CHECKING:
    from efirt.firmware import Firmware
    from efirt.firmware.moment import Moment
    from efirt.ops.road import Road

NAME: Final = "image"
BOOT: Final = "boot"
RUNTIME: Final = "runtime"

_OPTIONS: Final = ("phase", "profile", "quirk", "in-place", "force", "dictionary")
_READS: Final = frozenset({GetVariable, GetNextVariableName, QueryVariableInfo, GetTime, GetWakeupTime, Probe})
_NOTHING_RUNS: Final = "an image is not a machine: nothing runs that would do it"
_WITHOUT: Final[Mapping[type[Op], str]] = {**NOT_CARRIED, ResetSystem: _NOTHING_RUNS, UpdateCapsule: _NOTHING_RUNS}


class Setting(NamedTuple):
    """What kind of firmware is put over an image.

    Attributes:
        name: The driver's name.
        runtime: Whether the boot phase is over.
        profile: The firmware, by name; None for the usual one.
        quirk: What it does otherwise; None for nothing.
        is_machine: Whether it is taken for a machine, which can be reset.
    """

    name: str = NAME
    runtime: bool = False
    profile: str | None = None
    quirk: str | None = None
    is_machine: bool = False


class Begun(NamedTuple):
    """A change that has begun.

    Attributes:
        kept: What stood in the file before it.
        moment: The firmware before it; None where its rules were not loaded.
    """

    kept: tuple[Record, ...] = ()
    moment: "Moment | None" = None


class ImageDriver:
    """A firmware over an image, behind a lock.

    Attributes:
        name: What opens it.
        memory: The image.
    """

    def __init__(self, memory: Memory, setting: Setting) -> None:
        self.name = setting.name
        self.memory = memory
        self._setting = setting
        self._lock = allocate_lock()
        self._begun: Begun | None = None
        held = self._taken()
        self._limits = _limits(held)
        is_usual = setting.profile in {None, DEFAULT_FACTS.name} and not setting.quirk
        self._firmware: Firmware | Sleeping = self._sleeping(held) if is_usual else self._made(held)

    @property
    def carried(self) -> frozenset[type[Op]]:
        """The operations it has a road for."""
        return frozenset(OPERATIONS) - (NOT_CARRIED if self._setting.is_machine else _WITHOUT).keys()

    def why_not(self, operation: type[Op]) -> str:
        """Why it has no road for an operation, as a sentence."""
        return _WITHOUT.get(operation, "")

    def call(self, op: Op) -> Reply:
        """Ask, one caller at a time; what was changed is in the file before this returns.

        Raises:
            NotCarried: There is no road for it.
            DriverError: The file cannot be written; then nothing was changed.
            NoRoom: The same for want of room in the image.
        """
        if type(op) in _WITHOUT and type(op) not in self.carried:
            raise NotCarried(f"{self.name}: no road for {type(op).__name__}: {self.why_not(type(op))}", operation=type(op).__name__)
        with self._lock:
            self._settle()
            if type(op) in _READS:
                return self._firmware.call(op)
            if isinstance(op, SetVariable) and isinstance(self._firmware, Sleeping) and self._is_stored(op, self._firmware):
                return Reply(Status.SUCCESS)
            return self._change(lambda firmware: firmware.call(op))

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask with wrong pointers or sizes.

        Raises:
            DriverError: As :meth:`call`.
        """
        with self._lock:
            self._settle()
            return self._change(lambda firmware: firmware.call_malformed(asked))

    def road(self, _key: Key) -> "Road":
        """Whether the boot phase is over here."""
        from efirt.ops.road import Road  # noqa: PLC0415 - for who asks why

        return Road(is_runtime=self._setting.runtime)

    @property
    def remark(self) -> str:
        """What who reads its variables should know beside them, as a sentence; empty where there is nothing."""
        lost = getattr(getattr(self.memory, "image", None), "lost", ())
        if not lost:
            return ""
        from efirt.images.edk2_lost import told  # noqa: PLC0415 - rare

        return f"{told(lost)}; efirt image repair brings back what is behind it, and firmware erases it"

    def close(self) -> None:
        """Hold nothing, give back nothing."""

    def _is_stored(self, op: SetVariable, asleep: Sleeping) -> bool:
        """Store a variable that no rule stands in the way of, and say so; else change nothing."""
        from efirt.firmware.stranger import plain_record  # noqa: PLC0415 - for who writes

        region = asleep.reading.stored
        record = None if asleep.is_awake else plain_record(asleep.reading, op)
        if record is not None and (record != region.store.get(op.key) or self.memory.is_unsure):
            others = (one for one in region.store if one.key != record.key)
            self._begun = Begun()
            try:
                self.memory.save((*self._volatile, *others, record))
            except Exception:
                self._begun = None
                raise
            region.write(record)
            if self.memory.is_compacted:
                region.compact()
            self._begun = None
        return record is not None

    def _change(self, ask: "Callable[[Firmware], Reply]") -> Reply:
        from efirt.firmware.moment import Moment  # noqa: PLC0415 - for who writes

        firmware = self._firmware = self._firmware.awake() if isinstance(self._firmware, Sleeping) else self._firmware
        moment, before = Moment(firmware), self._kept(firmware)
        self._begun = Begun(before, moment)
        try:
            reply = ask(firmware)
            if self._kept(firmware) != before or self.memory.is_unsure:
                self._save(firmware)
        except Exception:
            moment.restore()
            self._begun = None
            raise
        self._begun = None
        return reply

    def _settle(self) -> None:
        """Where an interruption broke a change off, see what the file holds, and let the firmware hold the same.

        Raises:
            DriverError: The file cannot be read.
            DecodeError: It is damaged.
        """
        if self._begun is None:
            return
        (before, moment), firmware = self._begun, self._firmware
        self.memory.read_again()
        held = self._taken()
        if moment is None or isinstance(firmware, Sleeping):
            self._firmware = self._sleeping(held)
        else:
            found = _by_key((*self._volatile, *held.records))
            if found == _by_key(before) or found != _by_key(self._kept(firmware)):
                moment.restore()
            if found != _by_key(self._kept(firmware)):
                firmware.variables.stored.fill(held.records, held.used, held.half_deleted)
                if not self._setting.runtime:
                    firmware.variables.volatile.fill(self._volatile)
        self._begun = None

    def _taken(self) -> Held:
        """What the image holds for good; the rest is taken note of."""
        held = self.memory.held()
        self._volatile = tuple(record for record in held.records if not record.attributes & Attributes.NV)
        if self._volatile:
            held = held._replace(records=tuple(record for record in held.records if record.attributes & Attributes.NV))
        return held

    def _kept(self, firmware: "Firmware") -> tuple[Record, ...]:
        """What of it belongs into the file, in order."""
        variables = firmware.variables
        volatile = self._volatile if self._setting.runtime else tuple(variables.volatile.store)
        return (*volatile, *variables.stored.store)

    def _save(self, firmware: "Firmware") -> None:
        if self.memory.is_compacted:
            firmware.variables.stored.compact()
        self.memory.save(self._kept(firmware))

    def _sleeping(self, held: Held) -> Sleeping:
        """A firmware of which reading loads no rule."""
        facts = DEFAULT_FACTS._replace(limits=self._limits, authentication=held.authentication)
        reading = reading_of(
            facts, held.records, held.used, held.half_deleted, volatile=self._shown_volatile(), runtime=self._setting.runtime
        )
        return Sleeping(reading, lambda: self._made(held._replace(**_contents(reading.stored))), self.name)

    def _shown_volatile(self) -> tuple[Record, ...] | None:
        """The volatile variables; None for those that a machine makes when it starts."""
        return None if self._setting.runtime and not self._volatile else self._volatile

    def _made(self, held: Held) -> "Firmware":
        from efirt.firmware import Firmware  # noqa: PLC0415 - its rules
        from efirt.firmware.chosen import chosen  # noqa: PLC0415
        from efirt.signatures.lazy import LazyVerifier  # noqa: PLC0415

        profile = chosen(self._setting.profile, self._setting.quirk, self._limits)
        profile = profile if held.authentication else profile.without_authentication()
        return Firmware(
            profile,
            now=_now,
            stored=held.records,
            volatile=self._shown_volatile(),
            used=held.used,
            half_deleted=held.half_deleted,
            runtime=self._setting.runtime,
            verifier=LazyVerifier(),
            name=self.name,
        )


def _by_key(records: Iterable[Record]) -> dict[Key, Record]:
    """The same whatever their order, which some formats do not keep."""
    return {record.key: record for record in records}


def _contents(region: Region) -> dict[str, Any]:
    """What a region holds, as an image tells it."""
    return {
        "records": tuple(region.store),
        "used": region.used.common + region.used.errors,
        "half_deleted": frozenset(region.half_deleted),
    }


def _now() -> int:
    return int(time())


def _limits(held: Held) -> Limits:
    if held.store_size is None:
        return OVMF_4M
    return limits_of_store(held.store_size, held.header_size)


def switch(name: str, options: Mapping[str, str]) -> bool:
    """An option that is on or off, and off where it is not given.

    Raises:
        ValueError: It is neither.
    """
    return is_on(f"the option {name} is yes or no", options.get(name, "no"))


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> ImageDriver:
    """Open by the parts of a driver's name, such as ``image:OVMF_VARS_4M.fd?phase=runtime``.

    Args:
        argument: Path of the image.
        options: ``phase``, ``boot`` or ``runtime``; ``profile`` and ``quirk``, as of the driver ``simulated``; ``in-place``, whether to
            write into the file instead of replacing it; ``force``, whether to write what a running machine has locked; ``dictionary``,
            path of the dictionary of Amazon's blobs.

    Raises:
        DriverError: The image cannot be read.
        DecodeError: It is no image, or a damaged one.
        ValueError: There is no path, or an option makes no sense.
    """
    options = options or {}
    check_known("the driver image", options, _OPTIONS)
    if not argument:
        raise ValueError("the driver image needs the path of one: image:PATH")
    phase = options.get("phase", BOOT)
    if phase not in {BOOT, RUNTIME}:
        raise ValueError(f"the phase of an image is {BOOT} or {RUNTIME}, not {phase!r}")
    in_place, force = (switch(name, options) for name in ("in-place", "force"))
    memory = open_memory(argument, Manner(in_place, force, options.get("dictionary"), OVMF_4M.hardware_error_storage))
    return ImageDriver(
        memory, Setting(written(f"{NAME}:{argument}", options), phase == RUNTIME, options.get("profile"), options.get("quirk"))
    )


def find() -> Finding:
    """It applies where a file is named."""
    return Finding(applies=True, reason="needs nothing of this machine but a file: image:PATH")


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """The operations with a road, and the reason for each without."""
    return frozenset(OPERATIONS) - _WITHOUT.keys(), _WITHOUT
