"""edk2 as its source has it, in plain steps, as the judge of what efirt writes: how it reads a flash, and what it does to it at a boot.

It shares no code with the package. Flash is programmed byte by byte, which only clears bits, and erased block by block; each of these is
one step at which power may fail. Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/ and
MdeModulePkg/Universal/FaultTolerantWriteDxe/.
"""

from collections.abc import Iterator
from struct import pack, unpack_from
from typing import NamedTuple
from zlib import crc32

from tests.images.flash import ADDED, CALLER, DYING, JOURNAL, Layout

FIRST_ENTRY, ENTRY, RECORD = 32, 80, 40
WRAP = 1 << 64


class Place(NamedTuple):
    """Where a record lies in a region, and what firmware sees of it."""

    at: int
    end: int
    state: int
    identity: bytes
    contents: bytes


def is_set(bits: int, bit: int) -> bool:
    return not bits & bit


def work_header(layout: Layout) -> bytes:
    size = pack("<Q", layout.work_size - 32)
    return JOURNAL + pack("<I", crc32(JOURNAL + b"\xff" * 8 + size)) + b"\xfe\xff\xff\xff" + size


def walk(region: bytes, *, plain: bool = False) -> tuple[list[Place], int]:
    """Give the records of a region and where the list ends."""
    header, name_at = (32, 8) if plain else (60, 36)
    places, at = [], 0x64
    while at + header <= len(region) and region[at : at + 2] == b"\xaa\x55":
        name_size, data_size = unpack_from("<II", region, at + name_at)
        attributes = region[at + 4 : at + 8]
        state = region[at + 2]
        if state == 0xFF or b"\xff" * 4 in (
            attributes,
            region[at + name_at : at + name_at + 4],
            region[at + name_at + 4 : at + name_at + 8],
        ):
            name_size = data_size = 0
        name_end = at + header + name_size
        identity = region[at + header - 16 : name_end]
        end = name_end + data_size + (-(name_end + data_size) % 4)
        places.append(Place(at, end, state, identity, attributes + region[at + 8 : at + name_at] + region[name_end : name_end + data_size]))
        at = end
    return places, at


def found(places: list[Place]) -> dict[bytes, bytes]:
    """Look every name up, one by one, as FindVariableEx does."""
    values = {}
    for identity in dict.fromkeys(place.identity for place in places if place.state in {ADDED, DYING}):
        dying = None
        for place in places:
            if place.identity == identity and place.state == ADDED:
                values[identity] = place.contents
                break
            if place.identity == identity and place.state == DYING:
                dying = place.contents
        else:
            assert dying is not None
            values[identity] = dying
    return values


