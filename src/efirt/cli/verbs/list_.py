"""``efirt list``: the variables, in firmware's order."""

from efirt.annotation import Iterator, Sequence
from efirt.cli import variables
from efirt.cli.call import Call, Note
from efirt.cli.options import Arguments, Parser
from efirt.ops.holder import layers
from efirt.values.key import Variable


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--data", action="store_true", help="show each value too")


def run(call: Call) -> Iterator[Variable | Note]:
    """Every visible variable, and what an image has beside them that firmware does not find."""
    with call.open() as runtime:
        yield from runtime.variables()
        yield from (Note(remark) for one in layers(runtime.driver) if (remark := getattr(one, "remark", "")))


def lines(rows: Sequence[Variable], arguments: Arguments) -> Iterator[str]:
    """A table, and a line that sums it up."""
    yield from variables.table(rows, data=arguments.data)
    yield f"{len(rows)} variable{'' if len(rows) == 1 else 's'}, {sum(len(row.data) for row in rows)} bytes"


def record(rows: Sequence[Variable], arguments: Arguments) -> list[dict[str, object]]:
    """An array of variables."""
    return [variables.record(row, data=arguments.data) for row in rows]
