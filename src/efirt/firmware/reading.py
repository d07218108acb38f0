"""The variable services that change nothing, over two regions: what lives until reset, and what stays.

Source: UEFI 2.10 §8.2.
"""

from efirt.annotation import TYPE_CHECKING, Final, Iterable
from efirt.firmware.bits import AT, HR, NV, RT
from efirt.firmware.facts import Facts
from efirt.firmware.region import Region
from efirt.later import Later
from efirt.ops.reply import Reply
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, VariableInfo
from efirt.store import Record, Store
from efirt.values.guid_names import IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import decode_units, encode_units

if TYPE_CHECKING:
    from efirt.firmware import asking_rules, query_rules, rule
    from efirt.firmware.profiles import Profile
else:  # what looking up a name does not need
    asking_rules, query_rules = Later("efirt.firmware.asking_rules"), Later("efirt.firmware.query_rules")
    rule = Later("efirt.firmware.rule")

ALL_32_BITS: Final = 0xFFFFFFFF
DBX: Final = Key("dbx", IMAGE_SECURITY)


def as_firmware_reads(key: Key) -> Key:
    """The key whose name ends at its first NUL, with surrogate pairs as the characters they make."""
    name = key.name
    if name.isascii() and "\0" not in name:
        return key
    return Key(decode_units(encode_units(name.partition("\0")[0])), key.guid)


class Reading:
    """The variable services that change nothing.

    Attributes:
        profile: Which firmware, as far as reading goes.
        runtime: Whether the boot phase is over.
        volatile: What lives until reset.
        stored: What stays.
        authentication: Whether authenticated variables can be written now.
        said_twice: The names that a firmware which names some twice has named so in this walk.
        found_dbx: The value of dbx as it was when the machine was first asked; None where there was none.

    Source: UEFI 2.10 §8.2; edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c.
    """

    def __init__(self, profile: "Facts | Profile", volatile: Region, stored: Region, *, runtime: bool) -> None:
        self.profile = profile
        self.runtime = runtime
        self.volatile = volatile
        self.stored = stored
        self.authentication = profile.authentication
        self.said_twice: set[Key] = set()
        dbx = stored.store.get(DBX)
        self.found_dbx = None if dbx is None else dbx.data

    def find(self, key: Key) -> Record | None:
        """The variable of a key that firmware shows now.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, FindVariableEx.
        """
        record = self.volatile.store.get(key)
        if record is not None and (not self.runtime or RT & record.attributes):
            return record
        record = self.stored.store.get(key)
        if record is not None and (not self.runtime or RT & record.attributes):
            return record
        return None

    def get(self, op: GetVariable) -> Reply:
        """GetVariable.

        Source: UEFI 2.10 §8.2.1; edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableServiceGetVariable.
        """
        key, room = op
        key = as_firmware_reads(key)
        record = self.find(key)
        if self.profile.get_rules:
            hidden = record is None and (key in self.volatile.store or key in self.stored.store)
            status = rule.first_broken(self.profile.get_rules, asking_rules.Asked(key, room, record, hidden, self))
            if status is not None:
                return Reply(status)
        if record is None or not record.key.name:
            return Reply(Status.NOT_FOUND)
        data = record.data
        size = len(data)
        if room < size:
            attributes = record.attributes if self.profile.attributes_when_too_small else None
            return Reply(Status.BUFFER_TOO_SMALL, size=size, attributes=attributes)
        if not room:
            return Reply(Status.INVALID_PARAMETER)
        return Reply(Status.SUCCESS, data, size, record.attributes)

    def next(self, op: GetNextVariableName) -> Reply:
        """GetNextVariableName.

        Source: UEFI 2.10 §8.2.2; edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c,
        VariableServiceGetNextVariableInternal.
        """
        key, room = op
        key = as_firmware_reads(key)
        profile = self.profile
        status = rule.first_broken(profile.next_rules, asking_rules.Asked(key, room, self.find(key), reading=self))
        if status is not None:
            return Reply(status)
        record = profile.walk(self, key)
        if record is None:
            return Reply(Status.NOT_FOUND)
        data = encode_units(record.key.name) + b"\0\0"
        if len(data) > room:
            return Reply(Status.BUFFER_TOO_SMALL, size=len(data))
        return Reply(Status.SUCCESS, data, profile.told_size(room, len(data)), key=record.key)

    def after(self, key: Key) -> Record | None:
        """The next one that shows: the volatile ones come first, and an empty name stands before all.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, VariableServiceGetNextVariableInternal.
        """
        volatile, stored = self.volatile.store, self.stored.store
        if not key.name:
            return self._shown(volatile, volatile.first()) or self._shown(stored, stored.first())
        record = volatile.get(key)
        if record is None or (self.runtime and not RT & record.attributes):
            return self._shown(stored, stored.after(key)) if key in stored else None
        return self._shown(volatile, volatile.after(key)) or self._shown(stored, stored.first())

    def _shown(self, store: Store, record: Record | None) -> Record | None:
        while record is not None and self.runtime and not RT & record.attributes:
            record = store.after(record.key)
        return record

    def query(self, op: QueryVariableInfo) -> Reply:
        """QueryVariableInfo: before the operating system runs only the living count, then the dead do too.

        Source: UEFI 2.10 §8.2.4; edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c,
        VariableServiceQueryVariableInfoInternal.
        """
        profile = self.profile
        attributes = op.attributes & ALL_32_BITS
        status = rule.first_broken(profile.query_rules, query_rules.Query(attributes, self.runtime, profile.limits, self.authentication))
        if status is not None:
            return Reply(status)
        return Reply(Status.SUCCESS, storage=self.room(profile.told_room(attributes)))

    def room(self, attributes: int) -> VariableInfo:
        """The room for variables of a kind, whether or not one may ask."""
        limits = self.profile.limits
        region = self.stored if attributes & NV else self.volatile
        use = region.live() if not self.runtime and self.profile.tidying.when_needed else region.used
        taken = use.common
        largest = limits.volatile_size
        whole = limits.volatile_space
        if attributes & NV:
            whole = limits.runtime_space if self.runtime else limits.common_space
            largest = limits.variable_size
        if attributes & AT:
            largest = limits.authenticated_size
        if attributes & HR:
            whole, largest, taken = limits.hardware_error_storage, limits.hardware_error_size, use.errors
        left = max(whole - taken, 0)
        header = limits.record_header_size
        return VariableInfo(whole, left, max(min(largest, left) - header, 0))


