"""Rows of the firmware model's tables, broken one at a time.

A mutant is one row gone, or saying something else. A row is named by its table and by what it says.
"""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final, NamedTuple

from efirt.firmware import PROFILES, Profile, capsule, list_rules, null_rules
from efirt.firmware.claim import BARE
from efirt.firmware.contents import any_value
from efirt.firmware.known import AUTHENTICATION, CLOCK_POLICY, DRIVER, SPECIFIED, SPECIFIED_MODES, SPECIFIED_RECOVERY, Known, KnownNames
from efirt.firmware.limits import Tidying
from efirt.firmware.modes import Transition
from efirt.firmware.profiles import EDK2
from efirt.firmware.quirks import QUIRKS
from efirt.firmware.rule import Rule, changed
from efirt.testing.conformance.variants import BUILDS
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

GONE: Final = "gone"
OTHER_STATUS: Final = "another status"
PLACES: Final[dict[str, tuple[ModuleType, str]]] = {
    "null_rules": (null_rules, "NULL_RULES"),
    "capsule_rules": (capsule, "CAPSULE_RULES"),
    "list_kinds": (list_rules, "SIZES"),
}
"""Tables that stand in a module, and not in a profile."""

NAMES: Final = SPECIFIED + SPECIFIED_MODES + SPECIFIED_RECOVERY + AUTHENTICATION + DRIVER + CLOCK_POLICY
_FACTS: Final = (
    "attributes_when_too_small",
    "user_present",
    "self_signed_platform_key",
    "secure_boot_at_once",
    "policies_count",
    "policies_may_end",
    "capsule_images",
    "capsule_reset",
    "lost_at_power_off",
    "lost_at_reset",
)
_YEARS: Final = ("first_year", "last_year")
_SIZES: Final = (
    "record_header_size",
    "variable_size",
    "authenticated_size",
    "volatile_size",
    "store_size",
    "volatile_store_size",
)
_RIGHTS: Final = 0x4
_ANY: Final = 1 << 32
_STEP: Final = 4

Row = tuple[str, str]
"""A table, and what names the row in it."""

Alter = Callable[[Profile], Profile]


class Mutant(NamedTuple):
    """A row that is broken.

    Attributes:
        table: Where it stands.
        row: What it says, or whose it is.
        how: What was done to it.
        alter: Does it to a profile; one without the row stays as it is.
        place: A table of a module, as it is instead; None where the table is the profile's.
        quirk: The quirk whose row it is, where no other firmware has it; empty otherwise.
    """

    table: str
    row: str
    how: str
    alter: Alter = lambda profile: profile
    place: Any = None
    quirk: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Its name."""
        return self.table, self.row, self.how


def other(status: Status) -> Status:
    """A status that no row answers, as bad as the one it stands for."""
    return Status.ABORTED if status == Status.SUCCESS else Status.TIMEOUT


def key_name(key: Key) -> str:
    """A variable's name with the beginning of its namespace."""
    return f"{key.name}-{str(key.guid)[:8]}"


def firmwares() -> dict[str, Profile]:
    """All that are mutated, by name."""
    return dict(PROFILES)


def mutants() -> list[Mutant]:
    """Every mutant, in an order that does not change."""
    found: dict[tuple[str, str, str], Mutant] = {}
    for profile in firmwares().values():
        for build in BUILDS.values():
            for mutant in (*_rules(build(profile)), *_joined(build(profile)), *_locked(build(profile))):
                found.setdefault(mutant.key, mutant)
    for mutant in _of_quirks():
        found.setdefault(mutant.key, mutant)
    for mutant in (*_in_modules(), *_names(), *_transitions(), *_kinds(), *_formats(), *_facts(), *_quirks()):
        found[mutant.key] = mutant
    return list(found.values())


