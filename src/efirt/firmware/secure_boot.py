"""Authenticated writes: by which way a variable is written, and what follows from it.

Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthVariableLib.c, AuthVariableLibProcessVariable; AuthService.c.
"""

from efirt.annotation import TYPE_CHECKING, Final
from efirt.errors import DecodeError
from efirt.firmware import modes
from efirt.firmware.bits import APPEND, AT, AUTHENTICATED, BS, NV, RT
from efirt.firmware.claim import Claim, Trusted
from efirt.firmware.fresh import VENDOR_KEYS_TOLD
from efirt.firmware.list_rules import PLATFORM_KEY, KeyLists
from efirt.firmware.modes import Mode, ModeWrite
from efirt.firmware.namespaces import CERTIFICATES, CUSTOM_MODE, SECURE_BOOT_ENABLE, VENDOR_KEYS
from efirt.firmware.rule import Rules, Table, first_broken
from efirt.firmware.store_rules import EXCHANGE_KEYS
from efirt.firmware.write import Write
from efirt.payloads.certificate_database import CertificateDatabase
from efirt.payloads.signature_list import SignatureDatabase, without
from efirt.store import Record
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status

if TYPE_CHECKING:
    from efirt.firmware.variables import Variables
    from efirt.firmware.verifier import Verifier

CERTDB: Final = Key("certdb", CERTIFICATES)
CERTDBV: Final = Key("certdbv", CERTIFICATES)
SECURE_BOOT: Final = Key("SecureBoot", GLOBAL)
ENABLE: Final = Key("SecureBootEnable", SECURE_BOOT_ENABLE)
CUSTOM: Final = Key("CustomMode", CUSTOM_MODE)
VENDOR_KEYS_STORED: Final = Key("VendorKeysNv", VENDOR_KEYS)

_OWNERS_KEYS: Final = frozenset({PLATFORM_KEY, EXCHANGE_KEYS})

_MADE_AT_BOOT: Final = BS | RT
_FOR_BOOT: Final = NV | BS
_SIGNED: Final = NV | BS | RT | AT
_LONGEST_NAME_SIZE: Final = 16
"""Of ``certdbv`` with its NUL: it bounds both databases."""


