"""``efirt boot dedupe``: entries that start the same as another one, and why they are not needed."""

from efirt.annotation import Any, Iterator, NamedTuple, Sequence
from efirt.cli import boot_writes
from efirt.cli.boot import order_text
from efirt.cli.boot_writes import Done, change_options, opened, told
from efirt.cli.call import Call, Note
from efirt.cli.options import Arguments, Parser
from efirt.views.boot_duplicates import Duplicate, duplicates, tidied
from efirt.views.boot_record import duplicate_record, plan_record
from efirt.wire import escape


class Found(NamedTuple):
    """What is not needed.

    Attributes:
        duplicates: The entries.
        done: What was written, or would be.
    """

    duplicates: tuple[Duplicate, ...]
    done: Done


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--remove", action="store_true", help="remove them; without it they are only told")
    change_options(parser)


def run(call: Call) -> Iterator[Found | Note]:
    """What is not needed, and what was written."""
    given = call.arguments
    dry_run = given.dry_run or not given.remove
    with call.open() as runtime:
        boot = opened(call, runtime)
        menu = boot.menu()
        plan = tidied(menu)
        if not dry_run:
            boot.apply(plan, force=given.force)
        for row in told(call, runtime, plan):
            yield row if isinstance(row, Note) else Found(duplicates(menu), Done(plan, dry_run))


def lines(rows: Sequence[Found], arguments: Arguments) -> Iterator[str]:
    """A line for each duplicate with its reason, then what is written."""
    for row in rows:
        for one in row.duplicates:
            why = escape.sentence(one.why)
            yield f"{one.entry.key.name}, of which {one.kept.key.name} is kept: {why}"
        menu = row.done.plan.menu
        yield from (f"problem: {escape.sentence(problem)}" for problem in menu.problems)
        yield from boot_writes.lines([row.done], arguments)
        if row.done.plan.writes and not arguments.remove:
            yield f"efirt boot dedupe --remove does it, and leaves {order_text(row.done.plan.result.order) or 'no order'}"


def record(rows: Sequence[Found], _arguments: Arguments) -> dict[str, Any]:
    """The duplicates, and the writes."""
    found = rows[0]
    told_ = [duplicate_record(one) for one in found.duplicates]
    return {"duplicates": told_, **plan_record(found.done.plan, dry_run=found.done.dry_run)}
