"""Whole records that firmware does not find, since one before them is broken; it erases them when it next writes all variables anew.

They are told apart from what an interrupted write leaves: that is one record behind all others whose state was never written, so that
whatever stands in its name and its value is none. Where a broken record was one bit away from a whole one that ends where the next one
begins, it is taken for that one.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableParsing.c, GetNextVariablePtr and FindVariableEx;
Variable.c, UpdateVariable (the state is written after all else).
"""

from efirt.abi.edk2_variable import HEADER_ALIGNMENT, VAR_ADDED, VARIABLE_DATA, AuthenticatedVariableHeader, VariableHeader
from efirt.annotation import Final, Iterator, NamedTuple, Sequence
from efirt.images.edk2_record import ALL_ONES, AUTHENTICATED, HALF_DELETED, NO_STATE, PLAIN, FlashRecord, name_of
from efirt.images.edk2_volume import is_erased
from efirt.images.edk2_walk import DEAD
from efirt.values.attributes import Attributes
from efirt.wire.escape import name as escaped
from efirt.wire.text import nul_offset

_MARK: Final = VARIABLE_DATA.to_bytes(2, "little")
_ALIGNED: Final = HEADER_ALIGNMENT - 1
_STATES: Final = DEAD | {VAR_ADDED, HALF_DELETED}
_ALIVE: Final = frozenset({VAR_ADDED, HALF_DELETED})
_SHORTEST_NAME: Final = 4
_LONGEST_NAME: Final = 2048
_MOST_ATTRIBUTES: Final = 0xFF
_SIZE_BITS: Final = 32
_MOST_TOLD: Final = 8


class Region(NamedTuple):
    """Where records are.

    Attributes:
        data: What firmware reads.
        shift: What to add to a place in it for one in the file.
        end: Where the region ends in it.
        authenticated: Whether records have room for authentication.
    """

    data: bytes
    shift: int
    end: int
    authenticated: bool

    def follows(self, at: int, header: bytes | None = None, *, any_mark: bool = False) -> int:
        """Where the record ends that is here, padding included, if one is that firmware could have written and finished; else 0.

        Args:
            at: Its place.
            header: Its header, where that is not to be what stands there.
            any_mark: Whether it may begin with anything.
        """
        layout = AUTHENTICATED if self.authenticated else PLAIN
        name_at = at + layout.size
        if name_at > self.end:
            return 0
        fields = layout.unpack_from(self.data, at) if header is None else layout.unpack(header)
        mark, state, attributes, name_size, data_size = fields[0], fields[1], fields[2], fields[-3], fields[-2]
        if (mark != VARIABLE_DATA and not any_mark) or state not in _STATES:
            return 0
        if not attributes & Attributes.NV or attributes > _MOST_ATTRIBUTES or not _SHORTEST_NAME <= name_size <= _LONGEST_NAME:
            return 0
        end: int = name_at + name_size + data_size
        if end > self.end or nul_offset(self.data[name_at : name_at + name_size]) != name_size - 2:
            return 0
        return min(end + (-end & _ALIGNED), self.end)

    def record(self, at: int, following: int, header: bytes | None = None) -> FlashRecord:
        """The record that is here."""
        size = (AUTHENTICATED if self.authenticated else PLAIN).size
        raw = self.data[at:following] if header is None else header + self.data[at + size : following]
        return FlashRecord(at + self.shift, raw[VariableHeader.State.offset], raw, size)


def lost(region: Region, records: Sequence[FlashRecord], live: Sequence[FlashRecord], at: int) -> tuple[FlashRecord, ...]:
    """The living records that would be found if none was broken, and are not, in flash order.

    Args:
        region: Where they are.
        records: Those firmware walks over.
        live: Those of them that it finds.
        at: Where it stops.
    """
    last = records[-1] if records else None
    broken, begin, before = at, at, None
    if last is not None and last.is_header_only:
        broken = last.offset - region.shift
        begin = max(at, _extent(region, last))
    elif last is not None:
        inside = _inside(region, last.offset - region.shift, at)
        before = last.offset - region.shift
        broken, begin = (before, inside) if inside else (at, at)
    found = [*_whole(region, broken, begin, before)]
    added = {one.identity for one in live if one.state == VAR_ADDED}
    winners: dict[bytes, FlashRecord] = {}
    places = {one.offset for one in found}
    for one in found:
        known = winners.get(one.identity)
        if one.state in _ALIVE and (known is None or known.state != VAR_ADDED):
            winners[one.identity] = one
    hidden = added - {one.identity for one in live if one.offset in places}
    return tuple(sorted(one for identity, one in winners.items() if identity not in hidden))


