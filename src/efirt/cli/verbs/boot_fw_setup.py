"""``efirt boot fw-setup``: firmware shows its own menu at the next start."""

from efirt.annotation import Iterator
from efirt.cli.boot_writes import Done, change_options, lines, opened, record, told
from efirt.cli.call import Call, Note
from efirt.cli.options import Parser

__all__ = ["lines", "options", "record", "run"]


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("state", nargs="?", choices=("on", "off"), default="on", help="whether it does: on (the default) or off")
    change_options(parser, kind=False)


def run(call: Call) -> Iterator[Done | Note]:
    """What was written."""
    given = call.arguments
    with call.open() as runtime:
        boot = opened(call, runtime)
        yield from told(call, runtime, boot.firmware_setup(on=given.state == "on", force=given.force, dry_run=given.dry_run))
