"""The counter, reset, capsules."""

from collections.abc import Callable
from itertools import pairwise
from struct import pack
from typing import Final

from efirt.ops import (
    CapsuleHeader,
    GetNextHighMonotonicCount,
    QueryCapsuleCapabilities,
    ResetSystem,
    ResetType,
    UpdateCapsule,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.filling import filled
from efirt.testing.conformance.steps import (
    answers,
    null,
    reading,
    writing,
)
from efirt.testing.conformance.words import (
    FULL,
    INVALID,
    OK,
    OURS,
    STORED,
    UNSUPPORTED,
)
from efirt.values.guid import Guid
from efirt.values.key import Key

COUNTER: Final = Key("MTC", Guid.parse("eb704011-1402-11d3-8e77-00a0c969723b"))
PERSIST: Final = 0x10000
POPULATE: Final = 0x20000
INITIATE_RESET: Final = 0x40000
_UNKNOWN_RESET: Final = 4
_HEAD_SIZE: Final = 28
_LARGEST_AT_ONCE: Final = 0xA00000


def _head(flags: int) -> CapsuleHeader:
    return CapsuleHeader(OURS, _HEAD_SIZE, flags, _HEAD_SIZE)


def capsule(flags: int) -> bytes:
    """A capsule of nothing but its head."""
    return OURS.raw + pack("<III", _HEAD_SIZE, flags, _HEAD_SIZE)


def _count(bench: Bench) -> int:
    reply = bench.expect(bench.ask(GetNextHighMonotonicCount()), OK)
    bench.check(reply.count is not None, "a count", "none")
    return reply.count or 0


def _one_more(bench: Bench) -> None:
    first, second = _count(bench), _count(bench)
    bench.check(second == first + 1, str(first + 1), str(second))


def _rising(bench: Bench) -> None:
    counts = [_count(bench) for _ in range(100)]
    bench.check(all(one < other for one, other in pairwise(counts)), "strictly increasing", str(counts))


def _counter_variable(bench: Bench) -> None:
    count = _count(bench)
    reply = bench.expect(bench.read(COUNTER), OK)
    wanted = (count.to_bytes(4, "little"), STORED)
    bench.check((reply.data, reply.attributes) == wanted, f"{count} with attributes 0x7", f"{reply.data!r} with {reply.attributes}")


def _across_reset(bench: Bench) -> None:
    before = _count(bench)
    bench.machine.reset()
    after = _count(bench)
    bench.check(after > before, f"more than {before}", str(after))


def _on_full_store(bench: Bench) -> None:
    bench.expect(bench.ask(GetNextHighMonotonicCount()), FULL)


def _boots(bench: Bench) -> int:
    """The counter goes up by one at every boot, so it tells whether there was one."""
    return int.from_bytes(bench.expect(bench.read(COUNTER), OK).data or b"", "little")


def _count_of_boots(kind: int, data: bytes = b"") -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        before = _boots(bench)
        bench.ask(ResetSystem(kind, data=data))
        after = _boots(bench)
        bench.check(after == before + 1, "a machine that has started again", f"counter {before}, then {after}")

    return run


def _returns(bench: Bench) -> None:
    before = _boots(bench)
    bench.ask(ResetSystem(_UNKNOWN_RESET))
    after = _boots(bench)
    bench.check(after == before, "nothing happens", f"counter {before}, then {after}")


def _no_capsules(bench: Bench) -> None:
    for op in (UpdateCapsule(()), QueryCapsuleCapabilities(())):
        if type(op) in bench.machine.driver.carried:
            bench.expect(bench.ask(op), UNSUPPORTED)


def _at_once(bench: Bench) -> None:
    reply = bench.expect(bench.ask(QueryCapsuleCapabilities((_head(0),))), OK)
    bench.check(reply.capsule == (_LARGEST_AT_ONCE, ResetType.COLD), "cold, 0xA00000", str(reply.capsule))


CASES: Final = (
    Case(
        "MISC-002",
        "MUST",
        "both",
        "-",
        "GetNextHighMonotonicCount twice",
        "SUCCESS; second = first+1",
        "fwts uefirtmisc t1; UEFI 8.5",
        steps=(writing(_one_more),),
        needs=("destructive",),
    ),
    Case(
        "MISC-003",
        "MUST",
        "both",
        "-",
        "100 calls",
        "strictly increasing",
        "fwts uefirtmisc t2",
        steps=(writing(_rising),),
        needs=("destructive",),
    ),
    Case(
        "MISC-004",
        "EDK2",
        "both",
        "-",
        "after GetNextHighMonotonicCount read MTC (eb704011-1402-11d3-8e77-00a0c969723b)",
        "u32 equal to the returned high count; attributes NV|BS|RT",
        "edk2 MonotonicCounter.c",
        steps=(writing(_counter_variable),),
        needs=("destructive",),
    ),
    Case(
        "MISC-005",
        "MUST",
        "both",
        "{reboot}",
        "high count across reset",
        "greater than before",
        "UEFI 8.5.1; edk2 MonotonicCounter.c",
        steps=(writing(_across_reset),),
        needs=("reboot", "destructive"),
    ),
    Case(
        "MISC-006",
        "EDK2",
        "runtime",
        "MTC write fails (store full)",
        "GetNextHighMonotonicCount",
        "returns the SetVariable status",
        "edk2 MonotonicCounter.c",
        steps=(filled(leave=56), writing(_on_full_store)),
        needs=("destructive",),
        fills=5,
    ),
    Case(
        "MISC-007",
        "MUST",
        "both",
        "masked in RT properties table",
        "GetNextHighMonotonicCount, ResetSystem n/a, UpdateCapsule, QueryCapsuleCapabilities",
        "UNSUPPORTED",
        "fwts uefirtmisc t4",
        steps=(answers(GetNextHighMonotonicCount(), UNSUPPORTED, writes=True), writing(_no_capsules)),
        variant="no-misc",
        needs=("destructive",),
    ),
    Case(
        "MISC-009",
        "MUST",
        "both",
        "{reset}",
        "ResetSystem(Warm)",
        "does not return",
        "SCT 5.2.4.1.4-6",
        steps=(writing(_count_of_boots(ResetType.WARM)),),
        needs=("reset",),
    ),
    Case(
        "MISC-010",
        "MUST",
        "both",
        "{reset}",
        "ResetSystem(Shutdown)",
        "does not return; powers off or resets",
        "SCT 5.2.4.1.7-9",
        steps=(writing(_count_of_boots(ResetType.SHUTDOWN)),),
        needs=("reset",),
    ),
    Case(
        "MISC-011",
        "MUST",
        "both",
        "{reset}",
        'ResetSystem(PlatformSpecific, data = "str\\0"+GUID)',
        "does not return; OVMF = cold reset",
        "edk2 ResetSystemLib",
        steps=(writing(_count_of_boots(ResetType.PLATFORM_SPECIFIC, "efirt\0".encode("utf-16-le") + OURS.raw)),),
        needs=("reset",),
    ),
    Case(
        "MISC-012",
        "EDK2",
        "both",
        "{reset} sim only",
        "ResetSystem(4)",
        "returns without effect",
        "edk2 ResetSystem.c",
        steps=(writing(_returns),),
        needs=("reset",),
    ),
    Case(
        "MISC-013",
        "MUST",
        "boot",
        "{capsule}",
        "UpdateCapsule(count=0)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.4.2.1",
        steps=(answers(UpdateCapsule(()), INVALID, UNSUPPORTED, writes=True),),
        needs=("capsule", "destructive"),
    ),
    Case(
        "MISC-014",
        "MUST",
        "boot",
        "{capsule}",
        "UpdateCapsule(PERSIST capsule, SG=NULL)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.4.2.2",
        steps=(answers(UpdateCapsule((capsule(PERSIST),)), INVALID, UNSUPPORTED, writes=True),),
        needs=("capsule", "destructive"),
    ),
    Case(
        "MISC-015",
        "MUST",
        "boot",
        "{capsule}",
        "UpdateCapsule(flags=POPULATE only)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.4.2.3",
        steps=(answers(UpdateCapsule((capsule(POPULATE),)), INVALID, UNSUPPORTED, writes=True),),
        needs=("capsule", "destructive"),
    ),
    Case(
        "MISC-016",
        "MUST",
        "both",
        "{capsule}",
        "UpdateCapsule(flags=INITIATE_RESET only)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "edk2 CapsuleService.c",
        steps=(answers(UpdateCapsule((capsule(INITIATE_RESET),)), INVALID, UNSUPPORTED, writes=True),),
        needs=("capsule", "destructive"),
    ),
    Case(
        "MISC-017",
        "MUST",
        "both",
        "{capsule}",
        "QueryCapsuleCapabilities(flags=PERSIST)",
        "SUCCESS|UNSUPPORTED",
        "SCT 5.2.4.3.1; fwts uefirtmisc t1",
        steps=(answers(QueryCapsuleCapabilities((_head(PERSIST),)), OK, UNSUPPORTED),),
        needs=("capsule",),
    ),
    Case(
        "MISC-018",
        "MUST",
        "both",
        "{capsule}",
        "QueryCapsuleCapabilities(flags=0)",
        "SUCCESS|UNSUPPORTED",
        "SCT 5.2.4.3.2",
        steps=(answers(QueryCapsuleCapabilities((_head(0),)), OK, UNSUPPORTED),),
        needs=("capsule",),
    ),
    Case(
        "MISC-020",
        "MUST",
        "both",
        "{capsule}",
        "QueryCapsuleCapabilities(flags=PERSIST|INITIATE_RESET)",
        "SUCCESS|UNSUPPORTED",
        "fwts uefirtmisc t1",
        steps=(answers(QueryCapsuleCapabilities((_head(PERSIST | INITIATE_RESET),)), OK, UNSUPPORTED),),
        needs=("capsule",),
    ),
    Case(
        "MISC-021",
        "MUST",
        "both",
        "{capsule}",
        "QueryCapsuleCapabilities(flags=all three)",
        "SUCCESS|UNSUPPORTED",
        "fwts uefirtmisc t1",
        steps=(answers(QueryCapsuleCapabilities((_head(PERSIST | POPULATE | INITIATE_RESET),)), OK, UNSUPPORTED),),
        needs=("capsule",),
    ),
    Case(
        "MISC-023",
        "MUST",
        "both",
        "{capsule}{null}",
        "QueryCapsuleCapabilities(ResetType=NULL)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "edk2 CapsuleService.c",
        steps=(null(QueryCapsuleCapabilities((_head(0),)), "reset_type", gives=(INVALID, UNSUPPORTED)),),
        needs=("capsule", "null"),
    ),
    Case(
        "MISC-024",
        "EDK2",
        "both",
        "{capsule}",
        "QueryCapsuleCapabilities(count=0)",
        "INVALID_PARAMETER",
        "edk2 CapsuleService.c",
        steps=(answers(QueryCapsuleCapabilities(()), INVALID),),
        needs=("capsule",),
    ),
    Case(
        "MISC-026",
        "EDK2",
        "both",
        "{capsule}",
        "QueryCapsuleCapabilities(0) on edk2",
        "reset type Cold; max 0xA00000",
        "edk2 CapsuleService.c",
        steps=(reading(_at_once),),
        needs=("capsule",),
        variant="capsules",
    ),
    Case(
        "MISC-027",
        "EDK2",
        "runtime",
        "{capsule}",
        "UpdateCapsule(flags=0 image) at runtime",
        "OUT_OF_RESOURCES (u-boot: UNSUPPORTED)",
        "edk2 CapsuleService.c",
        steps=(answers(UpdateCapsule((capsule(0),)), FULL, writes=True),),
        needs=("capsule", "destructive"),
        variant="capsules",
    ),
)
