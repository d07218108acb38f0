"""``efirt image diff``: two images, or an image and a machine."""

from collections.abc import Iterable, Iterator, Sequence

from efirt.annotation import Final, NamedTuple
from efirt.cli.call import Call, Exit, Note
from efirt.cli.images import FLASH, Read, dictionary_option, read
from efirt.cli.options import Arguments, Parser
from efirt.cli.variables import identity, key_text
from efirt.images.detect import FORMATS
from efirt.images.losses import bare
from efirt.images.writers import dissolved, gathered
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key

_MACHINE: Final = "driver:"
_BESIDE: Final = "in certdb"
_WITH_EACH: Final = "with each variable"


class Difference(NamedTuple):
    """A variable that is not the same in both.

    Attributes:
        key: Which.
        old: As the first has it; None where it has not.
        new: As the second has it.
    """

    key: Key
    old: Record | None
    new: Record | None

    @property
    def what(self) -> tuple[str, ...]:
        """What of it differs."""
        if self.old is None or self.new is None:
            return ()
        pairs = zip(Record._fields, self.old, self.new, strict=True)
        return tuple(field for field, one, other in pairs if one != other)


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("first", metavar="A", help="an image")
    parser.add_argument("second", metavar="B", help=f"another, or a machine: {_MACHINE}NAME, such as {_MACHINE}xen")
    dictionary_option(parser)


def run(call: Call) -> Iterator[Difference | Note | Exit]:
    """What differs; the order of variables is none of it."""
    given = call.arguments
    old = read(given.first, dictionary=given.dictionary)
    if given.second.startswith(_MACHINE):
        with call.opener(given.second.removeprefix(_MACHINE)) as runtime:
            new = tuple(Record(*variable) for variable in runtime.variables() if variable.attributes & Attributes.NV)
        is_boot = not all(record.attributes & Attributes.RT for record in new)
        stays = (record for record in _as_edk2(old) if record.attributes & Attributes.NV and (is_boot or record.attributes & Attributes.RT))
        first = _by_key(kept for record in stays if (kept := bare(record).record) is not None)
        second = _by_key(new)
        rest = "what has NV" if is_boot else "what has NV and RT"
        yield Note(f"a running machine shows names, attributes and values only, and of these {rest} was compared")
    else:
        other = read(given.second, dictionary=given.dictionary)
        first, second = _by_key(old.contents.variables), _by_key(other.contents.variables)
        if {_writers(old), _writers(other)} == {_BESIDE, _WITH_EACH}:
            first, second = (_by_key(dissolved(one.values()).records) for one in (first, second))
    differences = [Difference(key, first.get(key), second.get(key)) for key in first | second if first.get(key) != second.get(key)]
    yield from differences
    if differences:
        yield Exit(1)


def _by_key(records: Iterable[Record]) -> dict[Key, Record]:
    return {record.key: record for record in records}


def _writers(found: Read) -> str:
    """Where a format keeps who may write private variables; empty where it cannot say."""
    if found.format in FLASH:
        return _BESIDE
    return _WITH_EACH if found.format in FORMATS and FORMATS[found.format].maker else ""


def _as_edk2(found: Read) -> tuple[Record, ...]:
    """The variables as a firmware holds them that keeps who may write private ones in one place."""
    records = found.contents.variables
    return gathered(records).records if any(record.digest for record in records) else records


def lines(rows: Sequence[Difference], _arguments: Arguments) -> Iterator[str]:
    """A line for each: ``-`` only in the first, ``+`` only in the second, ``!`` in both and not the same."""
    for row in rows:
        one = row.new or row.old
        if row.old is not None and row.new is not None:
            yield f"! {key_text(row.key)}: {', '.join(_change(field, row.old, row.new) for field in row.what)}"
        elif one is not None:
            yield f"{'-' if row.new is None else '+'} {key_text(row.key)}: {one.attributes}, {len(one.data)} bytes"


def _change(field: str, old: Record | None, new: Record | None) -> str:
    one, other = getattr(old, field), getattr(new, field)
    if isinstance(one, bytes):
        return f"{field} of {len(one)} bytes, now {len(other)}"
    return f"{field.replace('_', ' ')} {one}, now {other}"


def record(rows: Sequence[Difference], _arguments: Arguments) -> list[dict[str, object]]:
    """An array of differences; null where there is none."""
    return [{"name": row.key.name, "guid": str(row.key.guid), "old": _told(row.old), "new": _told(row.new)} for row in rows]


def _told(one: Record | None) -> dict[str, object] | None:
    if one is None:
        return None
    beside = {"timestamp": one.timestamp.encode().hex(), "monotonic_count": one.monotonic_count, "digest": one.digest.hex()}
    return identity(one.key, one.attributes) | {"data": one.data.hex()} | beside
