"""``efirt boot add``: a new entry."""

from efirt.annotation import Final, Iterator
from efirt.cli.boot_attributes import attribute_notes, attribute_options, with_attributes
from efirt.cli.boot_writes import Done, change_options, lines, opened, record, told
from efirt.cli.call import Call, Note
from efirt.cli.loaders import data_options, path_of, path_options, with_data
from efirt.cli.options import Parser
from efirt.cli.reading import characters
from efirt.cli.refusals import UsageError
from efirt.payloads.load_option import ACTIVE, LoadOption

__all__ = ["lines", "options", "record", "run"]

_END: Final = 1 << 16
_PLACES: Final = {"first": 1, "last": _END, "none": None}
_LONGEST: Final = 5


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--label", metavar="TEXT", help="what people see")
    path_options(parser)
    data_options(parser)
    parser.add_argument("--at", metavar="PLACE", default="first", help="where in the order: first (the default), last, none, or 2, 3, ...")
    parser.add_argument("--number", metavar="NUMBER", help="its number, in hexadecimal (default: the lowest that is free)")
    parser.add_argument("--inactive", action="store_true", help="firmware does not try it by itself")
    attribute_options(parser, both_ways=False)
    change_options(parser)


def run(call: Call) -> Iterator[Done | Note]:
    """What was written."""
    given = call.arguments
    if not given.label:
        raise UsageError("an entry needs a name", "add --label, such as --label debian")
    place = _place(given.at)
    path, remarks = path_of(given)
    if path is None:
        raise UsageError("an entry starts something", "say what with --file, --disk, --partition-guid, --mbr-signature or --path")
    yield from remarks
    option = LoadOption.of(characters("--label", given.label), path, b"", 0 if given.inactive else ACTIVE)
    option = with_attributes(given, with_data(given, option))
    with call.open() as runtime:
        boot = opened(call, runtime)
        yield from attribute_notes(given, boot.kind)
        number = None if given.number is None else boot.kind.parse(given.number)
        plan = boot.add(option, place=place, number=number, force=given.force, dry_run=given.dry_run)
        yield from told(call, runtime, plan)


def _place(word: str) -> int | None:
    if word in _PLACES:
        return _PLACES[word]
    if not (word.isascii() and word.isdecimal()) or len(word) > _LONGEST or not int(word):
        raise UsageError(f"{word!r} is no place in the order", f"write 1, 2, ... or {', '.join(_PLACES)}")
    return int(word)
