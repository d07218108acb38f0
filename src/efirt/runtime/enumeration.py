"""Walking the names of a firmware that may change, or misbehave, under the walk."""

from efirt.annotation import Callable, Final, Iterator
from efirt.errors import DecodeError, firmware_error
from efirt.ops import Driver, GetNextVariableName, Reply
from efirt.ops.variables import FIRST
from efirt.values.key import Key
from efirt.values.status import Status

_FIRST_ROOM: Final = 512
_MOST_ROOM: Final = 1 << 20
_MOST_NAMES: Final = 100_000
_TRIES: Final = 8
_WHERE: Final = "list the names"


class FirmwareWarning(UserWarning):
    """Firmware misbehaves; what was done about it is in the text."""


def warned(text: str) -> None:
    """Tell it as Python's warnings are told."""
    from warnings import warn  # noqa: PLC0415 - rare

    warn(text, FirmwareWarning, stacklevel=3)


class NameRoom:
    """Bytes to have ready for a name: what the longest one so far needed.

    Attributes:
        size: Bytes. It begins at what the oldest firmware takes, which refuses more.
    """

    __slots__ = ("size",)

    def __init__(self) -> None:
        self.size = _FIRST_ROOM


class _Walk:
    """One walk: where it stands, and what it has seen.

    Attributes:
        at: The name it stands on.
        seen: The names it has given.
        passed: Those it has come by once more since the last new one, or since it began again.
        lost: Those that vanished under it since the last new one.
    """

    def __init__(self, driver: Driver, room: NameRoom) -> None:
        self._driver = driver
        self._room = room
        self.at = FIRST
        self.seen: set[Key] = set()
        self.passed: set[Key] = set()
        self.lost: set[Key] = set()

    def ask(self) -> Reply:
        """The name after the one it stands on, in a buffer that grows."""
        for _ in range(_TRIES):
            reply = self._driver.call(GetNextVariableName(self.at, self._room.size))
            if reply.status != Status.BUFFER_TOO_SMALL:
                return reply
            needed = reply.size or 0
            if needed % 2 or not self._room.size < needed <= _MOST_ROOM:
                raise DecodeError(
                    _WHERE, None, f"firmware says that {self._room.size} bytes are too few for a name and {needed} are needed"
                )
            self._room.size = needed
        raise DecodeError(_WHERE, None, "a name grows faster than it can be read", "try again when nobody writes variables")

    def begin_again(self) -> bool:
        """Go back to the beginning, since its place has vanished; not twice for one place, so that there is an end."""
        if self.at == FIRST or self.at in self.lost:
            return False
        self.lost.add(self.at)
        self.passed.clear()
        self.at = FIRST
        return True

    def step(self, reply: Reply) -> Key:
        """Move on to the name that came back."""
        key = reply.key
        if key is None:
            raise DecodeError(_WHERE, None, f"the name behind {self.at.name!r} came back without a NUL in {self._room.size} bytes")
        size = reply.size or 0
        if size % 2 or size > self._room.size:
            raise DecodeError(_WHERE, None, f"the name {key.name!r} came back with a size of {size} bytes in a buffer of {self._room.size}")
        if not key.name:
            raise DecodeError(_WHERE, None, f"an empty name came back behind {self.at.name!r}")
        self.at = key
        return key


def names(driver: Driver, room: NameRoom | None = None, warn: Callable[[str], None] = warned) -> Iterator[Key]:
    """Every visible variable's key, once each, in firmware's order.

    A walk whose place vanishes begins again and leaves out what it has given. Firmware that goes in a circle gets a
    :class:`FirmwareWarning` and an end.

    Args:
        driver: Whom to ask.
        room: What earlier walks have learnt, and this one adds to.
        warn: Takes what firmware does wrong, as a sentence.

    Raises:
        FirmwareError: Firmware refuses to list.
        DecodeError: A name came back that is none.
    """
    walk = _Walk(driver, room or NameRoom())
    while len(walk.seen) < _MOST_NAMES:
        reply = walk.ask()
        if reply.status == Status.NOT_FOUND:
            return
        if reply.status == Status.INVALID_PARAMETER and walk.begin_again():
            continue
        if reply.status.is_error:
            raise firmware_error(reply.status, f"{_WHERE} behind {walk.at.name!r}", reply=reply)
        key = walk.step(reply)
        if key not in walk.seen:
            walk.seen.add(key)
            walk.passed.clear()
            walk.lost.clear()
            yield key
        elif key in walk.passed:
            warn(f"firmware lists names in a circle, at {key.name!r}: stopped after {len(walk.seen)}")
            return
        else:
            walk.passed.add(key)
    raise DecodeError(_WHERE, None, f"firmware has listed {_MOST_NAMES} names and does not stop")
