"""A firmware that is only its rules: no hardware, no clock of its own, no file.

Source: UEFI 2.10 §4.6, §8, and as each part says.
"""

from collections.abc import Callable, Iterable, Mapping

from efirt.annotation import ClassVar, Final, NamedTuple
from efirt.firmware import modes, null_rules
from efirt.firmware.bits import BS, NV, RT
from efirt.firmware.capsule import Capsules
from efirt.firmware.clock import Clock
from efirt.firmware.facts import NOT_CARRIED
from efirt.firmware.fresh import fresh_stored, made_at_boot
from efirt.firmware.list_rules import PLATFORM_KEY
from efirt.firmware.memory_overwrite import LOCK, Lock
from efirt.firmware.modes import AUDIT_MODE, DEPLOYED_MODE
from efirt.firmware.namespaces import MONOTONIC_COUNTER
from efirt.firmware.phases import Phase
from efirt.firmware.policies import PolicyBook
from efirt.firmware.profiles import DEFAULT, Profile
from efirt.firmware.properties import ALL, BITS, PROPERTIES, masked, properties_table
from efirt.firmware.region import Region
from efirt.firmware.rule import first_broken
from efirt.firmware.space import ERROR_FLAG
from efirt.firmware.starting import Start
from efirt.firmware.variables import Variables
from efirt.firmware.verifier import Missing, Verifier
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.driver import Op, Routes
from efirt.ops.malformed import Malformed
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, QueryCapsuleCapabilities, ResetSystem, ResetType, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable, GetTable, Probe
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable
from efirt.store import Record, Store
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

COUNTER: Final = Key("MTC", MONOTONIC_COUNTER)
_STORED: Final = NV | BS | RT
_COUNT_SIZE: Final = 4
_FOLLOWS_KEYS: Final = frozenset({"SetupMode", "SecureBoot", "VendorKeys", "AuditMode", "DeployedMode"})
_MADE_EARLY: Final = _FOLLOWS_KEYS | {"SignatureSupport", "certdbv"}
"""What is made by the library behind authenticated variables, not by the boot manager."""

_RESETS: Final = frozenset({ResetType.COLD, ResetType.WARM, ResetType.SHUTDOWN, ResetType.PLATFORM_SPECIFIC})


class Table(NamedTuple):
    """A configuration table.

    Attributes:
        address: Where it is.
        data: Its bytes.
    """

    address: int
    data: bytes


