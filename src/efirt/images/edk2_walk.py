"""From one record to the next, as firmware goes.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, IsValidVariableHeader, GetNextVariablePtr and
FindVariableEx.
"""

from efirt.abi.edk2_variable import (
    HEADER_ALIGNMENT,
    VAR_ADDED,
    VAR_DELETED,
    VAR_HEADER_VALID_ONLY,
    VARIABLE_DATA,
    AuthenticatedVariableHeader,
    VariableHeader,
)
from efirt.annotation import Any, Callable, Final, Iterable, NamedTuple, Sequence
from efirt.images.edk2_keys import identity_of, is_proper, key_of, known_keys
from efirt.images.edk2_record import (
    ALL_ONES,
    AUTHENTICATED,
    GUID_SIZE,
    HALF_DELETED,
    NO_STATE,
    PLAIN,
    STATE_OFFSET,
    FlashRecord,
    Place,
    all_decoded,
)
from efirt.images.edk2_volume import Reading
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.wire.layout import CStruct, Field, Members
from efirt.wire.lazy import NOTHING, Lazy

DEAD: Final = frozenset({VAR_ADDED & VAR_DELETED, HALF_DELETED & VAR_DELETED, VAR_HEADER_VALID_ONLY})
"""The states of records that are dead for a known reason."""

_ALIGNED: Final = HEADER_ALIGNMENT - 1
_GAPS: Final = tuple(b"\xff" * size for size in range(HEADER_ALIGNMENT))
_ERASED_WORDS: Final = tuple((1 << 32) - (1 << 32 - 8 * size) for size in range(HEADER_ALIGNMENT))
"""The smallest word that ends with so many erased bytes."""

_HEAD: Final = ("StartId", "State", "Attributes", "NameSize", "DataSize")
_WORD: Final = Field("I", 0)
_WORD_SIZE: Final = _WORD.size


def _head(header: type[CStruct]) -> Callable[..., tuple[Any, ...]]:
    return Members(_WORD_SIZE + header.SIZE, (_WORD, 0), *((getattr(header, name), _WORD_SIZE) for name in _HEAD)).read


_AUTHENTICATED_HEAD: Final = _head(AuthenticatedVariableHeader)
_PLAIN_HEAD: Final = _head(VariableHeader)
"""What the way to the next record takes of a header, and the word before it: all of it takes twice as long."""

_new = tuple.__new__
"""What a constructor comes to, at half its time."""


class Walk(NamedTuple):
    """What lies in a region. Records are made when somebody asks for them.

    Attributes:
        records: All records in flash order.
        live: Those firmware would find.
        variables: What each of these holds.
        keys: The keys of these.
        used: Bytes of all records.
        used_by_live: Bytes of those firmware would find.
        dead: Where those begin and their names end that are dead for a known reason.
        living: Where those lie that firmware would find.
        is_finished: Whether each record is alive or such a dead one, and not alive twice, each living one has a proper name, and what is
            between them is erased.
    """

    records: Lazy[FlashRecord] = NOTHING
    live: Lazy[FlashRecord] = NOTHING
    variables: Lazy[Record] = NOTHING
    keys: tuple[Key, ...] = ()
    used: int = 0
    used_by_live: int = 0
    dead: Sequence[tuple[int, int]] = ()
    living: "_Living | None" = None
    is_finished: bool = True

    @property
    def is_ordinary(self) -> bool:
        """Whether each record is as firmware leaves it where nothing was interrupted, the names of the dead included."""
        if self.living is None or not self.is_finished:
            return self.is_finished
        data, guid_offset = self.living.data, self.living.header_size - GUID_SIZE
        dead = [data[at + guid_offset : end] for at, end in self.dead]
        return all(key or is_proper(identity) for identity, key in zip(dead, known_keys(dead), strict=True))

    def among(self, keys: frozenset[Key]) -> tuple[Record, ...]:
        """The variables that have one of these keys, in flash order."""
        return () if self.living is None else self.living.among(keys)


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
    data, last = reading.data, end - header_size
    stops: list[int] = []
    added: dict[bytes, Place] = {}
    dying: dict[bytes, Place] = {}
    dead: list[tuple[int, int]] = []
    is_finished = True
    at, erased, living_size = start, 0, 0
    begun, alive, dead_ones, no_state, all_ones = VARIABLE_DATA, VAR_ADDED, DEAD, NO_STATE, ALL_ONES  # a third of the loop's time
    add, bury, stop_at = added.setdefault, dead.append, stops.append
    while at <= last:
        before, start_id, state, attributes, name_size, data_size = unpack(data, at - _WORD_SIZE)
        if start_id != begun:
            break
        if before < erased:
            is_finished = False
        data_at = at + header_size + name_size
        stop = data_at + data_size
        if stop > end or attributes == all_ones or state == no_state:  # a size of all ones is beyond the end, too
            if state != no_state and all_ones not in (attributes, name_size, data_size):
                reading.tell(at, f"a record of {stop - at} bytes reaches beyond the variables' region")
                break
            stop, state = at + header_size, no_state
            is_finished = False
            reading.note(at, "a record was never finished: there is only a header of it")
        gap = -stop & _ALIGNED
        following = stop + gap
        if state == alive:
            add(data[at + guid_offset : data_at], (at, stop, attributes, data_at))
            living_size += following - at
        elif state in dead_ones:
            bury((at, data_at))
        elif state == HALF_DELETED:
            dying[data[at + guid_offset : data_at]] = at, stop, attributes, data_at
        elif state != no_state:
            is_finished = False
            reading.note(at, f"a record has the state {state:#04x}, which no firmware writes")
        stop_at(stop)
        at, erased = following, _ERASED_WORDS[gap]
    odd = len(reading.damage)
    living = _Living(data, reading.shift, header_size, *_found(_in_order(added, dying), reading))
    is_finished = is_finished and not dying and len(stops) == len(living.keys) + len(dead) and len(reading.damage) == odd
    if not is_finished:
        living_size = sum([(stop + _ALIGNED & ~_ALIGNED) - at for at, stop, _, _ in living.places])
    if stops:
        is_finished = is_finished and data[stops[-1] : at] == _GAPS[at - stops[-1]]
    return Walk(
        Lazy(len(stops), _Lying(data, reading.shift, header_size, start, stops).records),
        Lazy(len(living.keys), living.records),
        Lazy(len(living.keys), living.variables),
        living.keys,
        at - start,
        living_size,
        dead,
        living,
        is_finished,
    )


