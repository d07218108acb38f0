"""Secure Boot, as the variables of a machine say it is: whose keys there are, what is revoked, and what is switched on.

Source: UEFI 2.10 §32.3 (modes), §32.4, §32.5; edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthServiceInternal.h (SecureBootEnable,
CustomMode).
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from itertools import islice

from efirt.annotation import Callable, Final, Generic, NamedTuple, Self, TypeVar
from efirt.errors import DecodeError
from efirt.firmware.namespaces import CUSTOM_MODE, SECURE_BOOT_ENABLE
from efirt.payloads.certificate_names import CertificateNames
from efirt.payloads.known_certificates import TEST, Known, known
from efirt.payloads.revocations import Revocations
from efirt.payloads.signature_list import X509, SignatureDatabase
from efirt.store import Record
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key

T = TypeVar("T")

NO_PK: Final = "none"
NULL_PK: Final = "null"
TEST_PK: Final = "test"
VENDOR_PK: Final = "vendor"

_NULL_MARK: Final = b"NULLPK"
_MOST: Final = 256
_MARK_SIZE: Final = 256
_NAMESPACES: Final[dict[str, Guid]] = {
    "PK": GLOBAL,
    "KEK": GLOBAL,
    "db": IMAGE_SECURITY,
    "dbx": IMAGE_SECURITY,
    "SecureBoot": GLOBAL,
    "SetupMode": GLOBAL,
    "AuditMode": GLOBAL,
    "DeployedMode": GLOBAL,
    "SecureBootEnable": SECURE_BOOT_ENABLE,
    "CustomMode": CUSTOM_MODE,
}


KEYS: Final = frozenset(Key(name, guid) for name, guid in _NAMESPACES.items())
"""The variables that are looked at."""


class Certificate(NamedTuple):
    """A certificate in a list of keys.

    Attributes:
        owner: Who put it there.
        thumbprint: The SHA-256 of its bytes.
        size: How many these are.
        names: What it says of itself; None where it cannot be read.
        problem: Why not; empty where it can.
        known: What it is; None where it is not known here.
    """

    owner: Guid
    thumbprint: str
    size: int
    names: CertificateNames | None
    problem: str
    known: Known | None

    @property
    def title(self) -> str:
        """What to call it: its known name, else its subject, else its thumbprint."""
        if self.known is not None and (self.names is None or self.known.by == "thumbprint"):
            return self.known.name
        return self.names.subject if self.names and self.names.subject else f"a certificate of thumbprint {self.thumbprint[:16]}"


class Keys(NamedTuple):
    """What PK, KEK or db holds.

    Attributes:
        is_there: Whether there is such a variable.
        certificates: Its certificates, in order; of more than 256 the first ones.
        others: How many other entries there are, such as digests of programs.
        problem: Why it cannot be read; empty where it can.
        is_null: Whether its bytes say that it is none, as VMware's ``VMW.NULLPK`` does.
        thumbprints: The certificates by their SHA-256.
    """

    is_there: bool = False
    certificates: tuple[Certificate, ...] = ()
    others: int = 0
    problem: str = ""
    is_null: bool = False
    thumbprints: frozenset[str] = frozenset()


class Dbx(NamedTuple):
    """What dbx holds.

    Attributes:
        is_there: Whether there is such a variable.
        counted: How many entries of which kind.
        problem: Why it cannot be read; empty where it can.
    """

    is_there: bool = False
    counted: Revocations = Revocations()
    problem: str = ""


class SecureBoot(NamedTuple):
    """A machine's keys and modes.

    Attributes:
        pk: The platform key.
        kek: The keys that may change db and dbx.
        db: What may start.
        dbx: What may not.
        mode: ``setup``, ``user``, ``audit`` or ``deployed``.
        enabled: Whether it is switched on: what the machine said, else what its firmware makes of these variables; None where that is not
            in them.
        is_custom: Whether the switch for keys of one's own was left on.
    """

    pk: Keys
    kek: Keys
    db: Keys
    dbx: Dbx
    mode: str
    enabled: bool | None
    is_custom: bool

    @classmethod
    def of(cls, records: Iterable[Record], *, is_edk2: bool = True) -> Self:
        """Look at the variables of a machine.

        Args:
            records: Its variables.
            is_edk2: Whether its firmware is edk2, which without ``SecureBootEnable`` switches on as soon as there is a PK.
        """
        wanted = {record.key.name: record.data for record in records if record.key in KEYS}
        pk, kek, db = (keys_of(wanted.get(name)) for name in ("PK", "KEK", "db"))
        mode = _mode(wanted, is_owned=pk.is_there)
        return cls(pk, kek, db, dbx_of(wanted.get("dbx")), mode, _enabled(wanted, mode, is_edk2=is_edk2), _is_set(wanted, "CustomMode"))

    @property
    def pk_kind(self) -> str:
        """``none``, ``null`` (there is one, and it is no certificate), ``test`` or ``vendor``."""
        if not self.pk.is_there:
            return NO_PK
        if self.pk.is_null or not any(one.names for one in self.pk.certificates):
            return NULL_PK
        return TEST_PK if any(one.known and one.known.kind == TEST for one in self.pk.certificates) else VENDOR_PK


def _is_set(wanted: dict[str, bytes], name: str) -> bool:
    return wanted.get(name, b"")[:1] == b"\1"


def _mode(wanted: dict[str, bytes], *, is_owned: bool) -> str:
    if _is_set(wanted, "DeployedMode"):
        return "deployed"
    if _is_set(wanted, "AuditMode"):
        return "audit"
    is_setup = _is_set(wanted, "SetupMode") if "SetupMode" in wanted else not is_owned
    return "setup" if is_setup else "user"


def _enabled(wanted: dict[str, bytes], mode: str, *, is_edk2: bool) -> bool | None:
    if "SecureBoot" in wanted:
        return _is_set(wanted, "SecureBoot")
    if mode in {"setup", "audit"}:
        return False
    if "SecureBootEnable" in wanted:
        return _is_set(wanted, "SecureBootEnable")
    return True if is_edk2 else None


class Remembered(Generic[T]):
    """What values come to, of those that were asked for last: many machines have the same.

    A value is told by its length, its beginning and its end, and then compared: hashing all of it takes ten times as long. When there are
    as many new ones as are kept, those of before go, but for the ones that were asked for again.
    """

    def __init__(self, make: Callable[[bytes], T], most: int) -> None:
        self._make = make
        self._most = most
        self._new: dict[tuple[int, bytes, bytes], tuple[bytes, T]] = {}
        self._old: dict[tuple[int, bytes, bytes], tuple[bytes, T]] = {}

    def __call__(self, data: bytes) -> T:
        """What this value comes to."""
        mark = len(data), data[:_MARK_SIZE], data[-_MARK_SIZE:]
        found = self._new.get(mark)
        if found is None or found[0] != data:
            found = self._old.get(mark)
            if found is None or found[0] != data:
                found = data, self._make(data)
            if len(self._new) >= self._most:
                self._old, self._new = self._new, {}
            self._new[mark] = found
        return found[1]


def _keys(data: bytes) -> Keys:
    """What a list of keys holds."""
    is_null = _NULL_MARK in data
    try:
        lists = SignatureDatabase.decode(data).lists
    except DecodeError as cause:
        return Keys(is_there=True, problem=str(cause), is_null=is_null)
    raws = (raw for one in lists if one.kind == X509 for raw in one.raw_signatures)
    certificates = tuple(certificate_of(raw) for raw in islice(raws, _MOST))
    others = sum(one.signature_count for one in lists) - len(certificates)
    return Keys(True, certificates, others, "", is_null, frozenset(one.thumbprint for one in certificates))


def _dbx(data: bytes) -> Dbx:
    """What a dbx holds."""
    try:
        return Dbx(True, Revocations.of(SignatureDatabase.decode(data)))
    except DecodeError as cause:
        return Dbx(True, problem=str(cause))


_keys_of: Final = Remembered(_keys, 256)
_dbx_of: Final = Remembered(_dbx, 32)


def keys_of(data: bytes | None) -> Keys:
    """What a list of keys holds.

    Args:
        data: The variable's value; None where there is none such.
    """
    return Keys() if data is None else _keys_of(data)


def dbx_of(data: bytes | None) -> Dbx:
    """What a dbx holds.

    Args:
        data: The variable's value; None where there is none such.
    """
    return Dbx() if data is None else _dbx_of(data)


@lru_cache(maxsize=1024)
def certificate_of(raw: bytes) -> Certificate:
    """A certificate, behind its owner's GUID; one that cannot be read says why."""
    owner, data = Guid(raw[:16]), raw[16:]
    thumbprint = sha256(data).hexdigest()
    try:
        names, problem = CertificateNames.decode(data), ""
    except DecodeError as cause:
        names, problem = None, str(cause)
    return Certificate(owner, thumbprint, len(data), names, problem, known(thumbprint, names.subject if names else ""))
