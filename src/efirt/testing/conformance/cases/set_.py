"""SetVariable."""

from typing import Final

from efirt.ops import (
    GetNextVariableName,
    GetVariable,
    Malformed,
    Reply,
    SetVariable,
)
from efirt.ops.variables import FIRST
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Unprepared
from efirt.testing.conformance.filling import filled
from efirt.testing.conformance.steps import (
    absent,
    have,
    holds,
    null,
    power_cycled,
    put,
    reading,
    recorded,
    writing,
)
from efirt.testing.conformance.words import (
    ALSO_OURS,
    AT,
    BS,
    ENH,
    ERRORS,
    FOR_BOOT,
    FULL,
    INVALID,
    OK,
    ONE,
    RT,
    STORED,
    TEN,
    UNSUPPORTED,
    VOLATILE,
    T,
    ours,
)
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

LONG: Final = ours("L" * 300)
ERROR_FLAG: Final = Key("VarErrorFlag", Guid.parse("04b37fe8-f6ae-480b-bdd5-37d98c5e89aa"))
_NAME_SIZE: Final = 4
"""Bytes of the name T with its NUL."""


def _endless(bench: Bench) -> None:
    bench.expect(bench.ask_malformed(Malformed(SetVariable(T, STORED, ONE), data_size=(1 << 64) - 1)), INVALID)


def _of_size(bench: Bench, beyond: int, *gives: Status) -> Reply:
    size = bench.largest(T) + _NAME_SIZE + beyond
    return bench.expect(bench.ask(SetVariable(T, STORED, bytes(size))), *gives)


def _more_than_most(bench: Bench) -> None:
    _of_size(bench, 1, INVALID, FULL)


def _most(bench: Bench) -> None:
    info = bench.query()
    if info.remaining_storage_size < 2 * info.maximum_variable_size:
        raise Unprepared("too little room is left in the store for a variable of the largest size")
    _of_size(bench, -_NAME_SIZE, OK)


def _one_more_than_most(bench: Bench) -> None:
    _of_size(bench, 1 - _NAME_SIZE, INVALID)


def _long_name(bench: Bench) -> None:
    key = FIRST
    for _ in range(10_000):
        reply = bench.expect(bench.ask(GetNextVariableName(key, 1024)), OK)
        key = reply.key or FIRST
        if key == LONG:
            bench.check(reply.size == 602, "602 bytes", str(reply.size))
            return


def _forty_times(bench: Bench) -> None:
    for size in range(1, 41):
        data = bytes([size]) * size
        bench.prepare(SetVariable(T, STORED, data))
        reply = bench.expect(bench.ask(GetVariable(T)), OK)
        bench.check(reply.data == data, f"{size} bytes {data[:1].hex()}", str(reply.data))
        bench.check(T in bench.names(), "T in the list", "no T")
        bench.expect(bench.ask(SetVariable(T, Attributes(0), b"")), OK)


def _error_flag(bench: Bench) -> None:
    reply = bench.expect(bench.read(ERROR_FLAG), OK)
    bench.check(reply.data in (b"\xef", b"\xfe", b"\xee"), "1 byte with bits cleared", str(reply.data))


def _still_full(bench: Bench) -> None:
    left = bench.query().remaining_storage_size
    bench.check(left == 0, "no room left", f"{left} bytes")


