"""``efirt explain``: what may be done with a variable, and what would stop it."""

from efirt.annotation import Any, Final, Iterator, Sequence
from efirt.cli import variables
from efirt.cli.call import Call
from efirt.cli.options import Arguments, Parser
from efirt.values.key import Key
from efirt.views.explain import Ability, Outlook, explain_variable
from efirt.views.explain_state import State
from efirt.wire import escape

_BESIDE_THE_POINT: Final = frozenset({"exists", "nothing-there"})
_WIDTHS: Final = (9, 10)


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    variables.name_option(parser)


def run(call: Call) -> Iterator[Outlook]:
    """The variable, and what may be done with it."""
    key = Key.parse(call.arguments.name)
    with call.open() as runtime:
        yield explain_variable(runtime, key)


def lines(rows: Sequence[Outlook], _arguments: Arguments) -> Iterator[str]:
    """What it is, whether it is there, how the machine is, and a line for each thing that could be done."""
    for row in rows:
        yield f"{escape.name(row.key.name)}  {variables.guid_text(row.key.guid)}"
        if row.title.text:
            yield row.title.text + (f" ({row.title.source})" if row.title.source else "")
        yield _presence(row.state)
        yield _machine(row.state)
        for ability in row.abilities:
            if not _BESIDE_THE_POINT & {reason.name for reason in ability.reasons}:
                yield from _ability(ability)


def _presence(state: State) -> str:
    if state.variable is not None:
        return f"there: {state.variable.attributes}, {len(state.variable.data)} bytes"
    return escape.sentence(f"unknown whether it is there: {state.unread}") if state.is_there is None else "not there"


def _machine(state: State) -> str:
    """The machine on one line, as far as it is known."""
    told = ["before the operating system starts"] if not state.road.is_runtime else []
    told += [f"{name} {value}" for name, value in state.modes.items()]
    if state.has_platform_key is not None:
        told.append("a PK" if state.has_platform_key else "no PK")
    told.append(f"{state.storage.remaining_storage_size} bytes free" if state.storage else "unknown how much room is left")
    if state.road.is_dom0:
        told.append("a dom0")
    if state.road.lockdown:
        told.append(f"Linux locked down ({state.road.lockdown})")
    return f"the machine: {', '.join(told)}"


def _ability(ability: Ability) -> Iterator[str]:
    head = f"{ability.action:{_WIDTHS[0]}}  {ability.may:{_WIDTHS[1]}}"
    said = [reason.why + (f"; {reason.advice}" if reason.advice else "") for reason in ability.reasons] or [""]
    for text in said:
        yield escape.sentence(f"{head}  {text}".rstrip())
        head = " " * len(head)


def record(rows: Sequence[Outlook], _arguments: Arguments) -> dict[str, Any]:
    """All of it."""
    row = rows[0]
    flags = list(row.state.variable.attributes.flags) if row.state.variable else None
    title = {"title": row.title.text or None, "source": row.title.source or None, "namespace": row.title.namespace or None}
    state = row.state.record()
    told = {name: state.pop(name) for name in ("exists", "attributes", "size")}
    named = {"name": row.key.name, "guid": str(row.key.guid)}
    return named | title | told | {"flags": flags, "state": state, "abilities": [one.record() for one in row.abilities]}
