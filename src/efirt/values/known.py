"""Variables the specification defines: their namespace and attributes."""

from efirt.annotation import Final, NamedTuple
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, HARDWARE_ERROR, IMAGE_SECURITY

_UPPER_HEX: Final = frozenset("0123456789ABCDEF")
_NUMBERED: Final = "####"

_VOLATILE: Final = Attributes(0x06)
_STORED: Final = Attributes(0x07)
_SIGNED: Final = Attributes(0x27)
_ERROR_RECORD: Final = Attributes(0x0F)


class Known(NamedTuple):
    """A variable the specification defines.

    Attributes:
        name: ``####`` at its end stands for four upper-case hexadecimal digits.
        guid: Its namespace.
        attributes: What it is created with.
        read_only: Whether only firmware writes it.
    """

    name: str
    guid: Guid
    attributes: Attributes
    read_only: bool = False


_PLAIN: Final = """
    Lang PlatformLang Timeout ConIn ConOut ErrOut BootOrder DriverOrder SysPrepOrder BootNext OsIndications CryptoIndications
    Boot#### Driver#### SysPrep#### Key####
"""
_MADE_AT_BOOT: Final = """
    LangCodes PlatformLangCodes ConInDev ConOutDev ErrOutDev BootCurrent BootOptionSupport OsIndicationsSupported
    CryptoIndicationsSupported CryptoIndicationsActivated
"""
_READ_ONLY: Final = """
    SetupMode SecureBoot VendorKeys SignatureSupport PKDefault KEKDefault dbDefault dbxDefault dbtDefault dbrDefault
    AuditMode DeployedMode devAuthBoot PlatformRecovery####
"""

KNOWN: Final = {
    known.name: known
    for known in (
        *(Known(name, GLOBAL, _STORED) for name in _PLAIN.split()),
        *(Known(name, GLOBAL, _VOLATILE) for name in _MADE_AT_BOOT.split()),
        *(Known(name, GLOBAL, _VOLATILE, read_only=True) for name in _READ_ONLY.split()),
        Known("HwErrRecSupport", GLOBAL, _STORED, read_only=True),
        *(Known(name, GLOBAL, _SIGNED) for name in ("PK", "KEK", "OsRecoveryOrder", "OsRecovery####")),
        *(Known(name, IMAGE_SECURITY, _SIGNED) for name in ("db", "dbx", "dbt", "dbr")),
        Known("HwErrRec####", HARDWARE_ERROR, _ERROR_RECORD),
    )
}


def known(name: str) -> Known | None:
    """The specification's entry for a name, ``Boot0001`` by ``Boot####``; None when it has none.

    Source: UEFI 2.10 §3.3 table 3.1, §32.3, appendix N.
    """
    tail = name[-4:]
    if len(tail) == len(_NUMBERED) and _UPPER_HEX.issuperset(tail):
        entry = KNOWN.get(name[:-4] + _NUMBERED)
        if entry:
            return entry
    return None if name.endswith(_NUMBERED) else KNOWN.get(name)


def guid_of(name: str) -> Guid:
    """The namespace a bare name means: the specification's, or the global one."""
    entry = known(name)
    return entry.guid if entry else GLOBAL
