"""GetTime."""

from typing import Final

from efirt.ops import (
    GetTime,
    GetWakeupTime,
    SetTime,
    SetWakeupTime,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.steps import (
    answers,
    null,
    reading,
)
from efirt.testing.conformance.words import (
    OK,
    UNSUPPORTED,
)
from efirt.values.efi_time import EfiTime

NOON: Final = EfiTime(2030, 6, 15, 12)
_MINUTES: Final = 1440
_UNSPECIFIED: Final = 0x7FF


def _in_range(bench: Bench) -> None:
    reply = bench.expect(bench.ask(GetTime()), OK)
    problem = "no time" if reply.time is None else reply.time.problem()
    bench.check(problem is None, "all fields in range", str(problem))


def _moves_on(bench: Bench) -> None:
    before = bench.moment().to_datetime()
    bench.machine.sleep(2)
    seconds = (bench.moment().to_datetime() - before).total_seconds()
    bench.check(1 <= seconds <= 3, "1 to 3 seconds more", f"{seconds}")


def _zone(bench: Bench) -> None:
    time = bench.now()
    bench.check(abs(time.time_zone) <= _MINUTES or time.time_zone == _UNSPECIFIED, "-1440..1440 or 0x7ff", str(time.time_zone))
    bench.check(not time.daylight & ~3, "daylight bits 1 and 2 only", f"{time.daylight:#x}")


def _capabilities(bench: Bench) -> None:
    reply = bench.expect(bench.ask(GetTime()), OK)
    bench.check(reply.capabilities == (1, 50_000_000, False), "1 Hz, 50000000, not set to zero", str(reply.capabilities))
    bench.check(reply.time is not None and reply.time.nanosecond == 0, "0 ns", str(reply.time))


CASES: Final = (
    Case(
        "TIME-GET-001",
        "MUST",
        "both",
        "{null}{time}",
        "GetTime(NULL,&caps)",
        "INVALID_PARAMETER",
        "SCT 5.2.2.1.1; fwts uefirttime t2",
        steps=(null(GetTime(), "time"),),
        needs=("null", "time"),
    ),
    Case(
        "TIME-GET-002",
        "MUST",
        "both",
        "{null}{time}",
        "GetTime(NULL,NULL)",
        "INVALID_PARAMETER",
        "fwts uefirttime t3",
        steps=(null(GetTime(), "time", "capabilities"),),
        needs=("null", "time"),
    ),
    Case(
        "TIME-GET-003",
        "MUST",
        "both",
        "{time}",
        "GetTime(&t,&caps)",
        "SUCCESS; all fields in range",
        "SCT 5.2.2.1.2-5; fwts uefirttime t1",
        steps=(reading(_in_range),),
        needs=("time",),
    ),
    Case(
        "TIME-GET-004",
        "MUST",
        "both",
        "{null}{time}",
        "GetTime(&t,NULL)",
        "SUCCESS",
        "SCT 5.2.2.1.6-7",
        steps=(null(GetTime(), "capabilities", gives=(OK,)),),
        needs=("null", "time"),
    ),
    Case(
        "TIME-GET-005",
        "MUST",
        "both",
        "{time}",
        "GetTime twice, 2 s apart",
        "monotonic, +1..+3 s",
        "SCT 5.2.2.1.8-9",
        steps=(reading(_moves_on),),
        needs=("time", "sleep"),
    ),
    Case(
        "TIME-GET-006",
        "MUST",
        "both",
        "{time}",
        "GetTime: TimeZone and Daylight",
        "TimeZone in [-1440,1440] or 0x7FF; Daylight & ~3 == 0",
        "fwts uefirttime t1",
        steps=(reading(_zone),),
        needs=("time",),
    ),
    Case(
        "TIME-GET-007",
        "EDK2",
        "both",
        "{time} edk2 PcRtc",
        "GetTime(&t,&caps)",
        "Resolution=1 Accuracy=50000000 SetsToZero=0 Nanosecond=0",
        "edk2 PcRtc.c",
        steps=(reading(_capabilities),),
        needs=("time",),
    ),
    Case(
        "TIME-GET-008",
        "MUST",
        "both",
        "masked in RT properties table",
        "GetTime/SetTime/GetWakeupTime/SetWakeupTime",
        "UNSUPPORTED",
        "fwts uefirttime t38",
        steps=(
            answers(GetTime(), UNSUPPORTED),
            answers(SetTime(NOON), UNSUPPORTED, writes=True),
            answers(GetWakeupTime(), UNSUPPORTED),
            answers(SetWakeupTime(enable=True, time=NOON), UNSUPPORTED, writes=True),
        ),
        variant="no-clock",
        needs=("destructive",),
    ),
)