def _of_quirks() -> Iterator[Mutant]:
    """Rows that stand in no table of edk2's, but for a quirk."""
    ordinary = {(table, rule.sentence) for table, rules in EDK2.tables.items() for rule in rules}
    ledto = {row for profile in PROFILES.values() for row in profile.transitions}
    for name, quirk in QUIRKS.items():
        profile = quirk(EDK2)
        rules = (mutant for mutant in _rules(profile) if (mutant.table, mutant.row) not in ordinary)
        known = (mutant for row in profile.known.rows if row not in NAMES for mutant in _name(row))
        transitions = (mutant for row in profile.transitions if row not in ledto for mutant in _transition(row))
        for mutant in rules:
            yield mutant._replace(quirk=name)
        for mutant in (*known, *transitions):
            yield mutant._replace(row=f"{mutant.row} with {name}", quirk=name)


def _rules(profile: Profile) -> Iterator[Mutant]:
    for table, rules in profile.tables.items():
        for rule in rules:
            yield Mutant(table, rule.sentence, GONE, _altering(table, rule.sentence, None))
            yield Mutant(table, rule.sentence, OTHER_STATUS, _altering(table, rule.sentence, other(rule.status)))


def _altering(table: str, sentence: str, status: Status | None) -> Alter:
    def alter(profile: Profile) -> Profile:
        has_it = any(rule.sentence == sentence for rule in getattr(profile, table))
        return profile.quirk(table, sentence, status) if has_it else profile

    return alter


def _in_modules() -> Iterator[Mutant]:
    for table in ("null_rules", "capsule_rules"):
        module, name = PLACES[table]
        rules: tuple[Rule[Any], ...] = getattr(module, name)
        for rule in rules:
            yield Mutant(table, rule.sentence, GONE, place=changed(rules, rule.sentence))
            yield Mutant(table, rule.sentence, OTHER_STATUS, place=changed(rules, rule.sentence, other(rule.status)))


def _names() -> Iterator[Mutant]:
    """What firmware knows of variables; of one that only firmware writes it asks nothing else.

    A bound of a value that is checked, too, is taken away, since the check may refuse the sizes next to it.
    """
    for row in NAMES:
        yield from _name(row)


def _name(row: Known) -> Iterator[Mutant]:
    name = key_name(Key(row.name, row.guid))
    yield Mutant("known", name, GONE, _naming(row, None))
    if row.read_only:
        yield Mutant("known", name, "anybody writes it", _naming(row, row._replace(read_only=False)))
        return
    yield Mutant("known", name, "other attributes", _naming(row, row._replace(attributes=row.attributes ^ _RIGHTS)))
    yield Mutant("known", name, "only firmware writes it", _naming(row, row._replace(read_only=True)))
    checked = row.well_formed is not any_value
    if row.smallest > 1:
        smaller = 1 if checked else row.smallest - 1
        yield Mutant("known", name, "a smaller value will do", _naming(row, row._replace(smallest=smaller)))
    if row.largest < _ANY:
        larger = _ANY if checked else row.largest + 1
        yield Mutant("known", name, "a larger value will do", _naming(row, row._replace(largest=larger)))
    if checked:
        yield Mutant("known", name, "any value will do", _naming(row, row._replace(well_formed=any_value)))


def example(row: Known) -> Key:
    """A variable that the row is about."""
    return Key(row.name.replace("####", "0000"), row.guid)


def _naming(row: Known, instead: Known | None) -> Alter:
    def alter(profile: Profile) -> Profile:
        known = profile.known
        if known.find(example(row)) != row:
            return profile
        rows = [one for one in known.rows if one != row]
        return profile._replace(known=KnownNames(rows if instead is None else [*rows, instead]))

    return alter


def _joined(profile: Profile) -> Iterator[Mutant]:
    for key in sorted(profile.joined):
        yield Mutant("joined", key_name(key), GONE, _not_joining(key))


def _not_joining(key: Key) -> Alter:
    return lambda profile: profile._replace(joined=profile.joined - {key})


def _locked(profile: Profile) -> Iterator[Mutant]:
    for key in sorted(profile.locked):
        yield Mutant("locked", key_name(key), GONE, _not_locking(key))


def _not_locking(key: Key) -> Alter:
    return lambda profile: profile._replace(locked=profile.locked - {key})


