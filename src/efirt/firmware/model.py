"""A firmware that is only its rules: no hardware, no clock of its own, no file.

Source: UEFI 2.10 §4.6, §8, and as each part says.
"""

from collections.abc import Callable, Iterable, Mapping

from efirt.annotation import ClassVar, Final, NamedTuple
from efirt.firmware import capsule, null_rules
from efirt.firmware.bits import BS, NV, RT
from efirt.firmware.clock import Clock
from efirt.firmware.facts import NOT_CARRIED
from efirt.firmware.fresh import fresh_stored, made_at_boot
from efirt.firmware.memory_overwrite import LOCK, Lock
from efirt.firmware.modes import AUDIT_MODE, DEPLOYED_MODE
from efirt.firmware.namespaces import CAPSULE, MONOTONIC_COUNTER
from efirt.firmware.profiles import DEFAULT, Profile
from efirt.firmware.properties import PROPERTIES, properties_table
from efirt.firmware.region import Region
from efirt.firmware.space import ERROR_FLAG
from efirt.firmware.variables import Variables
from efirt.firmware.verifier import Unbelieving, Verifier
from efirt.ops.capsule import CapsuleCapabilities, QueryCapsuleCapabilities, UpdateCapsule
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.counter import GetNextHighMonotonicCount
from efirt.ops.driver import Op, Routes
from efirt.ops.malformed import Malformed
from efirt.ops.reply import Reply
from efirt.ops.reset import ResetSystem, ResetType
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
_ADDRESS_SIZE: Final = 8
_FOLLOWS_KEYS: Final = frozenset({"SetupMode", "SecureBoot", "VendorKeys", "AuditMode", "DeployedMode"})
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
        runtime: Whether the boot phase is over.
        tables: Configuration tables.
        verifier: Judges the signatures of authenticated writes; none is believed where it is left out.
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
        header_size = profile.limits.record_header_size
        region = Region(
            fresh_stored(authentication=profile.authentication) if stored is None else stored,
            header_size,
            self._is_user,
            used,
            half_deleted,
        )
        made = list(self._made(region.store) if volatile is None else volatile)
        self._made_at_boot = made
        self._volatile_used = volatile_used
        judge = Unbelieving() if verifier is None else verifier
        self.variables = Variables(profile, Region(made, header_size, self._is_user, volatile_used), region, judge, runtime=runtime)
        self._boots_to_runtime = runtime
        self._tables = dict(tables or {})
        if profile.answers:
            self._tables.setdefault(PROPERTIES, Table(0, properties_table(profile.answers)))
        self._capsules = 0
        self._read_counter()
        self.clock = Clock(self.variables, now)
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
                QueryCapsuleCapabilities: self._query_capsules,
                UpdateCapsule: self._update_capsule,
                ResetSystem: self._reset,
                GetTable: self._get_table,
                CopyTable: self._copy_table,
                Probe: self._probe,
            },
        )

    def call_malformed(self, asked: Malformed) -> Reply:
        """Answer a question whose pointers or sizes are wrong.

        Source: UEFI 2.10 §8; edk2 c5aa7e7d, as :data:`~efirt.firmware.null_rules.NULL_RULES` says.
        """
        refused = null_rules.refusal(asked)
        if refused is not None:
            return Reply(refused)
        return null_rules.left_out(asked, self.call(null_rules.meant(asked)))

    def _made(self, store: Store) -> list[Record]:
        """The volatile variables that boot makes."""
        made = list(made_at_boot(store, authentication=self.profile.authentication))
        if self.profile.known.find(AUDIT_MODE) is not None:
            made += [Record(key, Attributes(BS | RT), b"\0") for key in (AUDIT_MODE, DEPLOYED_MODE)]
        return made

    def call(self, op: Op) -> Reply:
        """Ask.

        Raises:
            NotCarried: There is no road for it.
        """
        answers = self.profile.answers
        if answers and self.variables.runtime and type(op) in answers:
            return Reply(answers[type(op)])
        return super().call(op)

    def _is_user(self, record: Record) -> bool:
        return bool(self.profile.limits.user_storage) and self.profile.known.find(record.key) is None

    def exit_boot_services(self) -> None:
        """End the boot phase: the store is tidied up if it is nearly full, for the last time, and what is not for runtime is hidden.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, ReclaimForOS.
        """
        variables, limits = self.variables, self.profile.limits
        left = limits.runtime_space - variables.stored.used.common
        if not variables.runtime and left < max(limits.variable_size, limits.authenticated_size):
            variables.stored.compact()
        variables.runtime = True

    def reset(self) -> None:
        """Start the machine again, up to its operating system where it had one: :meth:`boot`, then :meth:`exit_boot_services`."""
        self.boot()
        if self._boots_to_runtime:
            self.exit_boot_services()

    def boot(self) -> None:
        """Start the machine again, and stay in its boot phase.

        Volatile variables vanish and those of boot are made anew, and the counter moves on. A boot manager writes after that.

        Source: UEFI 2.10 §8.5.1; edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, InitializeVarErrorFlag;
        MdeModulePkg/Universal/MonotonicCounterRuntimeDxe/MonotonicCounter.c.
        """
        variables, limits = self.variables, self.profile.limits
        variables.runtime = False
        if self.profile.authentication:
            variables.secure_boot.start()
        self._read_counter()
        self._next_count(GetNextHighMonotonicCount())
        if ERROR_FLAG in variables.stored.store:
            variables.own(ERROR_FLAG, _STORED, b"\xff")
        variables.volatile = Region(self._made_again(), limits.record_header_size, self._is_user, self._volatile_used)
        variables.learn_languages()
        variables.memory_overwrite_lock = Lock()
        if variables.stored.store.get(LOCK) is not None:
            variables.own(LOCK, _STORED, b"\0")
        self.clock.start()

    def _made_again(self) -> Iterable[Record]:
        """What boot made before, with what follows from the store as it is now."""
        fresh = {record.key: record for record in self._made(self.variables.stored.store)}
        mode = self.variables.secure_boot.mode
        for key, value in ((AUDIT_MODE, mode.audit), (DEPLOYED_MODE, mode.deployed)):
            if key in fresh:
                fresh[key] = fresh[key]._replace(data=bytes([value]))
        return [fresh[record.key] if record.key in fresh and record.key.name in _FOLLOWS_KEYS else record for record in self._made_at_boot]

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

    def _query_capsules(self, op: QueryCapsuleCapabilities) -> Reply:
        answer = capsule.capabilities(op.headers, self.profile)
        return Reply(Status.SUCCESS, capsule=answer) if isinstance(answer, CapsuleCapabilities) else Reply(answer)

    def _update_capsule(self, op: UpdateCapsule) -> Reply:
        """Take capsules, as far as the platform does.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/CapsuleRuntimeDxe/CapsuleService.c, UpdateCapsule.
        """
        headers = tuple(map(capsule.header_of, op.capsules))
        status = capsule.refusal(headers, self.profile)
        if status is not None:
            return Reply(status)
        if not all(header.flags & capsule.PERSIST for header in headers) and self.variables.runtime:
            return Reply(Status.OUT_OF_RESOURCES)
        if not any(header.flags & capsule.PERSIST for header in headers):
            return Reply(Status.SUCCESS)
        if not op.scatter_gather_list:
            return Reply(Status.INVALID_PARAMETER)
        if not self.profile.capsule_reset:
            return Reply(Status.UNSUPPORTED)
        key = Key(f"CapsuleUpdateData{self._capsules or ''}", CAPSULE)
        status = self.variables.set(key, _STORED, op.scatter_gather_list.to_bytes(_ADDRESS_SIZE, "little"))
        if not status.is_error:
            self._capsules += 1
            if any(header.flags & capsule.INITIATE_RESET for header in headers):
                self.reset()
        return Reply(status)

    def _reset(self, op: ResetSystem) -> Reply:
        """Reset the machine, which then runs again; a kind that has no name does nothing.

        Departs: a real machine gives no answer; here SUCCESS says that it has started again, UNSUPPORTED that firmware only returned.

        Source: UEFI 2.10 §8.5.1; edk2 c5aa7e7d, MdeModulePkg/Universal/ResetSystemRuntimeDxe/ResetSystem.c.
        """
        if op.type not in _RESETS:
            return Reply(Status.UNSUPPORTED)
        self.reset()
        return Reply(Status.SUCCESS)

    def _get_table(self, op: GetTable) -> Reply:
        table = self._tables.get(op.guid)
        return Reply(Status.NOT_FOUND) if table is None else Reply(Status.SUCCESS, address=table.address)

    def _copy_table(self, op: CopyTable) -> Reply:
        table = self._tables.get(op.guid)
        return Reply(Status.NOT_FOUND) if table is None else Reply(Status.SUCCESS, table.data, len(table.data))

    def _probe(self, _op: Probe) -> Reply:
        return Reply(Status.SUCCESS)
