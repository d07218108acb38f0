"""What the words of a command line say of an entry's attributes.

Source: UEFI 2.10 §3.1.3.
"""

from efirt.annotation import Final, Iterator
from efirt.cli.call import Note
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.payloads.load_option import LoadOption
from efirt.views.boot_menu import Kind

_CATEGORIES: Final = {"boot": 0, "app": 1}
_LONGEST: Final = 2


def attribute_options(parser: Parser, *, both_ways: bool) -> None:
    """Add the options.

    Args:
        parser: What takes them.
        both_ways: Whether what is set can be cleared, too.
    """
    for name, text, opposite in (
        ("hidden", "firmware does not show it in its menu", "firmware shows it there"),
        ("force-reconnect", "of a driver: firmware connects all drivers anew after the last one", "firmware leaves them as they are"),
    ):
        dest = name.replace("-", "_")
        parser.add_argument(f"--{name}", action="store_const", const=True, dest=dest, help=text)
        if both_ways:
            parser.add_argument(f"--no-{name}", action="store_const", const=False, dest=dest, help=opposite)
    parser.add_argument("--category", metavar="WORD", help="boot, or app: a program that firmware does not try by itself; or 0 to 31")


def has_attributes(given: Arguments) -> bool:
    """Whether a command line says anything of them."""
    return any(value is not None for value in (given.hidden, given.force_reconnect, given.category))


def with_attributes(given: Arguments, option: LoadOption) -> LoadOption:
    """An entry with what a command line says; what it does not name stays.

    Raises:
        UsageError: The category is none.
        ValueError: The same.
    """
    category = None if given.category is None else _category(given.category)
    return option.with_attributes(hidden=given.hidden, force_reconnect=given.force_reconnect, category=category)


def _category(word: str) -> int:
    if word in _CATEGORIES:
        return _CATEGORIES[word]
    if not (word.isascii() and word.isdecimal()) or len(word) > _LONGEST:
        raise UsageError(f"{word!r} is no category", f"write {', '.join(_CATEGORIES)}, or a number up to 31")
    return int(word)


def attribute_notes(given: Arguments, kind: Kind) -> Iterator[Note]:
    """What firmware makes nothing of."""
    if given.category is not None and not kind.is_menu:
        yield Note(f"firmware looks at the category of boot entries, not of {kind.name} entries")
    if given.force_reconnect and kind.name != "driver":
        yield Note(f"firmware looks at --force-reconnect of driver entries, not of {kind.name} entries")
