"""``efirt boot list``: all entries, their order, and what is wrong with them."""

from efirt.annotation import Any, Final, Iterator, Sequence
from efirt.cli.boot import arguments_text, kind_of, kind_option, timeout_text
from efirt.cli.call import Call
from efirt.cli.options import Arguments, Parser
from efirt.payloads.load_option import LoadOption
from efirt.payloads.number import BOOT_TO_FIRMWARE
from efirt.views.boot_menu import Entry, Menu
from efirt.views.boot_reading import read_menu
from efirt.wire import escape

_WIDEST_LABEL: Final = 32


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    kind_option(parser)


def run(call: Call) -> Iterator[Menu]:
    """The menu."""
    with call.open() as runtime:
        yield read_menu(runtime, kind_of(call.arguments))


def lines(rows: Sequence[Menu], _arguments: Arguments) -> Iterator[str]:
    """What firmware does by itself, a line for each entry, and what is wrong."""
    for menu in rows:
        if menu.kind.is_menu:
            yield _heading(menu)
        labels = [escape.name(entry.option.description) if entry.option else "" for entry in menu.entries]
        width = min(max(map(len, labels), default=0), _WIDEST_LABEL)
        for entry, label in zip(menu.entries, labels, strict=True):
            yield _line(menu, entry, f"{label:{width}}").rstrip()
            if entry.defect:
                yield f"{'':12}defect: {escape.sentence(entry.defect)}"
        for problem in menu.problems:
            yield f"problem: {escape.sentence(problem)}"
        if not menu.entries:
            yield f"there are no {menu.kind.name} entries"


def _heading(menu: Menu) -> str:
    parts = [] if menu.current is None else [f"started from {menu.current:04X}"]
    parts += [] if menu.next is None else [f"next {menu.next:04X}"]
    parts += [] if menu.timeout is None else [f"timeout {timeout_text(menu.timeout)}"]
    parts += ["firmware's own menu comes next"] if (menu.indications or 0) & BOOT_TO_FIRMWARE else []
    return ", ".join(parts) or "nothing is known of the last start"


def _line(menu: Menu, entry: Entry, label: str) -> str:
    position = menu.position(entry)
    place = "-" if position is None else str(position)
    mark = "!" if entry.defect else "+" if menu.is_next(entry) else "*" if menu.is_current(entry) else " "
    option, path = entry.option, entry.path
    if option is None:
        return f"{place:>3} {mark} {entry.number:04X}"
    parts = (f"{place:>3} {mark} {entry.number:04X}", f"{_state(option, menu):8}", label, escape.sentence(str(path)) if path else "")
    return "  ".join((*parts, arguments_text(option.optional_data)))


def _state(option: LoadOption, menu: Menu) -> str:
    if not option.is_active:
        return "inactive"
    if option.is_hidden:
        return "hidden"
    if not option.category or not menu.kind.is_menu:  # of others firmware ignores it
        return "active"
    return "app" if option.category == 1 else "reserved"


def record(rows: Sequence[Menu], _arguments: Arguments) -> dict[str, Any]:
    """The menu."""
    from efirt.views.boot_record import menu_record  # noqa: PLC0415 - text needs it not

    return menu_record(rows[0])