def _extent(region: Region, one: FlashRecord) -> int:
    """Where a record would end whose state was never written; 0 where its sizes were not written either."""
    fields = one.fields
    if one.state != NO_STATE or ALL_ONES in fields[-3:-1]:
        return 0
    end = one.offset - region.shift + one.header_size + int(fields[-3]) + int(fields[-2])
    return end + (-end & _ALIGNED) if end <= region.end else 0


def _inside(region: Region, at: int, end: int) -> int:
    """Where in a record another one begins which, alone or with those behind it, reaches out of it: its size is wrong then; else 0."""
    seen: set[int] = set()  # where others that lead nowhere came by
    for start in _marks(region, at + 1, end):
        following = begin = start
        while following and following < end and following not in seen:
            seen.add(following)
            begin, following = following, region.follows(following)
        if following in seen:
            continue
        if following > end or (following == 0 and begin > start and is_erased(region.data, begin, region.end)):
            return start
    return 0


def _marks(region: Region, at: int, end: int) -> Iterator[int]:
    """Where a record could begin."""
    at = region.data.find(_MARK, at, end)
    while at >= 0:
        if not at & _ALIGNED:
            yield at
        at = region.data.find(_MARK, at + 1, end)


def _whole(region: Region, broken: int, begin: int, before: int | None) -> Iterator[FlashRecord]:
    """The whole records from a place on, and those before one of them that are one bit away from whole.

    Args:
        region: Where they are.
        broken: Where the broken one begins.
        begin: Where to look from.
        before: Where the one before it begins, which is the broken one itself if it ends too early; None where there is none.
    """
    at: int | None = begin
    while at is not None:
        start = next((one for one in _marks(region, at, region.end) if region.follows(one)), None)
        mended = _mended(region, broken, start)
        if mended is None and before is not None and not _is_like_a_header(region, broken):
            mended = _mended(region, before, start)
        before = None
        if mended is not None:
            yield mended
        at = start
        while at is not None and (following := region.follows(at)):
            yield region.record(at, following)
            at = broken = following


def _is_like_a_header(region: Region, at: int) -> bool:
    """Whether a record seems to begin here, and be it a broken one, rather than a value to go on."""
    state = region.data[at + VariableHeader.State.offset : at + VariableHeader.State.offset + 1]
    return region.data.startswith(_MARK, at) or (state != b"" and state[0] in _STATES)


def _mended(region: Region, at: int, following: int | None) -> FlashRecord | None:
    """The one record that is one member's bit, or what it begins with, away from what is here and ends where the next one begins."""
    fields = AuthenticatedVariableHeader if region.authenticated else VariableHeader
    if at + fields.SIZE > region.end:
        return None
    here = region.data[at : at + fields.SIZE]
    if here[: len(_MARK)] != _MARK:
        end = region.follows(at, any_mark=True)
        is_next = end and (end == following or (following is None and is_erased(region.data, end, region.end)))
        return region.record(at, end, _MARK + here[len(_MARK) :]) if is_next else None
    found = []
    for member in (fields.NameSize, fields.DataSize):
        for bit in range(_SIZE_BITS):
            header = bytearray(here)
            member.write(header, member.read(here) ^ 1 << bit)
            end = region.follows(at, bytes(header))
            if end and end == following:
                found.append(region.record(at, end, bytes(header)))
    return found[0] if len(found) == 1 else None


def told(records: Sequence[FlashRecord]) -> str:
    """A sentence that says which records are lost."""
    names = [escaped(name_of(one.identity[16:])) for one in records]
    more = f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else ""
    several = len(names) > 1
    count = f"{len(names)} variables are" if several else "a variable is"
    return f"{count} not found, since a record is broken: {', '.join(names[:_MOST_TOLD])}{more}"