def _transitions() -> Iterator[Mutant]:
    for row in dict.fromkeys(row for profile in PROFILES.values() for row in profile.transitions):
        yield from _transition(row)


def _transition(row: Transition) -> Iterator[Mutant]:
    elsewhere = row._replace(after=row.after._replace(setup=1 - row.after.setup))
    yield Mutant("transitions", transition_name(row), GONE, _leading(row, None))
    yield Mutant("transitions", transition_name(row), "leads elsewhere", _leading(row, elsewhere))
    if row.secure_boot is not None:
        yield Mutant("transitions", transition_name(row), "SecureBoot waits", _leading(row, row._replace(secure_boot=None)))


def transition_name(row: Transition) -> str:
    """What names a row of the modes."""
    return f"{row.event} in mode {''.join(map(str, row.before))}"


def _leading(row: Transition, instead: Transition | None) -> Alter:
    def alter(profile: Profile) -> Profile:
        rows = (instead if one == row else one for one in profile.transitions)
        return profile._replace(transitions=tuple(one for one in rows if one is not None))

    return alter


def _kinds() -> Iterator[Mutant]:
    for kind, size in list_rules.SIZES.items():
        name = kind_name(kind)
        yield Mutant("list_kinds", name, GONE, place={one: has for one, has in list_rules.SIZES.items() if one != kind})
        if size is not None:
            yield Mutant("list_kinds", name, "one byte more", place=list_rules.SIZES | {kind: size + 1})


def kind_name(kind: Guid) -> str:
    """What names a kind of signature list."""
    return str(kind)


def _formats() -> Iterator[Mutant]:
    takes = EDK2.signature_format
    for digest in takes.digests:
        yield Mutant("signature_format", digest.name, GONE, _without_digest(digest.name))
    for offset in takes.offsets:
        name = "bare" if offset == BARE else "in a ContentInfo"
        yield Mutant("signature_format", name, GONE, _without_offset(offset))


def _without_digest(name: str) -> Alter:
    def alter(profile: Profile) -> Profile:
        takes = profile.signature_format
        return profile._replace(signature_format=takes._replace(digests=tuple(one for one in takes.digests if one.name != name)))

    return alter


def _without_offset(offset: int) -> Alter:
    def alter(profile: Profile) -> Profile:
        takes = profile.signature_format
        return profile._replace(signature_format=takes._replace(offsets=tuple(one for one in takes.offsets if one != offset)))

    return alter


def _facts() -> Iterator[Mutant]:
    for name in _FACTS:
        yield Mutant("facts", name, "the opposite", _stating(name, lambda value: not value))
    for name in Tidying._fields:
        yield Mutant("facts", f"tidying.{name}", "the opposite", _tidying(name))
    for name in _YEARS:
        yield Mutant("facts", name, "a year less", _stating(name, lambda value: value - 1))
        yield Mutant("facts", name, "a year more", _stating(name, lambda value: value + 1))
    for name in _SIZES:
        yield Mutant("limits", name, "4 bytes less", _sizing(name, -_STEP))
        yield Mutant("limits", name, "4 bytes more", _sizing(name, _STEP))


def _stating(name: str, change: Callable[[int], int]) -> Alter:
    def alter(profile: Profile) -> Profile:
        stated: Any = change(getattr(profile, name))
        return profile._replace(**{name: stated})

    return alter


def _tidying(name: str) -> Alter:
    def alter(profile: Profile) -> Profile:
        changed: Any = not getattr(profile.tidying, name)
        return profile._replace(tidying=profile.tidying._replace(**{name: changed}))

    return alter


def _sizing(name: str, step: int) -> Alter:
    def alter(profile: Profile) -> Profile:
        size = getattr(profile.limits, name)
        return profile._replace(limits=profile.limits._replace(**{name: size + step})) if size else profile

    return alter


def _quirks() -> Iterator[Mutant]:
    for name, quirk in QUIRKS.items():
        yield Mutant("quirks", name, "there", quirk.change)
