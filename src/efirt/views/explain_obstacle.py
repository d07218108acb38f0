"""A row of what can stand in the way of reading or writing a variable."""

from collections.abc import Callable, Iterable

from efirt.annotation import Final, NamedTuple
from efirt.firmware.store_rules import SECURE_BOOT_KEYS
from efirt.runtime.guards import RESERVE
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.views.explain_names import specified
from efirt.views.explain_state import State
from efirt.views.explain_try import Try

NO: Final = "no"
UNKNOWN: Final = "unknown"
SIGNED: Final = "signed"
DESCRIPTOR: Final = "descriptor"
YES: Final = "yes"
UNSEEN: Final = "unseen"
"""Nothing shows it beforehand; it is named after a refusal that nothing else explains."""

PLATFORM_KEY: Final = Key("PK", GLOBAL)
KEYS: Final = SECURE_BOOT_KEYS | {Key("dbr", IMAGE_SECURITY)}
"""What says who owns the machine, and what may start."""

DATABASES: Final = frozenset(key for key in KEYS if key.guid == IMAGE_SECURITY)
OWNER_S: Final = KEYS - DATABASES

INVALID: Final = frozenset({Status.INVALID_PARAMETER})
PROTECTED: Final = frozenset({Status.WRITE_PROTECTED})
VIOLATION: Final = frozenset({Status.SECURITY_VIOLATION})
FULL: Final = frozenset({Status.OUT_OF_RESOURCES})
ABSENT: Final = frozenset({Status.NOT_FOUND})
MISSING: Final = frozenset({Status.UNSUPPORTED})
DENIED: Final = frozenset({Status.ACCESS_DENIED})
BROKEN: Final = frozenset({Status.DEVICE_ERROR})
NOTHING: Final[frozenset[Status]] = frozenset()
"""Firmware is not asked."""


class Obstacle(NamedTuple):
    """A row.

    Attributes:
        name: A word for programs.
        verdict: What it makes of the try.
        statuses: What firmware answers where it stands in the way.
        stands: Whether it does.
        why: What it is, as a sentence without an end; names in braces are of :func:`words`.
        advice: What to do about it; may be empty.
    """

    name: str
    verdict: str
    statuses: frozenset[Status]
    stands: Callable[[Try, State], bool]
    why: str
    advice: str = ""


def words(w: Try, s: State) -> dict[str, object]:
    """What the sentences of a row can name."""
    entry, storage = specified(w.key), s.storage
    return {
        "name": w.key.name,
        "guid": w.key.guid,
        "given": w.attributes,
        "present": s.variable.attributes if s.variable else "none",
        "known": entry.attributes if entry else "none",
        "size": w.size,
        "needs": w.needs,
        "free": storage.remaining_storage_size if storage else 0,
        "largest": storage.maximum_variable_size if storage else 0,
        "guarded": RESERVE,
        "reserve": s.road.reserve,
        "books": s.books_size,
        "unread": s.unread,
        "unwritable": s.unwritable,
        "closed": s.road.closed,
        "opening": s.road.opening,
        "unnamed": s.road.unnamed,
        "unreached": s.road.unreached,
        "time": w.signature.time if w.signature else "none",
    }


def standing(rows: "Iterable[Obstacle]", w: Try, s: State) -> tuple[Obstacle, ...]:
    """The rows that stand in the way, in order."""
    return tuple(row for row in rows if row.stands(w, s))
