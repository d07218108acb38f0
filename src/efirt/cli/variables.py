"""A variable as the verbs show it."""

from efirt.annotation import Iterator, Sequence
from efirt.cli.options import Parser
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import NAMES
from efirt.values.key import Key, Variable
from efirt.wire import escape


def name_option(parser: Parser) -> None:
    """Add the variable's name."""
    parser.add_argument(
        "name",
        metavar="NAME[-GUID]",
        help="a name the specification knows (BootOrder, db) means its own GUID, any other bare name the EFI global one",
    )


def force_option(parser: Parser) -> None:
    """Add the switch that passes the guards."""
    parser.add_argument("--force", action="store_true", help="do it although it is known to end badly on some boards")


def guid_text(guid: Guid) -> str:
    """A GUID, and what people call it."""
    known = NAMES.get(guid)
    return f"{guid} ({known})" if known else str(guid)


def key_text(key: Key) -> str:
    """Name and GUID in one word."""
    return f"{escape.name(key.name)}-{key.guid}"


def counted(count: int, one: str) -> str:
    """How many there are, with the word for one of them or for several."""
    return f"{count} {one}{'' if count == 1 else 's'}"


def heading(variable: Variable) -> str:
    """One variable's line where it stands alone."""
    name = escape.name(variable.key.name)
    return f"{name}  {guid_text(variable.key.guid)}  {variable.attributes}  {len(variable.data)} bytes"


def table(variables: Sequence[Variable], *, data: bool) -> Iterator[str]:
    """A line for each variable, in columns, with its data below where that is wanted."""
    rows = [(str(v.attributes), str(len(v.data)), escape.name(v.key.name), guid_text(v.key.guid), v.data) for v in variables]
    first, second = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    third = min(max((len(row[2]) for row in rows), default=0), 40)
    for attributes, size, name, guid, value in rows:
        yield f"{attributes:{first}}  {size:>{second}}  {name:{third}}  {guid}"
        if data:
            yield from _dump(value)


def _dump(value: bytes) -> Iterator[str]:
    from efirt.cli.hexdump import hexdump  # noqa: PLC0415 - most listings are without

    return hexdump(value, "    ")


def identity(key: Key, attributes: Attributes) -> dict[str, object]:
    """Which variable, for programs."""
    return {"name": key.name, "guid": str(key.guid), "attributes": int(attributes), "flags": list(attributes.flags)}


def record(variable: Variable, *, data: bool) -> dict[str, object]:
    """A variable for programs."""
    told = identity(variable.key, variable.attributes) | {"size": len(variable.data)}
    return told | {"data": variable.data.hex()} if data else told
