"""``efirt time``: the clock and its alarm."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from efirt.annotation import NamedTuple
from efirt.cli import moments
from efirt.cli.call import Call
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.errors import EfirtError, FirmwareError
from efirt.runtime.services import Clock, Runtime, Wakeup
from efirt.values.efi_time import UNSPECIFIED_ZONE, EfiTime
from efirt.wire.escape import sentence


class Shown(NamedTuple):
    """The clock and the alarm.

    Attributes:
        clock: What the clock shows.
        wakeup: The alarm; None where it cannot be read.
        missing: Why not.
    """

    clock: Clock
    wakeup: Wakeup | None
    missing: str


class Done(NamedTuple):
    """What was set.

    Attributes:
        action: ``set`` or ``wake``.
        enabled: Whether the alarm is on; None for the clock.
        time: What was set; None where only a switch was.
    """

    action: str
    enabled: bool | None
    time: EfiTime | None


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("action", nargs="?", choices=("show", "set", "wake"), default="show", help="show (the default), set, or wake")
    parser.add_argument(
        "value",
        nargs="?",
        metavar="TIME",
        help="2026-11-22T12:00:00+01:00, without a zone to leave it unspecified; set: or now; wake: or +HH:MM from now, on, off",
    )


def run(call: Call) -> Iterator[Shown | Done]:
    """What the clock shows, or what was done to it."""
    action, value = call.arguments.action, call.arguments.value
    if (value is None) != (action == "show"):
        problem = f"time {action} takes no time" if action == "show" else f"time {action} needs a time"
        raise UsageError(problem, "efirt time --help shows how")
    if action == "show":
        with call.open() as runtime:
            yield _shown(runtime)
    elif action == "set":
        yield _set(call, value)
    else:
        yield _wake(call, value)


def _shown(runtime: Runtime) -> Shown:
    clock = runtime.clock()
    try:
        return Shown(clock, runtime.wakeup(), "")
    except EfirtError as refusal:
        return Shown(clock, None, refusal.message)


def _set(call: Call, value: str) -> Done:
    wanted = None if value == "now" else moments.moment(value)
    with call.open() as runtime:
        if wanted is None:
            present = None
            with suppress(FirmwareError):  # a clock that cannot be read may still be set
                present = runtime.clock().time
            wanted = moments.now_like(present)
        runtime.set_time(wanted)
    return Done("set", None, wanted)


def _wake(call: Call, value: str) -> Done:
    switch = {"on": True, "off": False}.get(value)
    by = moments.delay(value) if value.startswith("+") else None
    wanted = moments.moment(value) if switch is None and by is None else None
    with call.open() as runtime:
        if by is not None:
            wanted = moments.later(runtime.clock().time, by)
        elif switch:
            wanted = _again(runtime)
        runtime.set_wakeup(wanted, enable=switch is not False)
    return Done("wake", switch is not False, wanted)


def _again(runtime: Runtime) -> EfiTime:
    """When an alarm that was switched off would go off next: firmware takes no "on" without a time, nor one that has passed."""
    alarm = runtime.wakeup().time
    if alarm is None:
        raise UsageError("the alarm has no time to be switched on for", "write efirt time wake TIME")
    return moments.next_after(runtime.clock().time, alarm)


def lines(rows: Sequence[Shown | Done], _arguments: Arguments) -> Iterator[str]:
    """For people."""
    for row in rows:
        if isinstance(row, Shown):
            yield from _clock_lines(row)
        elif row.enabled is None:
            yield f"clock set to {row.time}"
        elif row.time is not None:
            yield f"alarm on at {row.time}"
        else:
            yield f"alarm switched {'on' if row.enabled else 'off'}"


def _clock_lines(row: Shown) -> Iterator[str]:
    time, able = row.clock.time, row.clock.capabilities
    problem = time.problem()
    yield f"clock       {time}" + (f": not a time, {problem}" if problem else "")
    if able is not None:
        zeroed = "" if able.sets_to_zero else " not"
        yield f"resolution  {able.resolution} Hz, accuracy {able.accuracy / 1e6:g} ppm; setting it does{zeroed} clear what is below"
    if row.wakeup is None:
        yield f"alarm       unknown: {sentence(row.missing)}"
        return
    alarm = row.wakeup
    at = "no valid time" if alarm.time is None else str(alarm.time)
    yield f"alarm       {'on' if alarm.enabled else 'off'}, {at}" + (", went off" if alarm.pending else "")


def record(rows: Sequence[Shown | Done], _arguments: Arguments) -> dict[str, object]:
    """For programs."""
    row = rows[0]
    if isinstance(row, Done):
        done: dict[str, object] = {"action": row.action, "time": row.time and moments.iso(row.time)}
        return done if row.enabled is None else done | {"enabled": row.enabled}
    able, alarm = row.clock.capabilities, row.wakeup
    return _time(row.clock.time) | {
        "capabilities": able and able._asdict(),
        "wakeup": alarm and {"enabled": alarm.enabled, "pending": alarm.pending, "time": alarm.time and moments.iso(alarm.time)},
        "missing": {} if alarm else {"wakeup": row.missing},
    }


def _time(time: EfiTime) -> dict[str, object]:
    zone = None if time.time_zone == UNSPECIFIED_ZONE else -time.time_zone
    return {"time": moments.iso(time), "zone": zone, "daylight": time.daylight, "problem": time.problem()}