class _Lying(NamedTuple):
    """Records one behind another.

    In which bytes, what to add to a place for one in the file, and where the first begins and the value of each ends.
    """

    data: bytes
    shift: int
    header_size: int
    start: int
    stops: list[int]

    def records(self, numbers: Sequence[int]) -> tuple[FlashRecord, ...]:
        stops = self.stops
        return _records(self, (((stops[number - 1] + _ALIGNED & ~_ALIGNED) if number else self.start, stops[number]) for number in numbers))


class _Living(NamedTuple):
    """Records that firmware would find: in which bytes, what to add to a place for one in the file, their keys and their places.

    Places by GUID and name stand beside them where each name is as firmware writes one.
    """

    data: bytes
    shift: int
    header_size: int
    keys: tuple[Key, ...]
    places: tuple[Place, ...]
    by_identity: dict[bytes, Place] | None

    def records(self, numbers: Sequence[int]) -> tuple[FlashRecord, ...]:
        return _records(self, (self.places[number][:2] for number in numbers))

    def variables(self, numbers: Sequence[int]) -> tuple[Record, ...]:
        if len(numbers) == len(self.keys):
            return self._made(zip(self.keys, self.places, strict=True))
        return self._made((self.keys[number], self.places[number]) for number in numbers)

    def among(self, wanted: frozenset[Key]) -> tuple[Record, ...]:
        found = self.by_identity
        if found is None:
            return self._made(pair for pair in zip(self.keys, self.places, strict=True) if pair[0] in wanted)
        pairs = [(key, found[identity]) for key in wanted if (identity := identity_of(key)) in found]
        return self._made(sorted(pairs, key=_place))

    def _made(self, pairs: Iterable[tuple[Key, Place]]) -> tuple[Record, ...]:
        data = self.data
        if self.header_size == AUTHENTICATED.size:
            return all_decoded(pairs, data)
        return tuple([Record(key, Attributes(attributes), data[data_at:stop]) for key, (_, stop, attributes, data_at) in pairs])


def _place(pair: tuple[Key, Place]) -> Place:
    return pair[1]


def _records(lying: _Lying | _Living, spans: Iterable[tuple[int, int]]) -> tuple[FlashRecord, ...]:
    """The records that begin and whose values end at these places."""
    data, shift, size = lying.data, lying.shift, lying.header_size
    return tuple(
        _new(FlashRecord, (at + shift, data[at + STATE_OFFSET], data[at : stop + _ALIGNED & ~_ALIGNED], size)) for at, stop in spans
    )


def _in_order(added: dict[bytes, Place], dying: dict[bytes, Place]) -> dict[bytes, Place]:
    """What firmware finds, in flash order: of each name and GUID the one that is alive, else the one about to die."""
    return dict(sorted((dying | added).items(), key=lambda one: one[1])) if dying else added


def _found(found: dict[bytes, Place], reading: Reading) -> tuple[tuple[Key, ...], tuple[Place, ...], dict[bytes, Place] | None]:
    """The keys of records with these identities, their places, and these again by identity; one without a name names nothing."""
    keys = known_keys([*found])
    if all(keys):
        return keys, tuple(found.values()), found  # type: ignore[return-value]  # no key is empty, so none is None
    first: dict[Key, Place] = {}  # only now can two have one key, or none a name
    for identity, place in found.items():
        key = key_of(identity, place[0] + reading.shift, reading.damage)
        if key.name:
            first.setdefault(key, place)
    return tuple(first), tuple(first.values()), None