class SecureBoot:
    """The library behind authenticated variables.

    Args:
        variables: The services it stands in.
        verifier: Who judges signatures.

    Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib.
    """

    def __init__(self, variables: "Variables", verifier: "Verifier") -> None:
        self._variables = variables
        self._verifier = verifier
        self._authentication_rules = Table(variables.profile.authentication_rules)

    # The mode.

    @property
    def mode(self) -> Mode:
        """The mode, as the variables tell it; where there are none, as the platform key does."""
        store = self._variables.volatile.store
        record = store.get(modes.SETUP_MODE)
        if record is None or not record.data:
            return modes.USER if PLATFORM_KEY in self._variables.stored.store else modes.SETUP
        told = self._variables.profile.told  # is not the mode, whatever it says
        audit, deployed = (None if key in told else store.get(key) for key in (modes.AUDIT_MODE, modes.DEPLOYED_MODE))
        return Mode(record.data[0], audit.data[0] if audit else 0, deployed.data[0] if deployed else 0)

    @property
    def is_custom(self) -> bool:
        """Whether a user who is there has asked for a firmware that takes unsigned keys."""
        record = self._variables.find(CUSTOM)
        return record is not None and record.data[:1] == b"\x01" and self._variables.profile.user_present

    def _happens(self, event: str) -> Status:
        """Let an event lead to another mode.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, UpdatePlatformMode.
        """
        variables, profile = self._variables, self._variables.profile
        old = self.mode
        row = modes.led(profile.transitions, old, event)
        new = row.after
        if new == old:
            return Status.SUCCESS
        store = variables.volatile.store
        values = (
            (modes.SETUP_MODE, new.setup),
            (modes.AUDIT_MODE, new.audit),
            (modes.DEPLOYED_MODE, new.deployed),
            (SECURE_BOOT, row.secure_boot),
        )
        for key, value in values:
            record = store.get(key)
            if record is not None and value is not None and key not in profile.told:
                store.replace(record._replace(data=bytes([value])))  # in place, so that it needs no room
        if variables.runtime or not profile.secure_boot_at_once:
            return Status.SUCCESS
        status = variables.own(SECURE_BOOT, _MADE_AT_BOOT, bytes([not new.setup]))
        if status.is_error or (new.setup and ENABLE not in variables.stored.store):
            return status
        return variables.own(ENABLE, _FOR_BOOT, b"" if new.setup else b"\x01")

    # Writing.

    def write(self, write: Write) -> Status:
        """Write a variable of a firmware with authentication.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthVariableLib.c, AuthVariableLibProcessVariable.
        """
        if write.key in _OWNERS_KEYS or write.key in self._variables.profile.image_databases:
            return self._write_keys(write)
        if write.attributes & AUTHENTICATED and self._is_removed_by_user(write):
            return self._remove(write)
        if write.key in modes.MODE_KEYS and write.known is not None:
            return self._write_mode(write)
        status = self._authentication_rules.refusal(write)
        if status is not None:
            return status
        return self._write_private(write) if write.attributes & AT else self._variables.update(write)

    def _write_mode(self, write: Write) -> Status:
        """Enter a mode by writing its variable.

        Source: UEFI 2.10 §32.3.
        """
        variables = self._variables
        status = first_broken(variables.profile.mode_rules, ModeWrite(write, self.mode))
        if status is not None:
            return status
        audit = write.key == modes.AUDIT_MODE
        if audit and PLATFORM_KEY in variables.stored.store:
            variables.stored.delete(PLATFORM_KEY)
        return self._happens(modes.AUDITED if audit else modes.DEPLOYED_NOW)

    def _write_keys(self, write: Write) -> Status:
        """Write PK, KEK, db, dbx or dbt.

        What db, dbx and dbt are refused by one way is tried by the other, with what the first has left of the caller's value.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, ProcessVarWithPk, ProcessVarWithKek.
        """
        profile, mode, custom = self._variables.profile, self.mode, self.is_custom
        status = first_broken(profile.key_rules, write)
        if status is not None:
            return status
        is_platform_key = write.key == PLATFORM_KEY
        if custom or (mode.setup and not (is_platform_key and profile.self_signed_platform_key)):
            noted = not mode.setup or (is_platform_key and profile.self_signed_platform_key)
            status = self._write_unsigned(write, noted=noted)
            if status.is_error and write.key in profile.image_databases:
                write.split()
                status = self._write_unsigned(write, noted=noted)
            cleared = not write.payload
        elif mode.setup:
            status, cleared = self._write_signed(write, profile.self_rules), False
        else:
            cleared = write.removes
            status = self._write_signed(write, profile.platform_rules)
            if status.is_error and write.key in profile.image_databases:
                status = self._write_signed(write, profile.exchange_rules)
        if status.is_error or not is_platform_key:
            return status
        if mode.setup:
            return status if cleared else self._happens(modes.ENROLLED)
        return self._happens(modes.CLEARED) if cleared else status

    def _write_unsigned(self, write: Write, *, noted: bool) -> Status:
        """Write keys while nobody owns the platform, or one who is there has asked for it.

        Args:
            write: What is asked.
            noted: Whether it is noted that the keys are no longer the vendor's.
        """
        status = self._refusal_of_unsigned(write) or self._refusal_of_lists(write) or self._update(write)
        return self._note_changed_keys() if noted and not status.is_error else status

    def _refusal_of_unsigned(self, write: Write) -> Status | None:
        rules = self._variables.profile.unsigned_rules
        return first_broken(rules, self._claim(write, None)) if rules else None

    def _note_changed_keys(self) -> Status:
        """Note for good that somebody changed the keys unsigned.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, VendorKeyIsModified.
        """
        record = self._variables.volatile.store.get(VENDOR_KEYS_TOLD)
        if record is not None and record.data == b"\0":
            return Status.SUCCESS
        status = self._variables.own(VENDOR_KEYS_STORED, _FOR_BOOT | AT, b"\0")
        return status if status.is_error else self._variables.own(VENDOR_KEYS_TOLD, _MADE_AT_BOOT, b"\0")

    def _write_signed(self, write: Write, rules: Rules[Claim]) -> Status:
        """Write keys whose signature these rules judge."""
        status = self._judged(self._claim(write, None), rules)
        if status is None:
            status = self._refusal_of_lists(write)
        return self._update(write) if status is None else status

    def _judged(self, claim: Claim, rules: Rules[Claim]) -> Status | None:
        """Why a signature is not believed; a removal needs none while policies are switched off.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, VerifyTimeBasedPayload.
        """
        status = first_broken(self._variables.profile.signature_rules, claim)
        if status is not None:
            return status
        removes = not claim.write.payload and not claim.write.attributes & APPEND
        return None if removes and not self._variables.book.enforced else first_broken(rules, claim)

    def _refusal_of_lists(self, write: Write) -> Status | None:
        if not write.payload:
            return None
        return first_broken(self._variables.profile.list_rules, KeyLists.of(write.key, write.payload))

    def _claim(self, write: Write, writer: bytes | None) -> Claim:
        variables = self._variables
        platform, exchange = (variables.find(key) for key in (PLATFORM_KEY, EXCHANGE_KEYS))
        trusted = Trusted(None if platform is None else platform.data, None if exchange is None else exchange.data, writer)
        return Claim(write, trusted, variables.find(write.key), self._verifier, variables.profile.signature_format)

    def _update(self, write: Write) -> Status:
        """Change what is stored; of keys that are appended only those that are new, which firmware moves to the value's beginning.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, AuthServiceInternalUpdateVariableWithTimeStamp,
        FilterSignatureList.
        """
        old = write.existing
        if old is not None and write.attributes & APPEND and write.payload and write.key in self._variables.profile.joined:
            try:
                new = without(SignatureDatabase.decode(write.payload), SignatureDatabase.decode(old.data)).encode()
            except DecodeError:
                return Status.INVALID_PARAMETER
            write.data = write.data[: -len(write.payload)] + new + write.payload[len(new) :]
            write.payload = new
        return self._variables.update(write, write.time)

    # Private variables.

    def _is_removed_by_user(self, write: Write) -> bool:
        """Whether a user who is there removes the variable, whatever the signature.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, IsDeleteAuthVariable, ProcessVariable.
        """
        existing = self._variables.find(write.key) if self._variables.profile.user_present else None
        return existing is not None and not write.payload and existing.attributes == write.attributes

    def _remove(self, write: Write) -> Status:
        variables = self._variables
        removal = variables.ask(write.key, 0, b"")
        status = variables.update(removal)
        return self._unbind(write) if write.attributes & AT and not status.is_error else status

    def _write_private(self, write: Write) -> Status:
        """Write any other authenticated variable: who creates it is noted, and alone may change it.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, VerifyTimeBasedPayloadAndUpdate.
        """
        profile = self._variables.profile
        database = self._database(write)
        claim = self._claim(write, None if database is None else database.writer_of(write.key))
        status = self._judged(claim, profile.private_rules)
        if status is not None:
            return status
        if claim.existing is None and write.payload and not self._bind(write, claim, database):
            return Status.SECURITY_VIOLATION
        status = self._update(write)
        if claim.existing is None or not write.removes or status.is_error:
            return status
        return self._unbind(write)

    def _database(self, write: Write) -> CertificateDatabase | None:
        """The database that a variable is noted in; an empty one where there is none; None where it makes no sense."""
        record = self._record(write)
        try:
            return CertificateDatabase() if record is None else CertificateDatabase.decode(record.data)
        except DecodeError:
            return None

    def _record(self, write: Write) -> Record | None:
        return self._variables.find(CERTDB if write.attributes & NV else CERTDBV)

    def _bind(self, write: Write, claim: Claim, database: CertificateDatabase | None) -> bool:
        """Note who creates a variable.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, InsertCertsToDb.
        """
        limits = self._variables.profile.limits
        if database is None or claim.identity is None or database.writer_of(write.key) is not None:
            return False
        new = database.binding(write.key, claim.identity).encode()
        if len(new) > limits.authenticated_size - limits.record_header_size - _LONGEST_NAME_SIZE:
            return False
        return not self._keep(write, new).is_error

    def _unbind(self, write: Write) -> Status:
        """Forget who created a variable.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, DeleteCertsFromDb.
        """
        database = self._database(write)
        if database is None:
            return Status.INVALID_PARAMETER
        if not database.bindings:
            return Status.SUCCESS
        if database.writer_of(write.key) is None:
            return Status.NOT_FOUND
        return self._keep(write, database.without(write.key).encode())

    def _keep(self, write: Write, database: bytes) -> Status:
        if write.attributes & NV:
            return self._variables.own(CERTDB, _SIGNED, database)
        return self._variables.own(CERTDBV, _MADE_AT_BOOT | AT, database)

    def start(self) -> None:
        """Put in order what is stored, as firmware does at boot.

        Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthVariableLib.c, AuthVariableLibInitialize; AuthService.c,
        CleanCertsFromDb.
        """
        variables = self._variables
        store = variables.stored.store
        if PLATFORM_KEY in store and ENABLE not in store:
            variables.own(ENABLE, _FOR_BOOT, b"\x01")
        variables.own(CUSTOM, _FOR_BOOT, b"\0")
        self._start_database()
        if VENDOR_KEYS_STORED not in store:
            variables.own(VENDOR_KEYS_STORED, _FOR_BOOT | AT, b"\x01")

    def _start_database(self) -> None:
        """Make certdb where there is none, and take out of it, one by one, who wrote what is not there."""
        variables = self._variables
        store = variables.stored.store
        record = store.get(CERTDB)
        try:
            database = CertificateDatabase() if record is None else CertificateDatabase.decode(record.data)
        except DecodeError:
            return
        if record is None:
            variables.own(CERTDB, _SIGNED, database.encode())
        for binding in database.bindings:
            written = store.get(binding.key)
            if written is None or not AT & written.attributes:
                database = database.without(binding.key)
                variables.own(CERTDB, _SIGNED, database.encode())
