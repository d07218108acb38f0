"""``efirt boot show``: one entry with everything that is in it."""

from efirt.annotation import Any, Iterator, NamedTuple, Sequence
from efirt.cli.boot import arguments_text, kind_of, kind_option
from efirt.cli.call import Call
from efirt.cli.hexdump import hexdump
from efirt.cli.options import Arguments, Parser
from efirt.payloads.load_option import CATEGORY, FORCE_RECONNECT, HIDDEN, LoadOption
from efirt.values.key import Variable
from efirt.views.boot_menu import Entry, Menu
from efirt.views.boot_plan import known
from efirt.views.boot_reading import read_menu
from efirt.views.boot_record import entry_record
from efirt.wire import escape


class Shown(NamedTuple):
    """One entry of a menu."""

    menu: Menu
    entry: Entry


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("number", metavar="NUMBER", help="the entry, in hexadecimal: 0003 or Boot0003")
    kind_option(parser)


def run(call: Call) -> Iterator[Shown]:
    """The entry."""
    kind = kind_of(call.arguments)
    number = kind.parse(call.arguments.number)
    with call.open() as runtime:
        menu = read_menu(runtime, kind)
    yield Shown(menu, known(menu, number))


def lines(rows: Sequence[Shown], _arguments: Arguments) -> Iterator[str]:
    """A line for each member."""
    for row in rows:
        for what, text in _facts(*row):
            yield f"{what:14}{text}"
        variable, option = row.entry.variable, row.entry.option
        if variable and option and option.optional_data:
            yield from hexdump(option.optional_data, " " * 14)
        if variable and option and option.path_list and not row.entry.path:
            yield f"{'path list':14}{len(option.path_list)} bytes that cannot be read as device paths"
            yield from hexdump(option.path_list, " " * 14)


def _facts(menu: Menu, entry: Entry) -> Iterator[tuple[str, str]]:
    yield "entry", f"{escape.name(entry.key.name)}{_where(menu, entry)}"
    if entry.defect:
        yield "defect", escape.sentence(entry.defect)
    if entry.variable and entry.option:
        yield from _contents(entry, entry.variable, entry.option)


def _where(menu: Menu, entry: Entry) -> str:
    position = menu.position(entry)
    parts = ["not in the order" if position is None else f"{position} of {len(menu.order)} in the order"]
    parts += ["comes next"] if menu.is_next(entry) else []
    parts += ["this machine was started from it"] if menu.is_current(entry) else []
    return f": {', '.join(parts)}"


def _contents(entry: Entry, variable: Variable, option: LoadOption) -> Iterator[tuple[str, str]]:
    told = {"hidden": HIDDEN, "force reconnect": FORCE_RECONNECT, "not for booting by itself": CATEGORY}
    state = ["active" if option.is_active else "inactive", *(word for word, bits in told.items() if option.attributes & bits)]
    yield "label", escape.name(option.description)
    yield "attributes", f"0x{option.attributes:x}: {', '.join(state)}"
    yield "variable", f"{variable.attributes}, {len(variable.data)} bytes"
    if entry.path:
        yield "path", escape.sentence(str(entry.path))
        yield "exact path", escape.sentence(entry.path.exact())
    if option.optional_data:
        yield "arguments", f"{arguments_text(option.optional_data)}, {len(option.optional_data)} bytes"


def record(rows: Sequence[Shown], _arguments: Arguments) -> dict[str, Any]:
    """The entry, and all that its payload says."""
    menu, entry = rows[0]
    variable = entry.variable
    beside = {"paths": None, "path_list": None, "variable_attributes": None, "data": None}
    if variable and entry.option:
        payload = entry.option.as_json()
        beside = {member: payload.get(member) for member in beside} | {
            "path_list": entry.option.path_list.hex(),
            "variable_attributes": int(variable.attributes),
            "data": variable.data.hex(),
        }
    return entry_record(menu, entry) | beside
