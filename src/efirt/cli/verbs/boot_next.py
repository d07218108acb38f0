"""``efirt boot next``: the entry that firmware starts once, before all others."""

from efirt.annotation import Final, Iterator
from efirt.cli.boot_writes import Done, change_options, lines, opened, record, told
from efirt.cli.call import Call, Note
from efirt.cli.options import Parser

__all__ = ["lines", "options", "record", "run"]

_NONE: Final = "none"


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("number", metavar="NUMBER", help=f"the entry, in hexadecimal: 0003 or Boot0003; {_NONE} for none")
    change_options(parser, kind=False)


def run(call: Call) -> Iterator[Done | Note]:
    """What was written."""
    given = call.arguments
    with call.open() as runtime:
        boot = opened(call, runtime)
        number = None if given.number == _NONE else boot.kind.parse(given.number)
        yield from told(call, runtime, boot.next(number, force=given.force, dry_run=given.dry_run))