class Firmware(Routes):
    """A machine's firmware after its boot phase, or in it.

    It answers what real firmware answers, also to nonsense, and never raises for it. It is not locked against threads.

    Args:
        profile: Which firmware.
        stored: What it holds for good, in order; a fresh machine's where None is given.
        volatile: What it holds until reset, in order; what boot makes of ``stored`` where None is given.
        used: Bytes of all stored records, the dead too; as many as the living take where None is given.
        volatile_used: The same of the volatile ones.
        half_deleted: Keys of stored records that an update had marked and not finished.
        now: Seconds since the beginning of 1970 by the machine's clock.
        runtime: Whether the boot phase is over; :meth:`boot` gets to any other.
        tables: Configuration tables.
        verifier: Judges the signatures of authenticated writes; where it is left out, the first one is a DriverError that says so.
        name: The driver's name.

    Source: UEFI 2.10 §8; edk2 c5aa7e7d, MdeModulePkg/Universal and PcAtChipsetPkg/PcatRealTimeClockRuntimeDxe, as each part says.
    """

    NOT_CARRIED: ClassVar[Mapping[type[Op], str]] = NOT_CARRIED

    def __init__(  # noqa: PLR0913 - each has a default, and a caller names the one it means
        self,
        profile: Profile = DEFAULT,
        *,
        now: Callable[[], int],
        stored: Iterable[Record] | None = None,
        volatile: Iterable[Record] | None = None,
        used: int | None = None,
        volatile_used: int | None = None,
        half_deleted: Iterable[Key] = (),
        runtime: bool = True,
        tables: Mapping[Guid, Table] | None = None,
        verifier: Verifier | None = None,
        name: str = "simulated",
    ) -> None:
        self.profile = profile
        region = self._region(fresh_stored(authentication=profile.authentication) if stored is None else stored, used, half_deleted)
        made = list(self._made(region.store) if volatile is None else volatile)
        self._made_at_boot = made
        self._volatile_used = volatile_used
        judge = Missing() if verifier is None else verifier
        self._gets_to = min(Phase.RUNTIME if runtime else Phase.BOOT, profile.last_phase)
        self.variables = Variables(profile, self._region(made, volatile_used), region, judge, self._gets_to)
        self._mode = self.variables.secure_boot.mode
        self._found = frozenset(record.key for record in region.store)
        self._dead: Status | None = None
        self._instead: dict[type[Op], Status] = {}
        self._take_up()
        self._tables = dict(tables or {})
        if profile.services != ALL:
            self._tables.setdefault(PROPERTIES, Table(0, properties_table(profile.services)))
        self._capsules = Capsules(self.variables, self.reset)
        self._read_counter()
        self.clock = Clock(self.variables, now)
        self._keep()
        super().__init__(
            name,
            {
                GetVariable: self.variables.get,
                SetVariable: self.variables.set_op,
                GetNextVariableName: self.variables.next,
                QueryVariableInfo: self.variables.query,
                GetTime: self.clock.get,
                SetTime: self.clock.set,
                GetWakeupTime: self.clock.get_wakeup,
                SetWakeupTime: self.clock.set_wakeup,
                GetNextHighMonotonicCount: self._next_count,
                QueryCapsuleCapabilities: self._capsules.query,
                UpdateCapsule: self._capsules.update,
                ResetSystem: self._reset,
                GetTable: self._get_table,
                CopyTable: self._copy_table,
                Probe: self._probe,
            },
        )

    def call_malformed(self, asked: Malformed) -> Reply:
        """Answer a question whose pointers or sizes are wrong.

        A service that is missing does not look at them: what stands in its place only returns EFI_UNSUPPORTED.

        Source: UEFI 2.10 §4.6.2, §8; edk2 c5aa7e7d, as :data:`~efirt.firmware.null_rules.NULL_RULES` says; U-Boot,
        lib/efi_loader/efi_runtime.c, efi_unimplemented.
        """
        if type(asked.op) in self._instead:
            return self.call(asked.op)
        refused = null_rules.refusal(asked)
        if refused is not None:
            return Reply(refused)
        return null_rules.left_out(asked, self.call(null_rules.meant(asked)))

    def _made(self, store: Store) -> list[Record]:
        """The volatile variables that boot makes."""
        made = list(made_at_boot(store, authentication=self.profile.authentication))
        if self.profile.known.find(AUDIT_MODE) is not None:
            owned = modes.after(self.profile.transitions, modes.SETUP, modes.ENROLLED)
            mode = owned if PLATFORM_KEY in store else modes.SETUP
            values = ((AUDIT_MODE, mode.audit), (DEPLOYED_MODE, mode.deployed))
            made += [Record(key, Attributes(BS | RT), bytes([value])) for key, value in values]
        return self._told(made)

    def _told(self, made: list[Record]) -> list[Record]:
        """The same with what this firmware tells otherwise."""
        told = self.profile.told
        if not told:
            return made
        there = {record.key for record in made}
        made = [record._replace(data=told[record.key]) if record.key in told else record for record in made]
        return made + [Record(key, Attributes(BS | RT), value) for key, value in told.items() if key not in there]

    def call(self, op: Op) -> Reply:
        """Ask.

        Raises:
            NotCarried: There is no road for it.
        """
        instead = self._instead
        if instead and type(op) in instead:
            status = instead[type(op)]
            if type(op) in self.profile.fatal:
                self._die(Status.DEVICE_ERROR)
            return Reply(status)
        return super().call(op)

    def _take_up(self) -> None:
        """Work out which services answer something else, always the same, in this phase.

        Source: UEFI 2.10 §4.6.2.
        """
        profile = self.profile
        if self._dead is not None:
            self._instead = dict.fromkeys(BITS, self._dead)
        elif self.variables.runtime:
            self._instead = {**profile.fatal, **dict.fromkeys(masked(profile.services), Status.UNSUPPORTED)}
        else:
            self._instead = {}

    def _die(self, status: Status) -> None:
        """Answer nothing else any more."""
        self._dead = status
        self._take_up()

    def _is_user(self, record: Record) -> bool:
        return bool(self.profile.limits.user_storage) and self.profile.known.find(record.key) is None

    @property
    def phase(self) -> Phase:
        """How far the machine has started."""
        return self.variables.phase

    @property
    def policies(self) -> PolicyBook:
        """The policies of this boot, to which drivers add until the phase :attr:`~efirt.firmware.phases.Phase.BOOT` begins."""
        return self.variables.book

    def reset(self, *, power_off: bool = False) -> None:
        """Start the machine again, up to where it was: :meth:`boot`, then :meth:`exit_boot_services`.

        Args:
            power_off: Whether it was switched off in between.
        """
        if power_off and self.profile.lost_at_power_off:
            self.variables.stored = self._region(fresh_stored(authentication=self.profile.authentication))
        self.boot(self._gets_to)

    def boot(self, until: Phase = Phase.BOOT) -> None:
        """Start the machine again, and stay in a phase; in that of boot where none is given.

        Args:
            until: The phase to stay in; a machine that does not get that far stays before it.

        Source: as :meth:`step`.
        """
        self._start()
        while self.phase < min(until, self.profile.last_phase):
            self.step()

    def exit_boot_services(self) -> None:
        """End the boot phase: the store is tidied up if it is nearly full, for the last time, and what is not for runtime is hidden.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, ReclaimForOS.
        """
        while self.phase < min(Phase.RUNTIME, self.profile.last_phase):
            self.step()

    def step(self) -> Phase:
        """Go on to the next phase, with all that firmware does on the way there; the last one is not left.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableDxe.c: FtwNotificationEvent, OnEndOfDxe, OnReadyToBoot;
        and as each part says.
        """
        on = {Phase.READING: self._run_drivers, Phase.DRIVERS: self._end_drivers, Phase.BOOT: self._leave_boot}
        if self.phase in on:
            on[self.phase]()
        return self.phase

    def _start(self) -> None:
        """Begin anew: only what is stored is there, and it can only be read."""
        variables, profile = self.variables, self.profile
        if profile.lost_at_reset and variables.runtime:
            variables.stored = self._kept
        start = Start(variables.stored, self._found, profile.known, profile.limits)
        self._dead = first_broken(profile.boot_rules, start)
        if profile.tidying.at_each_boot:
            variables.stored.compact()
        self._mode = variables.secure_boot.mode
        variables.volatile = self._region(())
        self._enter(Phase.READING)

    def _enter(self, phase: Phase) -> None:
        self.variables.enter(phase)
        self._take_up()

    def _region(self, records: Iterable[Record], used: int | None = None, half_deleted: Iterable[Key] = ()) -> Region:
        return Region(records, self.profile.limits.record_header_size, self._is_user, used, half_deleted)

    def _run_drivers(self) -> None:
        """Let firmware write, and its drivers run: keys are put in order, the counter moves on, capsules that are done with are forgotten.

        Source: UEFI 2.10 §8.5.1; edk2 c5aa7e7d, MdeModulePkg/Universal/MonotonicCounterRuntimeDxe/MonotonicCounter.c.
        """
        variables = self.variables
        self._enter(Phase.DRIVERS)
        if self.profile.authentication:
            variables.secure_boot.start()
        self._read_counter()
        self._next_count(GetNextHighMonotonicCount())
        self._capsules.forget()
        variables.volatile = self._region(record for record in self._made_again() if record.key.name in _MADE_EARLY)
        self.clock.start()

    def _end_drivers(self) -> None:
        """End what only firmware's own drivers may do: names count, and policies are locked. Then the boot manager makes its variables.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableDxe.c, OnEndOfDxe; Variable.c, InitializeVarErrorFlag.
        """
        variables = self.variables
        self._enter(Phase.BOOT)
        if ERROR_FLAG in variables.stored.store:
            variables.own(ERROR_FLAG, _STORED, bytes([variables.error_flag]))
        there = variables.volatile.store
        made = [there.get(record.key) or record for record in self._made_again()]
        keys = {record.key for record in made}
        variables.volatile = self._region([*made, *(record for record in there if record.key not in keys)], self._volatile_used)
        variables.learn_languages()
        variables.memory_overwrite_lock = Lock()
        if variables.stored.store.get(LOCK) is not None:
            variables.own(LOCK, _STORED, b"\0")

    def _leave_boot(self) -> None:
        """End the boot phase."""
        variables, limits = self.variables, self.profile.limits
        left = limits.runtime_space - variables.stored.used.common
        if self.profile.tidying.when_nearly_full and left < max(limits.variable_size, limits.authenticated_size):
            variables.stored.compact()
        self._enter(Phase.RUNTIME)
        self._keep()

    def _keep(self) -> None:
        """Note what is stored, where a reset forgets what comes after."""
        if self.profile.lost_at_reset:
            stored = self.variables.stored
            self._kept = self._region(stored.store, stored.used.common + stored.used.errors, stored.half_deleted)

    def _made_again(self) -> list[Record]:
        """What boot made before, with what follows from the store as it is now."""
        fresh = {record.key: record for record in self._made(self.variables.stored.store)}
        for key, value in ((AUDIT_MODE, self._mode.audit), (DEPLOYED_MODE, self._mode.deployed)):
            if key in fresh:
                fresh[key] = fresh[key]._replace(data=bytes([value]))
        again = [fresh[record.key] if record.key in fresh and record.key.name in _FOLLOWS_KEYS else record for record in self._made_at_boot]
        return self._told(again)

    def _read_counter(self) -> None:
        record = self.variables.stored.store.get(COUNTER)
        self._count = int.from_bytes(record.data, "little") if record is not None and len(record.data) <= _COUNT_SIZE else 0

    def _next_count(self, _op: GetNextHighMonotonicCount) -> Reply:
        """The count moves on, whether or not the store takes it.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/MonotonicCounterRuntimeDxe/MonotonicCounter.c.
        """
        self._count = (self._count + 1) & 0xFFFFFFFF
        status = self.variables.set(COUNTER, _STORED, self._count.to_bytes(_COUNT_SIZE, "little"))
        return Reply(status, count=self._count)

    def _reset(self, op: ResetSystem) -> Reply:
        """Reset the machine, which then runs again; a kind that has no name does nothing.

        Departs: a real machine gives no answer; here SUCCESS says that it has started again, UNSUPPORTED that firmware only returned.

        Source: UEFI 2.10 §8.5.1; edk2 c5aa7e7d, MdeModulePkg/Universal/ResetSystemRuntimeDxe/ResetSystem.c.
        """
        if op.type not in _RESETS:
            return Reply(Status.UNSUPPORTED)
        self.reset(power_off=op.type == ResetType.SHUTDOWN)
        return Reply(Status.SUCCESS)

    def _get_table(self, op: GetTable) -> Reply:
        table = self._tables.get(op.guid)
        return Reply(Status.NOT_FOUND) if table is None else Reply(Status.SUCCESS, address=table.address)

    def _copy_table(self, op: CopyTable) -> Reply:
        table = self._tables.get(op.guid)
        return Reply(Status.NOT_FOUND) if table is None else Reply(Status.SUCCESS, table.data, len(table.data))

    def _probe(self, _op: Probe) -> Reply:
        return Reply(Status.SUCCESS)
