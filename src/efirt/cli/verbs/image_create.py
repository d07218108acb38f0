"""``efirt image create``: a new image without variables."""

from collections.abc import Iterator, Sequence

from efirt.annotation import NamedTuple
from efirt.cli.call import Call
from efirt.cli.images import write_flash
from efirt.cli.layouts import USUAL, layout, layout_option
from efirt.cli.options import Arguments, Parser
from efirt.images.edk2_write import created
from efirt.wire.escape import sentence


class Made(NamedTuple):
    """What was made."""

    path: str
    layout: str
    size: int
    authenticated: bool


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("file", metavar="FILE", help="the new file, which must not be there")
    layout_option(parser)
    parser.add_argument("--plain", action="store_true", help="without room for authenticated variables, as old firmware has it")


def run(call: Call) -> Iterator[Made]:
    """The new image."""
    given = call.arguments
    data = created(layout(given.layout), authenticated=not given.plain)
    write_flash(given.file, "edk2", data)
    yield Made(given.file, given.layout or USUAL, len(data), not given.plain)


def lines(rows: Sequence[Made], _arguments: Arguments) -> Iterator[str]:
    """What was made."""
    return (sentence(f"created {row.path}: {row.layout}, {row.size} bytes{'' if row.authenticated else ', plain'}") for row in rows)


def record(rows: Sequence[Made], _arguments: Arguments) -> dict[str, object]:
    """What was made."""
    return rows[0]._asdict()
