"""Where a case works: it asks, remembers what it touched, and puts everything back."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from efirt.errors import DriverError, NotCarried, ReplayMismatch
from efirt.ops import (
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Malformed,
    Op,
    QueryVariableInfo,
    Reply,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
    UpdateCapsule,
    VariableInfo,
)
from efirt.ops.malformed import call_malformed
from efirt.ops.variables import FIRST
from efirt.testing.conformance import asked
from efirt.testing.conformance.case import Mismatch, Unprepared
from efirt.testing.conformance.machine import Machine
from efirt.testing.conformance.payloads import Payloads
from efirt.testing.conformance.roads import road_of
from efirt.testing.conformance.words import DEVICE, FULL, NOT_FOUND, OK, STORED, THEIRS, TOO_SMALL, VIOLATION
from efirt.values.attributes import Attributes
from efirt.values.efi_time import UNSPECIFIED_ZONE, EfiTime
from efirt.values.key import Key
from efirt.values.status import Status

_WRITES: Final = (SetVariable, SetTime, SetWakeupTime, GetNextHighMonotonicCount, UpdateCapsule, ResetSystem)
_ROOM: Final = 1 << 16
_MOST_NAMES: Final = 10_000
_LONGEST_NAME: Final = 8192
_OVERHEAD: Final = 128
_NOTES: Final = 0x1000
_STORING: Final = (SetVariable, SetTime, SetWakeupTime, GetNextHighMonotonicCount)
_FOR_LACK_OF_ROOM: Final = frozenset({FULL, VIOLATION, DEVICE})
NO_ROOM: Final = "there is no room left in the store: firmware tidies up when the machine boots again"


class Forbidden(Exception):
    """A case that may not write tried to; nothing was asked."""


class Bench:
    """One case's place.

    Attributes:
        machine: What it runs on.
        payloads: What signs for it.
        last: The question asked last, in words.
        notes: What is worth recording.
    """

    def __init__(
        self,
        machine: Machine,
        payloads: Payloads,
        tell: Callable[[str], None] = lambda _line: None,
        *,
        may_write: bool = True,
        may_destroy: bool = True,
    ) -> None:
        self.machine = machine
        self.payloads = payloads
        self.last = ""
        self.notes: list[str] = []
        self._written: SetVariable | SetTime | SetWakeupTime | GetNextHighMonotonicCount | None = None
        self._tell = tell
        self._may_write = may_write
        self._may_destroy = may_destroy
        self._touched: dict[Key, Reply | None] = {}
        self._clock: tuple[EfiTime, float] | None = None
        self._alarm: Reply | None = None
        self._later: list[Callable[[], None]] = []

    def ask(self, op: Op) -> Reply:
        """Ask firmware.

        Raises:
            NotCarried: The driver has no road for it.
            Mismatch: The road refused it.
            Forbidden: It would write, and may not.
        """
        self.last = asked.question(op)
        self._written = op if isinstance(op, _STORING) else None
        if isinstance(op, _WRITES):
            self._before(op)
        return self._asked(lambda: self.machine.driver.call(op))

    def ask_malformed(self, question: Malformed) -> Reply:
        """Ask with pointers that are NULL, or sizes that lie.

        Raises:
            NotCarried: As :meth:`ask`.
            Mismatch: As :meth:`ask`.
            Forbidden: As :meth:`ask`.
        """
        self.last = asked.malformed(question)
        self._written = None
        if isinstance(question.op, _WRITES):
            self._before(question.op)
        return self._asked(lambda: call_malformed(self.machine.driver, question))

    def touch(self, key: Key, what: str) -> None:
        """Say what will be done to a variable in another way than by asking firmware.

        Raises:
            Forbidden: It may not be done.
        """
        self.last = what
        self._before(SetVariable(key, Attributes(0), b""))
        self._tell(what)

    def _asked(self, ask: Callable[[], Reply]) -> Reply:
        self._tell(self.last)
        try:
            return ask()
        except NotCarried:
            raise
        except DriverError as refusal:
            raise Mismatch(self.last, "an answer of firmware's", f"a refusal on the way: {refusal.message}") from refusal

    def expect(self, reply: Reply, *statuses: Status) -> Reply:
        """The reply, if its status is one of these.

        Raises:
            Unprepared: It is another, since the store is full.
            Mismatch: It is another.
        """
        if reply.status not in statuses and self._is_for_lack_of_room(reply.status):
            raise Unprepared(NO_ROOM)
        if reply.status not in statuses:
            expected = " or ".join(map(str, statuses))
            raise Mismatch(self.last, expected, asked.answer(reply), reply, statuses)
        return reply

    def check(self, holds: bool, expected: str, got: str) -> None:
        """Demand something of what came last.

        Raises:
            Mismatch: It does not hold.
        """
        if not holds:
            raise Mismatch(self.last, expected, got)

    def prepare(self, op: Op, *statuses: Status) -> Reply:
        """Ask for what the case needs before it can ask its own question.

        Raises:
            Unprepared: Firmware has no room for it.
            Mismatch: It answered something else than SUCCESS or the statuses given.
        """
        reply = self.ask(op)
        if reply.status == FULL and FULL not in statuses:
            raise Unprepared(NO_ROOM)
        return self.expect(reply, OK, *statuses)

    def _is_for_lack_of_room(self, status: Status) -> bool:
        """Whether a write was refused for lack of room: its own value's, or that of what firmware notes beside it."""
        op = self._written
        if op is None or status not in _FOR_LACK_OF_ROOM or QueryVariableInfo not in self.machine.driver.carried:
            return False
        need = _OVERHEAD + (_NOTES if status == VIOLATION else 0)
        if isinstance(op, SetVariable):
            if not op.attributes & Attributes.NV:
                return False
            need += len(op.data) + 2 * len(op.key.name)
        room = QueryVariableInfo(STORED)
        self._tell(asked.question(room))
        reply = self.machine.driver.call(room)
        return reply.storage is not None and reply.storage.remaining_storage_size < need

    # What many cases ask.

    def read(self, key: Key) -> Reply:
        """The variable, with room for any."""
        return self.ask(GetVariable(key, _ROOM))

    def names(self, room: int = _LONGEST_NAME) -> list[Key]:
        """Every name, as firmware lists them; a list without an end is a mismatch."""
        found: list[Key] = []
        key = FIRST
        while len(found) < _MOST_NAMES:
            reply = self.ask(GetNextVariableName(key, max(room, 2 * len(key.name) + 2)))
            if reply.status == NOT_FOUND:
                return found
            if reply.status == TOO_SMALL and reply.size:
                reply = self.ask(GetNextVariableName(key, max(reply.size, 2 * len(key.name) + 2)))
            self.expect(reply, OK)
            self.check(reply.key is not None, "a name with its NUL", "none")
            key = reply.key or FIRST
            found.append(key)
        raise Mismatch(self.last, "an end of the list", f"{_MOST_NAMES} names without one")

    def query(self, attributes: int = STORED) -> VariableInfo:
        """The room for variables of a kind.

        Raises:
            Unprepared: The road keeps a part of it back.
            Mismatch: Firmware does not say.
        """
        reply = self.expect(self.ask(QueryVariableInfo(Attributes(attributes))), OK)
        self.check(reply.storage is not None, "three sizes", "none")
        if reply.storage and not reply.storage.maximum_variable_size and not road_of(self.machine.driver).tells_largest:
            raise Unprepared("this driver does not tell how large a variable may be")
        return reply.storage or VariableInfo(0, 0, 0)

    def largest(self, key: Key, attributes: int = STORED) -> int:
        """How many bytes a variable of this name may hold.

        Raises:
            Unprepared: The store is full.
            Mismatch: As :meth:`query`.
        """
        size = self.query(attributes).maximum_variable_size - 2 * (len(key.name) + 1)
        if size < 1:
            raise Unprepared(NO_ROOM)
        return size

    def now(self) -> EfiTime:
        """What the clock shows."""
        reply = self.expect(self.ask(GetTime()), OK)
        self.check(reply.time is not None, "a time", "none")
        return reply.time or EfiTime()

    def moment(self) -> EfiTime:
        """What the clock shows, for a case that goes on from there.

        Raises:
            Unprepared: It shows what is no time, which other cases are about.
        """
        time = self.now()
        problem = time.problem()
        if problem is not None:
            raise Unprepared(f"the clock shows what is no time: {problem}")
        return time

    def later(self, undo: Callable[[], None]) -> None:
        """Do something when the case has ended; the last comes first."""
        self._later.append(undo)

    # Putting back.

    def _before(self, op: Op) -> None:
        foreign = not isinstance(op, SetVariable) or op.key.guid not in THEIRS
        if not self._may_write or (foreign and not self._may_destroy and not isinstance(op, SetWakeupTime)):
            raise Forbidden(f"{self.last} was not asked: this run may not change that")
        if isinstance(op, SetVariable) and op.key not in self._touched:
            self._touched[op.key] = self.machine.driver.call(GetVariable(op.key, _ROOM)) if foreign and op.key.name else None
        elif isinstance(op, SetTime) and self._clock is None:
            reply = self.machine.driver.call(GetTime())
            self._clock = (reply.time, self.machine.elapsed()) if reply.time is not None else None
        elif isinstance(op, SetWakeupTime) and self._alarm is None:
            self._alarm = self.machine.driver.call(GetWakeupTime())

    def clean(self) -> list[str]:
        """Put everything back, whatever happened; what could not be, in words."""
        left: list[str] = []
        for undo in reversed(self._later):
            with suppress(Mismatch, Unprepared, DriverError):
                undo()
        for key, before in reversed(self._touched.items()):
            try:
                left += self._restore(key, before)
            except (NotCarried, ReplayMismatch):  # nothing was changed; a recording keeps nothing
                continue
            except DriverError as refusal:
                left.append(f"{key} could not be put back: {refusal.message}")
        try:
            left += self._restore_clock()
        except (NotCarried, ReplayMismatch):
            pass
        except DriverError as refusal:
            left.append(f"the clock could not be set back: {refusal.message}")
        self._touched.clear()
        self._later.clear()
        return left

    def _restore(self, key: Key, before: Reply | None) -> list[str]:
        call = self.machine.driver.call
        present = call(GetVariable(key, _ROOM))
        if before is not None and before.status == OK:
            if present[:4] != before[:4]:
                call(SetVariable(key, Attributes(before.attributes or 0), before.data or b""))
            return [] if call(GetVariable(key, _ROOM))[:4] == before[:4] else [f"{key} is not what it was"]
        if not key.name or present.status != OK:
            return []
        if present.attributes is not None and present.attributes & Attributes.AT:
            self.payloads.delete(call, key, present.attributes)
        else:
            call(SetVariable(key, Attributes(0), b""))
        return [f"{key} is left behind"] if call(GetVariable(key, _ROOM)).status == OK else []

    def _restore_clock(self) -> list[str]:
        call = self.machine.driver.call
        (was, at), alarm = self._clock or (None, 0.0), self._alarm
        self._clock = self._alarm = None
        moment = None if was is None else _after(was, self.machine.elapsed() - at)
        if moment is not None:
            call(SetTime(moment))
        if alarm is not None:
            if alarm.enabled and alarm.time is not None:
                call(SetWakeupTime(enable=True, time=alarm.time))
            else:
                call(SetWakeupTime(enable=False))
        return [] if was is None or moment is not None else ["the clock is not what it was: it showed no time"]


def _after(was: EfiTime, seconds: float) -> EfiTime | None:
    """A time so much later; None where that was none. A zone that cannot be, which some firmware tells, is none."""
    from datetime import timedelta  # noqa: PLC0415 - only after a clock was set

    kept = was if was.problem() is None else was._replace(nanosecond=0, time_zone=UNSPECIFIED_ZONE, daylight=0)
    if kept.problem() is not None:
        return None
    began = kept._replace(nanosecond=0, time_zone=UNSPECIFIED_ZONE).to_datetime()
    moment = EfiTime.from_datetime(began + timedelta(seconds=round(seconds)))
    return moment._replace(time_zone=kept.time_zone, daylight=kept.daylight, nanosecond=kept.nanosecond)
