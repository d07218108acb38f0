"""SetTime."""

from typing import Final

from efirt.ops import (
    SetTime,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Step
from efirt.testing.conformance.filling import filled
from efirt.testing.conformance.steps import (
    null,
    recorded,
    writing,
)
from efirt.testing.conformance.words import (
    DEVICE,
    INVALID,
    OK,
)
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key

NOON: Final = EfiTime(2030, 6, 15, 12)
ZONE: Final = Key("RTC", Guid.parse("378d7b65-8da9-4773-b6e4-a47826a833e1"))
_SLACK: Final = 20
"""Seconds that may pass until what was set is read."""


def refused(**fields: int) -> Step:
    """The time now with these fields is refused."""

    def run(bench: Bench) -> None:
        bench.expect(bench.ask(SetTime(bench.now()._replace(**fields))), INVALID)

    return writing(run)


def _set(bench: Bench, wanted: EfiTime) -> None:
    bench.expect(bench.ask(SetTime(wanted)), OK)
    got = bench.now()
    bench.check(
        (got.time_zone, got.daylight) == (wanted.time_zone, wanted.daylight),
        f"{wanted}, daylight {wanted.daylight}",
        f"{got}, daylight {got.daylight}",
    )
    bench.check(got.problem() is None, str(wanted), f"{got}: {got.problem()}")
    seconds = (got.to_datetime() - wanted.to_datetime()).total_seconds()
    bench.check(0 <= seconds <= _SLACK, str(wanted), str(got))


def kept(**fields: int) -> Step:
    """A time with these fields is set and read back."""
    return writing(lambda bench: _set(bench, NOON._replace(**fields)))


def _next_year(bench: Bench) -> None:
    now = bench.now()
    _set(bench, now._replace(year=now.year + 1, day=min(now.day, 28), nanosecond=0))


def _other_month(bench: Bench) -> None:
    now = bench.now()
    _set(bench, now._replace(month=now.month % 12 + 1, day=min(now.day, 28), nanosecond=0))


def _zone_variable(bench: Bench) -> None:
    bench.expect(bench.ask(SetTime(NOON._replace(time_zone=60, daylight=1))), OK)
    data = bench.read(ZONE).data
    bench.check(data == (1 << 16 | 60).to_bytes(4, "little"), "daylight << 16 | zone", str(data))


def _not_kept(bench: Bench) -> None:
    bench.expect(bench.ask(SetTime(NOON._replace(time_zone=-120))), DEVICE)


CASES: Final = (
    Case(
        "TIME-SET-001",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Year=1899)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.1; fwts uefirttime t5",
        steps=(refused(year=1899),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-002",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Year=10000)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.2; fwts uefirttime t6",
        steps=(refused(year=10000),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-003",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Year=0xFFFF)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.3",
        steps=(refused(year=0xFFFF),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-004",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Month=0)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.4; fwts uefirttime t7",
        steps=(refused(month=0),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-005",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Month=13)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.5; fwts uefirttime t8",
        steps=(refused(month=13),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-008",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Day=32)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.8; fwts uefirttime t10",
        steps=(refused(day=32),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-009",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Day=0xFF)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.9",
        steps=(refused(day=0xFF),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-010",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Month=4 Day=31)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.10",
        steps=(refused(month=4, day=31),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-011",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Hour=24)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.11; fwts uefirttime t11",
        steps=(refused(hour=24),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-012",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Hour=0xFF)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.12",
        steps=(refused(hour=0xFF),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-013",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Minute=60)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.13; fwts uefirttime t12",
        steps=(refused(minute=60),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-014",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Minute=0xFF)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.14",
        steps=(refused(minute=0xFF),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-016",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Second=0xFF)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.16",
        steps=(refused(second=0xFF),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-017",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Nanosecond=1000000000)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.17; fwts uefirttime t14",
        steps=(refused(nanosecond=1_000_000_000),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-018",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Nanosecond=0xFFFFFFFF)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.18",
        steps=(refused(nanosecond=0xFFFFFFFF),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-019",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with TimeZone=-1441)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.19; fwts uefirttime t15",
        steps=(refused(time_zone=-1441),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-020",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with TimeZone=1441)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.20; fwts uefirttime t16",
        steps=(refused(time_zone=1441),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-021",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with 2001-02-29)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "SCT 5.2.2.2.21",
        steps=(refused(year=2001, month=2, day=29),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-023",
        "MUST",
        "both",
        "{time}{destructive}; clock saved and restored",
        "SetTime(now with Daylight=0xFC)",
        "INVALID_PARAMETER (UNSUPPORTED if masked)",
        "fwts uefirttime t17",
        steps=(refused(daylight=0xFC),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-024",
        "MUST",
        "both",
        "{null}{time}",
        "SetTime(NULL)",
        "INVALID_PARAMETER",
        "edk2 PcRtc.c",
        steps=(null(SetTime(NOON), "time", writes=True),),
        needs=("null", "time", "destructive"),
    ),
    Case(
        "TIME-SET-025",
        "MUST",
        "both",
        "{time}{destructive}",
        "SetTime(Year+1); GetTime",
        "SUCCESS; year read back",
        "SCT 5.2.2.2.22-25; fwts uefirttime t4",
        steps=(writing(_next_year),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-026",
        "MUST",
        "both",
        "{time}{destructive}",
        "SetTime(other Month); GetTime",
        "SUCCESS; read back",
        "SCT 5.2.2.2.26-29",
        steps=(writing(_other_month),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-027",
        "MUST",
        "both",
        "{time}{destructive}",
        "SetTime(Daylight=1 and 3); GetTime",
        "SUCCESS; read back (firmware without storage: not)",
        "SCT 5.2.2.2.30-33",
        steps=(kept(daylight=1), kept(daylight=3)),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-028",
        "INFO",
        "both",
        "{time}{destructive}",
        "SetTime(Daylight=2)",
        "PcRtc SUCCESS; EmbeddedPkg INVALID_PARAMETER",
        "edk2 PcRtc.c; edk2 TimeBaseLib",
        steps=(recorded(SetTime(NOON._replace(daylight=2)), OK, INVALID, writes=True),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-029",
        "MUST",
        "both",
        "{time}{destructive}",
        "SetTime(TimeZone=60 / -480 / 0x7FF); GetTime",
        "SUCCESS; read back (firmware without storage: 0x7FF or 0)",
        "SCT 5.2.2.2.34-37",
        steps=(kept(time_zone=60), kept(time_zone=-480), kept(time_zone=0x7FF)),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-030",
        "MUST",
        "both",
        "{time}{destructive}",
        "SetTime(2000-02-29)",
        "SUCCESS (edk2 range 1998..2097)",
        "UEFI 8.3; edk2 PcRtc.c",
        steps=(kept(year=2000, month=2, day=29),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-031",
        "EDK2",
        "both",
        "{time}{destructive}",
        "SetTime(Year=1997) / (Year=2098)",
        "INVALID_PARAMETER (PcRtc PCD range); EmbeddedPkg SUCCESS",
        "edk2 PcRtc.c",
        steps=(refused(year=1997), refused(year=2098)),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-032",
        "EDK2",
        "both",
        "{time}{destructive}",
        "SetTime(TimeZone=60)",
        "variable RTC (378D7B65-8DA9-4773-B6E4-A47826A833E1) holds daylight<<16|tz",
        "edk2 PcRtc.c",
        steps=(writing(_zone_variable),),
        needs=("time", "destructive"),
    ),
    Case(
        "TIME-SET-033",
        "EDK2",
        "runtime",
        "{time}; NV store full",
        "SetTime(TimeZone changed)",
        "DEVICE_ERROR (saving RTC variable failed); RPi4: OUT_OF_RESOURCES",
        "edk2 PcRtc.c; pftf RPi4 93",
        steps=(kept(time_zone=60), filled(leave=56), writing(_not_kept)),
        needs=("time", "destructive"),
        fills=4,
    ),
)
