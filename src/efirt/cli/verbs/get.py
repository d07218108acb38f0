"""``efirt get``: one variable."""

from efirt.annotation import Iterator, Sequence
from efirt.cli import variables
from efirt.cli.call import Call, Raw
from efirt.cli.hexdump import hexdump
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.values.key import Key, Variable


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    variables.name_option(parser)
    parser.add_argument("--raw", action="store_true", help="write the bytes to standard output as they are, and nothing else")


def run(call: Call) -> Iterator[Variable | Raw]:
    """The variable, or its bytes alone."""
    if call.arguments.raw and call.arguments.json:
        raise UsageError("--raw and --json exclude each other", "leave out one of them")
    key = Key.parse(call.arguments.name)
    with call.open() as runtime:
        variable = runtime.get(key)
    yield Raw(variable.data) if call.arguments.raw else variable


def lines(rows: Sequence[Variable], _arguments: Arguments) -> Iterator[str]:
    """A heading and the bytes."""
    for row in rows:
        yield variables.heading(row)
        yield from hexdump(row.data)


def record(rows: Sequence[Variable], _arguments: Arguments) -> dict[str, object]:
    """The variable with its data."""
    return variables.record(rows[0], data=True)
