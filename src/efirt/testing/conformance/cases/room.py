"""How large a variable may be, and how much room there is for each kind."""

from collections.abc import Callable
from typing import Final

from efirt.ops import SetVariable, VariableInfo
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Mismatch, Unprepared
from efirt.testing.conformance.cases.hardware_errors import RECORD
from efirt.testing.conformance.filling import fill, filled
from efirt.testing.conformance.payloads import descriptor, moment
from efirt.testing.conformance.signed import A
from efirt.testing.conformance.steps import absent, at_runtime, have, holds, put, reading, writing
from efirt.testing.conformance.variants import BOOT_RESERVE
from efirt.testing.conformance.words import ERROR_RECORD, FULL, INVALID, OK, ONE, SIGNED, STORED, TEN, VOLATILE, T, ours
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status

_NAME_SIZE: Final = 4
"""Bytes of the names T and A, each with its NUL."""

_HEADER: Final = 60
_SIZES_OF_OVMF: Final = frozenset({(0x8400, 0x8400, 0x3FF9C, 0x40000, 0x7FFE4), (0x2000, 0x2800, 0xDF9C, 0x40000, 0x7FFE4)})
"""Of a stored variable, of an authenticated one, of all of them, of a volatile one, of all of those: with 4 MB of flash, and with 2."""

_NEXT: Final = Key("BootNext", GLOBAL)


def _authenticated(bench: Bench) -> None:
    unsigned = descriptor(moment(1).encode(), b"")
    most = bench.largest(A, SIGNED)
    bench.expect(bench.ask(SetVariable(A, SIGNED, unsigned + bytes(most + 1))), INVALID)


def _signed_most(bench: Bench) -> None:
    info = bench.query(SIGNED)
    if info.remaining_storage_size < 2 * info.maximum_variable_size:
        raise Unprepared("too little room is left in the store for a variable of the largest size")
    value = bytes(bench.largest(A, SIGNED))
    bench.expect(bench.ask(SetVariable(A, SIGNED, bench.payloads.signed(A, SIGNED, moment(1), value))), OK)


def _volatile(beyond: int, *gives: Status) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        most = bench.largest(T, VOLATILE)
        bench.expect(bench.ask(SetVariable(T, VOLATILE, bytes(most + beyond))), *gives)

    return run


