"""A firmware's rules over an image: what it holds is shown as on its machine, and what is changed stands in the file at once.

Before a machine starts nothing runs: so the phase is that of boot, in which every variable shows, and no volatile one is made up.
"""

from _thread import allocate_lock
from collections.abc import Callable, Mapping
from time import time

from efirt.annotation import TYPE_CHECKING, Final, NamedTuple
from efirt.drivers.image.memory import Held, Manner, Memory, open_memory
from efirt.errors import NotCarried
from efirt.firmware.facts import DEFAULT_FACTS, NOT_CARRIED
from efirt.firmware.limits import OVMF_4M, Limits, limits_of_store
from efirt.firmware.reading import reading_of
from efirt.firmware.sleeping import Sleeping
from efirt.ops.capsule import UpdateCapsule
from efirt.ops.clock import GetTime, GetWakeupTime
from efirt.ops.driver import OPERATIONS, Finding, Op
from efirt.ops.malformed import Malformed
from efirt.ops.options import check_known, is_on, written
from efirt.ops.reply import Reply
from efirt.ops.reset import ResetSystem
from efirt.ops.tables import Probe
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key

if TYPE_CHECKING:
    from efirt.firmware import Firmware

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


class _State(NamedTuple):
    """All that a firmware holds which a write can change."""

    stored: tuple[Record, ...]
    volatile: tuple[Record, ...]
    used: int | None
    half_deleted: frozenset[Key]


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
        held = memory.held()
        self._limits = _limits(held)
        self._authentication = held.authentication
        self._volatile = tuple(record for record in held.records if not record.attributes & Attributes.NV)
        stored = tuple(record for record in held.records if record.attributes & Attributes.NV) if self._volatile else held.records
        self._state = _State(stored, self._volatile, held.used, held.half_deleted)
        self._firmware: Firmware | Sleeping = self._sleeping()
        if setting.profile not in {None, DEFAULT_FACTS.name} or setting.quirk:
            self._firmware = self._made(self._state)

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
            return self._firmware.call(op) if type(op) in _READS else self._change(lambda firmware: firmware.call(op))

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask with wrong pointers or sizes.

        Raises:
            DriverError: As :meth:`call`.
        """
        with self._lock:
            return self._change(lambda firmware: firmware.call_malformed(asked))

    def close(self) -> None:
        """Hold nothing, give back nothing."""

    def _change(self, ask: "Callable[[Firmware], Reply]") -> Reply:
        firmware = self._firmware.awake() if isinstance(self._firmware, Sleeping) else self._firmware
        before = _state(firmware)
        try:
            reply = ask(firmware)
            after = _state(firmware)
            if _kept(after, runtime=self._setting.runtime) != _kept(before, runtime=self._setting.runtime):
                self._save(firmware)
        except BaseException:
            self._firmware = self._made(before)
            raise
        self._firmware = firmware
        return reply

    def _save(self, firmware: "Firmware") -> None:
        variables = firmware.variables
        if self.memory.is_compacted:
            variables.stored.compact()
        volatile = self._volatile if self._setting.runtime else tuple(variables.volatile.store)
        self.memory.save((*volatile, *variables.stored.store))

    def _sleeping(self) -> Sleeping:
        """A firmware of which reading loads no rule."""
        state, facts = self._state, DEFAULT_FACTS._replace(limits=self._limits, authentication=self._authentication)
        reading = reading_of(
            facts, state.stored, state.used, state.half_deleted, volatile=self._shown_volatile(state), runtime=self._setting.runtime
        )
        return Sleeping(reading, lambda: self._made(self._state), self.name)

    def _shown_volatile(self, state: _State) -> tuple[Record, ...] | None:
        """The volatile variables; None for those that a machine makes when it starts."""
        return None if self._setting.runtime and not state.volatile else state.volatile

    def _made(self, state: _State) -> "Firmware":
        from efirt.firmware import Firmware  # noqa: PLC0415 - its rules
        from efirt.firmware.chosen import chosen  # noqa: PLC0415
        from efirt.signatures.lazy import LazyVerifier  # noqa: PLC0415

        profile = chosen(self._setting.profile, self._setting.quirk)
        profile = profile if self._authentication else profile.without_authentication()
        return Firmware(
            profile._replace(limits=self._limits),
            now=_now,
            stored=state.stored,
            volatile=self._shown_volatile(state),
            used=state.used,
            half_deleted=state.half_deleted,
            runtime=self._setting.runtime,
            verifier=LazyVerifier(),
            name=self.name,
        )


def _now() -> int:
    return int(time())


def _limits(held: Held) -> Limits:
    if held.store_size is None:
        return OVMF_4M
    return limits_of_store(held.store_size, held.header_size)


def _state(firmware: "Firmware") -> _State:
    stored = firmware.variables.stored
    used = stored.used.common + stored.used.errors
    return _State(tuple(stored.store), tuple(firmware.variables.volatile.store), used, frozenset(stored.half_deleted))


def _kept(state: _State, *, runtime: bool) -> tuple[tuple[Record, ...], tuple[Record, ...]]:
    """What of it belongs into the file."""
    return state.stored, () if runtime else state.volatile


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
