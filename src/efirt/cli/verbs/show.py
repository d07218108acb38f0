"""``efirt show``: what a variable means."""

from efirt.annotation import Any, Final, Iterator, Sequence
from efirt.cli import variables
from efirt.cli.boot import order_text
from efirt.cli.call import Call
from efirt.cli.hexdump import hexdump
from efirt.cli.options import Arguments, Parser
from efirt.payloads.codecs import shown
from efirt.values.key import Key, Variable
from efirt.wire import escape

_INDENT: Final = "  "
_ORDER: Final = "order"


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    variables.name_option(parser)


def run(call: Call) -> Iterator[Variable]:
    """The variable."""
    key = Key.parse(call.arguments.name)
    with call.open() as runtime:
        yield runtime.get(key)


def lines(rows: Sequence[Variable], _arguments: Arguments) -> Iterator[str]:
    """A heading, what it means, member by member, and the bytes where they mean nothing."""
    for row in rows:
        told = shown(row.key, row.data)
        yield f"{variables.heading(row)}{': ' + told['kind'] if told['kind'] else ''}"
        if told["problem"]:
            yield f"problem: {escape.sentence(told['problem'])}"
        if told["kind"] is None or told["problem"]:
            yield from hexdump(row.data)
        elif told["kind"] == _ORDER:
            yield order_text(told["value"])
        else:
            yield from _told("", told["value"])


def _told(indent: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    """A value on lines: a member's name before it where it has one, a dash before an item of a list."""
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _member(indent, f"{escape.name(str(name))}:", one)
    elif isinstance(value, list) and _has_members(value):
        for one in value:
            is_flat = isinstance(one, dict) and not any(map(_has_members, one.values()))
            yield from [f"{indent}- {_row(one)}"] if is_flat else _member(indent, "-", one)
    else:
        yield f"{indent}{_plain(value)}"


def _member(indent: str, head: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if not _has_members(value):
        yield f"{indent}{head} {_plain(value)}".rstrip()
        return
    yield f"{indent}{head}"
    yield from _told(indent + _INDENT, value)


def _has_members(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether it takes more than one line."""
    if isinstance(value, list):
        return any(isinstance(one, dict | list) for one in value)
    return isinstance(value, dict) and bool(value)


def _row(value: dict[str, Any]) -> str:
    return ", ".join(f"{escape.name(name)} {_plain(one)}" for name, one in value.items() if one is not None and one != "")


def _plain(value: Any) -> str:  # noqa: ANN401 - any JSON value without members
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None or value == {} else escape.sentence(str(value))


def record(rows: Sequence[Variable], _arguments: Arguments) -> dict[str, Any]:
    """The variable, and what it means."""
    row = rows[0]
    return variables.record(row, data=False) | shown(row.key, row.data)
