"""GetVariable."""

from typing import Final

from efirt.ops import (
    GetVariable,
    Malformed,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.steps import (
    absent,
    at_runtime,
    erased,
    get,
    have,
    holds,
    null,
    put,
    reading,
)
from efirt.testing.conformance.words import (
    ALSO_OURS,
    APPEND,
    BOOT_ONLY,
    FOR_BOOT,
    NOT_FOUND,
    OK,
    STORED,
    TEN,
    TOO_SMALL,
    UNSUPPORTED,
    T,
)
from efirt.values.key import Key


def _no_data(bench: Bench) -> None:
    reply = bench.ask(GetVariable(T, 9))
    bench.check(not reply.data, "no data beside BUFFER_TOO_SMALL", f"{reply.data!r}")


def _size_alone(bench: Bench) -> None:
    reply = bench.expect(bench.ask_malformed(Malformed(GetVariable(T, 0), frozenset({"data"}))), TOO_SMALL)
    bench.check((reply.size, reply.attributes) == (10, STORED), "size 10, attributes 0x7", f"{reply.size}, {reply.attributes}")


def _without_attributes(bench: Bench) -> None:
    reply = bench.expect(bench.ask_malformed(Malformed(GetVariable(T), frozenset({"attributes"}))), OK)
    bench.check((reply.data, reply.size) == (TEN, 10), "what was written", f"{reply.data!r}")


def _size_stays(bench: Bench) -> None:
    reply = bench.expect(bench.ask(GetVariable(T, 100)), NOT_FOUND)
    bench.check(reply.size in (None, 100), "the size as it was", str(reply.size))


CASES: Final = (
    Case(
        "VAR-GET-001",
        "MUST",
        "both",
        "{null}",
        "GetVariable(Name=NULL,G,&a,&n,buf)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.1.1; fwts uefirtvariable t8",
        steps=(null(GetVariable(T), "variable_name"),),
        needs=("null",),
    ),
    Case(
        "VAR-GET-002",
        "MUST",
        "both",
        "{null}; var T exists",
        "GetVariable(T,Guid=NULL,...)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.1.2; fwts uefirtvariable t8",
        steps=(have(), null(GetVariable(T), "vendor_guid")),
        needs=("null",),
    ),
    Case(
        "VAR-GET-003",
        "MUST",
        "both",
        "{null}; var T exists",
        "GetVariable(T,G,&a,DataSize=NULL,buf)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.1.3; fwts uefirtvariable t8",
        steps=(have(), null(GetVariable(T), "data_size")),
        needs=("null",),
    ),
    Case(
        "VAR-GET-004",
        "MUST",
        "both",
        "{null}; var T exists, size 10",
        "GetVariable(T,G,&a,&n=10,Data=NULL)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.1.4; fwts uefirtvariable t8",
        steps=(have(), null(GetVariable(T, 10), "data")),
        needs=("null",),
    ),
    Case(
        "VAR-GET-005",
        "MUST",
        "both",
        "{null}",
        "GetVariable(NULL,NULL,&a,NULL,NULL)",
        "INVALID_PARAMETER",
        "fwts uefirtvariable t8",
        steps=(null(GetVariable(T), "variable_name", "vendor_guid", "data_size", "data"),),
        needs=("null",),
    ),
    Case(
        "VAR-GET-006",
        "MUST",
        "both",
        "var T created then deleted",
        "GetVariable(T,G)",
        "NOT_FOUND",
        "SCT 5.2.1.1.5",
        steps=(have(), erased(), absent()),
    ),
    Case(
        "VAR-GET-007",
        "MUST",
        "both",
        "var T exists under GUID2 only",
        "GetVariable(T,GUID1)",
        "NOT_FOUND",
        "SCT 5.2.1.1.6",
        steps=(have(Key("T", ALSO_OURS)), absent()),
    ),
    Case(
        "VAR-GET-008",
        "MUST",
        "both",
        "var T of size 10",
        "GetVariable(T,G,&n=0)",
        "BUFFER_TOO_SMALL; n=10",
        "SCT 5.2.1.1.7",
        steps=(have(), get(T, TOO_SMALL, room=0, size=10)),
    ),
    Case(
        "VAR-GET-009",
        "MUST",
        "both",
        "var T of size 10",
        "GetVariable(T,G,&n=9)",
        "BUFFER_TOO_SMALL; n=10; buffer untouched",
        "SCT 5.2.1.1.8",
        steps=(have(), get(T, TOO_SMALL, room=9, size=10), reading(_no_data)),
    ),
    Case(
        "VAR-GET-010",
        "MUST",
        "both",
        "{null}; var T of size 10",
        "GetVariable(T,G,&a,&n=0,Data=NULL)",
        "BUFFER_TOO_SMALL; n=10; a=creation attributes",
        "SCT 5.2.1.1.9, 5.2.1.1.14; edk2 Variable.c",
        steps=(have(), reading(_size_alone)),
        needs=("null",),
    ),
    Case(
        "VAR-GET-011",
        "MUST",
        "both",
        "{null}; var T exists",
        "GetVariable(T,G,Attributes=NULL,&n,buf)",
        "SUCCESS; data and size equal to last write",
        "SCT 5.2.1.1.10-11",
        steps=(have(), reading(_without_attributes)),
        needs=("null",),
    ),
    Case(
        "VAR-GET-012",
        "MUST",
        "both",
        "var T exists with NV|BS|RT",
        "GetVariable(T,G,&a,&n,buf)",
        "SUCCESS; a=0x7; data equal; n=exact size",
        "SCT 5.2.1.1.12-13; fwts uefirtvariable t1",
        steps=(have(), holds(TEN, STORED)),
    ),
    Case(
        "VAR-GET-013",
        "MUST",
        "both",
        "var T exists, size 3; buffer of 8 filled with 0xFF",
        "GetVariable(T,G,&n=8)",
        "SUCCESS; n=3; bytes 3..7 still 0xFF",
        "u-boot efi_selftest_variables.c",
        steps=(have(data=b"abc"), get(T, room=8, size=3, data=b"abc")),
    ),
    Case(
        "VAR-GET-014",
        "MUST",
        "both",
        "var T written with APPEND bit",
        "GetVariable(T,G,&a)",
        "SUCCESS; APPEND (0x40) not present in a",
        "UEFI 8.2 SetVariable; edk2 Variable.c",
        steps=(put(STORED | APPEND, TEN, OK), get(T, attributes=STORED)),
    ),
    Case(
        "VAR-GET-015",
        "EDK2",
        "both",
        "-",
        'GetVariable(Name="",G)',
        "NOT_FOUND (never the first variable)",
        "edk2 Variable.c GetVariable; varstored do_get_variable",
        steps=(get("", NOT_FOUND),),
    ),
    Case(
        "VAR-GET-016",
        "MUST",
        "both",
        'var "Test" exists',
        'GetVariable("test",G)',
        "NOT_FOUND (names are case sensitive)",
        "UEFI 8.2; edk2 VariableParsing.c",
        steps=(have("Test"), absent("test")),
    ),
    Case(
        "VAR-GET-017",
        "MUST",
        "both",
        'vars "Testvar","Testvar ","Testva" hold different data',
        "GetVariable of each",
        "SUCCESS; each returns its own data",
        "SCT 5.2.1.3.13-18; fwts uefirtvariable t3",
        steps=(
            have("Testvar", b"1"),
            have("Testvar ", b"22"),
            have("Testva", b"333"),
            holds(b"1", key="Testvar"),
            holds(b"22", key="Testvar "),
            holds(b"333", key="Testva"),
        ),
    ),
    Case(
        "VAR-GET-018",
        "MUST",
        "runtime",
        "var T created before EBS with NV|BS",
        "GetVariable(T,G)",
        "NOT_FOUND",
        "UEFI 8.2 GetVariable; edk2 VariableParsing.c",
        steps=(have(attributes=FOR_BOOT), at_runtime, absent()),
        needs=("boot",),
    ),
    Case(
        "VAR-GET-019",
        "MUST",
        "runtime",
        "var T created before EBS with BS only",
        "GetVariable(T,G)",
        "NOT_FOUND",
        "UEFI 8.2 GetVariable; edk2 VariableParsing.c",
        steps=(have(attributes=BOOT_ONLY), at_runtime, absent()),
        needs=("boot",),
    ),
    Case(
        "VAR-GET-021",
        "MUST",
        "both",
        "GetVariable is masked in RT properties table",
        "GetVariable(T,G)",
        "UNSUPPORTED",
        "fwts uefirtvariable t9",
        steps=(get(T, UNSUPPORTED),),
        variant="no-get",
    ),
    Case(
        "VAR-GET-022",
        "MUST",
        "both",
        "var T exists; n larger than any buffer the driver transfers",
        "GetVariable(T,G,&n=exact+4096)",
        "SUCCESS; n=exact",
        "UEFI 8.2; edk2 Variable.c",
        steps=(have(), get(T, room=10 + 4096, size=10, data=TEN)),
    ),
    Case(
        "VAR-GET-023",
        "EDK2",
        "both",
        "var T deleted; n=100",
        "GetVariable(T,G,&n=100)",
        "NOT_FOUND; n still 100",
        "edk2 Variable.c GetVariable",
        steps=(have(), erased(), reading(_size_stays)),
    ),
)
