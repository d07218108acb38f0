"""The variable services over two regions: what lives until reset, and what stays.

Source: UEFI 2.10 §8.2.
"""

from efirt.annotation import Final
from efirt.firmware import language, memory_overwrite
from efirt.firmware.bits import APPEND, BS, NV, RT
from efirt.firmware.name_rules import NAME_RULES
from efirt.firmware.phases import Phase
from efirt.firmware.policies import POLICY_RULES, PolicyBook, policy_for
from efirt.firmware.profiles import Profile
from efirt.firmware.reading import ALL_32_BITS, Reading, as_firmware_reads
from efirt.firmware.region import Region, aligned
from efirt.firmware.rule import Table, first_broken
from efirt.firmware.secure_boot import SecureBoot
from efirt.firmware.space import Demand, error_flag, note_error
from efirt.firmware.verifier import Verifier
from efirt.firmware.write import Write
from efirt.ops.reply import Reply
from efirt.ops.variables import SetVariable
from efirt.store import ZERO_TIME, Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import char16_size

_OF_NAMES: Final = frozenset(rule.sentence for rule in NAME_RULES)
_OF_POLICIES: Final = frozenset(rule.sentence for rule in POLICY_RULES)
_NO_ERROR: Final = 0xFF


class Variables(Reading):
    """The variable services.

    Attributes:
        profile: Which firmware.
        phase: How far the machine has started.
        book: The policies that count in this boot.
        error_flag: What of the error flag is still set in this boot; it is stored from the end of the drivers on.
        secure_boot: The library behind authenticated variables.
        memory_overwrite_lock: The lock of the memory overwrite request, where firmware protects that.

    Source: UEFI 2.10 §8.2; edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c.
    """

    profile: Profile

    def __init__(self, profile: Profile, volatile: Region, stored: Region, verifier: Verifier, phase: Phase = Phase.RUNTIME) -> None:
        super().__init__(profile, volatile, stored, runtime=phase == Phase.RUNTIME)
        self.secure_boot = SecureBoot(self, verifier)
        self._create_rules = Table(profile.create_rules)
        self._change_rules = Table(profile.change_rules)
        self._rewrite_rules = Table(profile.rewrite_rules)
        self._space_rules = Table(profile.space_rules)
        self._spaces = profile.limits.spaces
        self._volatile_space = profile.limits.volatile_space
        self.memory_overwrite_lock = memory_overwrite.Lock()
        self.book = self._fresh_book()
        self.error_flag = _NO_ERROR
        self.enter(phase)
        self.learn_languages()

    def enter(self, phase: Phase) -> None:
        """Be in a phase: what is looked at depends on it.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableDxe.c, OnEndOfDxe.
        """
        self.phase = phase
        self.runtime = phase == Phase.RUNTIME
        if phase == Phase.READING:
            self.book = self._fresh_book()
            self.error_flag = _NO_ERROR
        if phase >= Phase.BOOT and not self.book.locked:
            self.book.lock()
        self._checked = phase >= Phase.BOOT
        self.authentication = self.profile.authentication and phase > Phase.READING
        self._early_rules = self.profile.early_rules if phase == Phase.READING else ()
        self._look_at_policies()

    def _fresh_book(self) -> PolicyBook:
        profile = self.profile
        return PolicyBook(profile.policies, count=profile.policies_count, may_end=profile.policies_may_end)

    def _look_at_policies(self) -> None:
        """Take over which policies there are; without any, none is looked for."""
        counts = self._checked and self.book.enforced
        self._policies = self.book.policies if counts else ()
        self._locked = self.profile.locked if counts else frozenset()
        unasked = frozenset() if self._checked else _OF_NAMES
        if not self._policies:
            unasked |= _OF_POLICIES
        self._write_rules = Table(rule for rule in self.profile.write_rules if rule.sentence not in unasked)

    def learn_languages(self) -> None:
        """Take over the lists of languages that boot has made."""
        codes = (self.volatile.store.get(language.LANG_CODES), self.volatile.store.get(language.PLATFORM_LANG_CODES))
        self._codes = {record.key.name: record.data for record in codes if record is not None}

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
        write = self.ask(as_firmware_reads(key), int(attributes) & ALL_32_BITS, bytes(data))
        profile = self.profile
        if profile.memory_overwrite_rules and write.key in memory_overwrite.KEYS:
            return self._set_memory_overwrite(write)
        status = self._write_rules.refusal(write)
        if status is not None:
            return status
        if write.key.name in language.NAMES and write.data and profile.speaks(write.key):
            status = self._follow_language(write)
            if status is not None:
                return status
        return self.secure_boot.write(write) if self.authentication else self.update(write)

    def _set_memory_overwrite(self, write: Write) -> Status:
        """Write the memory overwrite request, or its lock.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/TcgMorLockSmm.c.
        """
        lock = self.memory_overwrite_lock
        asked = memory_overwrite.Request(write, lock)
        status = first_broken(self.profile.memory_overwrite_rules, asked)
        if asked.is_lock:
            spoiled = asked.has_wrong_key
            if spoiled:
                lock.state = memory_overwrite.LOCKED  # and no key opens it any more
            elif status is None:
                lock.turn(write.payload)
            if spoiled or status is None:
                self.own(write.key, NV | BS | RT, bytes([lock.state]))
            return Status.SUCCESS if status is None else status
        return self.own(write.key, NV | BS | RT, write.payload) if status is None else status

    def own(self, key: Key, attributes: int, data: bytes) -> Status:
        """Write one of firmware's own variables, which no rule of SetVariable stands before.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableExLib.c, VariableExLibUpdateVariable.
        """
        write = self.ask(key, attributes, data)
        write.payload = data  # without a descriptor, whatever the attributes
        if self.runtime and write.existing is not None and not RT & write.existing.attributes:
            write.existing = None
        return self.update(write)

    def ask(self, key: Key, attributes: int, data: bytes) -> Write:
        """A write, with all that its rules look at.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, FindVariable.
        """
        profile = self.profile
        write = Write(key, attributes, data)
        write.runtime = self.runtime
        write.limits = profile.limits
        write.authentication = self.authentication
        write.checked = self._checked
        write.locked = self._locked
        write.user_present = profile.user_present
        if self._policies:
            self._look_up_policy(write)
        write.known = profile.known.find(key)
        existing = self.volatile.store.get(key)
        write.is_volatile = existing is not None
        write.existing = existing if existing is not None else self.stored.store.get(key)
        return write

    def _look_up_policy(self, write: Write) -> None:
        policy = write.policy = policy_for(self._policies, write.key)
        if policy is not None and policy.locks_by is not None:
            state = self.find(policy.locks_by.key)
            write.state = None if state is None else state.data

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
        return self.update(self.ask(mirror.key, NV | BS | RT, mirror.data))

    def _fit(self, *values: tuple[Key, int]) -> bool:
        """Whether values of these sizes could be stored one after another.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, CheckRemainingSpaceForConsistencyInternal.
        """
        header = self.profile.limits.record_header_size
        sizes = [aligned(header + char16_size(key.name) + size) for key, size in values]
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
        if self._early_rules:
            status = first_broken(self._early_rules, write)
            if status is not None:
                return status
        old = write.existing
        if old is None:
            status = self._create_rules.refusal(write)
            if status is not None:
                return status
            return self._put(write, write.payload, ZERO_TIME if timestamp is None or write.attributes & APPEND else timestamp)
        status = self._change_rules.refusal(write)
        if status is not None:
            return status
        if write.removes:
            return self._delete(write)
        status = self._rewrite_rules.refusal(write)
        if status is not None:
            return status
        if not write.attributes & APPEND:
            return self._put(write, write.payload, timestamp or ZERO_TIME)
        time = ZERO_TIME if timestamp is None else self.profile.appended_time(old.timestamp, timestamp)
        return self._put(write, self.profile.appended(old.data, write.payload), time)

    def _delete(self, write: Write) -> Status:
        region = self.volatile if write.is_volatile else self.stored
        region.delete(write.key)
        if self.profile.tidying.at_once:
            region.compact()
        return Status.SUCCESS

    def _put(self, write: Write, data: bytes, timestamp: EfiTime) -> Status:
        record = Record(write.key, Attributes(write.attributes & ~APPEND), data, timestamp)
        size = write.limits.record_header_size + write.name_size + len(data)
        if NV & write.attributes:
            return self._put_stored(record, size, write.is_user)
        region = self.volatile
        space = self._volatile_space
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
        region, tidying = self.stored, self.profile.tidying
        used = region.live(without=record.key) if tidying.at_once else region.used
        demand = Demand(size, record.attributes, is_user, used, self.runtime, self._spaces)
        status = self._space_rules.refusal(demand)
        if status is None:
            region.write(record, size)
            if tidying.at_once:
                region.compact()
            return Status.SUCCESS
        if not self.runtime and tidying.when_needed:
            merged = demand._replace(size=aligned(demand.size), used=region.live(without=record.key))
            if self._space_rules.refusal(merged) is None:
                region.compact()
                region.write(record)
                region.used = region.live()
                return Status.SUCCESS
        self._note_error(error_flag(demand))
        self._half_delete(region, record.key)
        if tidying.after_refusal:
            region.compact()
        return status

    def _note_error(self, flag: int) -> None:
        """Note that there was no room; before the end of the drivers it is only kept in mind.

        Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, RecordVarErrorFlag.
        """
        self.error_flag &= flag
        if self._checked:
            note_error(self.stored, flag)

    def _half_delete(self, region: Region, key: Key) -> Status:
        """Leave the older record as firmware leaves it when the newer one did not fit: marked, and still the value."""
        if key in region.store:
            region.half_deleted.add(key)
        return Status.OUT_OF_RESOURCES
