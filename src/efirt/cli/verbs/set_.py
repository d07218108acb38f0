"""``efirt set``: create, overwrite or append."""

from efirt.annotation import Iterator, Sequence
from efirt.cli import variables
from efirt.cli.call import Call, Note
from efirt.cli.change import Change, stale_names
from efirt.cli.options import Arguments, Parser
from efirt.cli.reading import contents, digits
from efirt.cli.refusals import UsageError
from efirt.errors import DecodeError, EfirtError, NotFound
from efirt.runtime.services import NV_BS_RT, Runtime
from efirt.values.attributes import Attributes
from efirt.values.key import Key, Variable


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    variables.name_option(parser)
    value = parser.add_mutually_exclusive_group(required=True)
    value.add_argument("--text", metavar="TEXT", help="the value: this text in UTF-8, without a NUL at its end")
    value.add_argument("--hex", metavar="DIGITS", help="the value: these bytes; blanks and colons may stand between them")
    value.add_argument("--file", metavar="PATH", help="the value: what this file holds; - for standard input")
    parser.add_argument("--attributes", metavar="NV+BS+RT", help="the attributes (default: those the variable has, NV+BS+RT for a new one)")
    parser.add_argument("--append", action="store_true", help="put the value behind the present one")
    variables.force_option(parser)


def run(call: Call) -> Iterator[Change | Note]:
    """What was done, and what is stale now."""
    given = call.arguments
    key, data = Key.parse(given.name), _value(given)
    attributes = None if given.attributes is None else Attributes.parse(given.attributes)
    append = given.append or bool(attributes is not None and attributes & Attributes.APPEND)
    if not data:
        doing = ("there is nothing to append", "give a value") if append else ("an empty value deletes", "use efirt delete")
        raise UsageError(f"set {key}: {doing[0]}", doing[1])
    with call.open() as runtime:
        before = _present(runtime, key)
        if attributes is None:
            attributes = _sensible(before).attributes if before else NV_BS_RT
        wanted = attributes | Attributes.APPEND if append else attributes
        runtime.set(key, data, wanted, force=given.force)
        yield _change(runtime, before, Variable(key, attributes & ~Attributes.APPEND, data), append=append)
        if before is None:
            yield from stale_names(runtime.name, call.mounts)


def lines(rows: Sequence[Change], _arguments: Arguments) -> Iterator[str]:
    """What was done."""
    return (row.line() for row in rows)


def record(rows: Sequence[Change], _arguments: Arguments) -> dict[str, object]:
    """What was done."""
    return rows[0].record()


def _sensible(variable: Variable) -> Variable:
    """A variable as firmware told it, if it can be one."""
    if not variable.attributes & Attributes.BS:
        why = f"firmware says that its attributes are {variable.attributes}, which no variable can have"
        raise DecodeError(f"get {variable.key}", None, why, "say with --attributes what it shall have")
    return variable


def _present(runtime: Runtime, key: Key) -> Variable | None:
    try:
        return runtime.get(key)
    except NotFound:
        return None


def _change(runtime: Runtime, before: Variable | None, written: Variable, *, append: bool) -> Change:
    action = "created" if before is None else "appended" if append else "overwrote"
    previous = None if before is None else len(before.data)
    try:
        after = _sensible(runtime.get(written.key))
    except NotFound:  # firmware took the write, and does not show what it wrote
        return Change(action, written.key, written.attributes, None, previous)
    except EfirtError as refusal:
        refusal.message = f"set {written.key}: firmware took the write, and reading it back failed: {refusal.message}"
        raise
    return Change(action, written.key, after.attributes, len(after.data), previous)


def _value(given: Arguments) -> bytes:
    if given.text is not None:
        try:
            return bytes(given.text.encode("utf-8", "surrogateescape"))
        except UnicodeEncodeError:
            raise UsageError("--text holds half of a surrogate pair, which is not a character", "use --hex") from None
    if given.hex is not None:
        return digits("--hex", given.hex)
    return contents("--file", given.file)
