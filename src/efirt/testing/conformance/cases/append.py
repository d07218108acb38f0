"""SetVariable that appends."""

from typing import Final

from efirt.ops import (
    SetVariable,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Unprepared
from efirt.testing.conformance.steps import (
    absent,
    have,
    holds,
    put,
    writing,
)
from efirt.testing.conformance.words import (
    APPEND,
    INVALID,
    NOT_FOUND,
    NV,
    OK,
    STORED,
    TEN,
    VOLATILE,
    T,
)

EIGHT: Final = b"eight by"


def _beyond_most(bench: Bench) -> None:
    info = bench.query()
    if info.remaining_storage_size < 2 * info.maximum_variable_size:
        raise Unprepared("too little room is left in the store for a variable of the largest size")
    data = bytes(bench.largest(T) - 10)
    bench.prepare(SetVariable(T, STORED, data))
    bench.expect(bench.ask(SetVariable(T, STORED | APPEND, bytes(20))), INVALID)
    bench.check(bench.read(T).data == data, "the value as it was", "another")


CASES: Final = (
    Case(
        "VAR-APP-002",
        "MUST",
        "both",
        "T absent",
        "SetVariable(T,attrs|APPEND,0,e); GetVariable",
        "SUCCESS; then NOT_FOUND (not created); varstored: NOT_FOUND",
        "u-boot efi_selftest_variables.c; edk2 Variable.c",
        steps=(put(STORED | APPEND, b"", OK), absent()),
    ),
    Case(
        "VAR-APP-003",
        "MUST",
        "both",
        "T absent",
        "SetVariable(T,attrs|APPEND,15,e); GetVariable",
        "SUCCESS; created with 15 bytes",
        "u-boot efi_selftest_variables.c; edk2 Variable.c",
        steps=(put(STORED | APPEND, bytes(range(15)), OK), holds(bytes(range(15)))),
    ),
    Case(
        "VAR-APP-004",
        "MUST",
        "both",
        "T holds 8 bytes",
        "SetVariable(T,attrs|APPEND,0,e); GetVariable",
        "SUCCESS; 8 bytes, unchanged, not deleted",
        "UEFI 8.2; edk2 Variable.c",
        steps=(have(data=EIGHT), put(STORED | APPEND, b"", OK), holds(EIGHT)),
    ),
    Case(
        "VAR-APP-005",
        "MUST",
        "both",
        "T holds 8 bytes with NV|BS|RT",
        "SetVariable(T,BS|RT|APPEND,4,e)",
        "INVALID_PARAMETER; unchanged",
        "edk2 Variable.c",
        steps=(have(data=EIGHT), put(VOLATILE | APPEND, b"four", INVALID), holds(EIGHT)),
    ),
    Case(
        "VAR-APP-006",
        "EDK2",
        "both",
        "T holds 8 bytes",
        "SetVariable(T,APPEND only,4,e)",
        "INVALID_PARAMETER; unchanged",
        "edk2 Variable.c",
        steps=(have(data=EIGHT), put(APPEND, b"four", INVALID), holds(EIGHT)),
    ),
    Case(
        "VAR-APP-007",
        "EDK2",
        "both",
        "T absent",
        "SetVariable(T,APPEND only,4,e)",
        "NOT_FOUND",
        "edk2 Variable.c",
        steps=(put(APPEND, b"four", NOT_FOUND), absent()),
    ),
    Case(
        "VAR-APP-008",
        "EDK2",
        "both",
        "T absent",
        "SetVariable(T,NV|APPEND,4,e)",
        "NOT_FOUND (0x41 passes the NV-only check)",
        "edk2 Variable.c",
        steps=(put(NV | APPEND, b"four", NOT_FOUND), absent()),
    ),
    Case(
        "VAR-APP-009",
        "EDK2",
        "both",
        "T holds max-10 bytes",
        "SetVariable(T,attrs|APPEND,20,e)",
        "INVALID_PARAMETER; unchanged (others OUT_OF_RESOURCES)",
        "edk2 Variable.c",
        steps=(writing(_beyond_most),),
        needs=("destructive",),
    ),
    Case(
        "VAR-APP-011",
        "MUST",
        "runtime",
        "T exists NV|BS|RT",
        "SetVariable(T,NV|BS|RT|APPEND,17,e)",
        "SUCCESS; +17 bytes",
        "u-boot efi_selftest_variables_runtime.c",
        steps=(have(), put(STORED | APPEND, bytes(17), OK), holds(TEN + bytes(17))),
    ),
)
