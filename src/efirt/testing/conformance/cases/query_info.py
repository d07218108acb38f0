"""QueryVariableInfo."""

from typing import Final

from efirt.ops import (
    QueryVariableInfo,
    SetVariable,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Mismatch
from efirt.testing.conformance.filling import filled
from efirt.testing.conformance.steps import (
    null,
    query,
    reading,
    recorded,
    writing,
)
from efirt.testing.conformance.words import (
    BS,
    ERROR_RECORD,
    FOR_BOOT,
    HR,
    INVALID,
    NV,
    OK,
    RT,
    SIGNED,
    STORED,
    UNSUPPORTED,
    VOLATILE,
    T,
)
from efirt.values.attributes import Attributes

_HEADER: Final = 60
_RECORD: Final = _HEADER + 4 + 100
"""A record of 100 bytes under the name T."""

_OPERATION_NOT_SUPPORTED: Final = 95


def _left(bench: Bench) -> int:
    return bench.query().remaining_storage_size


def _always_the_same(bench: Bench) -> None:
    first = bench.query()
    for _ in range(19):
        again = bench.query()
        bench.check(again == first, str(first), str(again))


def _shrinks(bench: Bench) -> None:
    before = _left(bench)
    bench.prepare(SetVariable(T, STORED, bytes(100)))
    after = _left(bench)
    bench.check(before - after == _RECORD, f"{_RECORD} bytes less", f"{before - after}")


def _grows_again(bench: Bench) -> None:
    before = _left(bench)
    bench.prepare(SetVariable(T, STORED, bytes(100)))
    bench.prepare(SetVariable(T, Attributes(0), b""))
    after = _left(bench)
    bench.check(before == after, f"{before} bytes again", str(after))


def _stays_small(bench: Bench) -> None:
    bench.prepare(SetVariable(T, STORED, bytes(100)))
    before = _left(bench)
    bench.prepare(SetVariable(T, Attributes(0), b""))
    after = _left(bench)
    bench.check(before == after, f"{before} bytes still", str(after))


def _none_fits(bench: Bench) -> None:
    info = bench.query()
    bench.check(info.maximum_variable_size == 0, "0 beside less room than a header", str(info))


def _what_is_left_fits(bench: Bench) -> None:
    info = bench.query()
    bench.check(info.maximum_variable_size == info.remaining_storage_size - 60, "the room left without a header", str(info))


def _old(bench: Bench) -> None:
    try:
        reply = bench.ask(QueryVariableInfo(STORED))
    except Mismatch as refused:
        number = getattr(refused.__cause__, "errno", None)
        bench.check(number == _OPERATION_NOT_SUPPORTED, "EOPNOTSUPP from Xen", str(refused.__cause__))
    else:
        bench.expect(reply, UNSUPPORTED)


CASES: Final = (
    Case(
        "VAR-QRY-001",
        "MUST",
        "boot",
        "{null}",
        "QueryVariableInfo(BS,NULL,&r,&m)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.4.1; u-boot variables_common.c",
        steps=(null(QueryVariableInfo(Attributes(BS)), "maximum_storage_size"),),
        needs=("null",),
    ),
    Case(
        "VAR-QRY-002",
        "MUST",
        "boot",
        "{null}",
        "QueryVariableInfo(BS,&s,NULL,&m)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.4.2; u-boot variables_common.c",
        steps=(null(QueryVariableInfo(Attributes(BS)), "remaining_storage_size"),),
        needs=("null",),
    ),
    Case(
        "VAR-QRY-003",
        "MUST",
        "boot",
        "{null}",
        "QueryVariableInfo(BS,&s,&r,NULL)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.4.3; u-boot variables_common.c",
        steps=(null(QueryVariableInfo(Attributes(BS)), "maximum_variable_size"),),
        needs=("null",),
    ),
    Case(
        "VAR-QRY-004",
        "MUST",
        "both",
        "-",
        "QueryVariableInfo(0)",
        "INVALID_PARAMETER|UNSUPPORTED (SCT doc UNSUPPORTED; SCT code, edk2, u-boot INVALID_PARAMETER)",
        "SCT 5.2.1.4.4; u-boot variables_common.c",
        steps=(query(0, INVALID, UNSUPPORTED),),
    ),
    Case(
        "VAR-QRY-005",
        "MUST",
        "both",
        "-",
        "QueryVariableInfo(RT)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.4.5; u-boot variables_common.c",
        steps=(query(RT, INVALID),),
    ),
    Case(
        "VAR-QRY-006",
        "MUST",
        "both",
        "-",
        "QueryVariableInfo(NV|RT)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.4.5",
        steps=(query(NV | RT, INVALID),),
    ),
    Case(
        "VAR-QRY-007",
        "MUST",
        "both",
        "-",
        "QueryVariableInfo(NV)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.4.5; u-boot variables_common.c",
        steps=(query(NV, INVALID),),
    ),
    Case(
        "VAR-QRY-010",
        "EDK2",
        "both",
        "-",
        "QueryVariableInfo(0x40000000)",
        "UNSUPPORTED (no known bit set)",
        "edk2 Variable.c",
        steps=(query(0x40000000, UNSUPPORTED),),
    ),
    Case(
        "VAR-QRY-011",
        "INFO",
        "both",
        "-",
        "QueryVariableInfo(NV|BS|RT|0x40000000)",
        "edk2 SUCCESS (ignores unknown bits); u-boot INVALID_PARAMETER (its test requires that)",
        "u-boot variables_common.c; edk2 Variable.c",
        steps=(recorded(QueryVariableInfo(STORED | 0x40000000), OK, INVALID),),
    ),
    Case(
        "VAR-QRY-012",
        "MUST",
        "boot",
        "-",
        "QueryVariableInfo(BS)",
        "SUCCESS; s>0, r>0, m>0, r<=s, m<=s",
        "SCT 5.2.1.4.8; u-boot variables_common.c",
        steps=(
            query(
                BS,
                OK,
                check=lambda v: (
                    0 < v.remaining_storage_size <= v.maximum_storage_size and 0 < v.maximum_variable_size <= v.maximum_storage_size
                ),
                says="0 < remaining <= maximum, 0 < largest <= maximum",
            ),
        ),
    ),
    Case(
        "VAR-QRY-014",
        "MUST",
        "both",
        "-",
        "QueryVariableInfo(BS|RT)",
        "SUCCESS; r<=s",
        "SCT 5.2.1.4.8; u-boot variables_runtime.c",
        steps=(query(VOLATILE, OK, check=lambda v: v.remaining_storage_size <= v.maximum_storage_size, says="remaining <= maximum"),),
    ),
    Case(
        "VAR-QRY-015",
        "MUST",
        "both",
        "-",
        "QueryVariableInfo(NV|BS|RT)",
        "SUCCESS; r<=s; m<=s; m>0",
        "SCT 5.2.1.4.8; fwts uefirtvariable t4",
        steps=(
            query(
                STORED,
                OK,
                check=lambda v: (
                    v.remaining_storage_size <= v.maximum_storage_size
                    and (v.remaining_storage_size <= _HEADER or v.maximum_variable_size > 0)
                    and v.maximum_variable_size <= v.maximum_storage_size
                ),
                says="remaining <= maximum, largest <= maximum, and more than 0 where a header fits",
            ),
        ),
    ),
    Case(
        "VAR-QRY-016",
        "MUST",
        "both",
        "-",
        "QueryVariableInfo(NV|BS|RT) 20 times without writes",
        "identical results",
        "fwts uefirtvariable t7",
        steps=(reading(_always_the_same),),
    ),
    Case(
        "VAR-QRY-017",
        "EDK2",
        "runtime",
        "-",
        "QueryVariableInfo(BS)",
        "INVALID_PARAMETER (RT bit needed at runtime); u-boot w/o store: UNSUPPORTED",
        "edk2 Variable.c",
        steps=(query(BS, INVALID),),
    ),
    Case(
        "VAR-QRY-018",
        "EDK2",
        "runtime",
        "-",
        "QueryVariableInfo(NV|BS)",
        "INVALID_PARAMETER",
        "edk2 Variable.c",
        steps=(query(FOR_BOOT, INVALID),),
    ),
    Case(
        "VAR-QRY-019",
        "EDK2",
        "both",
        "-",
        "QueryVariableInfo(BS|HR)",
        "INVALID_PARAMETER (HR needs NV)",
        "edk2 Variable.c",
        steps=(query(BS | HR, INVALID),),
    ),
    Case(
        "VAR-QRY-020",
        "EDK2",
        "both",
        "no HR storage",
        "QueryVariableInfo(NV|BS|RT|HR)",
        "UNSUPPORTED",
        "edk2 Variable.c",
        steps=(query(ERROR_RECORD, UNSUPPORTED),),
        needs=("no-hwerr",),
    ),
    Case(
        "VAR-QRY-021",
        "MUST",
        "both",
        "{auth}",
        "QueryVariableInfo(NV|BS|RT|AT)",
        "SUCCESS (UNSUPPORTED without auth support)",
        "edk2 Variable.c",
        steps=(query(SIGNED, OK),),
        needs=("auth",),
    ),
    Case(
        "VAR-QRY-022",
        "EDK2",
        "boot",
        "set T of 100 bytes",
        "QueryVariableInfo before and after",
        "r decreases by align4(60+align4(namesize)+align4(100))",
        "edk2 Variable.c",
        steps=(writing(_shrinks),),
    ),
    Case(
        "VAR-QRY-023",
        "EDK2",
        "boot",
        "delete T",
        "QueryVariableInfo",
        "r returns to the earlier value (deleted records not counted at boot)",
        "edk2 Variable.c",
        steps=(writing(_grows_again),),
    ),
    Case(
        "VAR-QRY-024",
        "EDK2",
        "runtime",
        "delete T at runtime",
        "QueryVariableInfo",
        "r does not grow (deleted records counted until reclaim)",
        "edk2 Variable.c",
        steps=(writing(_stays_small),),
    ),
    Case(
        "VAR-QRY-025",
        "EDK2",
        "both",
        "fill until r < 60",
        "QueryVariableInfo",
        "m=0",
        "edk2 Variable.c",
        steps=(filled(leave=56), reading(_none_fits)),
        fills=6,
    ),
    Case(
        "VAR-QRY-026",
        "EDK2",
        "both",
        "fill until r-60 < max",
        "QueryVariableInfo",
        "m=r-60",
        "edk2 Variable.c",
        steps=(filled(leave=1060), reading(_what_is_left_fits)),
        fills=3,
    ),
    Case(
        "VAR-QRY-027",
        "MUST",
        "both",
        "firmware revision < 2.00",
        "QueryVariableInfo",
        "UNSUPPORTED / EOPNOTSUPP from Xen",
        "xen common/efi/runtime.c",
        steps=(reading(_old),),
        variant="old-revision",
        needs=("xen",),
    ),
    Case(
        "VAR-QRY-028",
        "MUST",
        "both",
        "masked in RT properties table",
        "QueryVariableInfo",
        "UNSUPPORTED",
        "fwts uefirtvariable t9",
        steps=(query(STORED, UNSUPPORTED),),
        variant="no-query",
    ),
)
