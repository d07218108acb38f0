"""From one record to the next, as firmware goes.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, IsValidVariableHeader, GetNextVariablePtr and
FindVariableEx.
"""

from codecs import utf_16_le_decode
from collections.abc import Iterable
from operator import itemgetter

from efirt.abi.edk2_variable import HEADER_ALIGNMENT, VAR_ADDED, VAR_DELETED, VAR_HEADER_VALID_ONLY, VARIABLE_DATA
from efirt.annotation import Any, Final, NamedTuple
from efirt.images.contents import Damage
from efirt.images.edk2_record import (
    ALL_ONES,
    AUTHENTICATED,
    GUID_SIZE,
    HALF_DELETED,
    NO_STATE,
    PLAIN,
    FlashRecord,
    decoded,
    is_header_only,
    name_of,
    name_problem,
)
from efirt.images.edk2_volume import Reading
from efirt.store import Record
from efirt.values.guid import Guid
from efirt.values.key import Key

DEAD: Final = frozenset({VAR_ADDED & VAR_DELETED, HALF_DELETED & VAR_DELETED, VAR_HEADER_VALID_ONLY})
"""The states of records that are dead for a known reason."""


_ADVICE: Final = "firmware does not notice, and reads on into what is there; with strict=False what is before it is read"
_ALIGNED: Final = HEADER_ALIGNMENT - 1
_LONGEST_KEPT: Final = 256
_MOST_KEPT: Final = 4096

_keys: Final[dict[bytes, Key]] = {}
"""Keys by their bytes in flash: from image to image the names are the same, and making them is half the time of reading."""

_new = tuple.__new__
"""What a constructor comes to, at half its time."""


class Walk(NamedTuple):
    """What lies in a region.

    Attributes:
        records: All records in flash order.
        live: Those firmware would find.
        variables: What each of these holds.
        end: Where no record begins any more, in bytes from the beginning of what was read.
    """

    records: tuple[FlashRecord, ...]
    live: tuple[FlashRecord, ...]
    variables: tuple[Record, ...]
    end: int


def walk(reading: Reading, start: int, end: int, *, authenticated: bool) -> Walk:
    """Read all records up to where none begins.

    Args:
        reading: What holds the region.
        start: Where the first record begins in it.
        end: Where the region ends.
        authenticated: Whether records have room for authentication.

    Raises:
        DecodeError: A record reaches beyond the region.
    """
    layout = AUTHENTICATED if authenticated else PLAIN
    unpack, header_size = layout.unpack_from, layout.size
    guid_offset = header_size - GUID_SIZE
    data, shift = reading.data, reading.shift
    records: list[FlashRecord] = []
    headers: list[tuple[Any, ...]] = []
    added: dict[bytes, int] = {}
    dying: dict[bytes, int] = {}
    at = start
    while at + header_size <= end:
        fields = unpack(data, at)
        if fields[0] != VARIABLE_DATA:
            break
        state, data_at = fields[1], at + header_size + fields[-3]
        following = data_at + fields[-2]
        if state == NO_STATE or following > end or fields[2] == ALL_ONES:  # a size of all ones is beyond the end, too
            if not is_header_only(fields):
                reading.tell(at, f"a record of {following - at} bytes reaches beyond the variables' region", _ADVICE)
                break
            following = at + header_size
            reading.note(at, "a record was never finished: there is only a header of it")
        elif state == VAR_ADDED:
            added.setdefault(data[at + guid_offset : data_at], len(records))
        elif state == HALF_DELETED:
            dying[data[at + guid_offset : data_at]] = len(records)
        elif state not in DEAD:
            reading.note(at, f"a record has the state {state:#04x}, which no firmware writes")
        following = (following + _ALIGNED) & ~_ALIGNED
        records.append(_new(FlashRecord, (at + shift, state, data[at:following], header_size)))
        headers.append(fields)
        at = following
    found = sorted((dying | added).items(), key=itemgetter(1)) if dying else added.items()
    live, variables = _living(records, headers, found, reading.damage)
    return Walk(tuple(records), live, variables, at)


def _living(
    records: list[FlashRecord], headers: list[tuple[Any, ...]], found: Iterable[tuple[bytes, int]], damage: list[Damage]
) -> tuple[tuple[FlashRecord, ...], tuple[Record, ...]]:
    """The records with these identities and numbers, and what they hold; one without a name names nothing."""
    live: list[FlashRecord] = []
    variables: list[Record] = []
    odd = len(damage)
    for identity, index in found:
        flash_record, fields = records[index], headers[index]
        key = _keys.get(identity) or _key(identity, flash_record.offset, damage)
        if key.name:
            live.append(flash_record)
            data_at = flash_record.header_size + fields[-3]
            variables.append(decoded(key, fields, flash_record.raw[data_at : data_at + fields[-2]]))
    if len(damage) > odd:  # only then can two have one key
        first = {variable.key: number for number, variable in reversed([*enumerate(variables)])}
        numbers = sorted(first.values())
        return tuple(live[number] for number in numbers), tuple(variables[number] for number in numbers)
    return tuple(live), tuple(variables)


def _key(identity: bytes, offset: int, damage: list[Damage]) -> Key:
    """The key that a record's GUID and name come to."""
    units = identity[GUID_SIZE:]
    name, problem = utf_16_le_decode(units, "surrogatepass")[0], None
    if name.find("\0") == len(name) - 1 and len(units) % 2 == 0 and len(name) > 1:
        name = name[:-1]
    else:
        name = name_of(units)
        problem = name_problem(name, len(units))
    key = Key(name, Guid(identity[:GUID_SIZE]))
    if problem:
        damage.append(Damage(offset, f"a record's name {problem}"))
    elif len(identity) <= _LONGEST_KEPT:
        if len(_keys) == _MOST_KEPT:
            _keys.clear()
        _keys[identity] = key
    return key
