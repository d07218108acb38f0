"""Which rows a case lives by: a firmware whose tables write down each row that decided something.

A row that decided nothing in a case can be broken without that case noticing, so the case need not be run again. What every answer depends
on, such as a limit, has no witness: all cases are run.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol, Self, TypeVar

from efirt.firmware import Profile
from efirt.firmware.claim import BARE, Digest, Format
from efirt.firmware.known import Known, KnownNames
from efirt.firmware.modes import Mode, Transition
from efirt.firmware.rule import Rule
from efirt.values.guid import Guid
from efirt.values.key import Key
from tools.mutation.rows import NAMES, PLACES, Row, example, key_name, kind_name, transition_name

UNSEEN: Final = frozenset({"facts", "limits", "quirks"})
"""Tables without a witness."""


class Witness:
    """Writes down what decided.

    Attributes:
        rows: The rows that did, since :meth:`begin`.
        behind: Of a rule's row, which others would have answered in its place: the next one of its table, each time it answered.
        before: Of a rule's row that would have answered, which one of its table did instead.
    """

    def __init__(self) -> None:
        self.rows: set[Row] = set()
        self.behind: dict[Row, set[str]] = {}
        self.before: dict[Row, set[str]] = {}

    def begin(self) -> None:
        """Forget the rows of the case before."""
        self.rows = set()

    def watched(self, profile: Profile) -> Profile:
        """The same firmware under watch."""
        tables: dict[str, Any] = {name: self._rules(name, rules) for name, rules in profile.tables.items()}
        present = [row for row in NAMES if profile.known.find(example(row)) == row]
        return profile._replace(
            **tables,
            known=_WatchedNames(present, self.rows_of),
            locked=_WatchedKeys(profile.locked, "locked", self.rows_of),
            joined=_WatchedKeys(profile.joined, "joined", self.rows_of),
            transitions=tuple(_telling(_WatchedTransition(*row), self.rows_of) for row in profile.transitions),
            signature_format=_telling(_WatchedFormat(*profile.signature_format), self.rows_of),
        )

    def rows_of(self, table: str, row: str) -> None:
        """Write one down."""
        self.rows.add((table, row))

    def _rules(self, table: str, rules: tuple[Rule[Any], ...]) -> tuple[Rule[Any], ...]:
        return tuple(rule._replace(broken=self._watching(table, rules, at)) for at, rule in enumerate(rules))

    def _watching(self, table: str, rules: tuple[Rule[Any], ...], at: int) -> Callable[[Any], bool]:
        rule = rules[at]

        def broken(asked: Any) -> bool:  # noqa: ANN401 - whatever the table is about
            if not rule.broken(asked):
                return False
            self.rows_of(table, rule.sentence)
            others = [other.sentence for other in rules[at + 1 :] if _would(other, asked)]
            self.behind.setdefault((table, rule.sentence), set()).add(others[0] if others else "")
            for other in others:
                self.before.setdefault((table, other), set()).add(rule.sentence)
            return True

        return broken

    @contextmanager
    def in_modules(self) -> Iterator[None]:
        """Watch the tables that stand in modules."""
        kept = {table: getattr(module, name) for table, (module, name) in PLACES.items()}
        watched = {
            "null_rules": self._rules("null_rules", kept["null_rules"]),
            "capsule_rules": self._rules("capsule_rules", kept["capsule_rules"]),
            "list_kinds": _WatchedKinds(kept["list_kinds"], self.rows_of),
        }
        with instead(watched):
            yield


@contextmanager
def instead(tables: Mapping[str, Any]) -> Iterator[None]:
    """Let other tables stand in the modules for a while."""
    kept = {table: getattr(*PLACES[table]) for table in tables}
    for table, value in tables.items():
        setattr(*PLACES[table], value)
    try:
        yield
    finally:
        for table, value in kept.items():
            setattr(*PLACES[table], value)


Tell = Callable[[str, str], None]


class _Telling(Protocol):
    tell: Tell


Watched = TypeVar("Watched", bound=_Telling)


def _telling(watched: Watched, tell: Tell) -> Watched:
    """The same, and it knows whom to tell."""
    watched.tell = tell
    return watched


def _would(rule: Rule[Any], asked: Any) -> bool:  # noqa: ANN401 - whatever the table is about
    """Whether it would answer; a rule may take for granted what the rows before it demand."""
    try:
        return rule.broken(asked)
    except Exception:  # noqa: BLE001 - it is never asked this
        return False


class _WatchedNames(KnownNames):
    __slots__ = ("_tell",)

    def __init__(self, rows: list[Known], tell: Tell) -> None:
        super().__init__(rows)
        self._tell = tell

    def find(self, key: Key) -> Known | None:
        row = super().find(key)
        if row is not None:
            self._tell("known", key_name(Key(row.name, row.guid)))
        return row


class _WatchedKeys(frozenset[Key]):
    tell: Tell
    table: str

    def __new__(cls, keys: frozenset[Key], table: str, tell: Tell) -> Self:
        made = super().__new__(cls, keys)
        made.table, made.tell = table, tell
        return made

    def __contains__(self, key: object) -> bool:
        found = super().__contains__(key)
        if found and isinstance(key, Key):
            self.tell(self.table, key_name(key))
        return found


class _WatchedTransition(Transition):
    tell: Tell

    @property
    def after(self) -> Mode:
        self.tell("transitions", transition_name(self))
        return self[2]


class _WatchedFormat(Format):
    tell: Tell

    def digest_of(self, signature: bytes) -> Digest | None:
        found = super().digest_of(signature)
        if found is not None:
            self.tell("signature_format", found.name)
        for offset in self.offsets:
            self.tell("signature_format", "bare" if offset == BARE else "in a ContentInfo")
        return found


class _WatchedKinds(dict[Guid, int | None]):
    def __init__(self, kinds: Mapping[Guid, int | None], tell: Tell) -> None:
        super().__init__(kinds)
        self._tell = tell

    def __contains__(self, kind: object) -> bool:
        found = super().__contains__(kind)
        if found and isinstance(kind, Guid):
            self._tell("list_kinds", kind_name(kind))
        return found
