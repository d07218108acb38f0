"""Why firmware, or the way there, said no; and what it would say: from what can be looked up on the machine, without a write.

``explain_refusal`` looks at an error that was raised, ``explain_variable`` at a variable before anything is tried. Both read one table of
what can stand in the way (:mod:`efirt.views.explain_rows`), so that what is said before a write and after it is the same.
"""

from efirt.annotation import Any, Final, NamedTuple
from efirt.errors import DriverError, EfirtError, FirmwareError, NotFound, Unsupported
from efirt.ops import GetVariable
from efirt.runtime.services import Runtime
from efirt.values.errno_tables import errno_for, may_stand_for, system_behind
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.views.explain_names import Title, title_of
from efirt.views.explain_obstacle import (
    DESCRIPTOR,
    NO,
    NOTHING,
    SIGNED,
    UNKNOWN,
    YES,
    Obstacle,
    standing,
    words,
)
from efirt.views.explain_rows import ROWS
from efirt.views.explain_state import State, state_of, state_without_asking
from efirt.views.explain_try import ACTIONS, DELETE, Try, thought_of, tried
from efirt.views.explain_unseen import UNSEEN_ROWS

_WORST_FIRST: Final = (NO, UNKNOWN, SIGNED, DESCRIPTOR)
_WITH_REMARKS: Final = frozenset({YES, SIGNED, DESCRIPTOR})
_TITLES: Final = {"linux": "Linux", "freebsd": "FreeBSD", "netbsd": "NetBSD"}
_COMMON: Final = (
    Status.INVALID_PARAMETER,
    Status.UNSUPPORTED,
    Status.WRITE_PROTECTED,
    Status.OUT_OF_RESOURCES,
    Status.SECURITY_VIOLATION,
    Status.ACCESS_DENIED,
    Status.DEVICE_ERROR,
    Status.NOT_FOUND,
)


class Reason(NamedTuple):
    """Something that stands in the way.

    Attributes:
        name: A word for programs.
        why: What it is, as a sentence.
        advice: What to do about it; may be empty.
    """

    name: str
    why: str
    advice: str

    def record(self) -> dict[str, str]:
        """All of it for programs."""
        return dict(self._asdict())


class Explanation(NamedTuple):
    """What became of a call that was refused.

    Attributes:
        action: What was tried: ``read``, ``create``, ``overwrite``, ``append`` or ``delete``.
        key: With which variable.
        statuses: What firmware can have answered, where a kernel gave a number that stands for several; the likeliest first.
        errno: That number; None where firmware's own status came back.
        is_certain: Whether what can be looked up shows the reasons, rather than only not contradicting them.
        reasons: Why, the likeliest first; none that the state of the machine contradicts.
        told: What firmware answered, and the first reason, as a sentence; empty where the error tells it as well as it can be told.
        state: What was looked up.
    """

    action: str
    key: Key
    statuses: tuple[Status, ...]
    errno: int | None
    is_certain: bool
    reasons: tuple[Reason, ...]
    told: str
    state: State

    def record(self) -> dict[str, Any]:
        """All of it for programs."""
        return {
            "action": self.action,
            "name": self.key.name,
            "guid": str(self.key.guid),
            "statuses": [str(status) for status in self.statuses],
            "certain": self.is_certain,
            "reasons": [reason.record() for reason in self.reasons],
            "state": self.state.record(),
        }


class Ability(NamedTuple):
    """What may be done.

    Attributes:
        action: ``read``, ``create``, ``overwrite``, ``append`` or ``delete``.
        may: ``yes`` (nothing that can be seen stands in the way of a sensible value), ``no``, ``signed`` (a signed update only),
            ``descriptor`` (behind an authentication descriptor, whose signature nobody looks at now) or ``unknown``.
        reasons: What stands in the way, the surest first.
    """

    action: str
    may: str
    reasons: tuple[Reason, ...]

    def record(self) -> dict[str, Any]:
        """All of it for programs."""
        return {"action": self.action, "may": self.may, "reasons": [reason.record() for reason in self.reasons]}


class Outlook(NamedTuple):
    """A variable, and what may be done with it now.

    Attributes:
        key: Which.
        title: What it is.
        state: What was looked up.
        abilities: What may be done, in the order of :data:`~efirt.views.explain_try.ACTIONS`.
    """

    key: Key
    title: Title
    state: State
    abilities: tuple[Ability, ...]


def explain_variable(runtime: Runtime, key: Key | str) -> Outlook:
    """What a variable is, and what may be done with it; nothing is written, and nothing of the firmware's raises.

    Locks of the platform's, and variables that are hidden while an operating system runs, show only when a write is refused.

    Args:
        runtime: Where it is.
        key: Which; text as :class:`~efirt.Runtime` takes it.

    Raises:
        ValueError: The text names no variable.
    """
    key = key if isinstance(key, Key) else Key.parse(key)
    state = state_of(runtime, key)
    return Outlook(key, title_of(key), state, tuple(_ability(action, state) for action in ACTIONS))