def reading_of(  # noqa: PLR0913 - each has a default, and a caller names the one it means
    facts: Facts,
    stored: Iterable[Record] | None = None,
    used: int | None = None,
    half_deleted: Iterable[Key] = (),
    *,
    volatile: Iterable[Record] | None = None,
    runtime: bool = True,
) -> Reading:
    """A firmware to be read, where nothing is written that would need its rules.

    Args:
        facts: Which firmware; one that knows no users' variables and no AuditMode.
        stored: What it holds for good, in order; a fresh machine's where None is given.
        used: Bytes of all stored records, the dead too; as many as the living take where None is given.
        half_deleted: Keys of stored records that an update had marked and not finished.
        volatile: What it holds until reset, in order; what boot makes of ``stored`` where None is given.
        runtime: Whether the boot phase is over.
    """
    size, authentication = facts.limits.record_header_size, facts.authentication
    if stored is None:
        from efirt.firmware.fresh import fresh_stored  # noqa: PLC0415 - an image has its own

        stored = fresh_stored(authentication=authentication)
    region = Region(stored, size, _is_user, used, half_deleted)
    if volatile is None:
        from efirt.firmware.fresh import made_at_boot  # noqa: PLC0415 - as above, before the machine starts

        volatile = made_at_boot(region.store, authentication=authentication)
    return Reading(facts, Region(volatile, size, _is_user), region, runtime=runtime)


def _is_user(_record: Record) -> bool:
    return False
