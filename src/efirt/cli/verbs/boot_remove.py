"""``efirt boot remove``: entries go, from the order first."""

from efirt.annotation import Iterator
from efirt.cli.boot_writes import Done, change_options, lines, numbers, numbers_option, opened, record, told
from efirt.cli.call import Call, Note
from efirt.cli.options import Parser

__all__ = ["lines", "options", "record", "run"]


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    numbers_option(parser)
    change_options(parser)


def run(call: Call) -> Iterator[Done | Note]:
    """What was written."""
    given = call.arguments
    with call.open() as runtime:
        boot = opened(call, runtime)
        wanted = numbers(boot.kind, given.numbers)
        yield from told(call, runtime, boot.remove(*wanted, force=given.force, dry_run=given.dry_run))
