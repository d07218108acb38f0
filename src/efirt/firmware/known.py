"""What firmware knows about variables by their names.

Source: edk2 c5aa7e7d, MdeModulePkg/Library/VarCheckLib/VarCheckLib.c, and as each table says.
"""

from collections.abc import Callable, Iterable, Mapping

from efirt.annotation import Final, NamedTuple
from efirt.firmware import contents
from efirt.firmware.bits import AT, BS, HR, NV, RT
from efirt.firmware.namespaces import (
    CERTIFICATES,
    CLOCK,
    CUSTOM_MODE,
    MEMORY_OVERWRITE,
    MEMORY_OVERWRITE_LOCK,
    SECURE_BOOT_ENABLE,
    VARIABLE_ERROR,
    VENDOR_KEYS,
)
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, HARDWARE_ERROR, IMAGE_SECURITY
from efirt.values.key import Key

_ANY: Final = 1 << 64
_DIGITS: Final = frozenset("0123456789ABCDEF")
_NUMBERED: Final = "####"


class Known(NamedTuple):
    """A row: a variable that firmware knows.

    Attributes:
        name: ``####`` at its end stands for four upper-case hexadecimal digits.
        guid: Its namespace.
        attributes: What it is written with.
        smallest: Bytes of its value, at least.
        largest: Bytes of its value, at most.
        well_formed: Whether a value makes sense.
        read_only: Whether only firmware writes it.
    """

    name: str
    guid: Guid
    attributes: int
    smallest: int
    largest: int = _ANY
    well_formed: Callable[[bytes], bool] = contents.any_value
    read_only: bool = False


_STORED: Final = NV | BS | RT
_MADE_AT_BOOT: Final = BS | RT
_SIGNED: Final = NV | BS | RT | AT

SPECIFIED: Final = (
    Known("LangCodes", GLOBAL, _MADE_AT_BOOT, 1, well_formed=contents.holds_nul),
    Known("PlatformLangCodes", GLOBAL, _MADE_AT_BOOT, 1, well_formed=contents.holds_nul),
    Known("ConInDev", GLOBAL, _MADE_AT_BOOT, 4, well_formed=contents.device_path),
    Known("ConOutDev", GLOBAL, _MADE_AT_BOOT, 4, well_formed=contents.device_path),
    Known("ErrOutDev", GLOBAL, _MADE_AT_BOOT, 4, well_formed=contents.device_path),
    Known("BootCurrent", GLOBAL, _MADE_AT_BOOT, 2, 2),
    Known("BootOptionSupport", GLOBAL, _MADE_AT_BOOT, 4, 4),
    Known("OsIndicationsSupported", GLOBAL, _MADE_AT_BOOT, 8, 8),
    Known("PlatformRecovery####", GLOBAL, _MADE_AT_BOOT, 6, well_formed=contents.load_option),
    Known("SetupMode", GLOBAL, _MADE_AT_BOOT, 1, 1, read_only=True),
    Known("SecureBoot", GLOBAL, _MADE_AT_BOOT, 1, 1, read_only=True),
    Known("VendorKeys", GLOBAL, _MADE_AT_BOOT, 1, 1, read_only=True),
    Known("SignatureSupport", GLOBAL, _MADE_AT_BOOT, 16, well_formed=contents.whole_guids, read_only=True),
    Known("PKDefault", GLOBAL, _MADE_AT_BOOT, 1, read_only=True),
    Known("KEKDefault", GLOBAL, _MADE_AT_BOOT, 1, read_only=True),
    Known("dbDefault", GLOBAL, _MADE_AT_BOOT, 1, read_only=True),
    Known("dbxDefault", GLOBAL, _MADE_AT_BOOT, 1, read_only=True),
    Known("dbtDefault", GLOBAL, _MADE_AT_BOOT, 1, read_only=True),
    Known("Lang", GLOBAL, _STORED, 1, well_formed=contents.holds_nul),
    Known("PlatformLang", GLOBAL, _STORED, 1, well_formed=contents.holds_nul),
    Known("Timeout", GLOBAL, _STORED, 2, 2),
    Known("ConIn", GLOBAL, _STORED, 4, well_formed=contents.device_path),
    Known("ConOut", GLOBAL, _STORED, 4, well_formed=contents.device_path),
    Known("ErrOut", GLOBAL, _STORED, 4, well_formed=contents.device_path),
    Known("BootOrder", GLOBAL, _STORED, 2, well_formed=contents.whole_numbers),
    Known("DriverOrder", GLOBAL, _STORED, 2, well_formed=contents.whole_numbers),
    Known("SysPrepOrder", GLOBAL, _STORED, 2, well_formed=contents.whole_numbers),
    Known("BootNext", GLOBAL, _STORED, 2, 2),
    Known("HwErrRecSupport", GLOBAL, _STORED, 2, 2),
    Known("OsIndications", GLOBAL, _STORED, 8, 8),
    Known("Boot####", GLOBAL, _STORED, 6, well_formed=contents.load_option),
    Known("Driver####", GLOBAL, _STORED, 6, well_formed=contents.load_option),
    Known("SysPrep####", GLOBAL, _STORED, 6, well_formed=contents.load_option),
    Known("Key####", GLOBAL, _STORED, 10, 22, contents.key_option),
    Known("PK", GLOBAL, _SIGNED, 1),
    Known("KEK", GLOBAL, _SIGNED, 1),
    Known("db", IMAGE_SECURITY, _SIGNED, 1),
    Known("dbx", IMAGE_SECURITY, _SIGNED, 1),
    Known("dbt", IMAGE_SECURITY, _SIGNED, 1),
    Known("HwErrRec####", HARDWARE_ERROR, _STORED | HR, 1),
)
"""The specification's variables.

Source: edk2 c5aa7e7d, MdeModulePkg/Library/VarCheckUefiLib/VarCheckUefiLibNullClass.c, mGlobalVariableList and its neighbours.
"""

