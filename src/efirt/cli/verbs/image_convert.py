"""``efirt image convert``: the same variables in another format."""

from collections.abc import Iterator, Sequence

from efirt.annotation import Final, NamedTuple
from efirt.cli.call import Call, Note
from efirt.cli.images import FLASH, NAMES, Read, dictionary_option, read, write, write_flash
from efirt.cli.layouts import layout, layout_option
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.cli.variables import counted
from efirt.drivers.image.memory import EDK2
from efirt.errors import Refused
from efirt.images.contents import UNNAMED
from efirt.images.conversion import converted
from efirt.images.edk2_write import created
from efirt.values.key import Key
from efirt.wire.escape import sentence

_BY_ENDING: Final = {".fd": EDK2, ".qcow2": "qcow2", ".json": "qemu-json", ".aws": "aws", ".xapi": "xapi", ".dmp": "dmpstore"}


class Converted(NamedTuple):
    """What was written, and what was left out."""

    source: str
    source_format: str
    path: str
    format: str
    variables: int
    lost: tuple[str, ...]


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("source", metavar="SRC", help="the image")
    parser.add_argument("target", metavar="DST", help="the new file, which must not be there")
    parser.add_argument("--to", metavar="FORMAT", help=f"{', '.join(NAMES)} (default: as DST ends: {', '.join(_BY_ENDING)})")
    parser.add_argument("--from", dest="source_format", metavar="FORMAT", help="the format of SRC (default: found out)")
    parser.add_argument("--lossy", action="store_true", help="leave out what the new format cannot say")
    parser.add_argument("--as", dest="key", metavar="NAME[-GUID]", help="which variable SRC holds, where it does not say so (.esl, .auth)")
    layout_option(parser)
    dictionary_option(parser)


def run(call: Call) -> Iterator[Converted | Note]:
    """What was written."""
    given = call.arguments
    target = given.to or next((name for ending, name in _BY_ENDING.items() if given.target.endswith(ending)), None)
    if target not in NAMES:
        problem = f"there is no format {target!r}" if target else f"{given.target} does not tell a format by its name"
        raise UsageError(problem, f"--to names one of {', '.join(NAMES)}")
    if given.layout and target not in FLASH:
        raise UsageError(f"--layout is for flash, and {target} is none")
    found = read(given.source, given.source_format, given.dictionary)
    found = _named(found, given.key)
    if found.flash is not None and target in FLASH and given.layout is None:
        write_flash(given.target, target, found.flash.flash)
        yield _done(found, given.target, target, len(found.contents.records), ())
        return
    ready = converted(found.contents, EDK2 if found.format in FLASH else found.format, EDK2 if target in FLASH else target)
    unread = _unread(found)
    if unread and not given.lossy:
        advice = f"efirt image repair {given.source} NEW.fd brings them back, and --lossy goes on without them"
        raise Refused(f"{given.source} has {counted(len(unread), 'variable')} that would be left out: {'; '.join(unread)}", advice)
    if ready.lost and not given.lossy:
        message = f"the format {target} cannot say {len(ready.lost)} of its things: {'; '.join(ready.lost)}"
        raise Refused(message, "--lossy goes on without them")
    if target in FLASH:
        write_flash(given.target, target, created(layout(given.layout), ready.contents.records))
    else:
        write(given.target, target, ready.contents, given.dictionary)
    yield _done(found, given.target, target, len(ready.contents.records), (*unread, *ready.lost))
    yield from map(Note, ready.notes)


def _named(found: Read, name: str | None) -> Read:
    """What was read, the one variable of a file that does not name it with the name that was given.

    Raises:
        UsageError: It has no name, or it has and another was given.
    """
    is_unnamed = [record.key for record in found.contents.records] == [UNNAMED]
    if name is None and not is_unnamed:
        return found
    if name is None:
        raise UsageError(f"{found.path} ({found.format}) does not say which variable it holds", "--as names it, such as --as db")
    if not is_unnamed:
        raise UsageError(f"--as names the variable of a file that does not, and {found.path} ({found.format}) does")
    record = found.contents.records[0]._replace(key=Key.parse(name))
    return found._replace(listed=found.contents._replace(records=(record,), source=None))


def _unread(found: Read) -> tuple[str, ...]:
    """What stands in a flash image behind a broken record, where neither firmware nor this finds it."""
    if found.flash is None:
        return ()
    records = [(one.offset, one.record) for one in found.flash.lost]
    return tuple(f"{record.key} at byte {offset}, not found for a broken record" for offset, record in records if record is not None)


def _done(found: Read, path: str, name: str, count: int, lost: tuple[str, ...]) -> Converted:
    return Converted(found.path, found.format, path, name, count, lost)


def lines(rows: Sequence[Converted], _arguments: Arguments) -> Iterator[str]:
    """What was written, and a line for each thing that was left out."""
    for row in rows:
        yield sentence(f"wrote {row.path}: {row.format}, {counted(row.variables, 'variable')} of {row.source} ({row.source_format})")
        yield from (sentence(f"left out {what}") for what in row.lost)


def record(rows: Sequence[Converted], _arguments: Arguments) -> dict[str, object]:
    """What was written."""
    return rows[0]._asdict()
