"""What Secure Boot is while a platform loses its owner, the keys of recovery, and keys in a store without room."""

from collections.abc import Callable
from typing import Final

from efirt.ops import SetVariable
from efirt.testing.conformance.asked import answer
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Mismatch, Step
from efirt.testing.conformance.cases.secure_boot import AUDIT, DEPLOYED, HASH_H, HASH_J, HASHES_H_J
from efirt.testing.conformance.filling import filled
from efirt.testing.conformance.payloads import descriptor, moment
from efirt.testing.conformance.signed import DB, PK, enroll, same, signed, unsigned, user_mode
from efirt.testing.conformance.steps import power_cycled, put, reading, writing
from efirt.testing.conformance.words import APPEND, FULL, INVALID, NOT_FOUND, OK, ONE, PROTECTED, SIGNED, VIOLATION, VOLATILE
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status

_RECOVERY: Final = Key("dbr", IMAGE_SECURITY)
_RECOVERY_DEFAULT: Final = Key("dbrDefault", GLOBAL)
_TOLD_BY: Final = ("SecureBoot", "SetupMode", "AuditMode", "DeployedMode")
_IN_SETUP: Final = ("auth", "setup-mode", "destructive")
_BOOTED: Final = (*_IN_SETUP, "reboot")
_FILTER: Final = "edk2 AuthService.c AuthServiceInternalUpdateVariableWithTimeStamp, FilterSignatureList"
_MODES: Final = "UEFI 32.3, figure 32-4"


def _tells(*wanted: int) -> Callable[[Bench], None]:
    """SecureBoot, SetupMode, AuditMode and DeployedMode are these."""

    def run(bench: Bench) -> None:
        got = tuple(bench.expect(bench.read(Key(name, GLOBAL)), OK, NOT_FOUND).data for name in _TOLD_BY)
        bench.check(got == tuple(bytes([value]) for value in wanted), f"{_TOLD_BY} {wanted}", str(got))

    return run


def _appended(value: bytes, status: Status, who: str = "") -> Step:
    """An APPEND to db gets just this status: that there is no room for it is what the case is about."""

    def run(bench: Bench) -> None:
        time, attributes = moment(3), SIGNED | APPEND
        data = bench.payloads.signed(DB, attributes, time, value, who) if who else descriptor(time.encode(), b"") + value
        reply = bench.ask(SetVariable(DB, attributes, data))
        if reply.status != status:
            raise Mismatch(bench.last, str(status), answer(reply), reply, (status,))

    return writing(run)


_BOOTED_SECURE: Final[tuple[Step, ...]] = (writing(enroll), power_cycled, reading(_tells(1, 0, 0, 0)))
"""The platform has an owner, and has started with Secure Boot."""

CASES: Final = (
    Case(
        "SB-211",
        "SPEC",
        "boot",
        "{spec modes}; User, SecureBoot is 1",
        "AuditMode:=1; reset",
        "SecureBoot=0 SetupMode=1 AuditMode=1 DeployedMode=0 at once, and after the reset",
        _MODES,
        steps=(*_BOOTED_SECURE, put(VOLATILE, ONE, OK, key=AUDIT), reading(_tells(0, 1, 1, 0)), power_cycled, reading(_tells(0, 1, 1, 0))),
        needs=_BOOTED,
        variant="spec-modes",
    ),
    Case(
        "SB-212",
        "SPEC",
        "both",
        "{spec modes}; User, SecureBoot is 1",
        "clear PK (signed)",
        "SecureBoot=0 SetupMode=1 AuditMode=0 DeployedMode=0 at once",
        _MODES,
        steps=(*_BOOTED_SECURE, signed(2, b"", OK, key=PK, who="PK"), reading(_tells(0, 1, 0, 0))),
        needs=_BOOTED,
        variant="spec-modes",
    ),
    Case(
        "SB-213",
        "SPEC",
        "boot",
        "{spec modes}; Deployed, SecureBoot is 1",
        "clear PK (signed)",
        "SecureBoot=0 SetupMode=1 AuditMode=0 DeployedMode=0 at once",
        _MODES,
        steps=(
            *_BOOTED_SECURE,
            put(VOLATILE, ONE, OK, key=DEPLOYED),
            reading(_tells(1, 0, 0, 1)),
            signed(2, b"", OK, key=PK, who="PK"),
            reading(_tells(0, 1, 0, 0)),
        ),
        needs=_BOOTED,
        variant="spec-modes",
    ),
    Case(
        "SB-214",
        "SPEC",
        "both",
        "{spec modes}; {user mode}",
        "SetVariable(dbr): unsigned, signed by KEK, APPEND of which one entry is there already; SetVariable(dbrDefault)",
        "SECURITY_VIOLATION; SUCCESS; only what is new is appended; WRITE_PROTECTED",
        "UEFI 3.3, 32.4.2",
        steps=(
            user_mode("KEK"),
            unsigned(2, HASH_H, VIOLATION, key=_RECOVERY),
            signed(2, HASH_H, OK, key=_RECOVERY, who="KEK"),
            same(_RECOVERY, HASH_H),
            signed(3, HASHES_H_J, OK, key=_RECOVERY, who="KEK", attributes=SIGNED | APPEND),
            same(_RECOVERY, HASH_H + HASH_J),
            put(VOLATILE, ONE, PROTECTED, key=_RECOVERY_DEFAULT),
        ),
        needs=_IN_SETUP,
        variant="spec-modes",
    ),
    Case(
        "SB-215",
        "EDK2",
        "runtime",
        "{sb-setup}; db has hash H; the store is full",
        "APPEND to db the list {H,J}; {J}; {H}",
        "INVALID_PARAMETER: what is left of the caller's value by one try is no list for the next; OUT_OF_RESOURCES; OUT_OF_RESOURCES",
        _FILTER,
        steps=(
            unsigned(1, HASH_H, OK, key=DB),
            filled(),
            _appended(HASHES_H_J, INVALID),
            _appended(HASH_J, FULL),
            _appended(HASH_H, FULL),
            same(DB, HASH_H),
        ),
        needs=_IN_SETUP,
        fills=7,
    ),
    Case(
        "SB-216",
        "EDK2",
        "runtime",
        "{user mode}; PK's key is in KEK, too; db has hash H; the store is full",
        "APPEND to db the list {H}, the list {H,J}, signed by PK",
        "OUT_OF_RESOURCES; SECURITY_VIOLATION: what is left of the caller's value by one try is not what was signed",
        _FILTER,
        steps=(
            user_mode("PK"),
            signed(2, HASH_H, OK, key=DB, who="PK"),
            filled(),
            _appended(HASH_H, FULL, "PK"),
            _appended(HASHES_H_J, VIOLATION, "PK"),
            same(DB, HASH_H),
        ),
        needs=_IN_SETUP,
        fills=7,
    ),
)