def _ability(action: str, state: State) -> Ability:
    thought = thought_of(action, state)
    rows = standing(ROWS, thought, state)
    may = next((verdict for verdict in _WORST_FIRST if any(row.verdict == verdict for row in rows)), YES)
    remarks = frozenset({YES}) if may in _WITH_REMARKS else frozenset()
    told = [row for row in rows if row.verdict in {may, *remarks}]
    return Ability(action, may, tuple(_reason(row, thought, state) for row in told))


def _reason(row: Obstacle, w: Try, s: State) -> Reason:
    said = words(w, s)
    return Reason(row.name, row.why.format(**said), row.advice.format(**said))


def explain_refusal(runtime: Runtime, error: EfirtError) -> Explanation | None:
    """Why a call about one variable was refused; None where the error is about something else, or the driver is gone.

    It reads, and only reads; what cannot be read is left out.

    Args:
        runtime: Where it was refused.
        error: What :class:`~efirt.Runtime` raised.
    """
    key = getattr(error.op, "key", None)
    if not isinstance(error, FirmwareError | DriverError) or not isinstance(key, Key) or not key.name:
        return None
    state = _state(runtime, key, error)
    w = tried(error.op, state)
    if w is None:
        return None
    if isinstance(error, DriverError):
        return _of_road(error, w, state)
    return _of_firmware(error, w, state, runtime.name)


def _state(runtime: Runtime, key: Key, error: EfirtError) -> State:
    """What can matter: firmware that was not reached is not asked anything, nor is one that did not give out a variable."""
    if isinstance(error, FirmwareError) and not isinstance(error.op, GetVariable):
        return state_of(runtime, key)
    is_there = False if isinstance(error, NotFound) else None
    return state_without_asking(runtime, key, is_there=is_there, services=isinstance(error, Unsupported))


def explained(runtime: Runtime, error: EfirtError) -> None:
    """Look into an error, and have it say what was found: its message, its advice, and ``explanation``.

    Args:
        runtime: Where it was raised.
        error: What :class:`~efirt.Runtime` raised.
    """
    found = explain_refusal(runtime, error)
    error.explanation = found
    if found is not None and found.told and isinstance(error, FirmwareError):
        error.message = error.message.replace(error.told, found.told, 1)
        error.told, error.advice = found.told, found.reasons[0].advice


def _of_road(error: DriverError, w: Try, s: State) -> Explanation:
    rows = [row for row in standing(ROWS, w, s) if row.statuses == NOTHING and row.verdict == NO]
    reasons = [_reason(row, w, s) for row in rows] or [Reason("road", error.message, error.advice)]
    return Explanation(w.action, w.key, (), error.os_errno, bool(rows), tuple(reasons), "", s)


def _of_firmware(error: FirmwareError, w: Try, s: State, driver: str) -> Explanation:
    number = getattr(error.reply, "os_errno", None)
    system = system_behind(driver)
    possible = _possible(error.status, number if system else None, system, deleting=w.action == DELETE)
    rows = [row for row in standing(ROWS, w, s) if row.statuses & possible]
    certain = [row for row in rows if row.verdict in {NO, SIGNED}]
    unseen = [row for row in standing(UNSEEN_ROWS, w, s) if row.statuses & possible]
    chosen = certain or sorted([*rows, *unseen], key=lambda row: error.status not in row.statuses)
    statuses = _ordered(error.status, possible, chosen)
    reasons = tuple(_reason(row, w, s) for row in chosen)
    told = f"{_answer(statuses, number, system)} ({reasons[0].why})" if reasons else ""
    return Explanation(w.action, w.key, statuses, number, bool(certain), reasons, told, s)


def _possible(status: Status, number: int | None, system: str, *, deleting: bool) -> frozenset[Status]:
    """The statuses that a kernel makes this number of."""
    others = () if number is None else (one for one in _COMMON if may_stand_for(one, number, system, deleting=deleting))
    return frozenset({status, *others})


def _ordered(status: Status, possible: frozenset[Status], rows: list[Obstacle]) -> tuple[Status, ...]:
    """The likeliest first: those of the first row, the driver's own guess before others."""
    first = rows[0].statuses & possible if rows else frozenset()
    return tuple(sorted(possible, key=lambda one: (one not in first, one != status, int(one))))


def _answer(statuses: tuple[Status, ...], number: int | None, system: str) -> str:
    """What firmware answered, as far as a kernel's number tells."""
    if len(statuses) == 1:
        return f"firmware answered {statuses[0]}"
    name = next((name for name, value in (errno_for(one, system) for one in statuses) if value == number), str(number))
    return f"firmware answered {statuses[0]}, or another that {_TITLES[system]} calls {name}"
