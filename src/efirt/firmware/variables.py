"""The variable services over two regions: what lives until reset, and what stays.

Source: UEFI 2.10 §8.2.
"""

from collections.abc import Callable
from typing import Final

from efirt.firmware import language
from efirt.firmware.bits import APPEND, AT, BS, HR, NV, RT
from efirt.firmware.profiles import Profile
from efirt.firmware.query_rules import Query
from efirt.firmware.region import Region, aligned
from efirt.firmware.rule import first_broken
from efirt.firmware.space import Demand, error_flag, note_error
from efirt.firmware.timestamps import later
from efirt.firmware.write import Write, name_size
from efirt.ops.reply import Reply
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable, VariableInfo
from efirt.store import ZERO_TIME, Record, Store
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import decode_units, encode_units

_ALL_32_BITS: Final = 0xFFFFFFFF

Authenticate = Callable[["Variables", Write], Status]
"""Looks at an authenticated write and, if it is convinced, does it (:meth:`Variables.update`)."""


def refuse(_variables: "Variables", _write: Write) -> Status:
    """Believe no signature."""
    return Status.SECURITY_VIOLATION


def as_firmware_reads(key: Key) -> Key:
    """The key whose name ends at its first NUL, with surrogate pairs as the characters they make."""
    name = key.name
    if name.isascii() and "\0" not in name:
        return key
    return Key(decode_units(encode_units(name.partition("\0")[0])), key.guid)


