"""What the verbs behind ``boot`` share that change a menu: which entries, what was written, and what is stale now."""

from efirt.annotation import TYPE_CHECKING, Any, Iterator, NamedTuple, Sequence
from efirt.cli.boot import arguments_text, kind_of, kind_option, order_text, timeout_text
from efirt.cli.call import Call, Note
from efirt.cli.change import stale_names
from efirt.cli.options import HIDDEN, Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.cli.variables import force_option
from efirt.errors import DecodeError
from efirt.payloads.key_option import KeyOption
from efirt.payloads.load_option import LoadOption
from efirt.payloads.number import OS_INDICATIONS
from efirt.payloads.order import Order
from efirt.values.key import Key
from efirt.views.boot import Boot
from efirt.views.boot_menu import INDICATIONS, NEXT, TIMEOUT, Kind
from efirt.views.boot_plan import Plan, Write
from efirt.wire import escape

if TYPE_CHECKING:
    from efirt.runtime.services import Runtime


class Done(NamedTuple):
    """What a verb wrote, or would.

    Attributes:
        plan: The writes.
        dry_run: Whether it only would.
    """

    plan: Plan
    dry_run: bool


def change_options(parser: Parser, *, kind: bool = True) -> None:
    """Add what every verb takes that changes a menu."""
    if kind:
        kind_option(parser)
    else:
        parser.add_argument("--kind", dest="unkind", help=HIDDEN)
    parser.add_argument("--dry-run", action="store_true", help="show what would be written, and write nothing")
    force_option(parser)


def numbers_option(parser: Parser) -> None:
    """Add which entries."""
    text = "an entry, in hexadecimal: 0003 or Boot0003; several with blanks or commas between them"
    parser.add_argument("numbers", metavar="NUMBER", nargs="+", help=text)


def numbers(kind: Kind, words: Sequence[str]) -> list[int]:
    """The entries of the words of a command line.

    Raises:
        ValueError: A word is none.
    """
    return [kind.parse(word.strip()) for several in words for word in several.split(",")]


def opened(call: Call, runtime: "Runtime") -> Boot:
    """The menu a command line is about.

    Raises:
        UsageError: It names a kind of entries where there is but one.
    """
    if getattr(call.arguments, "unkind", None) is not None:
        raise UsageError("--kind does not go with this verb, which is about boot entries only", "leave --kind out")
    return Boot(runtime, kind_of(call.arguments).name)


def told(call: Call, runtime: "Runtime", plan: Plan) -> Iterator[Done | Note]:
    """What was written, and what is stale now."""
    yield Done(plan, call.arguments.dry_run)
    if not call.arguments.dry_run and any(write.action != "change" for write in plan.writes):
        yield from stale_names(runtime.name, call.mounts)


def switched(call: Call, *, active: bool) -> Iterator[Done | Note]:
    """Make entries active, or inactive; what was written."""
    given = call.arguments
    with call.open() as runtime:
        boot = opened(call, runtime)
        wanted = numbers(boot.kind, given.numbers)
        yield from told(call, runtime, boot.activate(*wanted, active=active, force=given.force, dry_run=given.dry_run))


def lines(rows: Sequence[Done], _arguments: Arguments) -> Iterator[str]:
    """A line for what was and one for what is, of each variable, in the order in which they are written."""
    for row in rows:
        for write in row.plan.writes:
            yield from _difference(row.plan.menu.kind, write)
        if not row.plan.writes:
            yield "nothing to change"
        elif row.dry_run:
            yield "nothing was written"


def _difference(kind: Kind, write: Write) -> Iterator[str]:
    name = escape.name(write.key.name)
    if write.before:
        yield f"- {name}  {described(kind, write.key, write.before.data)}"
    elif not write.after:
        yield f"- {name}  (it cannot be read)"
    if write.after:
        yield f"+ {name}  {described(kind, write.key, write.after)}"


def record(rows: Sequence[Done], _arguments: Arguments) -> dict[str, Any]:
    """The writes."""
    from efirt.views.boot_record import plan_record  # noqa: PLC0415 - text needs it not

    return plan_record(rows[0].plan, dry_run=rows[0].dry_run)


def described(kind: Kind, key: Key, data: bytes) -> str:
    """A value for people, on one line; its bytes where it cannot be read."""
    try:
        if key in {kind.order_key, NEXT}:
            return order_text(Order.decode(data).numbers)
        if key == TIMEOUT:
            return timeout_text(Order.decode(data).numbers[0])
        if key == INDICATIONS:
            return "+".join(OS_INDICATIONS.decode(data).flags) or "0"
        if kind.number_of(key) is not None:
            return option_text(LoadOption.decode(data))
        return _hot_key_text(KeyOption.decode(data))
    except (DecodeError, IndexError):
        return data.hex(" ")


def _hot_key_text(option: KeyOption) -> str:
    return f"for {option.number:04X}, CRC {option.crc:08x}"


def option_text(option: LoadOption) -> str:
    """An entry on one line."""
    return "  ".join(
        filter(None, (state_text(option), escape.name(option.description), path_text(option), arguments_text(option.optional_data)))
    )


def state_text(option: LoadOption) -> str:
    """What an entry's attributes say: ``active``, ``active,hidden``."""
    words = ["active" if option.is_active else "inactive"]
    words += ["hidden"] if option.is_hidden else []
    words += ["force reconnect"] if option.forces_reconnect else []
    words += ["app" if option.category == 1 else f"category {option.category}"] if option.category else []
    return ",".join(words)


def path_text(option: LoadOption) -> str:
    """Where what it starts is."""
    try:
        return escape.sentence(str(option.path))
    except DecodeError as cause:
        return f"({escape.sentence(str(cause))})"
