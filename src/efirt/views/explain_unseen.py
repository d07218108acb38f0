"""What no state shows before a write is refused: why it may have been, read after one that nothing else explains."""

from efirt.annotation import Final
from efirt.views.explain_obstacle import (
    BROKEN,
    DATABASES,
    DENIED,
    FULL,
    INVALID,
    KEYS,
    MISSING,
    OWNER_S,
    PROTECTED,
    UNSEEN,
    VIOLATION,
    Obstacle,
)
from efirt.views.explain_state import State
from efirt.views.explain_try import CREATE, DELETE, OVERWRITE, Try


def _has_signature(w: Try) -> bool:
    return w.signature is not None and bool(w.signature.signature)


def _has_more_than_a_date(w: Try, _s: State) -> bool:
    time = w.signature.time if w.signature else None
    return time is not None and bool(time.pad1 or time.nanosecond or time.time_zone or time.daylight or time.pad2)


UNSEEN_ROWS: Final = (
    Obstacle(
        "hidden",
        UNSEEN,
        PROTECTED | DENIED | INVALID,
        lambda w, s: w.action in {CREATE, DELETE} and s.road.is_runtime and s.is_there is False and w.key not in KEYS,
        "a variable without RT may exist under this name, out of sight and reach while an operating system runs",
        "use another name, or change it from the firmware's setup",
    ),
    Obstacle(
        "locked",
        UNSEEN,
        PROTECTED | DENIED,
        lambda w, _s: w.writes,
        "a lock of the platform's stands before it: a variable policy, a password, a flash that is write-protected",
        "look for a lock in the firmware's setup",
    ),
    Obstacle(
        "unsigned",
        UNSEEN,
        VIOLATION,
        lambda w, _s: w.signature is not None and not w.signature.signature,
        "the descriptor before the value carries no signature",
        "write an update (.auth) that is signed",
    ),
    Obstacle(
        "older",
        UNSEEN,
        VIOLATION,
        lambda w, s: _has_signature(w) and w.action in {OVERWRITE, DELETE} and s.is_there is not False,
        "its time stamp ({time}) is perhaps not later than the last one, which firmware does not show",
        "sign it anew with a later one",
    ),
    Obstacle(
        "more-than-a-date",
        UNSEEN,
        VIOLATION,
        _has_more_than_a_date,
        "its time stamp ({time}) holds more than a date and a time of day in UTC",
        "sign it anew without zone, daylight and nanoseconds",
    ),
    Obstacle(
        "other-owner",
        UNSEEN,
        VIOLATION,
        lambda w, _s: _has_signature(w) and w.key in OWNER_S,
        "it is perhaps signed by another key than PK's, or over another name, other attributes or other bytes",
        "sign it with PK's key",
    ),
    Obstacle(
        "other-signer",
        UNSEEN,
        VIOLATION,
        lambda w, _s: _has_signature(w) and w.key in DATABASES,
        "it is perhaps signed by a key that is neither in KEK nor PK, or over another name, other attributes or other bytes",
        "sign it with such a key",
    ),
    Obstacle(
        "other-creator",
        UNSEEN,
        VIOLATION,
        lambda w, _s: _has_signature(w) and w.key not in KEYS,
        "it is perhaps signed by another key than who created it, or over another name, other attributes or other bytes",
        "sign it with that key",
    ),
    Obstacle(
        "other-list",
        UNSEEN,
        INVALID,
        lambda w, _s: w.stores and w.key in KEYS and w.signature is not None,
        "the value is perhaps no signature list, or of a kind that this firmware does not take, such as an elliptic curve's",
    ),
    Obstacle(
        "fuller",
        UNSEEN,
        FULL,
        lambda w, _s: w.writes,
        "its store is full; while an operating system runs, the room of deleted and overwritten values does not come back",
        "delete what is not needed, reboot, and try again",
    ),
    Obstacle(
        "demands",
        UNSEEN,
        INVALID,
        lambda w, _s: w.stores,
        "it takes neither this name, these attributes nor this size here",
        "look at the variable's present attributes (get), and at its name",
    ),
    Obstacle(
        "behind-xen",
        UNSEEN,
        MISSING,
        lambda _w, s: s.road.is_dom0,
        "Linux asks through Xen here, and each refusal of Xen's comes back as one of firmware's",
        "ask with --driver xen, which tells them apart",
    ),
    Obstacle(
        "not-at-runtime",
        UNSEEN,
        MISSING,
        lambda w, s: w.writes and s.services is None,
        "this firmware does not write variables while an operating system runs, or not this kind",
        "change it from the firmware's setup",
    ),
    Obstacle(
        "flash",
        UNSEEN,
        BROKEN,
        lambda w, _s: w.writes,
        "the flash did not take it",
        "try again; if it stays, the board's flash or its lock is the cause",
    ),
)
"""What no state shows beforehand, the likeliest first."""
