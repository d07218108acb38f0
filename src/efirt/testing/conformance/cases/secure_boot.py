"""Secure Boot: the keys and who may write them."""

from collections.abc import Callable
from typing import Final

from efirt.ops import (
    SetVariable,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Otherwise, Step, Unprepared
from efirt.testing.conformance.payloads import (
    LAST,
    OTHER_OWNER,
    SHA256,
    X509,
    Form,
    moment,
    signature_list,
)
from efirt.testing.conformance.signed import (
    DB,
    DBX,
    KEK,
    PK,
    certificates,
    enroll,
    same,
    signed,
    unsigned,
    user_mode,
)
from efirt.testing.conformance.steps import (
    absent,
    get,
    holds,
    power_cycled,
    put,
    reading,
    writing,
)
from efirt.testing.conformance.words import (
    APPEND,
    AT,
    BS,
    ERRORS,
    FOR_BOOT,
    INVALID,
    NOT_FOUND,
    NV,
    OK,
    ONE,
    PROTECTED,
    SIGNED,
    STORED,
    VIOLATION,
    VOLATILE,
)
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

ENABLE: Final = Key("SecureBootEnable", Guid.parse("f0a30bc7-af08-4556-99c4-001009c93a44"))
CUSTOM: Final = Key("CustomMode", Guid.parse("c076ec0c-7028-4399-a072-71ee5c448b9f"))
VENDOR_KEYS: Final = Key("VendorKeys", GLOBAL)
HASH_H: Final = signature_list(SHA256, b"H" * 32)
HASH_J: Final = signature_list(SHA256, b"J" * 32)
HASHES_H_J: Final = signature_list(SHA256, b"H" * 32, b"J" * 32)
HASHES_J_J: Final = signature_list(SHA256, b"J" * 32, b"J" * 32)
HASH_H_OF_OTHER: Final = signature_list(SHA256, b"H" * 32, owner=OTHER_OWNER)
_NO_KIND: Final = Guid.parse("5a1c3c60-7d0b-4c0e-8f43-5b7a2f0c9eff")
AUDIT: Final = Key("AuditMode", GLOBAL)
DEPLOYED: Final = Key("DeployedMode", GLOBAL)
_ODD_TIMES: Final = (
    moment(2)._replace(pad1=1),
    moment(2)._replace(nanosecond=1),
    moment(2)._replace(time_zone=1),
    moment(2)._replace(daylight=1),
    moment(2)._replace(pad2=1),
)
_CONSISTENT: Final = frozenset({(0, 1, 0, 0), (0, 0, 0, 0), (1, 0, 0, 0), (0, 1, 1, 0), (0, 0, 0, 1), (1, 0, 0, 1)})


def _self_signed(*steps: Step) -> tuple[Otherwise, ...]:
    """What platforms do that ask the first platform key to sign itself."""
    return (Otherwise("ovmf-2022.11", "the first platform key has to sign itself on this platform", steps),)


def _byte(bench: Bench, name: str) -> int | None:
    reply = bench.expect(bench.read(Key(name, GLOBAL)), OK, NOT_FOUND)
    return reply.data[0] if reply.data else None


def _mode(setup: int, secure: int | None = None) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        got = _byte(bench, "SetupMode")
        bench.check(got == setup, f"SetupMode {setup}", str(got))
        if secure is not None:
            got = _byte(bench, "SecureBoot")
            bench.check(got == secure, f"SecureBoot {secure}", str(got))

    return run


def _modes(setup: int, audit: int, deployed: int) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        got = tuple(_byte(bench, name) for name in ("SetupMode", "AuditMode", "DeployedMode"))
        bench.check(got == (setup, audit, deployed), f"SetupMode {setup}, AuditMode {audit}, DeployedMode {deployed}", str(got))

    return run


def _secure(bench: Bench) -> None:
    if _byte(bench, "SetupMode") == 1:
        why = bench.machine.lacks("reboot")
        if why:
            raise Unprepared("SecureBoot follows the platform's key only when the machine boots again")
        enroll(bench)
        bench.machine.reset()
    _mode(setup=0, secure=1)(bench)


def _raw_key(bench: Bench) -> None:
    bench.expect(bench.ask(SetVariable(PK, STORED, bench.payloads.certificates("PK"))), *ERRORS)


def _remove_key(bench: Bench) -> None:
    data = bench.payloads.signed(PK, SIGNED, LAST, b"", "PK")
    bench.expect(bench.ask(SetVariable(PK, SIGNED, data)), OK)


def _second_key(bench: Bench) -> None:
    data = bench.payloads.signed(PK, SIGNED | APPEND, moment(2), bench.payloads.certificates("K1"), "PK")
    reply = bench.ask(SetVariable(PK, SIGNED | APPEND, data))
    bench.notes.append(f"{bench.last}: {reply.status}")
    bench.expect(reply, OK, INVALID)


def _consistent(bench: Bench) -> None:
    names = ("SecureBoot", "SetupMode", "AuditMode", "DeployedMode")
    found = tuple(_byte(bench, name) or 0 for name in names)
    bench.check(found in _CONSISTENT, "setup, user, audit or deployed mode", f"{names} {found}")


CASES: Final = (
    Case(
        "SB-002",
        "MUST",
        "both",
        "{user mode}",
        "GetVariable(SetupMode),(SecureBoot)",
        "0; 1 (when enabled)",
        "SCT 4.5.2.1-2",
        steps=(writing(_secure),),
        needs=("auth", "destructive"),
    ),
    Case(
        "SB-004",
        "MUST",
        "both",
        "{user mode}",
        "attributes of db, dbx",
        "include AT (0x27)",
        "SCT 4.5.2.7-8",
        steps=(
            user_mode("KEK"),
            signed(2, certificates("K1"), OK, key=DB, who="KEK"),
            signed(2, HASH_H, OK, key=DBX, who="KEK"),
            same(DB, certificates("K1")),
            same(DBX, HASH_H),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-006",
        "MUST",
        "boot",
        "{sb-setup}",
        "SetVariable(PK,NV|BS|RT, raw esl)",
        "error; PK absent",
        "u-boot secboot 1b",
        steps=(writing(_raw_key), absent(PK)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-007",
        "MUST",
        "boot",
        "{sb-setup}",
        "SetVariable(PK,NV|BS|RT|AT, self-signed)",
        "SUCCESS; SetupMode=0; SecureBoot per platform (edk2: 1 at once; spec: after reset)",
        "u-boot secboot 1c; SCT 4.5.1.1",
        steps=(reading(_mode(setup=1)), writing(enroll), reading(_mode(setup=0))),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-008",
        "EDK2",
        "boot",
        "{sb-setup}",
        "SetVariable(PK,NV|BS|RT|AT, AUTH_2 with dwLength 24 (no signature))",
        ("SUCCESS (unsigned accepted in setup mode); QEMU, varstored, u-boot: SECURITY_VIOLATION unless self-signed"),
        "edk2 AuthService.c",
        steps=(unsigned(1, certificates("PK"), OK, key=PK), reading(_mode(setup=0)), writing(_remove_key)),
        otherwise=_self_signed(unsigned(1, certificates("PK"), VIOLATION, key=PK), absent(PK)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-010",
        "EDK2",
        "boot",
        "{sb-setup}",
        "SetVariable(PK, EC certificate)",
        "INVALID_PARAMETER (X.509 must hold an RSA key)",
        "edk2 AuthService.c",
        steps=(unsigned(1, certificates("CURVE"), INVALID, key=PK), absent(PK)),
        otherwise=_self_signed(unsigned(1, certificates("CURVE"), VIOLATION, key=PK), absent(PK)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-012",
        "EDK2",
        "boot",
        "{sb-setup}",
        "SetVariable(db, trailing bytes after last list)",
        "INVALID_PARAMETER",
        "edk2 AuthService.c",
        steps=(unsigned(1, HASH_H + b"x", INVALID, key=DB), absent(DB)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-013",
        "EDK2",
        "boot",
        "{sb-setup}",
        "SetVariable(db, unknown SignatureType)",
        "INVALID_PARAMETER",
        "edk2 AuthService.c",
        steps=(unsigned(1, signature_list(_NO_KIND, bytes(32)), INVALID, key=DB), absent(DB)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-016",
        "MUST",
        "boot",
        "{sb-setup}",
        "SetVariable(db,...) SetVariable(dbx,...)",
        "SUCCESS; SetupMode stays 1",
        "u-boot secboot 6a; edk2 AuthService.c",
        steps=(unsigned(1, certificates("K1"), OK, key=DB), unsigned(1, HASH_H, OK, key=DBX), reading(_mode(setup=1))),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-019",
        "EDK2",
        "boot",
        "{sb-setup}; PK absent",
        "SetVariable(PK, empty payload)",
        "NOT_FOUND",
        "edk2 AuthService.c",
        steps=(unsigned(1, b"", NOT_FOUND, key=PK),),
        otherwise=_self_signed(unsigned(1, b"", VIOLATION, key=PK)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-020",
        "MUST",
        "boot",
        "{user mode}; no KEK",
        "SetVariable(db, signed by K)",
        "error (edk2: NOT_FOUND after the PK check fails)",
        "u-boot secboot 1d; edk2 AuthService.c",
        steps=(user_mode(), signed(2, certificates("K1"), *ERRORS, key=DB, who="KEK"), absent(DB)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-022",
        "MUST",
        "both",
        "{user mode}",
        "SetVariable(KEK, signed by PK)",
        "SUCCESS",
        "u-boot secboot 1e; SCT 4.5.3.1, 4.5.4.2",
        steps=(user_mode(), signed(2, certificates("KEK"), OK, key=KEK, who="PK"), same(KEK, certificates("KEK"))),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-025",
        "EDK2",
        "both",
        "{user mode}",
        "SetVariable(db, signed by PK)",
        "SUCCESS (PK tried first)",
        "SCT 4.5.3.1, 4.5.4.4; edk2 AuthService.c",
        steps=(user_mode("KEK"), signed(2, certificates("K1"), OK, key=DB, who="PK"), same(DB, certificates("K1"))),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-029",
        "MUST",
        "both",
        "{user mode}",
        "KEK/db/dbx update with unsigned list",
        "SECURITY_VIOLATION",
        "SCT 4.5.3.6, 4.5.4.1/.3/.6; u-boot secboot 2b",
        steps=(
            user_mode("KEK"),
            *(unsigned(2, HASH_H, VIOLATION, key=key) for key in (DB, DBX)),
            unsigned(2, certificates("KEK2"), VIOLATION, key=KEK),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-030",
        "MUST",
        "both",
        "{user mode}",
        "KEK/db/dbx signed by a stranger",
        "SECURITY_VIOLATION",
        "SCT 4.5.3.5",
        steps=(
            user_mode("KEK"),
            *(signed(2, HASH_H, VIOLATION, key=key, who="STRANGER") for key in (DB, DBX)),
            signed(2, certificates("KEK2"), VIOLATION, key=KEK, who="STRANGER"),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-031",
        "MUST",
        "both",
        "{user mode}",
        "db update with non-zero Pad1/Nanosecond/TimeZone/Daylight/Pad2",
        "SECURITY_VIOLATION",
        "SCT 4.5.3.7",
        steps=(user_mode("KEK"), *(signed(time, HASH_H, VIOLATION, key=DB, who="KEK") for time in _ODD_TIMES), absent(DB)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-032",
        "MUST",
        "both",
        "{user mode}; KEK holds K1,K2",
        "db signed by K2",
        "SUCCESS",
        "SCT 4.5.3.10, 4.5.4.8",
        steps=(user_mode("KEK", "KEK2"), signed(2, HASH_H, OK, key=DB, who="KEK2"), same(DB, HASH_H)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-033",
        "MUST",
        "both",
        "{user mode}",
        "KEK APPEND signed by PK",
        "SUCCESS (some AMI: INVALID_PARAMETER)",
        "SCT 4.5.3.11, 4.5.4.9; Mosby issue 14",
        steps=(
            user_mode("KEK"),
            signed(2, certificates("KEK3"), OK, key=KEK, who="PK", attributes=SIGNED | APPEND),
            same(KEK, certificates("KEK", "KEK3")),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-034",
        "MUST",
        "both",
        "{user mode}; K3 appended to KEK",
        "db APPEND signed by K3",
        "SUCCESS",
        "SCT 4.5.3.12, 4.5.4.10; u-boot secboot 3c",
        steps=(
            user_mode("KEK"),
            signed(2, certificates("KEK3"), OK, key=KEK, who="PK", attributes=SIGNED | APPEND),
            signed(2, HASH_H, OK, key=DB, who="KEK3", attributes=SIGNED | APPEND),
            same(DB, HASH_H),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-035",
        "MUST",
        "both",
        "{user mode}",
        "db APPEND without correct signature",
        "SECURITY_VIOLATION",
        "u-boot secboot 3b",
        steps=(
            user_mode("KEK"),
            signed(2, HASH_H, OK, key=DB, who="KEK"),
            signed(3, HASH_J, VIOLATION, key=DB, who="STRANGER", attributes=SIGNED | APPEND),
            same(DB, HASH_H),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-036",
        "MUST",
        "both",
        "{user mode}",
        "db APPEND without AT",
        "error",
        "u-boot secboot 3a",
        steps=(user_mode("KEK"), signed(2, HASH_H, OK, key=DB, who="KEK"), put(STORED | APPEND, HASH_J, *ERRORS, key=DB), same(DB, HASH_H)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-037",
        "EDK2",
        "both",
        "{user mode}; KEK signer chained: leaf issued by KEK cert",
        "db update with leaf signature and chain",
        "SUCCESS (partial chain to a KEK certificate)",
        "edk2 AuthService.c",
        steps=(user_mode("KEK"), signed(2, HASH_H, OK, key=DB, who="LEAF_OF_KEK", form=Form(chain=True)), same(DB, HASH_H)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-038",
        "EDK2",
        "both",
        "{user mode}; leaf issued by PK cert",
        "KEK update signed by leaf",
        "SECURITY_VIOLATION (no chaining to PK)",
        "edk2 AuthService.c",
        steps=(
            user_mode("KEK"),
            signed(2, certificates("KEK2"), VIOLATION, key=KEK, who="LEAF_OF_PK", form=Form(chain=True)),
            same(KEK, certificates("KEK")),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-039",
        "EDK2",
        "both",
        "{user mode}; dbx has hash H",
        "APPEND list {H,J} same type, owner, size",
        "SUCCESS; only J added",
        "edk2 AuthService.c",
        steps=(
            user_mode("KEK"),
            signed(2, HASH_H, OK, key=DBX, who="KEK"),
            signed(3, HASHES_H_J, OK, key=DBX, who="KEK", attributes=SIGNED | APPEND),
            same(DBX, HASH_H + HASH_J),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-040",
        "EDK2",
        "both",
        "{user mode}; dbx has hash H",
        "APPEND list {H} only",
        "SUCCESS; data unchanged; timestamp may advance",
        "edk2 AuthService.c",
        steps=(
            user_mode("KEK"),
            signed(2, HASH_H, OK, key=DBX, who="KEK"),
            signed(3, HASH_H, OK, key=DBX, who="KEK", attributes=SIGNED | APPEND),
            same(DBX, HASH_H),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-041",
        "EDK2",
        "both",
        "{user mode}; dbx has hash H owner O1",
        "APPEND {H} with owner O2",
        "SUCCESS; added (owner is part of the comparison)",
        "edk2 AuthService.c",
        steps=(
            user_mode("KEK"),
            signed(2, HASH_H, OK, key=DBX, who="KEK"),
            signed(3, HASH_H_OF_OTHER, OK, key=DBX, who="KEK", attributes=SIGNED | APPEND),
            same(DBX, HASH_H + HASH_H_OF_OTHER),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-042",
        "EDK2",
        "both",
        "{user mode}",
        "APPEND list {J,J}",
        "SUCCESS; both kept (only compared to existing data)",
        "edk2 AuthService.c",
        steps=(
            user_mode("KEK"),
            signed(2, HASH_H, OK, key=DBX, who="KEK"),
            signed(3, HASHES_J_J, OK, key=DBX, who="KEK", attributes=SIGNED | APPEND),
            same(DBX, HASH_H + HASHES_J_J),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-043",
        "EDK2",
        "both",
        "{user mode}",
        "dbx APPEND with older timestamp",
        "SUCCESS; stored timestamp unchanged (u-boot: SECURITY_VIOLATION)",
        "edk2 AuthService.c",
        steps=(
            user_mode("KEK"),
            signed(5, HASH_H, OK, key=DBX, who="KEK"),
            signed(3, HASH_J, OK, key=DBX, who="KEK", attributes=SIGNED | APPEND),
            same(DBX, HASH_H + HASH_J),
            signed(4, HASH_J, VIOLATION, key=DBX, who="KEK"),
            signed(6, HASH_J, OK, key=DBX, who="KEK"),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-044",
        "MUST",
        "both",
        "{user mode}",
        "dbx replace with equal timestamp",
        "SECURITY_VIOLATION (QEMU accepts equal)",
        "edk2 AuthService.c",
        steps=(
            user_mode("KEK"),
            signed(2, HASH_H, OK, key=DBX, who="KEK"),
            signed(2, HASH_J, VIOLATION, key=DBX, who="KEK"),
            same(DBX, HASH_H),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-046",
        "MUST",
        "both",
        "{user mode}",
        "db delete signed by PK, other attributes",
        "INVALID_PARAMETER",
        "SCT 4.5.3.4",
        steps=(
            user_mode("KEK"),
            signed(2, HASH_H, OK, key=DB, who="KEK"),
            signed(3, b"", INVALID, key=DB, who="PK", attributes=NV | BS | AT),
            same(DB, HASH_H),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-047",
        "MUST",
        "both",
        "{user mode}",
        "db delete unsigned: DataSize 0 with AT",
        "SECURITY_VIOLATION",
        "SCT 4.5.3.13; u-boot secboot 4b",
        steps=(user_mode("KEK"), signed(2, HASH_H, OK, key=DB, who="KEK"), put(SIGNED, b"", VIOLATION, key=DB), same(DB, HASH_H)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-048",
        "MUST",
        "both",
        "{user mode}",
        "db delete: Attributes 0",
        "error; unchanged (edk2: INVALID_PARAMETER)",
        "u-boot secboot 4a; edk2 AuthService.c",
        steps=(user_mode("KEK"), signed(2, HASH_H, OK, key=DB, who="KEK"), put(0, b"", *ERRORS, key=DB), same(DB, HASH_H)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-049",
        "MUST",
        "both",
        "{user mode}",
        "PK delete with wrong signature",
        "error; PK present",
        "u-boot secboot 5a",
        steps=(user_mode("KEK"), signed(2, b"", *ERRORS, key=PK, who="STRANGER"), same(PK, certificates("PK"))),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-052",
        "EDK2",
        "runtime",
        "{sb-setup}",
        "PK enroll at runtime",
        "SUCCESS; SetupMode=0; SecureBoot stays 0 until reset",
        "edk2 AuthService.c",
        steps=(reading(_mode(setup=1, secure=0)), writing(enroll), reading(_mode(setup=0, secure=0))),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-053",
        "EDK2",
        "boot",
        "{sb-setup}; {reboot}",
        "enroll PK; reset",
        "SecureBoot=1, SecureBootEnable=1 exists",
        "edk2 AuthService.c",
        steps=(writing(enroll), power_cycled, reading(_mode(setup=0, secure=1)), holds(ONE, FOR_BOOT, key=ENABLE)),
        needs=("auth", "setup-mode", "destructive", "reboot"),
    ),
    Case(
        "SB-054",
        "EDK2",
        "boot",
        "{user mode}; {reboot}; somebody stands before the machine",
        "SecureBootEnable=0; reset",
        "SecureBoot=0, SetupMode=0",
        "edk2 AuthVariableLib.c",
        steps=(writing(enroll), power_cycled, put(FOR_BOOT, b"\0", OK, key=ENABLE), power_cycled, reading(_mode(setup=0, secure=0))),
        needs=("auth", "setup-mode", "destructive", "reboot"),
        variant="somebody-present",
    ),
    Case(
        "SB-055",
        "EDK2",
        "boot",
        "OVMF custom mode: CustomMode=1; somebody stands before the machine",
        "db write unsigned",
        "SUCCESS; VendorKeys=0 afterwards",
        "edk2 AuthService.c",
        steps=(
            user_mode("KEK"),
            put(FOR_BOOT, ONE, OK, key=CUSTOM),
            unsigned(2, HASH_H, OK, key=DB),
            same(DB, HASH_H),
            get(VENDOR_KEYS, data=b"\0"),
        ),
        needs=("auth", "setup-mode", "destructive"),
        variant="somebody-present",
    ),
    Case(
        "SB-057",
        "EDK2",
        "boot",
        "{reboot}; CustomMode=1; somebody stands before the machine",
        "reset; read CustomMode",
        "0",
        "edk2 AuthVariableLib.c",
        steps=(put(FOR_BOOT, ONE, OK, key=CUSTOM), power_cycled, get(CUSTOM, data=b"\0")),
        needs=("auth", "setup-mode", "destructive", "reboot"),
        variant="somebody-present",
    ),
    Case(
        "SB-058",
        "SPEC",
        "boot",
        "{spec modes}; User",
        "DeployedMode:=1",
        "Deployed; AuditMode and DeployedMode read-only",
        "SCT 4.5.1.4",
        steps=(
            user_mode(),
            put(VOLATILE, ONE, OK, key=DEPLOYED),
            reading(_modes(0, 0, 1)),
            put(VOLATILE, ONE, PROTECTED, key=AUDIT),
            put(VOLATILE, b"\0", PROTECTED, key=DEPLOYED),
            reading(_modes(0, 0, 1)),
        ),
        needs=("auth", "setup-mode", "destructive"),
        variant="spec-modes",
    ),
    Case(
        "SB-059",
        "SPEC",
        "boot",
        "{spec modes}; Deployed",
        "clear PK (signed)",
        "SetupMode=1 AuditMode=0 DeployedMode=0",
        "SCT 4.5.1.5, 4.5.1.9, 4.5.1.12",
        steps=(user_mode(), put(VOLATILE, ONE, OK, key=DEPLOYED), writing(_remove_key), reading(_modes(1, 0, 0))),
        needs=("auth", "setup-mode", "destructive"),
        variant="spec-modes",
    ),
    Case(
        "SB-060",
        "SPEC",
        "boot",
        "{spec modes}; User",
        "AuditMode:=1",
        "PK cleared; AuditMode=1 SetupMode=1 DeployedMode=0; AuditMode read-only",
        "SCT 4.5.1.7",
        steps=(
            user_mode(),
            put(VOLATILE, ONE, OK, key=AUDIT),
            absent(PK),
            reading(_modes(1, 1, 0)),
            put(VOLATILE, ONE, PROTECTED, key=AUDIT),
        ),
        needs=("auth", "setup-mode", "destructive"),
        variant="spec-modes",
    ),
    Case(
        "SB-061",
        "SPEC",
        "boot",
        "{spec modes}; Setup",
        "AuditMode:=1",
        "AuditMode=1 SetupMode=1 DeployedMode=0",
        "SCT 4.5.1.10",
        steps=(put(VOLATILE, ONE, OK, key=AUDIT), reading(_modes(1, 1, 0))),
        needs=("auth", "setup-mode", "destructive"),
        variant="spec-modes",
    ),
    Case(
        "SB-062",
        "SPEC",
        "boot",
        "{spec modes}; Audit",
        "enroll PK",
        "AuditMode=0 DeployedMode=1 SetupMode=0",
        "SCT 4.5.1.8, 4.5.1.11",
        steps=(put(VOLATILE, ONE, OK, key=AUDIT), writing(enroll), reading(_modes(0, 0, 1))),
        needs=("auth", "setup-mode", "destructive"),
        variant="spec-modes",
    ),
    Case(
        "SB-063",
        "SPEC",
        "boot",
        "{spec modes}; Setup",
        "DeployedMode:=1",
        "WRITE_PROTECTED; unchanged",
        "SCT 4.5.1.2",
        steps=(put(VOLATILE, ONE, PROTECTED, key=DEPLOYED), reading(_modes(1, 0, 0))),
        needs=("auth", "setup-mode", "destructive"),
        variant="spec-modes",
    ),
    Case(
        "SB-064",
        "SPEC",
        "runtime",
        "{spec modes}; any",
        "AuditMode:=1 / DeployedMode:=1 after EBS",
        "WRITE_PROTECTED; unchanged",
        "UEFI 32.3",
        steps=(put(VOLATILE, ONE, PROTECTED, key=AUDIT), put(VOLATILE, ONE, PROTECTED, key=DEPLOYED), reading(_modes(1, 0, 0))),
        needs=("auth", "setup-mode", "destructive"),
        variant="spec-modes",
    ),
    Case(
        "SB-065",
        "MUST",
        "both",
        "any",
        "(SecureBoot,SetupMode,AuditMode,DeployedMode) snapshot",
        "one of Setup(0,1,0,0) User(x,0,0,0) Audit(0,1,1,0) Deployed(x,0,0,1)",
        "u-boot efi_var_common.c; incus-os issue 795 (violator)",
        steps=(reading(_consistent),),
        needs=("auth",),
    ),
    Case(
        "SB-066",
        "MUST",
        "both",
        "Microsoft 2011/2023 KEK update and dbx update blobs (public)",
        "verify in user mode",
        "SUCCESS (real world PKCS#7 without signedAttrs)",
        "edk2 AuthService.c",
        absent="the updates are Microsoft's, and are not kept here",
        needs=(),
    ),
    Case(
        "SB-067",
        "INFO",
        "both",
        "{user mode}",
        "PK APPEND (second certificate) signed by PK",
        ("edk2 SUCCESS, two lists stored, only the first certificate is ever consulted; varstored INVALID_PARAMETER"),
        "edk2 AuthService.c; varstored handler.c",
        steps=(user_mode("KEK"), writing(_second_key)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-068",
        "MUST",
        "boot",
        "{sb-setup}",
        "SetVariable(db, one list with SignatureListSize=0)",
        "INVALID_PARAMETER; must not loop",
        "edk2 AuthService.c CheckSignatureListFormat (no explicit guard)",
        steps=(unsigned(1, signature_list(SHA256, bytes(32), header=(0, 48)), INVALID, key=DB), absent(DB)),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-069",
        "MUST",
        "boot",
        "{sb-setup}",
        "SetVariable(db, X509 list with SignatureSize=0 or <16)",
        "INVALID_PARAMETER; must not read out of bounds",
        "edk2 AuthService.c CheckSignatureListFormat",
        steps=(
            unsigned(1, signature_list(X509, bytes(32), header=(76, 0)), INVALID, key=DB),
            unsigned(1, signature_list(X509, bytes(32), header=(76, 12)), INVALID, key=DB),
            absent(DB),
        ),
        needs=("auth", "setup-mode", "destructive"),
    ),
    Case(
        "SB-071",
        "EDK2",
        "both",
        "{user mode}; stored db itself malformed (offline edit)",
        "db APPEND valid",
        "INVALID_PARAMETER (filter walks the old value)",
        "edk2 AuthService.c",
        steps=(user_mode("KEK"), signed(2, HASH_H, INVALID, key=DB, who="KEK", attributes=SIGNED | APPEND)),
        variant="malformed-db",
        needs=("auth", "setup-mode", "destructive"),
    ),
)