SPECIFIED_MODES: Final = (
    Known("AuditMode", GLOBAL, _MADE_AT_BOOT, 1, 1),
    Known("DeployedMode", GLOBAL, _MADE_AT_BOOT, 1, 1),
    Known("devAuthBoot", GLOBAL, _MADE_AT_BOOT, 1, 1, read_only=True),
    Known("CryptoIndications", GLOBAL, _STORED, 8, 8),
    Known("CryptoIndicationsSupported", GLOBAL, _MADE_AT_BOOT, 8, 8, read_only=True),
    Known("OsRecoveryOrder", GLOBAL, _SIGNED, 16, well_formed=contents.whole_guids),
)
"""The specification's variables that edk2 does not know.

Source: UEFI 2.10 §3.3, table 3-1; §32.3.
"""

SPECIFIED_RECOVERY: Final = (
    Known("dbr", IMAGE_SECURITY, _SIGNED, 1),
    Known("dbrDefault", GLOBAL, _MADE_AT_BOOT, 1, read_only=True),
)
"""The specification's keys of what recovers the machine, which edk2 does not know either.

Source: UEFI 2.10 §3.3, table 3-1; §32.4.2.
"""

AUTHENTICATION: Final = (
    Known("SecureBootEnable", SECURE_BOOT_ENABLE, NV | BS, 1, 1),
    Known("CustomMode", CUSTOM_MODE, NV | BS, 1, 1),
    Known("VendorKeysNv", VENDOR_KEYS, NV | BS | AT, 1, 1, read_only=True),
    Known("certdb", CERTIFICATES, _SIGNED, 4, read_only=True),
    Known("certdbv", CERTIFICATES, BS | RT | AT, 4, read_only=True),
)
"""The authentication library's own.

Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthVariableLib.c, mAuthVarEntry.
"""

DRIVER: Final = (Known("VarErrorFlag", VARIABLE_ERROR, _STORED, 1, 1, read_only=True),)
"""The variable driver's own.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, mVariableEntryProperty.
"""

CLOCK_POLICY: Final = (
    Known("RTC", CLOCK, _STORED, 4, 4),
    Known("RTCALARM", CLOCK, _STORED, 16, 16),
)
"""The clock driver's own, in newer firmware.

Source: edk2 c5aa7e7d, PcAtChipsetPkg/PcatRealTimeClockRuntimeDxe/PcRtcEntry.c.
"""

LOCKED_BY_BOOT_MANAGER: Final = frozenset(
    Key(name, GLOBAL) for name in ("PlatformLangCodes", "LangCodes", "BootOptionSupport", "HwErrRecSupport", "OsIndicationsSupported")
)
"""What the boot manager locks once the platform's drivers run.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/BdsDxe/BdsEntry.c, mReadOnlyVariables.
"""

LOCKED_MEMORY_OVERWRITE: Final = frozenset(
    {Key("MemoryOverwriteRequestControl", MEMORY_OVERWRITE), Key("MemoryOverwriteRequestControlLock", MEMORY_OVERWRITE_LOCK)}
)
"""What a variable driver outside system management mode locks, since it cannot protect it.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/TcgMorLockDxe.c, MorLockInit.
"""


class KnownNames:
    """Rows by name: finding one is a look-up, not a walk."""

    __slots__ = ("_rows",)

    def __init__(self, rows: Iterable[Known]) -> None:
        self._rows: Mapping[tuple[str, Guid], Known] = {(row.name, row.guid): row for row in rows}

    @property
    def rows(self) -> tuple[Known, ...]:
        """All of them."""
        return tuple(self._rows.values())

    def adding(self, *rows: Known) -> "KnownNames":
        """The same with more rows."""
        return KnownNames((*self.rows, *rows))

    def without(self, rows: Iterable[Known]) -> "KnownNames":
        """The same without some rows."""
        gone = set(rows)
        return KnownNames(row for row in self.rows if row not in gone)

    def find(self, key: Key) -> Known | None:
        """The row of a variable; None when firmware does not know it."""
        row = self._rows.get(key)
        if row is None and _DIGITS.issuperset(key.name[-4:]) and len(key.name) > len(_NUMBERED):
            row = self._rows.get((key.name[:-4] + _NUMBERED, key.guid))
        return row
