"""SetVariable that deletes."""

from typing import Final

from efirt.ops import (
    QueryVariableInfo,
    SetVariable,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.steps import (
    absent,
    at_runtime,
    erased,
    have,
    put,
    writing,
)
from efirt.testing.conformance.words import (
    BS,
    FOR_BOOT,
    NOT_FOUND,
    OK,
    ONE,
    PROTECTED,
    STORED,
    TEN,
    VOLATILE,
    T,
)
from efirt.values.attributes import Attributes


def _other_attributes(bench: Bench) -> None:
    """Other attributes that can be created in this phase: at runtime only an authenticated kind is left, so the same ones are taken."""
    bench.prepare(SetVariable(T, STORED, TEN))
    bench.expect(bench.ask(SetVariable(T, Attributes(0), b"")), OK)
    others = STORED if bench.machine.lacks("boot") or not _in_boot(bench) else VOLATILE
    bench.expect(bench.ask(SetVariable(T, others, ONE)), OK)


def _in_boot(bench: Bench) -> bool:
    return bench.ask(QueryVariableInfo(Attributes(BS))).status == OK


CASES: Final = (
    Case(
        "VAR-DEL-001",
        "MUST",
        "both",
        "T exists with NV|BS|RT",
        "SetVariable(T,NV|BS|RT,0,d); GetVariable",
        "SUCCESS; then NOT_FOUND",
        "SCT 5.2.1.3.19-20; fwts uefirtvariable t3",
        steps=(have(), put(STORED, b"", OK), absent()),
    ),
    Case(
        "VAR-DEL-002",
        "MUST",
        "both",
        "T exists with NV|BS|RT",
        "SetVariable(T,Attributes=0,n,d); GetVariable",
        "SUCCESS; then NOT_FOUND",
        "SCT 5.2.1.3.21-22; fwts uefirtvariable t3; u-boot variables_runtime.c",
        steps=(have(), put(0, TEN, OK), absent()),
    ),
    Case(
        "VAR-DEL-003",
        "MUST",
        "both",
        "T exists",
        "SetVariable(T,0,0,NULL); GetVariable",
        "SUCCESS; then NOT_FOUND",
        "u-boot efi_selftest_variables.c",
        steps=(have(), put(0, b"", OK), absent()),
    ),
    Case(
        "VAR-DEL-004",
        "MUST",
        "both",
        "T just deleted",
        "SetVariable(T,NV|BS|RT,0,NULL)",
        "NOT_FOUND",
        "SCT 5.2.1.3.27; u-boot variables_runtime.c",
        steps=(have(), erased(), put(STORED, b"", NOT_FOUND)),
    ),
    Case(
        "VAR-DEL-005",
        "MUST",
        "both",
        "T absent",
        "SetVariable(T,0,0,NULL)",
        "NOT_FOUND",
        "edk2 Variable.c",
        steps=(put(0, b"", NOT_FOUND),),
    ),
    Case(
        "VAR-DEL-006",
        "EDK2",
        "both",
        "T absent",
        "SetVariable(T,0,4,d)",
        "NOT_FOUND",
        "edk2 Variable.c",
        steps=(put(0, b"four", NOT_FOUND),),
    ),
    Case(
        "VAR-DEL-007",
        "MUST",
        "boot",
        "T exists with BS",
        "SetVariable(T,BS,0); GetVariable",
        "SUCCESS; NOT_FOUND",
        "SCT 5.2.1.3.27",
        steps=(have(attributes=BS), put(BS, b"", OK), absent()),
    ),
    Case(
        "VAR-DEL-008",
        "MUST",
        "both",
        "T deleted, then set again with other attributes",
        "SetVariable(T,other attrs,1,d)",
        "SUCCESS (attributes of a deleted variable do not bind)",
        "UEFI 8.2; edk2 Variable.c",
        steps=(writing(_other_attributes),),
    ),
    Case(
        "VAR-DEL-009",
        "EDK2",
        "runtime",
        "T created before EBS with NV|BS",
        "SetVariable(T,0,0,NULL)",
        "WRITE_PROTECTED; (u-boot: SUCCESS; varstored: INVALID_PARAMETER)",
        "edk2 Variable.c",
        steps=(have(attributes=FOR_BOOT), at_runtime, put(0, b"", PROTECTED)),
        needs=("boot",),
    ),
    Case(
        "VAR-DEL-010",
        "EDK2",
        "runtime",
        "T created before EBS with BS|RT",
        "SetVariable(T,BS|RT,0)",
        "WRITE_PROTECTED",
        "edk2 Variable.c",
        steps=(have(attributes=VOLATILE), at_runtime, put(VOLATILE, b"", PROTECTED)),
        needs=("boot",),
    ),
)
