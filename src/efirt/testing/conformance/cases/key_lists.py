"""The lists of PK, KEK, db, dbx and dbt, kind by kind, what the modes of Secure Boot refuse, and what somebody may who is present."""

from collections.abc import Callable
from struct import pack
from typing import Final

from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Deviation, Step
from efirt.testing.conformance.cases.secure_boot import AUDIT, CUSTOM, DEPLOYED, HASH_H, HASH_J, HASHES_H_J
from efirt.testing.conformance.payloads import OWNER, SHA256, signature_list
from efirt.testing.conformance.signed import DB, KEK, PK, A, certificates, created, enroll, same, signed, unsigned, user_mode
from efirt.testing.conformance.steps import absent, get, put, writing
from efirt.testing.conformance.words import APPEND, FOR_BOOT, INVALID, NOT_FOUND, OK, ONE, PROTECTED, SIGNED, VIOLATION, VOLATILE
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key

SECURE_BOOT: Final = Key("SecureBoot", GLOBAL)
_TIME_STAMPS: Final = Key("dbt", IMAGE_SECURITY)
KINDS: Final = {
    "826ca512-cf10-4ac9-b187-be01496631bd": 20,  # SHA-1
    "0b6e5233-a65c-44c9-9407-d9ab83bfc8bd": 28,  # SHA-224
    "c1c41626-504c-4092-aca9-41f936934328": 32,  # SHA-256
    "ff3e5307-9fd0-48c9-85f1-8ad56c701e01": 48,  # SHA-384
    "093e0fae-a6c4-4f50-9f1b-d41e2b89c19a": 64,  # SHA-512
    "3c5766e8-269c-4e34-aa14-ed776e85b3b6": 256,  # RSA-2048
    "67f8444f-8743-48f1-a328-1eaab8736080": 256,  # RSA-2048 with SHA-1
    "e2b36190-879b-4a3d-ad8d-f2e7bba32784": 256,  # RSA-2048 with SHA-256
    "3bd2a492-96c0-4079-b420-fcf98ef103ed": 48,  # SHA-256 of a certificate, and a time
    "7076876e-80c2-4ee6-aad2-28b349a6865b": 64,  # SHA-384 of a certificate, and a time
    "446dbf63-2502-4cda-bcfa-2465d2b0fe9d": 80,  # SHA-512 of a certificate, and a time
}
"""Bytes of an entry of each kind without its owner; a certificate has any size."""

_IN_SETUP: Final = ("auth", "setup-mode", "destructive")
_LIST: Final = "edk2 AuthService.c CheckSignatureListFormat"
_AT_BOOT: Final = Deviation("uefi-spec", "SecureBoot follows the platform key at the next boot, as the specification has it")
_ABSENT: Final = Deviation("edk2", "nobody stands before this machine, as far as its firmware knows", (VIOLATION,))
_NO_KEYS: Final = Deviation("uefi-spec", "who may not write is told so, also where there are no key exchange keys", (VIOLATION,))


def _with_header(header: bytes) -> bytes:
    """A list with a header before its one entry."""
    entry = OWNER.raw + bytes(32)
    return SHA256.raw + pack("<III", 28 + len(header) + len(entry), len(header), len(entry)) + header + entry


def _each_kind(*, beyond: int) -> tuple[Step, ...]:
    gives = INVALID if beyond else OK
    made = [signature_list(Guid.parse(kind), bytes(size + beyond)) for kind, size in KINDS.items()]
    return tuple(unsigned(number, value, gives, key=DB) for number, value in enumerate(made, start=1))


def _two_in_one(who: str) -> Callable[[Bench], bytes]:
    """One list with the same certificate twice."""

    def made(bench: Bench) -> bytes:
        certificate = bench.payloads.signer.certificate(who)
        return signature_list(Guid.parse("a5c059a1-94e4-4aa7-87b5-ab155c2bf072"), certificate, certificate)

    return made


