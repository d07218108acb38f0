"""Which certificates of 2023 a machine lacks, whether it can get them, and what else is to be said of its keys.

Microsoft's certificates of 2011 have expired in 2026. Firmware does not look at dates: what they signed is accepted as before. But what is
signed only by newer keys is not, neither programs nor updates of db and dbx.

Source: Microsoft, "Windows Secure Boot certificate expiration and CA updates"; microsoft/secureboot_objects, PostSignedObjects (updates of
db are signed by Microsoft's KEK, updates of KEK by the holder of the PK); Broadcom, KB 423893 (no update can be verified against a PK that
is none); TCG PC Client Platform Firmware Profile 1.06 §3.3.4.8 (PCR 7 measures SecureBoot, PK, KEK, db and dbx).
"""

from collections.abc import Iterator
from functools import lru_cache

from efirt.annotation import Final, NamedTuple
from efirt.payloads.known_certificates import KEK_2011, KEK_2023, KNOWN, SIZES, SUCCESSORS
from efirt.payloads.signature_list import HEADER_SIZE, OWNER_SIZE
from efirt.views.secure_boot import NO_PK, NULL_PK, TEST_PK, Keys, SecureBoot

OK: Final = "ok"
UPDATE_AVAILABLE: Final = "update_available"
BLOCKED: Final = "blocked"
DAMAGED: Final = "damaged"

YES: Final = "yes"
NO: Final = "no"
BY_HOLDER: Final = "if the holder of the PK signs"

_PCR_7: Final = "PCR 7 changes: BitLocker, and LUKS keys in a TPM, ask for recovery unless suspended or enrolled anew"
_NULL_WHY: Final = "the PK is no certificate, so no update of KEK can be verified"
_NO_KEK_WHY: Final = "KEK has no key of Microsoft's, so no update that it signed is accepted"
_UNSIGNED_WHY: Final = "there is no PK, so updates need not be signed"
_STAYS: Final = "it stays in force, and this machine cannot receive updates signed only by newer keys"
_TEST_WHY: Final = "the PK is a test key, whose private half is no secret"


class Update(NamedTuple):
    """A change that a machine lacks.

    Attributes:
        variable: ``PK``, ``KEK`` or ``db``.
        certificate: What is to be added; empty where the PK is to be replaced.
        thumbprint: Its SHA-256.
        size: Bytes that the variable grows by.
        from_guest: Whether the machine can install it by itself: ``yes``, ``no``, or ``if the holder of the PK signs``.
        why: Why it is so.
        changes_pcr7: Whether it changes what a TPM measures into PCR 7; each of these does.
    """

    variable: str
    certificate: str
    thumbprint: str
    size: int
    from_guest: str
    why: str
    changes_pcr7: bool = True


class Room(NamedTuple):
    """How much a flash image can take.

    Attributes:
        free: Bytes behind the last record.
        reclaimable: Bytes of dead records.
    """

    free: int
    reclaimable: int


class Judged(NamedTuple):
    """What is to be done about a machine's keys.

    Attributes:
        verdict: ``ok``, ``update_available`` or ``blocked``.
        reason: Why, as a sentence without a full stop; empty where all is well.
        updates: What it lacks.
        needed: Bytes that all of these take.
        remarks: What else is to be said.
    """

    verdict: str
    reason: str
    updates: tuple[Update, ...]
    needed: int
    remarks: tuple[str, ...]


def judged(boot: SecureBoot, now: str, room: Room | None = None, *, is_authenticated: bool = True) -> Judged:
    """Judge a machine's keys.

    Args:
        boot: They.
        now: The moment expiry is told for, as ``2026-11-23T00:00:00Z``.
        room: What the image can take; None where its format has no such limit.
        is_authenticated: Whether it can hold what was signed.
    """
    plan = _planned(boot.pk_kind, boot.kek.thumbprints, boot.db.thumbprints)
    remarks = (*_expired("KEK", boot.kek, now), *_expired("db", boot.db, now))
    if not plan.updates:
        return Judged(OK, "", (), 0, remarks)
    refused = plan.refused
    if room is not None and plan.needed > room.free + room.reclaimable:
        refused = (f"{plan.needed} bytes are needed, and there is room for {room.free + room.reclaimable}", *refused)
    if not is_authenticated:
        refused = ("its records have no room for what was signed", *refused)
    verdict = BLOCKED if refused else UPDATE_AVAILABLE
    return Judged(verdict, "; ".join((*refused, plan.said)), plan.updates, plan.needed, (*remarks, _PCR_7))


class _Plan(NamedTuple):
    """What keys lack, whatever image they stand in: what it is, the bytes it takes, why not, and in words."""

    updates: tuple[Update, ...]
    needed: int
    refused: tuple[str, ...]
    said: str


@lru_cache(maxsize=1024)
def _planned(pk_kind: str, kek: frozenset[str], db: frozenset[str]) -> _Plan:
    """Find out what keys lack; many machines have the same."""
    replaced = [Update("PK", "", "", 0, BY_HOLDER, _TEST_WHY)] if pk_kind == TEST_PK else []
    updates = (*replaced, *_missing("KEK", kek, *_way_of_kek(pk_kind)), *_missing("db", db, *_way_of_db(pk_kind, kek)))
    refused = dict.fromkeys(update.why for update in updates if update.from_guest == NO)
    lacking = {update.variable: [one.certificate for one in updates if one.variable == update.variable] for update in updates}
    said = [
        f"{variable} lacks {', '.join(names)}" if any(names) else f"{variable} is to be replaced: {_TEST_WHY}"
        for variable, names in lacking.items()
    ]
    return _Plan(updates, sum(update.size for update in updates), tuple(refused), "; ".join(said))


def _missing(variable: str, there: frozenset[str], from_guest: str, why: str) -> Iterator[Update]:
    """The certificates of 2023 that follow those of 2011 that are there, and are not."""
    for old, successors in SUCCESSORS[variable].items():
        for thumbprint in successors if old in there else ():
            if thumbprint not in there:
                size = HEADER_SIZE + OWNER_SIZE + SIZES[thumbprint]
                yield Update(variable, KNOWN[thumbprint].name, thumbprint, size, from_guest, why)


def _way_of_kek(pk_kind: str) -> tuple[str, str]:
    """Whether a machine can add to KEK by itself, and why."""
    if pk_kind == NO_PK:
        return YES, _UNSIGNED_WHY
    return (NO, _NULL_WHY) if pk_kind == NULL_PK else (BY_HOLDER, "updates of KEK are signed by the holder of the PK")


def _way_of_db(pk_kind: str, kek: frozenset[str]) -> tuple[str, str]:
    """Whether a machine can add to db by itself, and why."""
    if pk_kind == NO_PK:
        return YES, _UNSIGNED_WHY
    return (YES, "Microsoft's KEK, which is there, signs it") if kek & {KEK_2011, KEK_2023} else (NO, _NO_KEK_WHY)


def _expired(variable: str, keys: Keys, now: str) -> Iterator[str]:
    """What is to be said of certificates whose time is over."""
    for one in keys.certificates:
        if one.names is not None and one.names.not_after < now:
            successors = SUCCESSORS[variable].get(one.thumbprint, ())
            told = f"{variable}: {one.title} expired on {one.names.not_after[:10]}"
            yield told if keys.thumbprints.issuperset(successors) else f"{told}; {_STAYS}"
