"""From one record to the next, as firmware goes.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, IsValidVariableHeader, GetNextVariablePtr and
FindVariableEx.
"""

from codecs import utf_16_le_decode

from efirt.abi.edk2_variable import (
    HEADER_ALIGNMENT,
    VAR_ADDED,
    VAR_DELETED,
    VAR_HEADER_VALID_ONLY,
    VARIABLE_DATA,
    AuthenticatedVariableHeader,
    VariableHeader,
)
from efirt.annotation import Final, Iterable, NamedTuple, TypeAlias
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
    name_of,
    name_problem,
)
from efirt.images.edk2_volume import Reading
from efirt.store import Record
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.layout import Members

DEAD: Final = frozenset({VAR_ADDED & VAR_DELETED, HALF_DELETED & VAR_DELETED, VAR_HEADER_VALID_ONLY})
"""The states of records that are dead for a known reason."""


_ALIGNED: Final = HEADER_ALIGNMENT - 1
_GAPS: Final = tuple(b"\xff" * size for size in range(HEADER_ALIGNMENT))
_LONGEST_KEPT: Final = 256
_MOST_KEPT: Final = 4096

_HEAD: Final = ("StartId", "State", "Attributes", "NameSize", "DataSize")
_AUTHENTICATED_HEAD: Final = Members(AUTHENTICATED.size, *((getattr(AuthenticatedVariableHeader, name), 0) for name in _HEAD)).read
_PLAIN_HEAD: Final = Members(PLAIN.size, *((getattr(VariableHeader, name), 0) for name in _HEAD)).read
"""What the way to the next record takes of a header: all of it takes twice as long."""

_Place: TypeAlias = tuple[int, int, int]
"""Of a record that may live: its number, its attributes, and how many bytes its value has."""

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
        is_ordinary: Whether each record is as firmware leaves it where nothing was interrupted: finished, alive or dead and not alive
            twice, with a proper name, and erased bytes behind.
    """

    records: tuple[FlashRecord, ...]
    live: tuple[FlashRecord, ...]
    variables: tuple[Record, ...]
    end: int
    is_ordinary: bool


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
    layout, unpack = (AUTHENTICATED, _AUTHENTICATED_HEAD) if authenticated else (PLAIN, _PLAIN_HEAD)
    header_size = layout.size
    guid_offset = header_size - GUID_SIZE
    data, shift = reading.data, reading.shift
    records: list[FlashRecord] = []
    added: dict[bytes, _Place] = {}
    dying: dict[bytes, _Place] = {}
    dead: list[bytes] = []
    alive = 0
    is_ordinary = True
    at = start
    while at + header_size <= end:
        start_id, state, attributes, name_size, data_size = unpack(data, at)
        if start_id != VARIABLE_DATA:
            break
        data_at = at + header_size + name_size
        following = data_at + data_size
        if state == NO_STATE or following > end or attributes == ALL_ONES:  # a size of all ones is beyond the end, too
            if state != NO_STATE and ALL_ONES not in (attributes, name_size, data_size):
                reading.tell(at, f"a record of {following - at} bytes reaches beyond the variables' region")
                break
            following = at + header_size
            is_ordinary = False
            reading.note(at, "a record was never finished: there is only a header of it")
        elif state == VAR_ADDED:
            alive += 1
            added.setdefault(data[at + guid_offset : data_at], (len(records), attributes, data_size))
        elif state == HALF_DELETED:
            dying[data[at + guid_offset : data_at]] = len(records), attributes, data_size
        elif state in DEAD:
            dead.append(data[at + guid_offset : data_at])
        else:
            is_ordinary = False
            reading.note(at, f"a record has the state {state:#04x}, which no firmware writes")
        gap = -following & _ALIGNED
        if gap:
            is_ordinary = is_ordinary and data.startswith(_GAPS[gap], following)
            following += gap
        records.append(_new(FlashRecord, (at + shift, state, data[at:following], header_size)))
        at = following
    found = sorted((dying | added).items(), key=lambda one: one[1]) if dying else added.items()
    odd = len(reading.damage)
    live, variables = _living(records, found, reading.damage)
    is_ordinary = is_ordinary and not dying and alive == len(live) and len(reading.damage) == odd
    is_ordinary = is_ordinary and all(identity in _keys or _is_proper(identity) for identity in dead)
    return Walk(tuple(records), live, variables, at, is_ordinary)


def _living(
    records: list[FlashRecord], found: Iterable[tuple[bytes, _Place]], damage: list[Damage]
) -> tuple[tuple[FlashRecord, ...], tuple[Record, ...]]:
    """The records with these identities and places, and what they hold; one without a name names nothing."""
    live: list[FlashRecord] = []
    variables: list[Record] = []
    odd = len(damage)
    for identity, (index, attributes, data_size) in found:
        flash_record = records[index]
        offset, _, raw, header_size = flash_record
        key = _keys.get(identity) or _key(identity, offset, damage)
        if key.name:
            live.append(flash_record)
            data_at = header_size + len(identity) - GUID_SIZE
            variables.append(decoded(key, header_size, attributes, raw, raw[data_at : data_at + data_size]))
    if len(damage) > odd:  # only then can two have one key
        first = {variable.key: number for number, variable in reversed([*enumerate(variables)])}
        numbers = sorted(first.values())
        return tuple(live[number] for number in numbers), tuple(variables[number] for number in numbers)
    return tuple(live), tuple(variables)


def _is_proper(identity: bytes) -> bool:
    """Whether a dead record's name is as firmware writes one."""
    damage: list[Damage] = []
    _key(identity, 0, damage)
    return not damage


def _key(identity: bytes, offset: int, damage: list[Damage]) -> Key:
    """The key that a record's GUID and name come to."""
    units = identity[GUID_SIZE:]
    name = utf_16_le_decode(units, "surrogatepass")[0]
    last = len(name) - 1
    if last < 1 or name.find("\0") != last or len(units) % 2:
        return _odd_key(identity, offset, damage)
    key = _new(Key, (name[:last], _new(Guid, (identity[:GUID_SIZE],))))
    if len(identity) <= _LONGEST_KEPT:
        if len(_keys) == _MOST_KEPT:
            _keys.clear()
        _keys[identity] = key
    return key


def _odd_key(identity: bytes, offset: int, damage: list[Damage]) -> Key:
    """The same of a name that is not as firmware writes one, which is damage; a character beyond 16 bits alone makes none."""
    units = identity[GUID_SIZE:]
    name = name_of(units)
    problem = name_problem(name, len(units))
    if problem:
        damage.append(Damage(offset, f"a record's name {problem}"))
    return Key(name, Guid(identity[:GUID_SIZE]))
