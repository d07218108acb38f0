"""Each variable that firmware knows by name, asked for all that is known of it; not of the list, but of the tables it was made from."""

from collections.abc import Callable
from typing import Final, NamedTuple

from efirt.ops import SetVariable
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Step
from efirt.testing.conformance.cases.globals_ import CERTIFICATES, END, FILE, VALID
from efirt.testing.conformance.cases.policy import ZONE, without_policy
from efirt.testing.conformance.cases.secure_boot import AUDIT, CUSTOM, DEPLOYED, ENABLE
from efirt.testing.conformance.cases.set_ import ERROR_FLAG
from efirt.testing.conformance.signed import signed
from efirt.testing.conformance.steps import put, writing
from efirt.testing.conformance.words import AT, BS, FOR_BOOT, INVALID, OK, ONE, PROTECTED, SIGNED, STORED, VOLATILE
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status

VENDOR_KEYS_STORED: Final = Key("VendorKeysNv", Guid.parse("9073e4e0-60ec-4b6e-9903-4c223c260f3c"))
ALARM: Final = ZONE._replace(name="RTCALARM")
_RECOVERY_ORDER: Final = Key("OsRecoveryOrder", GLOBAL)
_CRYPTO: Final = Key("CryptoIndications", GLOBAL)
_NO_OPTION: Final = b"\x0d\xf0"
_NO_PATH: Final = bytes(6)
"""A load option whose device path has no bytes."""

_KEYS: Final = bytes(10)


class Specified(NamedTuple):
    """A variable of the specification.

    Attributes:
        name: In the global namespace.
        attributes: Its own.
        value: One that it takes.
        sizes: Values whose size it does not take.
        contents: Values of a size that it takes, and that make no sense.
    """

    name: str
    attributes: int
    value: bytes
    sizes: tuple[bytes, ...] = ()
    contents: tuple[bytes, ...] = ()

    @property
    def key(self) -> Key:
        """Which."""
        return Key(self.name, GLOBAL)


_STORED: Final = (
    Specified("Lang", STORED, b"eng\0", contents=(b"eng",)),
    Specified("PlatformLang", STORED, b"en\0", contents=(b"en",)),
    Specified("Timeout", STORED, b"\x03\0", sizes=(bytes(1), bytes(3))),
    *(
        Specified(name, STORED, FILE + END, sizes=(bytes(3),), contents=(FILE, b"\x04\x01\x03\0" + END))
        for name in ("ConIn", "ConOut", "ErrOut")
    ),
    *(
        Specified(name, STORED, _NO_OPTION, sizes=(bytes(1),), contents=(bytes(3),))
        for name in ("BootOrder", "DriverOrder", "SysPrepOrder")
    ),
    Specified("BootNext", STORED, _NO_OPTION, sizes=(bytes(1), bytes(3))),
    Specified("OsIndications", STORED, bytes(8), sizes=(bytes(7), bytes(9))),
    *(
        Specified(name, STORED, VALID, sizes=(bytes(5),), contents=(_NO_PATH, VALID[:-1]))
        for name in ("Boot0D0F", "Driver0D0F", "SysPrep0D0F")
    ),
    Specified("Key0D0F", STORED, _KEYS, sizes=(bytes(6), bytes(26)), contents=(bytes(11), bytes(21))),
)
_MADE_AT_BOOT: Final = (
    *(
        Specified(name, VOLATILE, FILE + END, sizes=(bytes(3),), contents=(FILE, b"\x04\x01\x03\0" + END))
        for name in ("ConInDev", "ConOutDev", "ErrOutDev")
    ),
    Specified("BootCurrent", VOLATILE, b"\x01\0", sizes=(bytes(1), bytes(3))),
    Specified("PlatformRecovery0000", VOLATILE, VALID, sizes=(bytes(5),), contents=(_NO_PATH, VALID[:-1])),
)
_LOCKED: Final = (
    Specified("LangCodes", VOLATILE, b"engfra\0", contents=(b"engfra",)),
    Specified("PlatformLangCodes", VOLATILE, b"en;fr\0", contents=(b"en;fr",)),
    Specified("BootOptionSupport", VOLATILE, bytes(4), sizes=(bytes(3), bytes(5))),
    Specified("OsIndicationsSupported", VOLATILE, bytes(8), sizes=(bytes(7), bytes(9))),
    Specified("HwErrRecSupport", STORED, bytes(2), sizes=(bytes(1), bytes(3))),
)
_EVERY: Final = _STORED + _MADE_AT_BOOT + _LOCKED
_READ_ONLY: Final = (
    *(Key(name, GLOBAL) for name in ("PKDefault", "KEKDefault", "dbDefault", "dbxDefault", "dbtDefault")),
    ERROR_FLAG,
)
_OF_KEYS: Final = (Key("certdb", CERTIFICATES), Key("certdbv", CERTIFICATES), VENDOR_KEYS_STORED)