class Flash:
    """A flash and the firmware that owns it."""

    def __init__(self, data: bytes, layout: Layout, *, plain: bool = False) -> None:
        self.data = bytearray(data)
        self.layout = layout
        self.plain = plain
        self.in_one_go = False

    # reading

    def region(self) -> bytes:
        """Give the variables' region as it is read before any driver has repaired anything: blocks that wait in the spare area count."""
        layout, spare = self.layout, self.layout.spare
        if self.data[layout.work : layout.work + 32] == work_header(layout):
            at = self._last_header()
            if at is not None:
                record = self._last_record(at)
                bits = self._bits(record)
                if is_set(bits, 2) and not is_set(bits, 4):
                    target = spare + unpack_from("<q", self.data, record + 32)[0]
                    if 0 <= target < layout.region:
                        return bytes(self.data[:target] + self.data[spare : spare + layout.region - target])
        return bytes(self.data[: layout.region])

    def values(self) -> dict[bytes, bytes]:
        """Give every variable's contents by GUID and name."""
        region = self.region()
        assert region[0x28:0x2C] == b"_FVH", "the volume's header is gone"
        return found(walk(region, plain=self.plain)[0])

    # flash

    def program(self, at: int, data: bytes) -> Iterator[None]:
        assert 0 <= at <= at + len(data) <= len(self.data)
        if self.in_one_go:
            now = int.from_bytes(self.data[at : at + len(data)], "big")
            self.data[at : at + len(data)] = (now & int.from_bytes(data, "big")).to_bytes(len(data), "big")
            return
        for offset, byte in enumerate(data, at):
            if self.data[offset] & byte != self.data[offset]:
                self.data[offset] &= byte
                yield

    def erase(self, at: int, size: int) -> Iterator[None]:
        block = self.layout.block
        assert 0 <= at <= at + size <= len(self.data)
        for offset in range(at, at + size, block):
            if self.data[offset : offset + block] != b"\xff" * block:
                self.data[offset : offset + block] = b"\xff" * block
                yield

    def erase_spare(self) -> Iterator[None]:
        yield from self.erase(self.layout.spare, self.layout.spare_size)

    def set_bit(self, at: int, bit: int) -> Iterator[None]:
        yield from self.program(at, bytes([self.data[at] & ~bit]))

    # the journal

    def _total(self, at: int) -> int:
        count, private = self._counts(at)
        return (40 + count * (40 + private)) % WRAP

    def _counts(self, header: int) -> tuple[int, int]:
        count, private = unpack_from("<QQ", self.data, header + 24) if header + 40 <= len(self.data) else (WRAP - 1, WRAP - 1)
        return count, private

    def _bits(self, at: int) -> int:
        """Give a byte of marks; edk2 that adds up sizes which were not written yet looks beyond the flash, too."""
        return self.data[at] if 0 <= at < len(self.data) else 0xFF

    def _last_header(self) -> int | None:
        """Give the first header that is not complete; None where the working space is damaged."""
        offset = FIRST_ENTRY
        while is_set(self.data[self.layout.work + offset], 4):
            offset = (offset + self._total(self.layout.work + offset)) % WRAP
            if offset >= self.layout.work_size:
                return None
        return self.layout.work + offset

    def _last_record(self, header: int) -> int:
        count, private = self._counts(header)
        record = header + 40
        for _ in range(count):
            if not is_set(self._bits(record), 4):
                return record
            record += 40 + private
        return record - 40 - private

    def _room(self) -> int:
        header = self._last_header()
        return 0 if header is None else self.layout.work + self.layout.work_size - header

    def _refresh(self) -> Iterator[None]:
        if self._room() < ENTRY:
            yield from self._reclaim_work(preserve=True)

    def _abort(self) -> Iterator[None]:
        yield from self._refresh()
        header = self._last_header()
        if header is not None and is_set(self.data[header], 1):
            yield from self.set_bit(header, 4)

    def _reclaim_work(self, *, preserve: bool) -> Iterator[None]:
        layout = self.layout
        kept = b""
        if preserve:
            header = self._last_header()
            if header is not None and is_set(self.data[header], 1):
                kept = bytes(self.data[header : header + min(self._total(header), layout.work_size - FIRST_ENTRY)])
        fresh = work_header(layout)[:20] + b"\xff" * 4 + work_header(layout)[24:] + kept
        spare = bytes(self.data[layout.spare : layout.spare + layout.spare_size])
        yield from self.erase_spare()
        yield from self.program(layout.spare, fresh)
        yield from self.set_bit(layout.spare + 20, 1)
        yield from self.set_bit(layout.work + 20, 2)
        yield from self._flush_spare_to_work()
        yield from self.erase_spare()
        yield from self.program(layout.spare, spare)

    def _flush_spare_to_work(self) -> Iterator[None]:
        layout = self.layout
        yield from self.set_bit(layout.spare + 20, 1)
        fresh = work_header(layout)
        contents = fresh[:20] + b"\xff" * 4 + fresh[24:] + bytes(self.data[layout.spare + 32 : layout.spare + layout.work_size])
        yield from self.set_bit(layout.work + 20, 2)
        yield from self.erase(layout.work, layout.work_size)
        yield from self.program(layout.work, contents)
        yield from self.set_bit(layout.work + 20, 1)

    def _start_journal(self) -> Iterator[None]:
        layout = self.layout
        fresh = work_header(layout)
        if self.data[layout.work : layout.work + 32] != fresh:
            if self.data[layout.spare : layout.spare + 32] == fresh:
                yield from self._flush_spare_to_work()
                yield from self._abort()
            else:
                yield from self._reclaim_work(preserve=False)
        yield from self._refresh()
        header = self._last_header()
        assert header is not None
        record = self._last_record(header)
        is_early = is_set(self.data[header], 1) and not is_set(self._bits(record), 2) and record == header + 40
        if is_early or is_set(self._bits(record), 4):
            yield from self._abort()
        end = header
        if self.data[header] != 0xFF:
            end = layout.work + (header - layout.work + self._total(header)) % WRAP
        stop = layout.work + layout.work_size
        if end > stop or self.data[end:stop].strip(b"\xff"):
            yield from self._reclaim_work(preserve=True)
            header = self._last_header()
            assert header is not None
            record = self._last_record(header)
        if not is_set(self.data[header], 4) and is_set(self._bits(record), 2):
            yield from self._put_in_place(header, record)
            yield from self.erase_spare()
            yield from self._abort()

    def _put_in_place(self, header: int, record: int) -> Iterator[None]:
        offset, length, relative = unpack_from("<QQq", self.data, record + 16)
        size = -(-(offset + length) // self.layout.block) * self.layout.block
        target = self.layout.spare + relative
        if not 0 <= target <= target + size <= len(self.data):
            return  # the flash's driver refuses to erase what is not there
        blocks = bytes(self.data[self.layout.spare : self.layout.spare + size])
        yield from self.erase(target, size)
        yield from self.program(target, blocks)
        yield from self.set_bit(record, 4)
        yield from self.set_bit(header, 4)

    def write_region(self, store: bytes) -> Iterator[None]:
        """Write the variables' store with FtwWrite."""
        layout = self.layout
        if self._room() < ENTRY:
            yield from self._reclaim_work(preserve=True)
        header = self._last_header()
        assert header is not None
        yield from self.program(header, b"\xfe\xff\xff\xff" + CALLER + b"\xff" * 4 + pack("<QQ", 1, 0))
        yield from self.set_bit(header, 2)
        record = header + 40
        yield from self.program(record, b"\xff" * 8 + pack("<QQQq", 0, 0x48, len(store), -layout.spare))
        blocks = bytes(self.data[: layout.region])
        blocks = blocks[:0x48] + store + blocks[0x48 + len(store) :]
        spare = bytes(self.data[layout.spare : layout.spare + layout.spare_size])
        yield from self.erase_spare()
        yield from self.program(layout.spare, blocks)
        yield from self.set_bit(record, 2)
        yield from self._put_in_place(header, record)
        yield from self.erase_spare()
        yield from self.program(layout.spare, spare)

    # the variables

    def reclaimed(self) -> bytes:
        """Give the store as Reclaim makes it: of copies that are about to die, the first one it meets lives."""
        region = bytes(self.data[: self.layout.region])
        places, _ = walk(region, plain=self.plain)
        kept = [place for place in places if place.state == ADDED]
        for place in places:
            if place.state == DYING and all(place.identity != other.identity for other in kept):
                kept.append(place)
        body = b"".join(region[place.at : place.at + 2] + bytes([ADDED]) + region[place.at + 3 : place.end] for place in kept)
        return (region[0x48:0x64] + body).ljust(self.layout.region - 0x48, b"\xff")

    def boot(self) -> Iterator[None]:
        """Start once; every step is one at which power may fail."""
        yield from self._start_journal()
        region = bytes(self.data[: self.layout.region])
        _, end = walk(region, plain=self.plain)
        if region[end:].strip(b"\xff"):
            yield from self.write_region(self.reclaimed())

    def booted(self) -> "Flash":
        """Start once, with nothing in the way."""
        self.in_one_go = True
        for _ in self.boot():
            pass
        return self
