"""``efirt boot inactive``: entries that stay, and that firmware does not try by itself."""

from efirt.annotation import Iterator
from efirt.cli.boot_writes import Done, change_options, lines, numbers_option, record, switched
from efirt.cli.call import Call, Note
from efirt.cli.options import Parser

__all__ = ["lines", "options", "record", "run"]


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    numbers_option(parser)
    change_options(parser)


def run(call: Call) -> Iterator[Done | Note]:
    """What was written."""
    return switched(call, active=False)
