"""What a quirk is, and the few ways to make one.

Source: none of its own: each quirk names one.
"""

from collections.abc import Callable

from efirt.annotation import Any, NamedTuple
from efirt.firmware.profiles import Profile
from efirt.firmware.rule import Rule, changed, replaced
from efirt.values.status import Status

Change = Callable[[Profile], Profile]


class Quirk(NamedTuple):
    """What firmware does otherwise.

    Attributes:
        does: What that is, as a sentence.
        origin: Who does so, and where that is written.
        change: Makes a profile do so.
    """

    does: str
    origin: str
    change: Change

    def __call__(self, profile: Profile) -> Profile:
        """The same firmware with it."""
        return self.change(profile)


def fact(**facts: Any) -> Change:  # noqa: ANN401 - as the profile's attributes are
    """Other facts of a profile."""
    return lambda profile: profile._replace(**facts)


def limit(**limits: int) -> Change:
    """Other sizes."""
    return lambda profile: profile._replace(limits=profile.limits._replace(**limits))


def _with_rows(profile: Profile, table: str, rows: Any) -> Profile:  # noqa: ANN401 - as the table's rows are
    return profile._replace(**{table: rows})


def answer(table: str, sentence: str, status: Status | None = None) -> Change:
    """Another answer of a row; no such row where ``status`` is None."""
    return lambda profile: _with_rows(profile, table, changed(getattr(profile, table), sentence, status))


def look(table: str, sentence: str, broken: Callable[[Any], bool]) -> Change:
    """A row that looks at something else."""
    return lambda profile: _with_rows(profile, table, replaced(getattr(profile, table), sentence, broken))


def first(table: str, *rows: Rule[Any]) -> Change:
    """Rows before all others."""
    return lambda profile: _with_rows(profile, table, (*rows, *getattr(profile, table)))


def last(table: str, *rows: Rule[Any]) -> Change:
    """Rows behind all others."""
    return lambda profile: _with_rows(profile, table, (*getattr(profile, table), *rows))


def together(*changes: Change) -> Change:
    """One change after the other."""

    def change(profile: Profile) -> Profile:
        for one in changes:
            profile = one(profile)
        return profile

    return change
