"""A rule: when firmware says no, and who says so.

Source: none of its own: each rule names one.
"""

from efirt.annotation import Callable, Final, Generic, Iterable, NamedTuple, Protocol, TypeVar
from efirt.firmware.bits import AW, MASK
from efirt.values.status import Status

_MEANT: Final = MASK | AW


class HasAttributes(Protocol):
    """A question that is about a variable of these attributes."""

    @property
    def attributes(self) -> int:
        """Any 32 bits."""


Asked = TypeVar("Asked")
Asking = TypeVar("Asking", bound=HasAttributes)


def any_attributes(_attributes: int) -> bool:
    """Always so."""
    return True


class Rule(NamedTuple, Generic[Asked]):
    """One row of a table of refusals.

    Attributes:
        sentence: What holds on this firmware, as a sentence; it names the row.
        status: The answer when it does not hold. SUCCESS stops with nothing done.
        broken: Whether it does not hold for what is asked.
        source: Where that is written.
        only_with: The attributes of a write without which it cannot be broken, so that nobody need ask: it repeats a part of ``broken``.
    """

    sentence: str
    status: Status
    broken: Callable[[Asked], bool]
    source: str
    only_with: Callable[[int], bool] = any_attributes


Rules = tuple[Rule[Asked], ...]


def first_broken(rules: Iterable[Rule[Asked]], asked: Asked) -> Status | None:
    """The answer of the first rule that is broken; None when all hold."""
    for rule in rules:  # not taken apart here: that is slow for a named tuple
        if rule.broken(asked):
            return rule.status
    return None


class Table(Generic[Asking]):
    """As :func:`first_broken`, of rules that each write goes through: only those are asked that can be broken with its attributes.

    Args:
        rules: The rows.
    """

    __slots__ = ("_by_attributes", "_rules")

    def __init__(self, rules: Iterable[Rule[Asking]]) -> None:
        self._rules = tuple(rules)
        self._by_attributes: dict[int, tuple[tuple[Callable[[Asking], bool], Status], ...]] = {}

    def refusal(self, asked: Asking) -> Status | None:
        """The answer of the first rule that is broken; None when all hold."""
        rows = self._by_attributes.get(asked.attributes)
        if rows is None:
            rows = self._concerned(asked.attributes)
        for broken, status in rows:
            if broken(asked):
                return status
        return None

    def _concerned(self, attributes: int) -> tuple[tuple[Callable[[Asking], bool], Status], ...]:
        rows = tuple((rule.broken, rule.status) for rule in self._rules if rule.only_with(attributes))
        if attributes <= _MEANT:  # what means nothing can be anything, and is not remembered
            self._by_attributes[attributes] = rows
        return rows


def replaced(rules: Rules[Asked], sentence: str, broken: Callable[[Asked], bool]) -> Rules[Asked]:
    """The same table with what one row looks at changed.

    Raises:
        ValueError: No row has this sentence.
    """
    if all(rule.sentence != sentence for rule in rules):
        message = f"no rule says {sentence!r}: a quirk changes a row that is there"
        raise ValueError(message)
    return tuple(rule._replace(broken=broken, only_with=any_attributes) if rule.sentence == sentence else rule for rule in rules)


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
