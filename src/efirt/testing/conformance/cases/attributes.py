"""Attributes that firmware refuses before it looks at anything else, one reason at a time."""

from typing import Final

from efirt.ops import SetVariable
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.steps import absent, have, holds, put, query, writing
from efirt.testing.conformance.words import AT, AW, BS, INVALID, NV, OK, ONE, RT, SIGNED, STORED, TEN, UNSUPPORTED, T

_EMPTY_COUNT_BASED: Final = bytes(560)
"""A descriptor of count-based authentication without a value: the count and a certificate."""

_UNKNOWN_BIT: Final = 0x100


def _takes_no_room(bench: Bench) -> None:
    before = bench.query().remaining_storage_size
    bench.expect(bench.ask(SetVariable(T, STORED, TEN)), OK)
    after = bench.query().remaining_storage_size
    bench.check(after == before, f"{before} bytes left", str(after))


CASES: Final = (
    Case(
        "VAR-SET-201",
        "MUST",
        "both",
        "-",
        "SetVariable(T,G,NV,1,d)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.3.2; edk2 Variable.c",
        steps=(put(NV, ONE, INVALID), absent()),
    ),
    Case(
        "VAR-SET-202",
        "EDK2",
        "both",
        "-",
        "SetVariable(T,G,RT|AW,1,d) and (T,G,NV|RT|AW,1,d)",
        "UNSUPPORTED (not INVALID_PARAMETER)",
        "edk2 Variable.c",
        steps=(put(RT | AW, ONE, UNSUPPORTED), put(NV | RT | AW, ONE, UNSUPPORTED)),
    ),
    Case(
        "VAR-SET-203",
        "EDK2",
        "both",
        "-",
        "SetVariable(T,G,NV|BS|RT|AW|AT,560,d)",
        "UNSUPPORTED (not SECURITY_VIOLATION)",
        "edk2 Variable.c",
        steps=(put(STORED | AW | AT, _EMPTY_COUNT_BASED, UNSUPPORTED),),
        needs=("auth",),
    ),
    Case(
        "VAR-SET-204",
        "EDK2",
        "both",
        "T exists with NV|BS|RT",
        "SetVariable(T,G,NV|BS|RT|AW,561,d)",
        "UNSUPPORTED before the attributes are compared; unchanged",
        "edk2 Variable.c",
        steps=(have(), put(STORED | AW, bytes(561), UNSUPPORTED), holds()),
        needs=("auth",),
    ),
    Case(
        "VAR-SET-205",
        "EDK2",
        "both",
        "T absent",
        "SetVariable(T,G,NV|BS|RT|AW,560,d)",
        "UNSUPPORTED (not NOT_FOUND)",
        "edk2 AuthService.c ProcessVariable",
        steps=(put(STORED | AW, _EMPTY_COUNT_BASED, UNSUPPORTED), put(BS | RT | AW, _EMPTY_COUNT_BASED, UNSUPPORTED)),
        needs=("auth",),
    ),
    Case(
        "VAR-SET-206",
        "EDK2",
        "runtime",
        "T exists",
        "SetVariable(T, identical)",
        "SUCCESS; remaining storage as before",
        "edk2 Variable.c UpdateVariable",
        steps=(have(), writing(_takes_no_room)),
    ),
    Case(
        "VAR-QRY-201",
        "EDK2",
        "both",
        "-",
        "QueryVariableInfo(0)",
        "INVALID_PARAMETER (not UNSUPPORTED)",
        "edk2 Variable.c",
        steps=(query(0, INVALID),),
    ),
    Case(
        "VAR-QRY-202",
        "EDK2",
        "both",
        "-",
        "QueryVariableInfo(NV|BS|RT|AW)",
        "UNSUPPORTED",
        "edk2 Variable.c; UEFI 8.2.4",
        steps=(query(STORED | AW, UNSUPPORTED),),
    ),
    Case(
        "VAR-QRY-203",
        "EDK2",
        "both",
        "{noauth}",
        "QueryVariableInfo(NV|BS|RT|AT)",
        "UNSUPPORTED",
        "edk2 Variable.c",
        steps=(query(SIGNED, UNSUPPORTED),),
        needs=("noauth",),
        variant="noauth",
    ),
    Case(
        "VAR-QRY-204",
        "SPEC",
        "both",
        "firmware that is stricter than edk2",
        "QueryVariableInfo(NV|BS|RT|0x100)",
        "INVALID_PARAMETER",
        "UEFI 8.2.4; u-boot efi_selftest_variables.c",
        steps=(query(STORED | _UNKNOWN_BIT, INVALID),),
        variant="spec-modes",
    ),
)
