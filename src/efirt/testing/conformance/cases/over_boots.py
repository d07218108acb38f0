"""What a boot makes good or reads back, and what the clock and the alarm keep: asked for what the list leaves out."""

from typing import Final

from efirt.ops import GetWakeupTime, SetTime, SetVariable, SetWakeupTime, UpdateCapsule
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Unprepared
from efirt.testing.conformance.cases.globals_ import OVERWRITE, OVERWRITE_LOCK
from efirt.testing.conformance.cases.known_names import ALARM
from efirt.testing.conformance.cases.language import LANG, PLATFORM_LANG
from efirt.testing.conformance.cases.misc import PERSIST, POPULATE, capsule
from efirt.testing.conformance.cases.set_ import ERROR_FLAG
from efirt.testing.conformance.cases.time_set import NOON
from efirt.testing.conformance.cases.wakeup import ahead
from efirt.testing.conformance.filling import filled
from efirt.testing.conformance.steps import answers, at_runtime, get, have, holds, power_cycled, put, reading, writing
from efirt.testing.conformance.words import DENIED, FULL, INVALID, OK, ONE, STORED, UNSUPPORTED, VOLATILE, T, ours
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

_LANG_CODES: Final = Key("LangCodes", GLOBAL)
_LATER: Final = ours("U")
_ZERO: Final = b"\0"
_SECONDS: Final = 2
_LANGUAGE: Final = "edk2 Variable.c AutoUpdateLangVariable"
_ALARM: Final = "edk2 PcRtc.c PcRtcGetWakeupTime"
_NO_ALARM: Final = "this firmware has no alarm"
_ROOM_FOR_ONE: Final = 100
"""Bytes: enough for either language variable, not for both."""


def _in_order(bench: Bench) -> None:
    names = [key for key in bench.names() if key in {T, _LATER}]
    bench.check(names == [T, _LATER], "T, then U", str(names))


def _turned_round(bench: Bench) -> None:
    names = [key for key in bench.names() if key in {T, _LATER}]
    bench.check(names == [_LATER, T], "U, then T: what was marked is copied last", str(names))


def _neither_language(bench: Bench) -> None:
    before = [bench.read(key)[:4] for key in (PLATFORM_LANG, LANG)]
    bench.expect(bench.ask(SetVariable(PLATFORM_LANG, STORED, b"fr\0")), FULL)
    after = [bench.read(key)[:4] for key in (PLATFORM_LANG, LANG)]
    bench.check(after == before, "both as they were", str(after))


def _keeps_zone(bench: Bench) -> None:
    bench.expect(bench.ask(SetTime(NOON._replace(time_zone=-60, daylight=3))), OK)
    bench.machine.reset()
    got = bench.now()
    bench.check((got.time_zone, got.daylight) == (-60, 3), "zone -60, daylight 3", f"zone {got.time_zone}, daylight {got.daylight}")


def _alarm(bench: Bench, time: EfiTime) -> None:
    reply = bench.ask(SetWakeupTime(enable=True, time=time))
    if reply.status == UNSUPPORTED:
        raise Unprepared(_NO_ALARM)
    bench.expect(reply, OK)


def _goes_off_once(bench: Bench) -> None:
    _alarm(bench, ahead(bench, seconds=_SECONDS))
    bench.machine.sleep(_SECONDS + 1)
    got = [bench.expect(bench.ask(GetWakeupTime()), OK).pending for _ in range(2)]
    if None in got:
        raise Unprepared("this driver does not tell whether an alarm has gone off")
    if bench.machine.live and got == [False, False]:
        raise Unprepared("the operating system or Xen may have acknowledged the alarm before: they read the same clock")
    bench.check(got == [True, False], "gone off; asking has acknowledged it", str(got))


def _tomorrow(bench: Bench) -> None:
    wanted = ahead(bench, hours=23)
    _alarm(bench, wanted)
    got = bench.expect(bench.ask(GetWakeupTime()), OK).time
    bench.check(got is not None and got[:6] == wanted[:6], str(wanted), str(got))


def _centuries(bench: Bench) -> None:
    for digits, year in ((0x98, 1998), (0x97, 2097)):
        kept = EfiTime(digits, 0x02, 0x03).encode()
        bench.expect(bench.ask(SetVariable(ALARM, STORED, kept)), OK)
        reply = bench.ask(GetWakeupTime())
        if reply.status == UNSUPPORTED:
            raise Unprepared(_NO_ALARM)
        got = bench.expect(reply, OK).time
        bench.check(got is not None and got[:3] == (year, 2, 3), f"{year}-02-03", str(got))


