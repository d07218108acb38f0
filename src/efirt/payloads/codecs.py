"""Which variable holds what: a name and its GUID to what its bytes mean.

Rows name a codec by its module, which is loaded when it is first needed.

Source: UEFI 2.10 §3.3 (table 3.1), §8.5.6, §32.3, appendix N; systemd's boot loader interface; shim afc49558b3, mok.c, sbat.c (SSPPolicy),
MokManager.c (MokTimeoutvar is an INT32, MokTMLvar a switch); mokutil 9c277b5dce, src/mokutil.c (set_timeout); edk2 c5aa7e7d,
SecurityPkg/Library/AuthVariableLib.
"""

from efirt.annotation import Any, Final, NamedTuple
from efirt.errors import DecodeError
from efirt.later import imported
from efirt.payloads.json_value import json_value, members
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, HARDWARE_ERROR, IMAGE_SECURITY, LINUX_CRASH
from efirt.values.key import Key

SYSTEMD_BOOT: Final = Guid.parse("4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")
SHIM: Final = Guid.parse("605dab50-e046-4300-abb6-3dd810dd8b23")
CAPSULE_REPORT: Final = Guid.parse("39b68c46-f7fb-441b-b6ec-16b0f69821f3")
CERTIFICATES: Final = Guid.parse("d9bee56e-75dc-49d9-b4d7-b534210f637a")
SECURE_BOOT_ENABLE: Final = Guid.parse("f0a30bc7-af08-4556-99c4-001009c93a44")
CUSTOM_MODE: Final = Guid.parse("c076ec0c-7028-4399-a072-71ee5c448b9f")

_PACKAGE: Final = "efirt.payloads."
_NUMBERED: Final = "####"
_UPPER_HEX: Final = frozenset("0123456789ABCDEF")
_DUMP: Final = "dump-type"

_BOOT_LOADER_TEXTS: Final = """
    LoaderInfo LoaderFirmwareInfo LoaderFirmwareType LoaderDevicePartUUID LoaderDeviceURL LoaderImageIdentifier LoaderEntryDefault
    LoaderEntryPreferred LoaderEntrySysFail LoaderSysFail LoaderEntryOneShot LoaderEntrySelected LoaderEntryLastBooted
    LoaderBootCountPath LoaderConfigTimeout LoaderConfigTimeoutOneShot LoaderConfigConsoleMode LoaderTimeInitUSec LoaderTimeExecUSec
    LoaderTimeMenuUSec LoaderTpm2ActivePcrBanks LoaderKeyboardLayout StubInfo StubDevicePartUUID StubDeviceURL StubImageIdentifier
    StubProfile StubPcrKernelImage StubPcrKernelParameters StubPcrInitRDSysExts StubPcrInitRDConfExts
"""

# What it is, its codec, its GUID, its names.
_TABLE: Final = (
    ("load-option", "load_option:LoadOption", GLOBAL, "Boot#### Driver#### SysPrep#### PlatformRecovery#### OsRecovery####"),
    ("order", "order:Order", GLOBAL, "BootOrder DriverOrder SysPrepOrder OsRecoveryOrder"),
    ("key-option", "key_option:KeyOption", GLOBAL, "Key####"),
    ("number", "number:UINT16", GLOBAL, "BootNext BootCurrent Timeout HwErrRecSupport"),
    ("flags", "number:OS_INDICATIONS", GLOBAL, "OsIndications OsIndicationsSupported"),
    ("flags", "number:BOOT_OPTION_SUPPORT", GLOBAL, "BootOptionSupport"),
    ("number", "number:UINT8", GLOBAL, "SecureBoot SetupMode AuditMode DeployedMode VendorKeys devAuthBoot"),
    ("device-path", "device_path.path:DevicePath", GLOBAL, "ConIn ConOut ErrOut ConInDev ConOutDev ErrOutDev"),
    ("text", "text_value:NarrowText", GLOBAL, "Lang PlatformLang"),
    ("languages", "text_value:OldLanguages", GLOBAL, "LangCodes"),
    ("languages", "text_value:Languages", GLOBAL, "PlatformLangCodes"),
    ("guids", "guid_list:GuidList", GLOBAL, "SignatureSupport"),
    ("signatures", "signature_list:SignatureDatabase", GLOBAL, "PK KEK PKDefault KEKDefault dbDefault dbxDefault dbtDefault dbrDefault"),
    ("signatures", "signature_list:SignatureDatabase", IMAGE_SECURITY, "db dbx dbt dbr"),
    ("hardware-error", "hardware_error:ErrorRecord", HARDWARE_ERROR, "HwErrRec####"),
    ("capsule-result", "capsule_result:CapsuleResult", CAPSULE_REPORT, "Capsule####"),
    ("text", "text_value:WideText", CAPSULE_REPORT, "CapsuleMax CapsuleLast"),
    ("text", "text_value:WideText", SYSTEMD_BOOT, _BOOT_LOADER_TEXTS),
    ("texts", "text_value:WideTexts", SYSTEMD_BOOT, "LoaderEntries"),
    ("flags", "loader_features:LOADER", SYSTEMD_BOOT, "LoaderFeatures"),
    ("flags", "loader_features:STUB", SYSTEMD_BOOT, "StubFeatures"),
    ("signatures", "signature_list:SignatureDatabase", SHIM, "MokList MokListX MokListRT MokListXRT MokNew MokDel MokXNew MokXDel"),
    (
        "number",
        "number:UINT8",
        SHIM,
        "MokSBState MokSBStateRT MokDBState MokIgnoreDB MokListTrusted MokListTrustedRT MokPolicy MokPolicyRT SbatPolicy SSPPolicy",
    ),
    ("number", "number:INT32", SHIM, "MokTimeout"),
    ("mok-switch", "mok_request:Switch", SHIM, "MokSB MokDB MokListTrustedNew"),
    ("mok-password", "mok_request:PasswordHash", SHIM, "MokPW MokPWStore MokAuth MokDelAuth MokXAuth MokXDelAuth"),
    ("number", "number:AnyWidth", SHIM, "SHIM_DEBUG SHIM_VERBOSE FALLBACK_VERBOSE FB_NO_REBOOT"),
    ("sbat-level", "sbat:SbatLevel", SHIM, "SbatLevel SbatLevelRT"),
    ("text", "text_value:NarrowText", SHIM, "HSIStatus"),
    ("certificate-database", "certificate_database:CertificateDatabase", CERTIFICATES, "certdb certdbv"),
    ("number", "number:UINT8", SECURE_BOOT_ENABLE, "SecureBootEnable"),
    ("number", "number:UINT8", CUSTOM_MODE, "CustomMode"),
)


