"""A rule: when firmware says no, and who says so.

Source: none of its own: each rule names one.
"""

from collections.abc import Callable, Iterable

from efirt.annotation import Generic, NamedTuple, TypeVar
from efirt.values.status import Status

Asked = TypeVar("Asked")


class Rule(NamedTuple, Generic[Asked]):
    """One row of a table of refusals.

    Attributes:
        sentence: What holds on this firmware, as a sentence; it names the row.
        status: The answer when it does not hold. SUCCESS stops with nothing done.
        broken: Whether it does not hold for what is asked.
        source: Where that is written.
    """

    sentence: str
    status: Status
    broken: Callable[[Asked], bool]
    source: str


Rules = tuple[Rule[Asked], ...]
Prepared = tuple[tuple[Callable[[Asked], bool], Status], ...]


def first_broken(rules: Iterable[Rule[Asked]], asked: Asked) -> Status | None:
    """The answer of the first rule that is broken; None when all hold."""
    for rule in rules:  # not taken apart here: that is slow for a named tuple
        if rule.broken(asked):
            return rule.status
    return None


def prepared(rules: Iterable[Rule[Asked]]) -> Prepared[Asked]:
    """A table for :func:`refusal`, which many calls go through: members of a named tuple are slow to reach."""
    return tuple((rule.broken, rule.status) for rule in rules)


def refusal(rules: Prepared[Asked], asked: Asked) -> Status | None:
    """As :func:`first_broken`, of a prepared table."""
    for broken, status in rules:
        if broken(asked):
            return status
    return None


def replaced(rules: Rules[Asked], sentence: str, broken: Callable[[Asked], bool]) -> Rules[Asked]:
    """The same table with what one row looks at changed.

    Raises:
        ValueError: No row has this sentence.
    """
    if all(rule.sentence != sentence for rule in rules):
        message = f"no rule says {sentence!r}: a quirk changes a row that is there"
        raise ValueError(message)
    return tuple(rule._replace(broken=broken) if rule.sentence == sentence else rule for rule in rules)


def changed(rules: Rules[Asked], sentence: str, status: Status | None = None) -> Rules[Asked]:
    """The same table with one row's answer changed, or the row left out where ``status`` is None.

    Raises:
        ValueError: No row has this sentence.
    """
    if all(rule.sentence != sentence for rule in rules):
        message = f"no rule says {sentence!r}: a quirk changes a row that is there"
        raise ValueError(message)
    kept = (rule for rule in rules if status is not None or rule.sentence != sentence)
    return tuple(rule._replace(status=status) if status is not None and rule.sentence == sentence else rule for rule in kept)