CASES: Final = (
    Case(
        "VAR-SET-235",
        "EDK2",
        "boot",
        "T, then U; the store is nearly full",
        "SetVariable(T,NV|BS|RT, more than is left); ExitBootServices; GetNextVariableName",
        "OUT_OF_RESOURCES; T is marked, and still its value; tidying up copies it last",
        "edk2 Variable.c UpdateVariable, Reclaim",
        steps=(
            have(),
            have(_LATER),
            filled(leave=200),
            put(STORED, bytes(2000), FULL),
            holds(),
            reading(_in_order),
            at_runtime,
            holds(),
            reading(_turned_round),
        ),
        fills=1,
    ),
    Case(
        "VAR-SET-236",
        "EDK2",
        "both",
        "{reboot}; there was no room for a variable",
        "GetVariable(VarErrorFlag); reset; GetVariable(VarErrorFlag)",
        "0xEF; 0xFF: each boot begins without errors",
        "edk2 Variable.c RecordVarErrorFlag, InitializeVarErrorFlag",
        steps=(
            filled(leave=200),
            put(STORED, bytes(2000), FULL),
            get(ERROR_FLAG, data=b"\xef"),
            power_cycled,
            get(ERROR_FLAG, data=b"\xff"),
        ),
        needs=("reboot",),
        fills=1,
    ),
    Case(
        "VAR-LANG-201",
        "EDK2",
        "boot",
        'before EndOfDxe; PlatformLang "en", the first of PlatformLangCodes',
        'SetVariable(LangCodes,"deufra")',
        'SUCCESS; Lang follows to "deu"',
        _LANGUAGE,
        steps=(get(LANG, data=b"eng\0"), put(VOLATILE, b"deufra\0", OK, key=_LANG_CODES), get(LANG, data=b"deu\0")),
        needs=("destructive",),
        variant="before-end-of-drivers",
    ),
    Case(
        "VAR-LANG-202",
        "EDK2",
        "runtime",
        "room for PlatformLang or for Lang, not for both",
        'SetVariable(PlatformLang,"fr")',
        "OUT_OF_RESOURCES; both as they were",
        f"{_LANGUAGE}, CheckRemainingSpaceForConsistency",
        steps=(filled(leave=_ROOM_FOR_ONE), writing(_neither_language)),
        fills=3,
    ),
    Case(
        "VAR-GLB-226",
        "EDK2",
        "both",
        "{reboot}; MOR (firmware that protects it) is locked",
        "SetVariable(MOR); reset; GetVariable(MORLock); SetVariable(MOR)",
        "ACCESS_DENIED; 0; SUCCESS",
        "edk2 TcgMorLockSmm.c MorLockInitAtEndOfDxe",
        steps=(
            put(STORED, ONE, OK, key=OVERWRITE),
            put(STORED, ONE, OK, key=OVERWRITE_LOCK),
            put(STORED, _ZERO, DENIED, key=OVERWRITE),
            power_cycled,
            get(OVERWRITE_LOCK, data=_ZERO),
            put(STORED, _ZERO, OK, key=OVERWRITE),
        ),
        needs=("reboot", "destructive"),
        variant="memory-overwrite",
    ),
    Case(
        "TIME-SET-203",
        "EDK2",
        "both",
        "{time}{reboot}",
        "SetTime(zone -60, daylight 3); reset; GetTime",
        "zone and daylight are read back at boot",
        "edk2 PcRtc.c PcRtcInit",
        steps=(writing(_keeps_zone),),
        needs=("time", "reboot", "destructive"),
    ),
    Case(
        "TIME-WAK-201",
        "EDK2",
        "both",
        "{wakeup}; an alarm in two seconds",
        "three seconds later GetWakeupTime twice",
        "pending=1; pending=0",
        _ALARM,
        steps=(writing(_goes_off_once),),
        needs=("wakeup", "time", "sleep"),
    ),
    Case(
        "TIME-WAK-202",
        "EDK2",
        "both",
        "{wakeup}",
        "SetWakeupTime(TRUE, now+23h); GetWakeupTime",
        "the same time, of the same day",
        _ALARM,
        steps=(writing(_tomorrow),),
        needs=("wakeup", "time"),
    ),
    Case(
        "TIME-WAK-203",
        "EDK2",
        "both",
        "{wakeup}",
        "SetVariable(RTCALARM, the day 98-02-03, the day 97-02-03 in decimal digits); GetWakeupTime each time",
        "1998-02-03; 2097-02-03",
        _ALARM,
        steps=(writing(_centuries),),
        needs=("wakeup", "destructive"),
    ),
    Case(
        "MISC-211",
        "EDK2",
        "both",
        "-",
        "UpdateCapsule(PERSIST|POPULATE capsule, SG=NULL)",
        "INVALID_PARAMETER, also on a platform that takes none across a reset",
        "edk2 CapsuleService.c UpdateCapsule",
        steps=(answers(UpdateCapsule((capsule(PERSIST | POPULATE),)), INVALID, writes=True),),
        needs=("capsule", "destructive"),
    ),
)