class Codec(NamedTuple):
    """What a variable holds, and how it is read.

    Attributes:
        kind: A word for it, stable: ``load-option``, ``order``, ...
        where: Module and name of what has ``decode(data)``; what it gives has ``encode()``.
    """

    kind: str
    where: str

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - a payload
        """What the bytes mean.

        Raises:
            DecodeError: They are no such payload.
        """
        return _found(self.where).decode(data)

    def outline(self, payload: Any) -> Any:  # noqa: ANN401 - a payload, and any JSON value
        """A payload as a JSON value."""
        other = _OUTLINES.get(self.kind)
        return _found(other)(payload) if other else json_value(payload)


def _found(where: str) -> Any:  # noqa: ANN401 - what has that name
    module, _, name = where.partition(":")
    return getattr(imported(_PACKAGE + module), name)


CODECS: Final = {(name, guid): Codec(kind, where) for kind, where, guid, names in _TABLE for name in names.split()}
"""By name, with ``####`` for four upper-case hexadecimal digits, and GUID."""

_OUTLINES: Final = {"signatures": "signature_outline:signatures_json"}
_DUMPS: Final = Codec("crash-dump", "pstore:Dump")


def codec_of(key: Key) -> Codec | None:
    """How a variable is read; None where nobody knows."""
    name, guid = key
    if guid == LINUX_CRASH and name.startswith(_DUMP):
        return _DUMPS
    tail = name[-4:]
    if len(tail) == len(_NUMBERED) and _UPPER_HEX.issuperset(tail):
        found = CODECS.get((name[:-4] + _NUMBERED, guid))
        if found:
            return found
    if guid == SHIM:  # lists that are too long for one variable go on in MokListRT1, MokListRT2, ...
        name = name.rstrip("0123456789") if name.startswith("MokList") else name
    return None if name.endswith(_NUMBERED) else CODECS.get((name, guid))


def decoded(key: Key, data: bytes) -> Any:  # noqa: ANN401 - a payload; None where nobody knows
    """What a variable's bytes mean; None where nobody knows.

    Raises:
        DecodeError: They are not what the variable should hold.
    """
    codec = codec_of(key)
    return codec.decode(data) if codec else None


def shown(key: Key, data: bytes) -> dict[str, Any]:
    """A variable's value as a JSON object; one that cannot be read says why, and never raises.

    ``kind`` is a word or None; ``value`` is what the bytes mean, or None; ``problem`` and ``offset`` say why they mean nothing.
    """
    codec = codec_of(key)
    record: dict[str, Any] = {"kind": codec.kind if codec else None, "size": len(data), "value": None, "problem": None, "offset": None}
    if codec is None:
        return record | {"hex": data.hex()}
    record["hex"] = data.hex()
    try:
        value = codec.outline(codec.decode(data))
    except DecodeError as error:
        return record | {"problem": str(error), "offset": error.offset}
    return record | {"value": value | _name_of_dump(key.name) if codec is _DUMPS else value}


def _name_of_dump(name: str) -> dict[str, Any]:
    from efirt.payloads.pstore import DumpName  # noqa: PLC0415 - a kernel's crash is rare

    try:
        return {"name": members(DumpName.parse(name))}
    except ValueError:
        return {"name": None}
