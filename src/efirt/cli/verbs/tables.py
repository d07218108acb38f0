"""``efirt tables``: firmware's configuration tables."""

from efirt.annotation import Any, Iterator, Sequence
from efirt.cli.call import Call
from efirt.cli.options import Arguments, Parser
from efirt.views.tables import Table, find_tables
from efirt.wire import escape


def options(_parser: Parser) -> None:
    """Add nothing."""


def run(call: Call) -> Iterator[Table]:
    """Every table with a known GUID."""
    with call.open() as runtime:
        yield from find_tables(runtime)


def lines(rows: Sequence[Table], _arguments: Arguments) -> Iterator[str]:
    """A line for each that is known of, and one for each reason why others are not."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.is_there is None:
            reasons.setdefault(row.why, []).append(row.name)
        else:
            yield f"{row.name:18}{row.guid}  {_told(row)}"
    for why, names in reasons.items():
        yield f"unknown: {', '.join(names)}: {escape.sentence(why)}"


def _told(row: Table) -> str:
    if not row.is_there:
        return "not there"
    parts = [] if row.address is None else [f"at 0x{row.address:x}"]
    parts += [] if row.size is None else [f"{row.size} bytes"]
    return ", ".join(parts) or "there"


def record(rows: Sequence[Table], _arguments: Arguments) -> list[dict[str, Any]]:
    """An array of tables."""
    return [{**row._asdict(), "guid": str(row.guid)} for row in rows]