CASES: Final = (
    Case(
        "VAR-SET-001",
        "MUST",
        "both",
        "-",
        'SetVariable("",G,NV|BS|RT,1,d)',
        "INVALID_PARAMETER",
        "SCT 5.2.1.3.1",
        steps=(put(STORED, ONE, INVALID, key=""),),
    ),
    Case(
        "VAR-SET-003",
        "MUST",
        "both",
        "{null}",
        "SetVariable(T,NULL,NV|BS|RT,1,d)",
        "INVALID_PARAMETER",
        "edk2 Variable.c",
        steps=(null(SetVariable(T, STORED, ONE), "vendor_guid", writes=True),),
        needs=("null",),
    ),
    Case(
        "VAR-SET-005",
        "MUST",
        "both",
        "-",
        "SetVariable(T,G,RT,1,d)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.3.2",
        steps=(put(RT, ONE, INVALID), absent()),
    ),
    Case(
        "VAR-SET-008",
        "MUST",
        "both",
        "{raw size}",
        "SetVariable(T,G,NV|BS|RT,DataSize=(UINTN)-1,d)",
        "INVALID_PARAMETER (OUT_OF_RESOURCES tolerated off-edk2)",
        "SCT 5.2.1.3.4",
        steps=(writing(_endless),),
        needs=("raw-size", "destructive"),
    ),
    Case(
        "VAR-SET-009",
        "MUST",
        "boot",
        "-",
        "SetVariable(T,G,BS,3,d); GetVariable",
        "SUCCESS; equal",
        "u-boot efi_selftest_variables.c; SCT 5.2.1.3.5-6",
        steps=(put(BS, b"abc", OK), holds(b"abc", BS)),
    ),
    Case(
        "VAR-SET-011",
        "MUST",
        "boot",
        "-",
        "SetVariable(T,G,NV|BS,3,d); GetVariable",
        "SUCCESS; equal",
        "SCT 5.2.1.3.5-6",
        steps=(put(FOR_BOOT, b"abc", OK), holds(b"abc", FOR_BOOT)),
    ),
    Case(
        "VAR-SET-012",
        "MUST",
        "both",
        "-",
        "SetVariable(T,G,NV|BS|RT,3,d); GetVariable",
        "SUCCESS; equal",
        "SCT 5.2.1.3.5-6; fwts uefirtvariable t3",
        steps=(put(STORED, b"abc", OK), holds(b"abc")),
    ),
    Case(
        "VAR-SET-013",
        "MUST",
        "both",
        "T exists",
        "SetVariable(T, same data, same attributes)",
        "SUCCESS; unchanged",
        "SCT 5.2.1.3.7-8; fwts uefirtvariable t3",
        steps=(have(), put(STORED, TEN, OK), holds()),
    ),
    Case(
        "VAR-SET-014",
        "MUST",
        "both",
        "T exists",
        "SetVariable(T, different data, same size)",
        "SUCCESS; new data",
        "SCT 5.2.1.3.9-10; fwts uefirtvariable t3",
        steps=(have(), put(STORED, TEN[::-1], OK), holds(TEN[::-1])),
    ),
    Case(
        "VAR-SET-015",
        "MUST",
        "both",
        "T exists",
        "SetVariable(T, longer data)",
        "SUCCESS; new size and data",
        "SCT 5.2.1.3.11-12; fwts uefirtvariable t3",
        steps=(have(), put(STORED, TEN * 3, OK), holds(TEN * 3)),
    ),
    Case(
        "VAR-SET-016",
        "MUST",
        "both",
        "T exists",
        "SetVariable(T, shorter data)",
        "SUCCESS; new size and data",
        "SCT 5.2.1.3.11-12; fwts uefirtvariable t3",
        steps=(have(), put(STORED, TEN[:4], OK), holds(TEN[:4])),
    ),
    Case(
        "VAR-SET-017",
        "MUST",
        "both",
        "T under G1",
        "SetVariable(T,G2,other data)",
        "SUCCESS; the G1 value unchanged",
        "SCT 5.2.1.3.5; fwts uefirtvariable t3",
        steps=(have(), put(STORED, b"other", OK, key=Key("T", ALSO_OURS)), holds(), holds(b"other", key=Key("T", ALSO_OURS))),
    ),
    Case(
        "VAR-SET-019",
        "MUST",
        "both",
        "T exists with NV|BS|RT",
        "SetVariable(T,BS|RT,1,d)",
        "INVALID_PARAMETER; T unchanged",
        "SCT 5.2.1.3.46",
        steps=(have(), put(VOLATILE, ONE, INVALID), holds()),
    ),
    Case(
        "VAR-SET-020",
        "MUST",
        "boot",
        "T exists with NV|BS|RT",
        "SetVariable(T,NV|BS,1,d)",
        "INVALID_PARAMETER; T unchanged",
        "SCT 5.2.1.3.46",
        steps=(have(), put(FOR_BOOT, ONE, INVALID), holds()),
    ),
    Case(
        "VAR-SET-022",
        "EDK2",
        "both",
        "T exists with NV|BS|RT",
        "SetVariable(T,NV|BS,0) (delete, other attributes)",
        "INVALID_PARAMETER; T still present",
        "edk2 Variable.c SetVariable",
        steps=(have(), put(FOR_BOOT, b"", INVALID), holds()),
    ),
    Case(
        "VAR-SET-023",
        "MUST",
        "both",
        "-",
        "SetVariable(T,NV|BS|RT|0x80000000,1,d)",
        "INVALID_PARAMETER (QEMU uefi-vars: UNSUPPORTED)",
        "edk2 Variable.c",
        steps=(put(STORED | 0x80000000, ONE, INVALID), absent()),
    ),
    Case(
        "VAR-SET-024",
        "MUST",
        "both",
        "-",
        "SetVariable(T,NV|BS|RT|0x100,1,d)",
        "INVALID_PARAMETER (QEMU uefi-vars: UNSUPPORTED)",
        "edk2 Variable.c",
        steps=(put(STORED | 0x100, ONE, INVALID), absent()),
    ),
    Case(
        "VAR-SET-025",
        "SHOULD",
        "both",
        "-",
        "SetVariable(T,NV|BS|RT|ENHANCED 0x80,1,d)",
        "INVALID_PARAMETER (edk2)|UNSUPPORTED (u-boot, varstored)",
        "edk2 Variable.c",
        steps=(put(STORED | ENH, ONE, INVALID, UNSUPPORTED), absent()),
    ),
    Case(
        "VAR-SET-026",
        "MUST",
        "runtime",
        "-",
        "SetVariable(T,NV|BS|RT|0x20|0x80,n,d)",
        "error; T not created",
        "fwts uefirtvariable t3",
        steps=(put(STORED | AT | ENH, TEN, *ERRORS), absent()),
    ),
    Case(
        "VAR-SET-028",
        "MUST",
        "both",
        "T not existing; max=QueryVariableInfo max size",
        "SetVariable(T,NV|BS|RT, max+1 bytes)",
        "INVALID_PARAMETER|OUT_OF_RESOURCES; T absent",
        "UEFI 8.2; edk2 Variable.c",
        steps=(writing(_more_than_most), absent()),
        needs=("destructive",),
    ),
    Case(
        "VAR-SET-029",
        "EDK2",
        "both",
        "remaining >> max",
        "SetVariable(T,NV|BS|RT, max - 2*(len(T)+1) bytes)",
        "SUCCESS (max counts name incl NUL plus data)",
        "edk2 Variable.c",
        steps=(writing(_most),),
    ),
    Case(
        "VAR-SET-030",
        "EDK2",
        "both",
        "-",
        "SetVariable(T,NV|BS|RT, max - 2*(len(T)+1) + 1 bytes)",
        "INVALID_PARAMETER",
        "edk2 Variable.c",
        steps=(writing(_one_more_than_most), absent()),
        needs=("destructive",),
    ),
    Case(
        "VAR-SET-031",
        "MUST",
        "both",
        "-",
        "SetVariable(300 char name,NV|BS|RT,4,d)",
        "SUCCESS; enumerated with the right size",
        "edk2 Variable.c",
        steps=(have(LONG, b"four"), reading(_long_name)),
    ),
    Case(
        "VAR-SET-032",
        "INFO",
        "both",
        "-",
        "SetVariable(T with U+0001, U+D800 and U+FFFF code units)",
        "edk2 stores any non-NUL code units",
        "edk2 Variable.c",
        steps=(recorded(SetVariable(ours("T\x01\ud800\uffff"), STORED, ONE), OK, writes=True), holds(ONE, key="T\x01\ud800\uffff")),
    ),
    Case(
        "VAR-SET-034",
        "MUST",
        "both",
        "{reboot}; T with NV|BS|RT",
        "power cycle; GetVariable(T)",
        "SUCCESS; same data and attributes",
        "SCT 5.2.1.3.23-24",
        steps=(have(), power_cycled, holds()),
        needs=("reboot",),
    ),
    Case(
        "VAR-SET-035",
        "MUST",
        "boot",
        "{reboot}; T with BS|RT",
        "power cycle; GetVariable(T)",
        "NOT_FOUND",
        "SCT 5.2.1.3.25-26",
        steps=(have(attributes=VOLATILE), power_cycled, absent()),
        needs=("reboot",),
    ),
    Case(
        "VAR-SET-036",
        "MUST",
        "both",
        "loop 40x",
        "set/get/next/delete 40 times with growing sizes",
        "SUCCESS each (OUT_OF_RESOURCES at runtime is reported, not failed)",
        "fwts uefirtvariable t5-t6; SCT stress",
        steps=(writing(_forty_times),),
    ),
    Case(
        "VAR-SET-038",
        "EDK2",
        "runtime",
        "loop until more than the store size has been written",
        "SetVariable(T,NV|BS|RT) with new data each time",
        "eventually OUT_OF_RESOURCES; old value still readable",
        "edk2 Variable.c UpdateVariable",
        steps=(have(), filled(leave=1400), put(STORED, bytes(2000), FULL), holds()),
        fills=1,
    ),
    Case(
        "VAR-SET-039",
        "EDK2",
        "runtime",
        "after OUT_OF_RESOURCES at runtime",
        'GetVariable("VarErrorFlag",04b37fe8-f6ae-480b-bdd5-37d98c5e89aa)',
        "SUCCESS; 1 byte with bits cleared (0xEF system, 0xFE user)",
        "edk2 Variable.c RecordVarErrorFlag",
        steps=(have(), filled(leave=1300), put(STORED, bytes(2000), FULL), reading(_error_flag)),
        fills=2,
    ),
    Case(
        "VAR-SET-040",
        "EDK2",
        "boot",
        "same T identical data, at 100% full store",
        "SetVariable(T, identical)",
        "SUCCESS, nothing programmed",
        "edk2 Variable.c",
        steps=(have(), filled(), put(STORED, TEN, OK), reading(_still_full)),
        fills=1,
    ),
)
