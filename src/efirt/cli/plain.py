"""Reading a command line that is plain: every option written out, every value a word that does not begin with a dash.

``argparse`` reads the others, and says what is wrong with those that cannot be read; importing it takes longer than Python's own start.
"""

import sys

from efirt.annotation import TYPE_CHECKING, Any, Callable, Final, Iterator, Mapping, NamedTuple, Sequence, TypeAlias

if TYPE_CHECKING:
    from types import SimpleNamespace
else:
    SimpleNamespace = type(sys.implementation)  # as types has it, which takes 1 ms to import

Namespace: TypeAlias = SimpleNamespace
"""What the words of a command line say, by option."""

_KNOWN: Final = frozenset({"action", "nargs", "const", "dest", "default", "choices", "metavar", "help"})
_FLAGS: Final = frozenset({"store_true", "store_const"})
_NO_WORD: Final = "--"
_NUMBERS: Final = frozenset({"?", "+"})


class _Option(NamedTuple):
    """An option, or a word that is known by where it stands.

    Attributes:
        dest: Where its value goes.
        action: What is done with it, as argparse calls that.
        const: The value of one that takes none.
        choices: The values there are; empty for any.
        needed: Whether there must be one.
        is_many: Whether all words from here on are its values.
        group: The options only one of which may be given; None where it has no such group.
    """

    dest: str
    action: str
    const: object
    choices: Sequence[str]
    needed: bool
    is_many: bool
    group: "_Group | None"


class _Group:
    """Options only one of which may be given.

    Attributes:
        required: Whether one must be.
    """

    def __init__(self, add: Callable[..., None], *, required: bool) -> None:
        self._add = add
        self.required = required

    def add_argument(self, *names: str, **how: Any) -> None:  # noqa: ANN401 - as argparse has it
        """Add an option."""
        self._add(names, how, self)


class Plain:
    """Takes options in the words of :class:`argparse.ArgumentParser`, as far as the verbs use them."""

    def __init__(self) -> None:
        self._options: dict[str, _Option] = {}
        self._words: list[_Option] = []
        self._defaults: dict[str, Any] = {}
        self._groups: list[_Group] = []

    def add_mutually_exclusive_group(self, *, required: bool = False) -> _Group:
        """Give what takes options of which only one may be given."""
        self._groups.append(_Group(self._add, required=required))
        return self._groups[-1]

    def add_argument(self, *names: str, **how: Any) -> None:  # noqa: ANN401 - as argparse has it
        """Add an option, or a word.

        Raises:
            TypeError: A verb uses more of argparse than is known here.
        """
        self._add(names, how, None)

    def _add(self, names: Sequence[str], how: Mapping[str, Any], group: _Group | None) -> None:
        if not _KNOWN.issuperset(how) or how.get("nargs", "?") not in _NUMBERS:
            raise TypeError(f"{names[0]} needs what only argparse knows: teach efirt.cli.plain, or do without")
        action = how.get("action", "store")
        dest = how.get("dest") or names[0].lstrip("-").replace("-", "_")
        is_many = how.get("nargs") == "+"
        needed = not _is_option(names[0]) and how.get("nargs") != "?"
        const = True if action == "store_true" else how.get("const")
        option = _Option(dest, "append" if is_many else action, const, how.get("choices", ()), needed, is_many, group)
        self._defaults.setdefault(dest, how.get("default", False if action == "store_true" else None))
        if _is_option(names[0]):
            self._options.update(dict.fromkeys(names, option))
        else:
            self._words.append(option)

    def read(self, words: Sequence[str]) -> Namespace | None:
        """What the words say; None where they are not plain, or make no sense."""
        found = self._taken_apart(words)
        if found is None:
            return None
        values = dict(self._defaults)
        chosen: dict[_Group, str] = {}
        for option, value in found:
            if option.choices and value not in option.choices:
                return None
            if option.group is not None and chosen.setdefault(option.group, option.dest) != option.dest:
                return None
            values[option.dest] = [*(values[option.dest] or ()), value] if option.action == "append" else value
        given = {option.dest for option, _ in found}
        missing = any(word.needed and word.dest not in given for word in self._words)
        missing = missing or any(group.required and group not in chosen for group in self._groups)
        return None if missing else Namespace(**values)

    def _taken_apart(self, words: Sequence[str]) -> list[tuple[_Option, Any]] | None:
        """Each option with its value, in order; None where a word is none of them."""
        found: list[tuple[_Option, Any]] = []
        places, rest = iter(self._words), iter(words)
        place: _Option | None = None
        for word in rest:
            if not _is_option(word):
                place = place if place is not None and place.is_many else next(places, None)
                option, value = place, word
            else:
                option, value = self._option(word, rest)
            if option is None:
                return None
            found.append((option, value))
        return found

    def _option(self, word: str, rest: Iterator[str]) -> tuple[_Option | None, Any]:
        """An option and its value, which may be the next word."""
        name, equals, value = word.partition("=")
        option = self._options.get(name)
        if option is None or option.action in _FLAGS:
            return (None, None) if option is None or equals else (option, option.const)
        if not equals:
            value = next(rest, _NO_WORD)
        return (option if equals or not _is_option(value) else None), value


def _is_option(word: str) -> bool:
    return word[:1] == "-" and word != "-"
