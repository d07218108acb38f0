"""Runtime services with manners: buffers grow, names iterate, a refusal is an exception."""

from efirt.annotation import TYPE_CHECKING, Callable, Final, Iterator, Mapping, NamedTuple, Self
from efirt.errors import DecodeError, DriverError, EfirtError, FirmwareError, NotFound, firmware_error
from efirt.later import Later
from efirt.ops import (
    Driver,
    GetNextHighMonotonicCount,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    QueryVariableInfo,
    Reply,
    SetTime,
    SetVariable,
    SetWakeupTime,
    TimeCapabilities,
    VariableInfo,
)
from efirt.runtime.enumeration import NameRoom, names, warned
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.key import Key, Variable
from efirt.values.status import Status
from efirt.wire.text import encode_char16

if TYPE_CHECKING:
    from datetime import datetime  # 2 ms that most commands need not pay

    from efirt.runtime import explanations, facts, guards
    from efirt.runtime.facts import Information, Table
else:  # what a listing does not need
    explanations, facts, guards = Later("efirt.runtime.explanations"), Later("efirt.runtime.facts"), Later("efirt.runtime.guards")

NV_BS_RT: Final = Attributes(0x7)
_FIRST_ROOM: Final = 4096
_MOST_ROOM: Final = 64 << 20
_TRIES: Final = 8


class Clock(NamedTuple):
    """What the clock shows, to the byte, and what it can do.

    Attributes:
        time: The time, with its zone and daylight bits.
        capabilities: Resolution and accuracy; None where the road does not carry them.
    """

    time: EfiTime
    capabilities: TimeCapabilities | None


class Wakeup(NamedTuple):
    """The alarm.

    Attributes:
        enabled: Whether it is on.
        pending: Whether it went off and was not acknowledged.
        time: When; None where firmware holds no valid time.
    """

    enabled: bool
    pending: bool
    time: EfiTime | None


def _key(key: Key | str) -> Key:
    if not isinstance(key, Key):
        return Key.parse(key)
    problem = key.problem()
    if problem:
        message = f"{key.name!r} cannot name a variable: {problem}"
        raise ValueError(message)
    return key


def _time(moment: "datetime | EfiTime") -> EfiTime:
    time = moment if isinstance(moment, EfiTime) else EfiTime.from_datetime(moment)
    problem = time.problem()
    if problem:
        message = f"firmware's clock cannot hold this time: {problem}"
        raise ValueError(message)
    return time


def _refused(reply: Reply, asked: str, words: "explanations.Words", op: Op | None) -> FirmwareError:
    refusal = firmware_error(reply.status, asked, *words, reply)
    refusal.op = op
    return refusal