class Variables:
    """The variable services.

    Attributes:
        profile: Which firmware.
        runtime: Whether the boot phase is over.
        volatile: What lives until reset.
        stored: What stays.

    Source: UEFI 2.10 §8.2; edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c.
    """

    def __init__(self, profile: Profile, volatile: Region, stored: Region, authenticate: Authenticate, *, runtime: bool) -> None:
        self.profile = profile
        self.runtime = runtime
        self.volatile = volatile
        self.stored = stored
        self._authenticate = authenticate
        self.learn_languages()

    def learn_languages(self) -> None:
        """Take over the lists of languages that boot has made."""
        codes = (self.volatile.store.get(language.LANG_CODES), self.volatile.store.get(language.PLATFORM_LANG_CODES))
        self._codes = {record.key.name: record.data for record in codes if record is not None}

    # Reading.

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
        record = self.find(as_firmware_reads(key))
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
        if name_size(key.name) > room:
            return Reply(Status.INVALID_PARAMETER)
        if key.name and self.find(key) is None:
            return Reply(Status.INVALID_PARAMETER)
        record = self._after(key)
        if record is None:
            return Reply(Status.NOT_FOUND)
        data = encode_units(record.key.name) + b"\0\0"
        if len(data) > room:
            return Reply(Status.BUFFER_TOO_SMALL, size=len(data))
        return Reply(Status.SUCCESS, data, len(data), key=record.key)

    def _after(self, key: Key) -> Record | None:
        """The next one that shows: the volatile ones come first, and an empty name stands before all."""
        volatile, stored = self.volatile.store, self.stored.store
        if not key.name:
            return self._shown(volatile, volatile.first()) or self._shown(stored, stored.first())
        record = volatile.get(key)
        if record is None or (self.runtime and not RT & record.attributes):
            return self._shown(stored, stored.after(key))
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
        attributes = op.attributes & _ALL_32_BITS
        status = first_broken(profile.query_rules, Query(attributes, self.runtime, profile.limits, profile.authentication))
        if status is not None:
            return Reply(status)
        return Reply(Status.SUCCESS, storage=self.room(attributes))

    def room(self, attributes: int) -> VariableInfo:
        """The room for variables of a kind, whether or not one may ask."""
        limits = self.profile.limits
        region = self.stored if attributes & NV else self.volatile
        use = region.used if self.runtime else region.live()
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

    # Writing.

    def set_op(self, op: SetVariable) -> Reply:
        """SetVariable.

        Source: UEFI 2.10 §8.2.3.
        """
        return Reply(self.set(op.key, op.attributes, op.data))

    def set(self, key: Key, attributes: int, data: bytes) -> Status:
        """SetVariable, from within firmware as well as from outside.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableServiceSetVariable.
        """
        write = self._write(as_firmware_reads(key), int(attributes) & _ALL_32_BITS, bytes(data))
        status = first_broken(self.profile.write_rules, write)
        if status is not None:
            return status
        if write.key.name in language.NAMES and self.profile.language_hook and write.data:
            status = self._follow_language(write)
            if status is not None:
                return status
        if self.profile.authentication:
            status = first_broken(self.profile.authentication_rules, write)
            if status is not None:
                return status
            if write.attributes & AT:
                return self._authenticate(self, write)
        return self.update(write)

    def _write(self, key: Key, attributes: int, data: bytes) -> Write:
        profile = self.profile
        write = Write(key, attributes, data)
        write.runtime = self.runtime
        write.limits = profile.limits
        write.authentication = profile.authentication
        write.locked = profile.locked
        write.known = profile.known.find(key)
        existing = self.volatile.store.get(key)
        write.is_volatile = existing is not None
        write.existing = existing if existing is not None else self.stored.store.get(key)
        return write

    def _follow_language(self, write: Write) -> Status | None:
        """Do what the language hook does; a status ends the call."""
        name = write.key.name
        if name in language.CODES:
            if self.runtime:
                return Status.WRITE_PROTECTED
            self._codes[name] = write.data
            known = self.find(language.PLATFORM_LANG) or self.find(language.LANG)
            if known is not None:
                self._mirror(known.key.name, known.data)
            return None
        status = self._mirror(name, write.data)
        return status if status.is_error else None

    def _mirror(self, name: str, data: bytes) -> Status:
        lang_codes, platform_codes = (self._codes.get(key.name) for key in (language.LANG_CODES, language.PLATFORM_LANG_CODES))
        if lang_codes is None or platform_codes is None:
            return Status.SUCCESS
        mirror = language.mirror(name, data, lang_codes, platform_codes)
        if mirror is None:
            return Status.SUCCESS
        own = language.PLATFORM_LANG if mirror.key == language.LANG else language.LANG
        if not self._fit((mirror.key, len(mirror.data)), (own, mirror.own_size)):
            return Status.OUT_OF_RESOURCES
        return self.update(self._write(mirror.key, NV | BS | RT, mirror.data))

    def _fit(self, *values: tuple[Key, int]) -> bool:
        """Whether values of these sizes could be stored one after another.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, CheckRemainingSpaceForConsistencyInternal.
        """
        header = self.profile.limits.record_header_size
        sizes = [aligned(header + name_size(key.name) + size) for key, size in values]
        left = self.room(NV | BS | RT).remaining_storage_size
        if left >= sum(sizes):
            return True
        if self.runtime:
            return False
        for (key, _), size in zip(values, sizes, strict=True):
            old = self.stored.store.get(key)
            left += 0 if old is None else aligned(self.stored.size_of(old))
            if size > left:
                return False
            left -= size
        return True

    def update(self, write: Write, timestamp: EfiTime | None = None) -> Status:
        """Change what is stored.

        Args:
            write: What is asked, after all that stands before the store has agreed.
            timestamp: Of the signature; None for a write without one.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable.
        """
        profile = self.profile
        old = write.existing
        if old is None:
            status = first_broken(profile.create_rules, write)
            if status is not None:
                return status
            return self._put(write, write.payload, ZERO_TIME if timestamp is None or write.attributes & APPEND else timestamp)
        status = first_broken(profile.change_rules, write)
        if status is not None:
            return status
        if write.removes:
            (self.volatile if write.is_volatile else self.stored).delete(write.key)
            return Status.SUCCESS
        status = first_broken(profile.rewrite_rules, write)
        if status is not None:
            return status
        if not write.attributes & APPEND:
            return self._put(write, write.payload, timestamp or ZERO_TIME)
        return self._put(write, old.data + write.payload, ZERO_TIME if timestamp is None else later(old.timestamp, timestamp))

    def _put(self, write: Write, data: bytes, timestamp: EfiTime) -> Status:
        record = Record(write.key, Attributes(write.attributes & ~APPEND), data, timestamp)
        size = write.limits.record_header_size + write.name_size + len(data)
        if NV & write.attributes:
            return self._put_stored(record, size, write.is_user)
        region = self.volatile
        space = write.limits.volatile_space
        if size + region.used.common <= space:
            region.write(record, size)
            return Status.SUCCESS
        if aligned(size) + region.live(without=record.key).common > space:
            return self._half_delete(region, record.key)
        region.compact()
        region.write(record)
        region.used = region.live()
        return Status.SUCCESS

    def _put_stored(self, record: Record, size: int, is_user: bool) -> Status:
        region, limits, rules = self.stored, self.profile.limits, self.profile.space_rules
        demand = Demand(size, record.attributes, is_user, region.used, self.runtime, limits)
        status = first_broken(rules, demand)
        if status is None:
            region.write(record, size)
            return Status.SUCCESS
        if not self.runtime:
            merged = demand._replace(size=aligned(demand.size), used=region.live(without=record.key))
            if first_broken(rules, merged) is None:
                region.compact()
                region.write(record)
                region.used = region.live()
                return Status.SUCCESS
        note_error(region, error_flag(demand))
        self._half_delete(region, record.key)
        return status

    def _half_delete(self, region: Region, key: Key) -> Status:
        """Leave the older record as firmware leaves it when the newer one did not fit: marked, and still the value."""
        if key in region.store:
            region.half_deleted.add(key)
        return Status.OUT_OF_RESOURCES
