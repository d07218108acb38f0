"""GetWakeupTime and SetWakeupTime."""

from datetime import timedelta
from typing import Final

from efirt.ops import (
    GetWakeupTime,
    SetWakeupTime,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Step, Unprepared
from efirt.testing.conformance.steps import (
    answers,
    null,
    reading,
    writing,
)
from efirt.testing.conformance.words import (
    INVALID,
    OK,
    UNSUPPORTED,
)
from efirt.values.efi_time import EfiTime


def ahead(bench: Bench, *, hours: int = 0, seconds: int = 0) -> EfiTime:
    """So much later than now, in the clock's own zone."""
    now = bench.moment()
    then = EfiTime.from_datetime(now._replace(nanosecond=0).to_datetime() + timedelta(hours=hours, seconds=seconds))
    return then._replace(time_zone=now.time_zone, daylight=now.daylight)


def _alarm_in_range(bench: Bench) -> None:
    reply = bench.expect(bench.ask(GetWakeupTime()), OK, UNSUPPORTED)
    if reply.status == OK and reply.enabled:
        problem = "no time" if reply.time is None else reply.time.problem()
        bench.check(problem is None, "all fields in range", str(problem))


def refused(**fields: int) -> Step:
    """In an hour with these fields is refused."""

    def run(bench: Bench) -> None:
        bench.expect(bench.ask(SetWakeupTime(enable=True, time=ahead(bench, hours=1)._replace(**fields))), INVALID, UNSUPPORTED)

    return writing(run)


def _in_an_hour(bench: Bench) -> None:
    wanted = ahead(bench, hours=1)
    reply = bench.ask(SetWakeupTime(enable=True, time=wanted))
    if reply.status == UNSUPPORTED:
        raise Unprepared("this firmware has no alarm")
    bench.expect(reply, OK)
    got = bench.expect(bench.ask(GetWakeupTime()), OK)
    bench.check(bool(got.enabled) and not got.pending, "on, not gone off", f"enabled {got.enabled}, pending {got.pending}")
    bench.check(got.time is not None and got.time[:6] == wanted[:6], str(wanted), str(got.time))


def _off(bench: Bench) -> None:
    reply = bench.ask(SetWakeupTime(enable=False))
    if reply.status == UNSUPPORTED:
        raise Unprepared("this firmware has no alarm")
    bench.expect(reply, OK)
    got = bench.expect(bench.ask(GetWakeupTime()), OK)
    bench.check(not got.enabled, "off", "on")


def _an_hour_ago(bench: Bench) -> None:
    bench.expect(bench.ask(SetWakeupTime(enable=True, time=ahead(bench, hours=-1))), UNSUPPORTED)


CASES: Final = (
    Case(
        "TIME-WAK-001",
        "MUST",
        "both",
        "{null}{wakeup}",
        "GetWakeupTime(NULL,&p,&t)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.3.1; fwts uefirttime t19",
        steps=(null(GetWakeupTime(), "enabled", gives=(INVALID, UNSUPPORTED)),),
        needs=("null", "wakeup"),
    ),
    Case(
        "TIME-WAK-002",
        "MUST",
        "both",
        "{null}{wakeup}",
        "GetWakeupTime(&e,NULL,&t)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.3.2; fwts uefirttime t20",
        steps=(null(GetWakeupTime(), "pending", gives=(INVALID, UNSUPPORTED)),),
        needs=("null", "wakeup"),
    ),
    Case(
        "TIME-WAK-003",
        "MUST",
        "both",
        "{null}{wakeup}",
        "GetWakeupTime(&e,&p,NULL)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.3.3; fwts uefirttime t21",
        steps=(null(GetWakeupTime(), "time", gives=(INVALID, UNSUPPORTED)),),
        needs=("null", "wakeup"),
    ),
    Case(
        "TIME-WAK-004",
        "MUST",
        "both",
        "{null}{wakeup}",
        "GetWakeupTime(NULL,NULL,NULL)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "fwts uefirttime t22",
        steps=(null(GetWakeupTime(), "enabled", "pending", "time", gives=(INVALID, UNSUPPORTED)),),
        needs=("null", "wakeup"),
    ),
    Case(
        "TIME-WAK-005",
        "MUST",
        "both",
        "{wakeup}",
        "GetWakeupTime",
        "SUCCESS|UNSUPPORTED; fields in range when enabled",
        "SCT 5.2.2.3.4-7; fwts uefirttime t18",
        steps=(reading(_alarm_in_range),),
        needs=("wakeup",),
    ),
    Case(
        "TIME-WAK-006",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Year=1899)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.1; fwts uefirttime t25",
        steps=(refused(year=1899),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-007",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Year=10000)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.2; fwts uefirttime t26",
        steps=(refused(year=10000),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-008",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Month=0)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.4; fwts uefirttime t27",
        steps=(refused(month=0),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-009",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Month=13)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.5; fwts uefirttime t28",
        steps=(refused(month=13),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-010",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Day=0)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.7; fwts uefirttime t29",
        steps=(refused(day=0),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-011",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Day=32)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.8; fwts uefirttime t30",
        steps=(refused(day=32),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-012",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Month=4 Day=31)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.10",
        steps=(refused(month=4, day=31),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-013",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Hour=24)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.11; fwts uefirttime t31",
        steps=(refused(hour=24),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-014",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Minute=60)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.13; fwts uefirttime t32",
        steps=(refused(minute=60),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-015",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Second=60)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.15; fwts uefirttime t33",
        steps=(refused(second=60),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-016",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Nanosecond=1000000000)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.17; fwts uefirttime t34",
        steps=(refused(nanosecond=1_000_000_000),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-017",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with TimeZone=-1441)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.19; fwts uefirttime t35",
        steps=(refused(time_zone=-1441),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-018",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with TimeZone=1441)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.20; fwts uefirttime t36",
        steps=(refused(time_zone=1441),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-019",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with 2001-02-29)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "SCT 5.2.2.4.21",
        steps=(refused(year=2001, month=2, day=29),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-020",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+1h with Daylight=0xFC)",
        "INVALID_PARAMETER|UNSUPPORTED",
        "fwts uefirttime t37",
        steps=(refused(daylight=0xFC),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-021",
        "SHOULD",
        "both",
        "{null}{wakeup}",
        "SetWakeupTime(TRUE,NULL)",
        "INVALID_PARAMETER (edk2); spec also allows enabling the stored time",
        "fwts uefirttime t24; edk2 PcRtc.c",
        steps=(answers(SetWakeupTime(enable=True), INVALID, writes=True),),
        needs=("wakeup",),
    ),
    Case(
        "TIME-WAK-022",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE,now+1h); GetWakeupTime",
        "SUCCESS; enabled=1 pending=0; same time",
        "SCT 5.2.2.4.22-29; fwts uefirttime t23",
        steps=(writing(_in_an_hour),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-023",
        "MUST",
        "both",
        "{wakeup}",
        "SetWakeupTime(FALSE,NULL); GetWakeupTime",
        "SUCCESS; enabled=0",
        "SCT 5.2.2.4.30-33",
        steps=(writing(_off),),
        needs=("wakeup",),
    ),
    Case(
        "TIME-WAK-025",
        "EDK2",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now-1h)",
        "UNSUPPORTED",
        "edk2 PcRtc.c",
        steps=(writing(_an_hour_ago),),
        needs=("wakeup", "time"),
    ),
)
