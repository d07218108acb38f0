"""The kinds of faults: each stands between a question and who answers it."""

from collections.abc import Callable
from fnmatch import fnmatchcase

from efirt.annotation import Final, NamedTuple, Protocol
from efirt.errors import DriverError
from efirt.ops.clock import SetTime, SetWakeupTime
from efirt.ops.driver import Op
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import encode_char16

Ask = Callable[[Op], Reply]

WRITES: Final = frozenset({SetVariable, SetTime, SetWakeupTime, GetNextHighMonotonicCount, UpdateCapsule})
"""What counts as a write of firmware's: variables, the clock, the alarm, the counter, capsules."""

_AUTHENTICATED: Final = Attributes.AT | Attributes.AW | Attributes.ENH
_ROOM: Final = 1 << 20


class Fault(Protocol):
    """What may go wrong."""

    def call(self, ask: Ask, op: Op) -> Reply:
        """Answer, or ask who would have been asked."""


class Which(NamedTuple):
    """Which of several things in a row.

    Attributes:
        first: The first, from 1.
        on: Whether all that follow as well.
    """

    first: int = 1
    on: bool = True

    def has(self, number: int) -> bool:
        """Whether it is one of them."""
        return number >= self.first if self.on else number == self.first


def named(key: Key, pattern: str) -> bool:
    """Whether a variable has the name, or the name and GUID, of a pattern; ``*`` in it is anything."""
    return fnmatchcase(key.name, pattern) or fnmatchcase(str(key), pattern)


class Failure:
    """Calls of a kind fail, and do not arrive.

    Args:
        operations: What kind.
        pattern: Only those for a variable of this name.
        which: Which of those.
        outcome: What comes back instead.
    """

    def __init__(self, operations: frozenset[type[Op]], pattern: str, which: Which, outcome: Callable[[Op], Reply]) -> None:
        self._operations, self._pattern, self._which, self._outcome = operations, pattern, which, outcome
        self._number = 0

    def call(self, ask: Ask, op: Op) -> Reply:
        """Answer instead where it is one of those."""
        if type(op) not in self._operations or not self._is_named(op):
            return ask(op)
        self._number += 1
        return self._outcome(op) if self._which.has(self._number) else ask(op)

    def _is_named(self, op: Op) -> bool:
        key = getattr(op, "key", None)
        return self._pattern == "*" or (key is not None and named(key, self._pattern))


def _instead(ask: Ask, op: SetVariable, refusal: Reply) -> Reply:
    """Write a variable in place of one with other attributes, which stays where that is refused."""
    old = ask(GetVariable(op.key, _ROOM))
    if old.data is None or old.attributes in {None, op.attributes} or old.attributes & _AUTHENTICATED:
        return refusal
    if ask(SetVariable(op.key, Attributes(0), b"")).status.is_error:
        return refusal
    reply = Reply(refusal.status)
    try:
        reply = ask(op)
    finally:
        if reply.status.is_error:
            ask(SetVariable(op.key, old.attributes, old.data))
    return reply


class Vanishing:
    """A variable vanishes right after a walk has given its name, until somebody writes it again; then it holds what that write says.

    Args:
        pattern: Only one of this name.
        which: Which of those.
    """

    def __init__(self, pattern: str, which: Which) -> None:
        self._pattern, self._which = pattern, which
        self._number = 0
        self._gone: set[Key] = set()

    def call(self, ask: Ask, op: Op) -> Reply:
        """Answer as if what has vanished were not there."""
        if isinstance(op, GetNextVariableName):
            return self._walk(ask, op)
        gone = isinstance(op, GetVariable | SetVariable) and op.key in self._gone
        if isinstance(op, GetVariable) and gone:
            return Reply(Status.NOT_FOUND)
        return self._write(ask, op) if isinstance(op, SetVariable) and gone else ask(op)

    def _write(self, ask: Ask, op: SetVariable) -> Reply:
        """Create what has vanished: where it is still there, it is written over, an append to it too."""
        attributes = op.attributes & ~Attributes.APPEND
        if not op.data and op.attributes & Attributes.APPEND and attributes:
            return Reply(Status.SUCCESS)  # appending nothing changes nothing
        if not op.data or not attributes:
            return Reply(Status.NOT_FOUND)
        if not attributes & _AUTHENTICATED:  # a signature is about the attributes, too
            op = op._replace(attributes=attributes)
        reply = ask(op)
        if reply.status == Status.INVALID_PARAMETER:
            reply = _instead(ask, op, reply)
        if not reply.status.is_error:
            self._gone.remove(op.key)
        return reply

    def _walk(self, ask: Ask, op: GetNextVariableName) -> Reply:
        if op.key in self._gone:
            return Reply(Status.INVALID_PARAMETER)
        reply = ask(op)
        for _ in self._gone:  # so often and no more, since firmware may go in a circle
            if reply.key is None or reply.key not in self._gone:
                break
            reply = ask(op._replace(key=reply.key))
        if reply.key is not None and named(reply.key, self._pattern):
            self._number += 1
            if self._which.has(self._number):
                self._gone.add(reply.key)
        return reply


class Space:
    """The store takes so much more of non-volatile variables, names included, and what is deleted does not come back.

    What firmware notes by itself, of a clock that is set or of a count that is taken, is not in it: how much that is only firmware knows.

    Args:
        left: Bytes.
    """

    def __init__(self, left: int) -> None:
        self._left = left

    def call(self, ask: Ask, op: Op) -> Reply:
        """Refuse what does not fit, and tell how much does."""
        if isinstance(op, QueryVariableInfo) and op.attributes & Attributes.NV and not op.boot_snapshot:
            return self._tell(ask(op))
        if not isinstance(op, SetVariable) or not op.data or not op.attributes & Attributes.NV:
            return ask(op)
        size = len(encode_char16(op.key.name)) + len(op.data)
        if size > self._left:
            return Reply(Status.OUT_OF_RESOURCES)
        reply = ask(op)
        self._left -= 0 if reply.status.is_error else size
        return reply

    def _tell(self, reply: Reply) -> Reply:
        if reply.storage is None:
            return reply
        remaining = min(reply.storage.remaining_storage_size, self._left)
        return reply._replace(storage=reply.storage._replace(remaining_storage_size=remaining))


class PowerCut:
    """The power goes after so many writes that firmware has taken, of :data:`WRITES`; they stay.

    Args:
        after: How many.
    """

    def __init__(self, after: int) -> None:
        self._after = after
        self._left = after

    def call(self, ask: Ask, op: Op) -> Reply:
        """Answer while there is power.

        Raises:
            DriverError: There is none.
        """
        if not self._left:
            raise DriverError(f"{type(op).__name__}: power lost after {self._after} writes", "this is a fault that was asked for")
        reply = ask(op)
        if type(op) in WRITES and not reply.status.is_error:
            self._left -= 1
        return reply