CASES: Final = (
    Case(
        "SB-201",
        "EDK2",
        "both",
        "{sb-setup}",
        "SetVariable(db, one entry of each kind that the specification has)",
        "SUCCESS",
        f"{_LIST}; UEFI 32.4.1",
        steps=_each_kind(beyond=0),
        needs=_IN_SETUP,
    ),
    Case(
        "SB-202",
        "EDK2",
        "both",
        "{sb-setup}",
        "SetVariable(db, one entry of each kind but X509, a byte too large and a byte too small)",
        "INVALID_PARAMETER",
        _LIST,
        steps=(*_each_kind(beyond=1), *_each_kind(beyond=-1), absent(DB)),
        needs=_IN_SETUP,
    ),
    Case(
        "SB-203",
        "EDK2",
        "both",
        "{sb-setup}",
        "SetVariable(db, a list with a header of 4 bytes); without",
        "INVALID_PARAMETER; SUCCESS",
        _LIST,
        steps=(unsigned(1, _with_header(bytes(4)), INVALID, key=DB), absent(DB), unsigned(1, _with_header(b""), OK, key=DB)),
        needs=_IN_SETUP,
    ),
    Case(
        "SB-204",
        "EDK2",
        "both",
        "{sb-setup}",
        "SetVariable(PK, two certificates: in two lists, in one), signed by the first",
        "INVALID_PARAMETER; PK absent",
        _LIST,
        steps=(
            signed(1, certificates("PK", "K1"), INVALID, key=PK, who="PK"),
            signed(1, _two_in_one("PK"), INVALID, key=PK, who="PK"),
            absent(PK),
        ),
        needs=_IN_SETUP,
    ),
    Case(
        "SB-205",
        "EDK2",
        "both",
        "{user mode}; no KEK",
        "SetVariable(db, signed by a stranger)",
        "NOT_FOUND: there is no KEK to ask",
        "edk2 AuthService.c VerifyTimeBasedPayload",
        steps=(user_mode(), absent(KEK), signed(2, certificates("K1"), NOT_FOUND, key=DB, who="STRANGER"), absent(DB)),
        deviations=(_NO_KEYS,),
        needs=_IN_SETUP,
    ),
    Case(
        "SB-206",
        "EDK2",
        "boot",
        "{sb-setup}",
        "SetVariable(PK, self-signed); GetVariable(SecureBoot); delete PK; GetVariable(SecureBoot)",
        "1 at once; 0 at once",
        "edk2 AuthService.c UpdatePlatformMode",
        steps=(writing(enroll), get(SECURE_BOOT, data=ONE), signed(2, b"", OK, key=PK, who="PK"), get(SECURE_BOOT, data=b"\0")),
        deviations=(_AT_BOOT,),
        needs=_IN_SETUP,
    ),
    Case(
        "SB-207",
        "SPEC",
        "boot",
        "{spec modes}; Setup",
        "delete AuditMode and DeployedMode",
        "WRITE_PROTECTED",
        "UEFI 32.3",
        steps=tuple(put(attributes, b"", PROTECTED, key=key) for attributes in (VOLATILE, 0) for key in (AUDIT, DEPLOYED)),
        needs=_IN_SETUP,
        variant="spec-modes",
    ),
    Case(
        "SB-208",
        "SPEC",
        "boot",
        "{spec modes}; Setup",
        "AuditMode:=0, AuditMode:=2",
        "INVALID_PARAMETER: a mode is left by other means",
        "UEFI 32.3",
        steps=(put(VOLATILE, b"\0", INVALID, key=AUDIT), put(VOLATILE, b"\x02", INVALID, key=AUDIT), get(AUDIT, data=b"\0")),
        needs=_IN_SETUP,
        variant="spec-modes",
    ),
    Case(
        "SB-209",
        "EDK2",
        "boot",
        "nobody stands before the machine",
        "SetVariable(CustomMode,NV|BS,1)",
        "SECURITY_VIOLATION; unchanged",
        "edk2 AuthService.c NeedPhysicallyPresent",
        steps=(put(FOR_BOOT, ONE, VIOLATION, key=CUSTOM), get(CUSTOM, data=b"\0")),
        needs=("auth", "destructive"),
        variant="nobody-present",
    ),
    Case(
        "AUTH-PRV-201",
        "EDK2",
        "both",
        "{auth}; A by K1; somebody stands before the machine",
        "delete without a signature; A by K1 again; signed delete by K2",
        "SUCCESS; NOT_FOUND afterwards",
        "edk2 AuthService.c IsDeleteAuthVariable",
        steps=(created(), unsigned(2, b"", OK, key=A), absent(A), created(3), signed(4, b"", OK, who="K2"), absent(A)),
        deviations=(_ABSENT,),
        needs=("auth",),
        variant="somebody-present",
    ),
    Case(
        "SB-210",
        "EDK2",
        "both",
        "{user mode}",
        "APPEND to KEK and to dbt lists of which one entry is there already",
        "SUCCESS; only what is new is appended",
        "edk2 AuthService.c AuthServiceInternalUpdateVariableWithTimeStamp",
        steps=(
            user_mode("KEK"),
            signed(2, certificates("KEK", "KEK2"), OK, key=KEK, who="PK", attributes=SIGNED | APPEND),
            same(KEK, certificates("KEK", "KEK2")),
            signed(2, HASH_H, OK, key=_TIME_STAMPS, who="KEK"),
            signed(3, HASHES_H_J, OK, key=_TIME_STAMPS, who="KEK", attributes=SIGNED | APPEND),
            same(_TIME_STAMPS, HASH_H + HASH_J),
        ),
        needs=_IN_SETUP,
    ),
)
