"""``efirt delete``: a variable goes."""

from efirt.annotation import Iterator, Sequence
from efirt.cli import variables
from efirt.cli.call import Call, Note
from efirt.cli.change import Change, stale_names
from efirt.cli.options import Arguments, Parser
from efirt.values.key import Key


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    variables.name_option(parser)
    variables.force_option(parser)


def run(call: Call) -> Iterator[Change | Note]:
    """What was deleted, and what is stale now."""
    key = Key.parse(call.arguments.name)
    with call.open() as runtime:
        before = runtime.get(key)
        runtime.delete(key, force=call.arguments.force)
        yield Change("deleted", key, before.attributes, None, len(before.data))
        yield from stale_names(runtime.name, call.mounts)


def lines(rows: Sequence[Change], _arguments: Arguments) -> Iterator[str]:
    """What was done."""
    return (row.line() for row in rows)


def record(rows: Sequence[Change], _arguments: Arguments) -> dict[str, object]:
    """What was done."""
    return rows[0].record()
