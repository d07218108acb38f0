"""What the variables of the specification, and a few of others, are for, in a few words.

Source: UEFI 2.10 §3.3 table 3-1, §8.2.4, §32.3, §32.6.1, appendix N.
"""

from efirt.annotation import Final, NamedTuple
from efirt.firmware import namespaces as own
from efirt.values.guid_names import NAMES
from efirt.values.key import Key
from efirt.values.known import Known, known

_GLOBAL: Final = "UEFI 2.10 §3.3"
_MODES: Final = "UEFI 2.10 §32.3"
_DATABASES: Final = "UEFI 2.10 §32.6.1"
_ERRORS: Final = "UEFI 2.10 §8.2.4, appendix N"

_TITLES: Final = {
    _GLOBAL: """
        Lang: the language of firmware's menus, three letters, of old firmware
        PlatformLang: the language of firmware's menus
        LangCodes: the languages there are for Lang
        PlatformLangCodes: the languages there are for PlatformLang
        Timeout: how long the boot menu waits, in seconds
        ConIn: where keys come from
        ConOut: where text goes
        ErrOut: where firmware's complaints go
        ConInDev: what could be ConIn
        ConOutDev: what could be ConOut
        ErrOutDev: what could be ErrOut
        Boot####: an entry of the boot menu
        BootOrder: the order in which firmware tries the boot menu's entries
        BootNext: the entry that is started once, before all others
        BootCurrent: the entry that was started
        BootOptionSupport: what the boot manager can do
        Driver####: a driver that firmware loads at start
        DriverOrder: the order in which firmware loads drivers
        SysPrep####: a program that runs before an operating system is started
        SysPrepOrder: the order in which such programs run
        Key####: a key that starts an entry of the boot menu
        OsIndications: what the operating system asks of firmware for the next start
        OsIndicationsSupported: what it can ask for
        PlatformRecovery####: what firmware starts when nothing else does
        OsRecovery####: what an operating system's vendor has started when nothing else does
        OsRecoveryOrder: the vendors of such entries, in order
        HwErrRecSupport: how many hardware error records firmware keeps
        CryptoIndications: the cryptography that is asked for
        CryptoIndicationsSupported: the cryptography there is
        CryptoIndicationsActivated: the cryptography that is in use
    """,
    _MODES: """
        PK: the platform key: who owns this machine, and may change KEK
        KEK: the key exchange keys: who may change db and dbx
        PKDefault: the platform key that the vendor put there
        KEKDefault: the key exchange keys that the vendor put there
        SetupMode: 1 while nobody owns the machine, and its keys are open to all
        AuditMode: 1 while everything starts, and is written down
        DeployedMode: 1 while the modes themselves are locked
        SecureBoot: 1 while only what is signed starts
        SignatureSupport: the kinds of signatures that firmware knows
        VendorKeys: 1 while the keys are those of the vendor
        devAuthBoot: 1 while firmware of devices has to be signed, too
    """,
    _DATABASES: """
        db: what may start
        dbx: what may not start, be it signed or not
        dbt: whose time stamps count
        dbr: who may sign what recovers the machine
        dbDefault: the db that the vendor put there
        dbxDefault: the dbx that the vendor put there
        dbtDefault: the dbt that the vendor put there
        dbrDefault: the dbr that the vendor put there
    """,
    _ERRORS: """
        HwErrRec####: a record of a hardware error
    """,
}
_OTHERS: Final = {
    Key("SecureBootEnable", own.SECURE_BOOT_ENABLE): "edk2's switch for Secure Boot",
    Key("CustomMode", own.CUSTOM_MODE): "edk2's switch for keys of one's own",
    Key("VendorKeysNv", own.VENDOR_KEYS): "edk2's note of whether the keys are the vendor's",
    Key("certdb", own.CERTIFICATES): "edk2's note of who made which authenticated variable",
    Key("certdbv", own.CERTIFICATES): "edk2's note of who made which volatile authenticated variable",
    Key("VarErrorFlag", own.VARIABLE_ERROR): "edk2's note that a variable did not fit",
    Key("MTC", own.MONOTONIC_COUNTER): "edk2's monotonic counter",
    Key("RTC", own.CLOCK): "edk2's note of the clock's zone",
    Key("RTCALARM", own.CLOCK): "edk2's note of the alarm's date",
    Key("MemoryOverwriteRequestControl", own.MEMORY_OVERWRITE): "TCG's request to clear memory at the next start",
    Key("MemoryOverwriteRequestControlLock", own.MEMORY_OVERWRITE_LOCK): "TCG's lock of that request",
}


class Title(NamedTuple):
    """What a variable is.

    Attributes:
        text: In a few words; empty where it is not known.
        source: Where that stands written; empty where it is not the specification's.
        namespace: What people call its GUID; empty where they call it nothing.
        known: The specification's entry; None where it has none.
    """

    text: str
    source: str
    namespace: str
    known: Known | None


def specified(key: Key) -> Known | None:
    """The specification's entry for a variable; None where it has none, or under another GUID."""
    entry = known(key.name)
    return entry if entry is not None and entry.guid == key.guid else None


def title_of(key: Key) -> Title:
    """What a variable is."""
    entry, namespace = specified(key), NAMES.get(key.guid, "")
    if entry is None:
        return Title(_OTHERS.get(key, ""), "", namespace, None)
    for source, lines in _TITLES.items():
        for line in lines.strip().splitlines():
            name, _, text = line.strip().partition(": ")
            if name == entry.name:
                return Title(text, source, namespace, entry)
    return Title("", _GLOBAL, namespace, entry)