def _until_full(bench: Bench) -> None:
    """Hardware error records until there is no room for one more of the same size."""
    info = bench.query(ERROR_RECORD)
    size = info.maximum_storage_size // 4
    value = bytes(size - _HEADER - 2 * (len(RECORD.name) + 1))
    left = info.remaining_storage_size
    for number in range(left // size):
        bench.prepare(SetVariable(_record(number), ERROR_RECORD, value))
    bench.expect(bench.ask(SetVariable(_record(99), ERROR_RECORD, value)), FULL)
    bench.check(
        bench.query(ERROR_RECORD).remaining_storage_size == left % size, f"{left % size} bytes left", str(bench.query(ERROR_RECORD))
    )


def _record(number: int) -> Key:
    return RECORD._replace(name=f"HwErrRec{number:04}")


def _error_record(beyond: int, *gives: Status) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        most = bench.largest(RECORD, ERROR_RECORD)
        bench.expect(bench.ask(SetVariable(RECORD, ERROR_RECORD, bytes(most + beyond))), *gives)

    return run


def _keeps_reserve(bench: Bench) -> None:
    boot = bench.query()
    bench.machine.exit_boot_services()
    runtime = bench.query()
    smaller = boot.maximum_storage_size - runtime.maximum_storage_size
    bench.check(smaller == BOOT_RESERVE, f"{BOOT_RESERVE} bytes less than in the boot phase", str(smaller))
    bench.check(runtime.remaining_storage_size == 0, "no room left", str(runtime))
    bench.expect(bench.ask(SetVariable(T, STORED, TEN)), FULL)


def _fills_reserve(bench: Bench) -> None:
    """In the boot phase the reserve is there to be used."""
    fill(bench, leave=BOOT_RESERVE)


def _users_only(bench: Bench) -> None:
    bench.prepare(SetVariable(ours("U"), STORED, bytes(3000)))
    bench.expect(bench.ask(SetVariable(T, STORED, bytes(3000))), FULL)
    bench.expect(bench.ask(SetVariable(_NEXT, STORED, ONE * 2)), OK)


def _tidies_up_when_nearly_full(bench: Bench) -> None:
    """Where one variable was written over and over, until less room was left than the largest needs."""
    info = bench.query()
    most = info.maximum_variable_size
    size = most // 2
    if info.remaining_storage_size < 3 * most:
        raise Unprepared("too little room is left in the store to fill it with what is dead")
    for number in range((info.remaining_storage_size - most) // (_HEADER + _NAME_SIZE + size) + 1):
        bench.prepare(SetVariable(T, STORED, bytes([number % 256]) * size))
    before = bench.query().remaining_storage_size
    bench.machine.exit_boot_services()
    after = bench.query().remaining_storage_size
    bench.check(after == before, f"{before} bytes left, as in the boot phase", str(after))


def _stays_dead(bench: Bench) -> None:
    bench.prepare(SetVariable(T, STORED, bytes(1000)))
    before = bench.query().remaining_storage_size
    if before < 2 * bench.query().maximum_variable_size:
        raise Unprepared("the store is nearly full, so a start makes room")
    bench.machine.reset()
    after = bench.query().remaining_storage_size
    bench.check(after <= before, f"{before} bytes left at most, as before", str(after))


def _sizes(bench: Bench) -> None:
    stored, signed, volatile = (bench.query(attributes) for attributes in (STORED, SIGNED, VOLATILE))
    got = _limit(stored), _limit(signed), stored.maximum_storage_size, _limit(volatile), volatile.maximum_storage_size
    bench.notes.append(f"sizes {', '.join(f'{size:#x}' for size in got)}")
    if got not in _SIZES_OF_OVMF:
        raise Mismatch("QueryVariableInfo", "the sizes of OVMF", bench.notes[-1])


def _limit(info: VariableInfo) -> int:
    return info.maximum_variable_size + _HEADER


CASES: Final = (
    Case(
        "VAR-SET-211",
        "EDK2",
        "both",
        "-",
        "SetVariable(A,NV|BS|RT|AT, a value one byte larger than QueryVariableInfo says)",
        "INVALID_PARAMETER, before the signature is looked at",
        "edk2 Variable.c",
        steps=(writing(_authenticated), absent(A)),
        needs=("auth",),
    ),
    Case(
        "VAR-SET-212",
        "EDK2",
        "both",
        "-",
        "SetVariable(A,NV|BS|RT|AT, a signed value as large as QueryVariableInfo says)",
        "SUCCESS",
        "edk2 Variable.c",
        steps=(writing(_signed_most),),
        needs=("auth",),
    ),
    Case(
        "VAR-SET-213",
        "EDK2",
        "boot",
        "-",
        "SetVariable(T,BS|RT, as large as QueryVariableInfo says, and one byte more)",
        "SUCCESS; INVALID_PARAMETER",
        "edk2 Variable.c",
        steps=(writing(_volatile(1, INVALID)), absent(), writing(_volatile(0, OK))),
    ),
    Case(
        "VAR-SET-214",
        "EDK2",
        "boot",
        "a store full of what lives",
        "SetVariable(T,NV|BS|RT, more than is left)",
        "OUT_OF_RESOURCES: tidying up does not help; old value still readable",
        "edk2 Variable.c UpdateVariable",
        steps=(have(), filled(leave=200), put(STORED, bytes(2000), FULL), holds()),
        fills=1,
    ),
    Case(
        "VAR-SET-215",
        "EDK2",
        "boot",
        "a platform with a reserve for the boot phase",
        "fill all but the reserve; ExitBootServices; QueryVariableInfo; SetVariable(T,NV|BS|RT)",
        "less room than before, none left; OUT_OF_RESOURCES",
        "edk2 Variable.c UpdateVariable; edk2 MdeModulePkg.dec",
        steps=(writing(_fills_reserve), writing(_keeps_reserve)),
        variant="boot-reserve",
        fills=1,
    ),
    Case(
        "VAR-SET-216",
        "EDK2",
        "both",
        "a platform with a limit for what it does not know",
        "SetVariable(T,NV|BS|RT, beyond it); SetVariable(BootNext)",
        "OUT_OF_RESOURCES; SUCCESS",
        "edk2 Variable.c UpdateVariable; edk2 MdeModulePkg.dec",
        steps=(writing(_users_only),),
        needs=("destructive",),
        variant="user-limit",
    ),
    Case(
        "VAR-SET-217",
        "EDK2",
        "boot",
        "T hidden at runtime, written in the boot phase",
        "after ExitBootServices SetVariable(T,NV|BS, other value)",
        "WRITE_PROTECTED, whether or not there is room",
        "edk2 Variable.c",
        steps=(have(attributes=0x3), at_runtime, put(0x3, ONE, Status.WRITE_PROTECTED)),
    ),
    Case(
        "VAR-SET-218",
        "EDK2",
        "boot",
        "a store nearly full of what is dead",
        "ExitBootServices; QueryVariableInfo(NV|BS|RT)",
        "r as in the boot phase: what is dead is gone",
        "edk2 Variable.c ReclaimForOS",
        steps=(have(), writing(_tidies_up_when_nearly_full)),
        fills=1,
    ),
    Case(
        "VAR-SET-219",
        "EDK2",
        "runtime",
        "T was written twice; there is much room",
        "reset; QueryVariableInfo(NV|BS|RT)",
        "r is not larger than before: what is dead stays where there is room",
        "edk2 Variable.c ReclaimForOS",
        steps=(have(), writing(_stays_dead)),
        needs=("reboot", "destructive"),
    ),
    Case(
        "VAR-SET-220",
        "EDK2",
        "runtime",
        "a store nearly full, some of it dead",
        "SetVariable(T,NV|BS|RT, more than is left) twice",
        "OUT_OF_RESOURCES; OUT_OF_RESOURCES: what is dead stays until the next start",
        "edk2 Variable.c UpdateVariable",
        steps=(have(data=bytes(1500)), put(STORED, bytes(1501), OK), filled(leave=1400), *2 * (put(STORED, bytes(1500), FULL),)),
        fills=1,
    ),
    Case(
        "VAR-HW-201",
        "EDK2",
        "both",
        "{hwerr}",
        "SetVariable(HwErrRec####) until the storage for records is full; SetVariable(T,NV|BS|RT)",
        "OUT_OF_RESOURCES; SUCCESS",
        "edk2 Variable.c UpdateVariable",
        steps=(writing(_until_full), put(STORED, TEN, OK)),
        needs=("hwerr", "destructive"),
        variant="hwerr",
        fills=1,
    ),
    Case(
        "VAR-HW-202",
        "EDK2",
        "both",
        "{hwerr} with much storage",
        "SetVariable(HwErrRec0000, one byte larger than QueryVariableInfo says, and as large)",
        "INVALID_PARAMETER; SUCCESS",
        "edk2 Variable.c",
        steps=(writing(_error_record(1, INVALID)), absent(RECORD), writing(_error_record(0, OK))),
        needs=("hwerr", "destructive"),
        variant="hwerr-much",
    ),
    Case(
        "VAR-QRY-205",
        "INFO",
        "boot",
        "-",
        "QueryVariableInfo(NV|BS|RT), (NV|BS|RT|AT) and (BS|RT)",
        "the platform's sizes; OVMF's are known",
        "edk2 OvmfPkgX64.dsc",
        steps=(reading(_sizes),),
        needs=("auth",),
    ),
)
