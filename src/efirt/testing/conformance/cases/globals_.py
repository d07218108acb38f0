"""Names that firmware knows."""

from collections.abc import Callable
from struct import pack
from typing import Final

from efirt.ops import (
    SetVariable,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Unprepared
from efirt.testing.conformance.payloads import SHA256, descriptor, moment, signature_list
from efirt.testing.conformance.steps import (
    absent,
    get,
    holds,
    put,
    reading,
    recorded,
    writing,
)
from efirt.testing.conformance.words import (
    DENIED,
    ERRORS,
    FOR_BOOT,
    INVALID,
    OK,
    ONE,
    PROTECTED,
    SIGNED,
    STORED,
    VIOLATION,
    VOLATILE,
)
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status

CERTIFICATES: Final = Guid.parse("d9bee56e-75dc-49d9-b4d7-b534210f637a")
OVERWRITE: Final = Key("MemoryOverwriteRequestControl", Guid.parse("e20939be-32d4-41be-a150-897f85d49829"))
OVERWRITE_LOCK: Final = Key("MemoryOverwriteRequestControlLock", Guid.parse("bb983ccf-151d-40e1-a07b-4a17be168292"))
_KEY: Final = b"8 bytes!"
END: Final = b"\x7f\xff\x04\0"
FILE: Final = b"\x04\x04\x0a\0" + "\\x\0".encode("utf-16-le")
_ACTIVE: Final = pack("<I", 1)
UNSIGNED: Final = descriptor(moment(1).encode(), b"") + signature_list(SHA256, bytes(32))


def _global(name: str) -> Key:
    return Key(name, GLOBAL)


def load_option(path: bytes, optional: bytes = b"") -> bytes:
    """A load option with this device path."""
    return _ACTIVE + pack("<H", len(path)) + "efirt check\0".encode("utf-16-le") + path + optional


VALID: Final = load_option(FILE + END)


def _has_boot_current(bench: Bench) -> None:
    if bench.read(_global("BootCurrent")).status != OK:
        raise Unprepared("the machine was booted without BootCurrent")


def _same_order(bench: Bench) -> None:
    order = bench.read(_global("BootOrder"))
    data = order.data if order.status == OK and order.data else b"\x01\0"
    bench.expect(bench.ask(SetVariable(_global("BootOrder"), STORED, data[2:] + data[:2])), OK)
    got = bench.read(_global("BootOrder")).data
    bench.check(got == data[2:] + data[:2], "what was written", str(got))


def _read_only(key: Key, attributes: int, size: int, *gives: Status) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        before = bench.read(key)
        data = bytes(byte ^ 1 for byte in before.data or bytes(size))
        bench.expect(bench.ask(SetVariable(key, Attributes(attributes), data[:size])), *gives)
        after = bench.read(key)
        bench.check(after[:4] == before[:4], f"{key} as it was", str(after))

    return run


CASES: Final = (
    Case(
        "VAR-GLB-001",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("NotDefined",EFI_GLOBAL,NV|BS|RT,4 bytes)',
        "INVALID_PARAMETER (unknown name in the global namespace)",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=(put(STORED, bytes(4), INVALID, key=_global("NotDefined")), absent(_global("NotDefined"))),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-002",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Timeout",EFI_GLOBAL,NV|BS|RT,1 byte)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, ONE, INVALID, key=_global("Timeout")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-004",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Timeout",EFI_GLOBAL,NV|BS,2 bytes)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(FOR_BOOT, bytes(2), INVALID, key=_global("Timeout")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-005",
        "MUST",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Timeout",EFI_GLOBAL,NV|BS|RT,2 bytes)',
        "SUCCESS",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=(put(STORED, b"\x05\0", OK, key=_global("Timeout")), holds(b"\x05\0", key=_global("Timeout"))),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-006",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("BootNext",EFI_GLOBAL,NV|BS|RT,1 byte)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, ONE, INVALID, key=_global("BootNext")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-008",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("BootOrder",EFI_GLOBAL,NV|BS|RT,3 bytes)',
        "INVALID_PARAMETER (not a multiple of 2)",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, bytes(3), INVALID, key=_global("BootOrder")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-009",
        "MUST",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("BootOrder",EFI_GLOBAL,NV|BS|RT,even number of bytes)',
        "SUCCESS",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=(writing(_same_order),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-010",
        "INFO",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("BootCurrent",EFI_GLOBAL,BS|RT,2 bytes)',
        "boot SUCCESS, runtime WRITE_PROTECTED (volatile)",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=(
            reading(_has_boot_current),
            recorded(SetVariable(_global("BootCurrent"), VOLATILE, b"\x01\0"), OK, PROTECTED, writes=True),
        ),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-012",
        "MUST",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("OsIndications",EFI_GLOBAL,NV|BS|RT,8 bytes)',
        "SUCCESS",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=(put(STORED, bytes(8), OK, key=_global("OsIndications")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-013",
        "INFO",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("OsIndicationsSupported",EFI_GLOBAL,BS|RT,8 bytes)',
        "boot SUCCESS; runtime WRITE_PROTECTED",
        "edk2 VarCheckUefiLib",
        steps=(recorded(SetVariable(_global("OsIndicationsSupported"), VOLATILE, bytes(8)), OK, PROTECTED, writes=True),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-014",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Boot0001",EFI_GLOBAL,NV|BS|RT,5 bytes)',
        "INVALID_PARAMETER (< 6)",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, bytes(5), INVALID, key=_global("Boot0001")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-015",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Boot0001",EFI_GLOBAL,NV|BS|RT,6 bytes with FilePathListLength 0)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, bytes(6), INVALID, key=_global("Boot0001")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-016",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Boot0001",EFI_GLOBAL,NV|BS|RT,load option with unterminated description)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, _ACTIVE + pack("<H", 4) + b"A\0B\0" + END, INVALID, key=_global("Boot0001")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-018",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Boot0001",EFI_GLOBAL,NV|BS|RT,load option with bad device path node length (<4))',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, load_option(b"\x04\x01\x02\0" + END), INVALID, key=_global("Boot0001")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-019",
        "MUST",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Boot0001",EFI_GLOBAL,NV|BS|RT,valid load option + optional data)',
        "SUCCESS",
        "edk2 VarCheckUefiLib; UEFI 3.1.3",
        steps=(
            put(STORED, load_option(FILE + END, b"optional data"), OK, key=_global("Boot0001")),
            holds(load_option(FILE + END, b"optional data"), key=_global("Boot0001")),
        ),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-020",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Boot00ab" (lower case),EFI_GLOBAL,NV|BS|RT,valid load option)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib; UEFI 3.3",
        steps=(put(STORED, VALID, INVALID, key=_global("Boot00ab")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-021",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Boot001",EFI_GLOBAL,NV|BS|RT,valid load option)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, VALID, INVALID, key=_global("Boot001")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-022",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Boot00001",EFI_GLOBAL,NV|BS|RT,valid load option)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, VALID, INVALID, key=_global("Boot00001")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-023",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("SysPrep0001",EFI_GLOBAL,NV|BS|RT,valid load option)',
        "SUCCESS",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, VALID, OK, key=_global("SysPrep0001")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-024",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("PlatformRecovery0001",EFI_GLOBAL,NV|BS|RT,valid load option)',
        "INVALID_PARAMETER (attributes must be BS|RT)",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, VALID, INVALID, key=_global("PlatformRecovery0001")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-025",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("Key0001",EFI_GLOBAL,NV|BS|RT,sizeof(EFI_KEY_OPTION)-1)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, bytes(9), INVALID, key=_global("Key0001")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-026",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("ConOut",EFI_GLOBAL,NV|BS|RT,3 bytes)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, bytes(3), INVALID, key=_global("ConOut")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-027",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("ConOut",EFI_GLOBAL,NV|BS|RT,device path without end node)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, FILE, INVALID, key=_global("ConOut")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-028",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("PlatformLang",EFI_GLOBAL,NV|BS|RT,ASCII without NUL)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, b"en", INVALID, key=_global("PlatformLang")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-029",
        "MUST",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("SetupMode",EFI_GLOBAL,BS|RT,1 byte)',
        "WRITE_PROTECTED|INVALID_PARAMETER; unchanged",
        "edk2 VarCheckUefiLib; SCT 4.5.1 read-only rule",
        steps=(writing(_read_only(_global("SetupMode"), VOLATILE, 1, PROTECTED, INVALID)),),
        needs=("destructive", "auth"),
    ),
    Case(
        "VAR-GLB-030",
        "MUST",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("SecureBoot",EFI_GLOBAL,BS|RT,1 byte)',
        "WRITE_PROTECTED|INVALID_PARAMETER; unchanged",
        "edk2 VarCheckUefiLib; SCT 4.5.1 read-only rule",
        steps=(writing(_read_only(_global("SecureBoot"), VOLATILE, 1, PROTECTED, INVALID)),),
        needs=("destructive", "auth"),
    ),
    Case(
        "VAR-GLB-031",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("SetupMode",EFI_GLOBAL,0,0 bytes (delete))',
        "WRITE_PROTECTED",
        "edk2 VarCheckUefiLib",
        steps=(put(0, b"", PROTECTED, key=_global("SetupMode")),),
        needs=("destructive", "auth"),
    ),
    Case(
        "VAR-GLB-032",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("SignatureSupport",EFI_GLOBAL,BS|RT,16 bytes)',
        "WRITE_PROTECTED",
        "edk2 VarCheckUefiLib",
        steps=(put(VOLATILE, bytes(16), PROTECTED, key=_global("SignatureSupport")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-033",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("VendorKeys",EFI_GLOBAL,BS|RT,1 byte)',
        "WRITE_PROTECTED",
        "edk2 VarCheckUefiLib",
        steps=(put(VOLATILE, ONE, PROTECTED, key=_global("VendorKeys")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-034",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("PKDefault",EFI_GLOBAL,BS|RT,any)',
        "WRITE_PROTECTED",
        "edk2 VarCheckUefiLib",
        steps=(put(VOLATILE, ONE, PROTECTED, key=_global("PKDefault")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-035",
        "INFO",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("AuditMode",EFI_GLOBAL,BS|RT,1 byte)',
        "edk2 INVALID_PARAMETER (name not in its table); spec-mode firmware SUCCESS pre-EBS in Setup/User",
        "edk2 VarCheckUefiLib; UEFI 32.3",
        steps=(recorded(SetVariable(_global("AuditMode"), VOLATILE, ONE), INVALID, OK, PROTECTED, writes=True),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-036",
        "INFO",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("DeployedMode",EFI_GLOBAL,BS|RT,1 byte)',
        "edk2 INVALID_PARAMETER; spec-mode firmware SUCCESS pre-EBS in User",
        "edk2 VarCheckUefiLib; UEFI 32.3",
        steps=(recorded(SetVariable(_global("DeployedMode"), VOLATILE, ONE), INVALID, OK, PROTECTED, writes=True),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-037",
        "INFO",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("dbr",EFI_GLOBAL,NV|BS|RT|AT,signed)',
        "edk2 INVALID_PARAMETER under the image security GUID; u-boot supports it",
        "edk2 VarCheckUefiLib",
        steps=(recorded(SetVariable(Key("dbr", IMAGE_SECURITY), SIGNED, UNSIGNED), INVALID, VIOLATION, OK, writes=True),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-038",
        "EDK2",
        "both",
        "{destructive}; restore afterwards",
        'SetVariable("db" under EFI_GLOBAL,EFI_GLOBAL,NV|BS|RT|AT,anything)',
        "INVALID_PARAMETER (db belongs to the image security GUID)",
        "edk2 VarCheckUefiLib; u-boot secboot 6b",
        steps=(put(SIGNED, UNSIGNED, INVALID, key=_global("db")),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-039",
        "EDK2",
        "both",
        "-",
        'SetVariable("Foo",IMAGE_SECURITY GUID,NV|BS|RT,4)',
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(STORED, bytes(4), INVALID, key=Key("Foo", IMAGE_SECURITY)),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-041",
        "MUST",
        "both",
        "-",
        'SetVariable("db",IMAGE_SECURITY,NV|BS|RT,n)',
        "error; unchanged",
        "u-boot secboot 1f/2a/4a; edk2 VarCheckUefiLib",
        steps=(writing(_read_only(Key("db", IMAGE_SECURITY), STORED, 4, *ERRORS)),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-043",
        "EDK2",
        "both",
        "-",
        "SetVariable(certdb,d9bee56e-75dc-49d9-b4d7-b534210f637a,...)",
        "WRITE_PROTECTED",
        "edk2 AuthVariableLib.c",
        steps=(put(STORED, bytes(4), PROTECTED, key=Key("certdb", CERTIFICATES)),),
        needs=("destructive", "auth"),
    ),
    Case(
        "VAR-GLB-044",
        "EDK2",
        "both",
        "MOR (DXE-only driver)",
        "SetVariable(MemoryOverwriteRequestControl,...)",
        "WRITE_PROTECTED",
        "edk2 TcgMorLockDxe.c",
        steps=(put(STORED, ONE, PROTECTED, key=OVERWRITE),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-046",
        "MUST",
        "both",
        "MOR supported",
        "SetVariable(MORLock,NV|BS|RT,0)",
        "WRITE_PROTECTED",
        "SCT TCGMemoryOverwriteRequest; edk2 TcgMorLockSmm.c",
        steps=(put(STORED, b"", PROTECTED, key=OVERWRITE_LOCK),),
        needs=("destructive",),
    ),
    Case(
        "VAR-GLB-047",
        "MUST",
        "both",
        "MOR locked without key",
        "SetVariable(MOR,NV|BS|RT,1 byte)",
        "ACCESS_DENIED; unchanged",
        "SCT TCGMemoryOverwriteRequest",
        steps=(
            put(STORED, b"\0", OK, key=OVERWRITE),
            put(STORED, ONE, OK, key=OVERWRITE_LOCK),
            get(OVERWRITE_LOCK, data=ONE),
            put(STORED, ONE, DENIED, key=OVERWRITE),
            get(OVERWRITE, data=b"\0"),
        ),
        needs=("destructive",),
        variant="memory-overwrite",
    ),
    Case(
        "VAR-GLB-048",
        "MUST",
        "both",
        "MOR locked with key K",
        "SetVariable(MORLock, wrong key 8 bytes)",
        "ACCESS_DENIED; further correct key also ACCESS_DENIED until reset",
        "SCT TCGMemoryOverwriteRequest; edk2 TcgMorLockSmm.c",
        steps=(
            put(STORED, _KEY, OK, key=OVERWRITE_LOCK),
            get(OVERWRITE_LOCK, data=b"\x02"),
            put(STORED, _KEY[::-1], DENIED, key=OVERWRITE_LOCK),
            put(STORED, _KEY, DENIED, key=OVERWRITE_LOCK),
            put(STORED, ONE, DENIED, key=OVERWRITE),
        ),
        needs=("destructive",),
        variant="memory-overwrite",
    ),
    Case(
        "VAR-GLB-049",
        "MUST",
        "both",
        "MOR locked with key K",
        "SetVariable(MORLock, K); SetVariable(MOR)",
        "SUCCESS; unlocked; MOR writable",
        "SCT TCGMemoryOverwriteRequest",
        steps=(
            put(STORED, _KEY, OK, key=OVERWRITE_LOCK),
            put(STORED, ONE, DENIED, key=OVERWRITE),
            put(STORED, _KEY, OK, key=OVERWRITE_LOCK),
            get(OVERWRITE_LOCK, data=b"\0"),
            put(STORED, ONE, OK, key=OVERWRITE),
            get(OVERWRITE, data=ONE),
        ),
        needs=("destructive",),
        variant="memory-overwrite",
    ),
)