class Runtime:
    """A driver with manners.

    Everywhere a key may be a :class:`~efirt.Key` or text: a name the specification knows (``"BootOrder"``, ``"db"``) means its own
    GUID, another bare name the global namespace, ``"Name-12345678-1234-1234-1234-123456789abc"`` any other.

    Every method can raise :class:`~efirt.errors.FirmwareError` (firmware said no), :class:`~efirt.errors.DriverError` (the road
    did), :class:`~efirt.errors.DecodeError` (what came back makes no sense) and ValueError (what was asked makes no sense).

    Attributes:
        driver: The road, kept for good.
        warn: Takes what firmware does wrong and is not an error, as a sentence; Python's warnings (``FirmwareWarning``) unless replaced.
    """

    def __init__(self, driver: Driver, warn: Callable[[str], None] = warned) -> None:
        self.driver = driver
        self.warn = warn
        self._room = _FIRST_ROOM
        self._names = NameRoom()

    @property
    def name(self) -> str:
        """The driver's name."""
        return self.driver.name

    @property
    def hypercalls(self) -> int | None:
        """Hypercalls made so far; None on a driver that makes none."""
        return getattr(self.driver, "hypercalls", None)

    def call(self, op: Op) -> Reply:
        """Ask exactly this, and get the raw answer, whatever its status."""
        return self.driver.call(op)

    def get(self, key: Key | str) -> Variable:
        """Read a variable; its buffer grows as needed.

        Raises:
            NotFound: It is not visible.
        """
        return self._get(_key(key))

    def _get(self, key: Key) -> Variable:
        asked = f"get {key}"
        for _ in range(_TRIES):
            room = self._room
            op = GetVariable(key, room)
            reply = self._ask(op)
            if reply.status != Status.BUFFER_TOO_SMALL:
                return self._variable(key, self._checked(reply, asked, "GET", op))
            needed = reply.size or 0
            if not room < needed <= _MOST_ROOM:
                raise DecodeError(asked, None, f"firmware says that {room} bytes are too few and {needed} are needed")
            self._room = max(self._room, needed)
        raise DecodeError(asked, None, "the variable grows faster than it can be read", "try again when nobody writes to it")

    def set(self, key: Key | str, data: bytes, attributes: int = NV_BS_RT, *, force: bool = False) -> None:
        """Create or overwrite a variable.

        Args:
            key: Which.
            data: Its value; an empty one deletes, as firmware has it.
            attributes: What it is created with, and must be overwritten with; with APPEND the data goes behind the present value.
            force: Pass the guards: room that has to stay free, a value firmware could not use, a deletion that can end badly.

        Raises:
            Refused: A guard stands before it.
            ValueError: The name, the attributes or the size make no sense.
        """
        key, attributes = _key(key), Attributes(attributes)
        guards.check_attributes(key, attributes)
        present = self._present(key) if attributes & Attributes.APPEND and not force else None
        self._write(key, data, attributes, present, force=force)

    def append(self, key: Key | str, data: bytes, attributes: int | None = None, *, force: bool = False) -> None:
        """Put data behind a variable's value; create it when it is not there.

        Args:
            key: Which.
            data: What to add.
            attributes: The variable's; None for those it has, or NV+BS+RT for a new one.
            force: Pass the guards.

        Raises:
            Refused: A guard stands before it.
        """
        key = _key(key)
        if attributes is not None:
            self.set(key, data, Attributes(attributes) | Attributes.APPEND, force=force)
            return
        present = self._present(key)
        attributes = (present.attributes if present else NV_BS_RT) | Attributes.APPEND
        guards.check_attributes(key, attributes)
        self._write(key, data, attributes, present, force=force)

    def delete(self, key: Key | str, *, force: bool = False) -> None:
        """Delete a variable.

        Raises:
            NotFound: It is not there.
            Refused: Linux marks it immutable, and ``force`` is not given.
        """
        key = _key(key)
        if not force:
            guards.check_delete(key)
        self._set(f"delete {key}", SetVariable(key, Attributes(0), b""))

    def names(self) -> Iterator[Key]:
        """Every visible variable's key, once each, in firmware's order."""
        return names(self.driver, self._names, self.warn)

    def variables(self) -> Iterator[Variable]:
        """Every visible variable, in firmware's order; one that vanishes meanwhile is left out."""
        for key in self.names():
            try:
                variable = self._get(key)  # as firmware spelled it, also where nobody should ask for such a name
            except NotFound:
                continue
            yield variable

    def query(self, attributes: int = NV_BS_RT, *, boot_snapshot: bool = False) -> VariableInfo:
        """How much room there is for variables of a kind.

        Args:
            attributes: The kind.
            boot_snapshot: What Xen was told before boot services ended; on other roads as live.
        """
        reply = self.driver.call(QueryVariableInfo(Attributes(attributes), boot_snapshot))
        asked = f"query variables of attributes {Attributes(attributes)}"
        self._checked(reply, asked, "OTHER")
        return reply.storage or VariableInfo(0, 0, 0)

    def clock(self) -> Clock:
        """The clock to the byte, and its capabilities."""
        reply = self._checked(self.driver.call(GetTime()), "get the time", "CLOCK")
        return Clock(reply.time or EfiTime(), reply.capabilities)

    def time(self) -> "datetime":
        """The clock's time, aware where it knows its zone.

        Raises:
            DecodeError: The clock does not hold a time.
        """
        try:
            return self.clock().time.to_datetime()
        except ValueError as cause:
            raise DecodeError("the time", None, str(cause), "set the clock (efirt time set)") from None

    def set_time(self, moment: "datetime | EfiTime") -> None:
        """Set the clock; a naive ``datetime`` leaves the zone unspecified.

        Raises:
            ValueError: It is not a time between 1900 and 9999.
        """
        self._checked(self.driver.call(SetTime(_time(moment))), "set the time", "CLOCK")

    def wakeup(self) -> Wakeup:
        """The alarm as it is set."""
        reply = self._checked(self.driver.call(GetWakeupTime()), "get the wake-up time", "CLOCK")
        time = reply.time if reply.time is not None and not reply.time.problem() else None
        return Wakeup(bool(reply.enabled), bool(reply.pending), time)

    def set_wakeup(self, moment: "datetime | EfiTime | None" = None, *, enable: bool = True) -> None:
        """Set the alarm; without a time, switch the one that is set on or off.

        Raises:
            ValueError: It is not a time between 1900 and 9999.
        """
        time = None if moment is None else _time(moment)
        self._checked(self.driver.call(SetWakeupTime(enable, time)), "set the wake-up time", "CLOCK")

    def monotonic(self) -> int:
        """The next value of the monotonic count's high half; each call writes to firmware's store."""
        reply = self._checked(self.driver.call(GetNextHighMonotonicCount()), "get the monotonic count", "OTHER")
        return reply.count or 0

    def info(self) -> "Information":
        """What is known of the firmware; what cannot be had is None, with the reason."""
        return facts.information(self.driver)

    def tables(self) -> "tuple[Table, ...]":
        """The configuration tables with a known GUID that are there.

        Raises:
            NotCarried: The driver cannot look for them.
        """
        return facts.tables(self.driver)

    def close(self) -> None:
        """Close the driver; later calls raise NoDriver."""
        self.driver.close()

    def __enter__(self) -> Self:
        """The runtime itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close."""
        self.close()

    def _variable(self, key: Key, reply: Reply) -> Variable:
        data = reply.data or b""
        size = len(data) if reply.size is None else reply.size
        if size != len(data):
            raise DecodeError(f"get {key}", None, f"firmware says that it gave {size} bytes, and {len(data)} came back")
        self._room = max(self._room, size)
        return Variable(key, reply.attributes or Attributes(0), data)

    def _present(self, key: Key) -> Variable | None:
        try:
            return self._get(key)
        except NotFound:
            return None

    def _write(self, key: Key, data: bytes, attributes: Attributes, present: Variable | None, *, force: bool) -> None:
        data = bytes(memoryview(data))  # bytes(5) would be five zeros
        if not force:
            self._guard(key, data, attributes, present)
        self._set(f"set {key}", SetVariable(key, attributes, data))

    def _guard(self, key: Key, data: bytes, attributes: Attributes, present: Variable | None) -> None:
        """The guards look at the whole value that a write leaves: firmware writes all of it anew, also where it only appends."""
        if attributes & Attributes.APPEND:
            whole = present.data + data if present else data
        elif data:
            whole = data
        else:
            guards.check_delete(key)
            return
        # What an authenticated write carries in front is no part of the value, and only firmware can tell where it ends.
        if data and not attributes & Attributes.AT:
            guards.check_content(key, whole)
        if data:
            self._check_room(key, whole, attributes)

    def _check_room(self, key: Key, data: bytes, attributes: Attributes) -> None:
        if not attributes & Attributes.NV or QueryVariableInfo not in self.driver.carried:
            return
        try:
            reply = self.driver.call(QueryVariableInfo(attributes & ~Attributes.APPEND))
        except DriverError:  # firmware older than UEFI 2.0 cannot tell, and Xen says so in its own way
            return
        if reply.storage is not None and not reply.status.is_error:
            guards.check_room(key, len(data), len(data) + len(encode_char16(key.name)), reply.storage)

    def _set(self, asked: str, op: SetVariable) -> None:
        reply = self._ask(op)
        words = self._about_attributes(op) if reply.status == Status.INVALID_PARAMETER and op.attributes else None
        if words:
            raise _refused(reply, asked, words, op)
        self._checked(reply, asked, "SET", op)

    def _about_attributes(self, op: SetVariable) -> "explanations.Words | None":
        try:
            present = self.driver.call(GetVariable(op.key, _FIRST_ROOM)).attributes
        except EfirtError:  # the first refusal is the one to tell
            present = None
        given = op.attributes & ~Attributes.APPEND
        if present and present != given:
            why = f"the variable exists with attributes {present}, and was written with {given}"
            return why, f"write it with {present}, or delete it first"
        return None if given & Attributes.NV else explanations.VOLATILE

    def _ask(self, op: GetVariable | SetVariable) -> Reply:
        try:
            return self.driver.call(op)
        except EfirtError as refusal:
            refusal.op = op
            raise

    def _checked(self, reply: Reply, asked: str, table: str, op: Op | None = None) -> Reply:
        if reply.status.is_error:
            words: Mapping[int, explanations.Words] = getattr(explanations, table)
            raise _refused(reply, asked, words.get(reply.status, ("", "")), op)
        return reply