def _others(one: Specified) -> tuple[int, ...]:
    """Attributes that make sense, and are not its own."""
    return tuple(attributes for attributes in (STORED, FOR_BOOT, VOLATILE, BS) if attributes != one.attributes)


def _all_others(*variables: Specified) -> tuple[Step, ...]:
    return tuple(put(other, one.value, INVALID, key=one.key) for one in variables for other in _others(one))


def _takes(one: Specified, *gives: Status, only_present: bool = False) -> Callable[[Bench], None]:
    """It takes the value it has; one that it may have where it is not there."""

    def run(bench: Bench) -> None:
        present = bench.read(one.key)
        if present.status == OK or not only_present:
            value = present.data if present.status == OK else one.value
            bench.expect(bench.ask(SetVariable(one.key, Attributes(one.attributes), value or one.value)), *gives)

    return run


CASES: Final = (
    Case(
        "VAR-GLB-201",
        "EDK2",
        "both",
        "-",
        "SetVariable of each specified variable with attributes other than its own",
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=(
            *_all_others(*_EVERY),
            *(put(STORED, ONE, INVALID, key=Key(name, GLOBAL)) for name in ("PK", "KEK")),
            *(put(STORED, ONE, INVALID, key=Key(name, IMAGE_SECURITY)) for name in ("db", "dbx", "dbt")),
        ),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-202",
        "EDK2",
        "both",
        "-",
        "SetVariable of each stored one with its own attributes and the value it has, or one that makes sense",
        "SUCCESS",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=tuple(writing(_takes(one, OK)) for one in _STORED),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-203",
        "EDK2",
        "both",
        "-",
        "SetVariable of each specified variable with a value too small or too large",
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=tuple(put(one.attributes, value, INVALID, key=one.key) for one in _EVERY for value in one.sizes),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-204",
        "EDK2",
        "both",
        "-",
        "SetVariable of each specified variable with a value that makes no sense",
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=tuple(put(one.attributes, value, INVALID, key=one.key) for one in _EVERY for value in one.contents),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-205",
        "EDK2",
        "both",
        "-",
        "SetVariable of each default key list and of VarErrorFlag; delete them",
        "WRITE_PROTECTED",
        "edk2 VarCheckUefiLib; edk2 Variable.c",
        steps=tuple(step for key in _READ_ONLY for step in (put(VOLATILE, ONE, PROTECTED, key=key), put(0, b"", PROTECTED, key=key))),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-206",
        "EDK2",
        "both",
        "-",
        "SetVariable of certdb, certdbv and VendorKeysNv; delete them",
        "WRITE_PROTECTED",
        "edk2 AuthVariableLib.c, mAuthVarEntry",
        steps=tuple(step for key in _OF_KEYS for step in (put(STORED, bytes(4), PROTECTED, key=key), put(0, b"", PROTECTED, key=key))),
        needs=("auth", "destructive"),
    ),
    Case(
        "VAR-GLB-207",
        "EDK2",
        "both",
        "the boot manager has run",
        "SetVariable of each variable that it locks, with its own attributes and size; delete them",
        "WRITE_PROTECTED",
        "edk2 BdsEntry.c, mReadOnlyVariables",
        steps=tuple(
            step
            for one in _LOCKED
            for step in (put(one.attributes, one.value, PROTECTED, key=one.key), put(0, b"", PROTECTED, key=one.key))
        ),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-208",
        "EDK2",
        "boot",
        "-",
        "SetVariable of each that is made at boot and not locked",
        "SUCCESS",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=tuple(writing(_takes(one, OK)) for one in _MADE_AT_BOOT),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-209",
        "EDK2",
        "runtime",
        "those that are there",
        "SetVariable of each that is made at boot and not locked",
        "WRITE_PROTECTED (volatile), not INVALID_PARAMETER",
        "edk2 Variable.c UpdateVariable",
        steps=tuple(writing(_takes(one, PROTECTED, only_present=True)) for one in _MADE_AT_BOOT),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-210",
        "EDK2",
        "both",
        "-",
        "SetVariable of SecureBootEnable and CustomMode with 2 bytes, with other attributes",
        "INVALID_PARAMETER",
        "edk2 AuthVariableLib.c, mAuthVarEntry",
        steps=tuple(
            step for key in (ENABLE, CUSTOM) for step in (put(FOR_BOOT, bytes(2), INVALID, key=key), put(STORED, ONE, INVALID, key=key))
        ),
        needs=("auth", "destructive"),
    ),
    Case(
        "VAR-GLB-211",
        "EDK2",
        "both",
        "policy library default",
        "SetVariable of RTC with 3 bytes, of RTCALARM with 15 and 17",
        "INVALID_PARAMETER",
        "edk2 VarCheckPolicyLib / PcRtc",
        steps=(
            put(STORED, bytes(3), INVALID, key=ZONE),
            put(STORED, bytes(15), INVALID, key=ALARM),
            put(STORED, bytes(17), INVALID, key=ALARM),
        ),
        needs=("destructive",),
        otherwise=without_policy(
            put(STORED, bytes(3), OK, key=ZONE), put(STORED, bytes(15), OK, key=ALARM), put(STORED, bytes(17), OK, key=ALARM)
        ),
    ),
    Case(
        "VAR-GLB-212",
        "SPEC",
        "boot",
        "{spec modes}",
        "SetVariable of AuditMode, DeployedMode and CryptoIndications: sizes, attributes; of devAuthBoot, CryptoIndicationsSupported",
        "INVALID_PARAMETER; WRITE_PROTECTED",
        "UEFI 3.3",
        steps=(
            *(put(VOLATILE, bytes(2), INVALID, key=key) for key in (AUDIT, DEPLOYED)),
            *(put(STORED, ONE, INVALID, key=key) for key in (AUDIT, DEPLOYED)),
            *_all_others(Specified(_CRYPTO.name, STORED, bytes(8))),
            put(STORED, bytes(7), INVALID, key=_CRYPTO),
            put(STORED, bytes(9), INVALID, key=_CRYPTO),
            put(STORED, bytes(8), OK, key=_CRYPTO),
            put(VOLATILE, ONE, PROTECTED, key=Key("devAuthBoot", GLOBAL)),
            put(VOLATILE, bytes(8), PROTECTED, key=Key("CryptoIndicationsSupported", GLOBAL)),
        ),
        needs=("destructive",),
        variant="spec-modes",
    ),
    Case(
        "VAR-GLB-213",
        "SPEC",
        "both",
        "{spec modes}",
        "SetVariable of OsRecoveryOrder, signed: other attributes, half a GUID, a whole one",
        "INVALID_PARAMETER; INVALID_PARAMETER; SUCCESS",
        "UEFI 3.3, 3.4.1",
        steps=(
            signed(1, bytes(16), INVALID, key=_RECOVERY_ORDER, attributes=FOR_BOOT | AT),
            signed(1, bytes(24), INVALID, key=_RECOVERY_ORDER),
            signed(1, bytes(15), INVALID, key=_RECOVERY_ORDER),
            signed(1, bytes(16), OK, key=_RECOVERY_ORDER, attributes=SIGNED),
        ),
        needs=("auth", "destructive"),
        variant="spec-modes",
    ),
)
