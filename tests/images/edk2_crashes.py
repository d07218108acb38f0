"""Power that fails, at every byte: what stands in the file after each one of a plan, and whether every variable still reads as it must."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from efirt.errors import NoRoom
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_in_place import recovery, removal, update
from efirt.images.edk2_patch import Plan, Step, applied
from efirt.images.edk2_record import FlashRecord
from efirt.images.edk2_volume import Areas
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.images.edk2_firmware import Flash
from tests.images.flash import VENDOR, Layout

TINY = Layout(0xE00, 0x100, 0x600, 0x600, 0x200, 0x800)
"""Small enough to stop at each byte of it."""

LIKE_A_HEADER = "\u55aaA"
MOST_ROUNDS = 8
SHUFFLES = 8

Values = dict[bytes, bytes]


def contents_of(one: FlashRecord) -> bytes:
    """Give what a record says beside its name, in the form in which the firmware of the tests gives it."""
    name_at = 8 if one.header_size == 32 else 36
    size = int.from_bytes(one.raw[name_at + 4 : name_at + 8], "little")
    data_at = one.header_size + len(one.identity) - 16
    return one.raw[4:name_at] + one.raw[data_at : data_at + size]


class Violation(NamedTuple):
    """A state in which something was lost."""

    what: str
    flash: bytes


class World:
    """A flash of one layout, its two readers, and what was seen so far."""

    def __init__(self, layout: Layout, seed: int, *, plain: bool = False) -> None:
        self.layout = layout
        self.areas = Areas(*layout[:5], layout.spare, layout.spare_size)
        self.plain = plain
        self.names: tuple[str, ...] = ("A", "B", "Long name", LIKE_A_HEADER)
        self.random = Random(seed)  # noqa: S311 - the same every time
        self.cuts = 0
        self.violations: list[Violation] = []

    def read(self, flash: bytes) -> Edk2Image:
        return Edk2Image.decode(flash, areas=self.areas)

    def values(self, flash: bytes) -> Values:
        """Give what efirt reads."""
        return {one.identity: contents_of(one) for one in self.read(flash).live}

    def firmware(self, flash: bytes) -> Flash:
        return Flash(flash, self.layout, plain=self.plain)

    def recovered(self, flash: bytes) -> bytes:
        """Bring a flash to rest by efirt's recovery."""
        for _ in range(MOST_ROUNDS):
            steps = recovery(self.read(flash))
            if not steps:
                return flash
            flash = applied(flash, steps)
        raise AssertionError("recovery comes to no end")

    def change(self, read: Edk2Image, key: Key, data: bytes) -> Plan:
        """Plan to give a variable another value."""
        return update(read, Record(key, Attributes(7), data))

    def plan(self, flash: bytes) -> Plan:
        """Plan a change at random of a flash that is at rest."""
        read = self.read(flash)
        key = Key(self.random.choice(self.names), Guid(VENDOR))
        if self.random.random() < 0.25 and any(variable.key == key for variable in read.variables):
            return removal(read, key)
        try:
            return self.change(read, key, self.random.randbytes(self.random.randrange(1, 90)))
        except NoRoom:
            return removal(read, self.random.choice(read.variables).key)

    def check(self, flash: bytes, allowed: tuple[Values, ...], what: str) -> None:
        """Judge one state: both readers read one of the allowed values, and do so still after firmware or efirt has recovered it."""
        self.cuts += 1
        try:
            seen = self.values(flash)
            assert seen in allowed, "efirt reads neither the old nor the new values"
            assert self.firmware(flash).values() == seen, "firmware reads other values"
            assert self.firmware(flash).booted().values() == seen, "firmware reads other values after it has started once"
            settled = self.recovered(flash)
            assert self.values(settled) == seen, "efirt reads other values after recovery"
            assert self.firmware(settled).booted().values() == seen, "firmware reads other values after recovery"
        except Exception as cause:  # noqa: BLE001 - whatever a reader does with it
            self.violations.append(Violation(f"{what}: {cause!r}", flash))

    def cut(self, flash: bytes, plan: Plan, allowed: tuple[Values, ...], what: str) -> list[bytes]:
        """Stop a plan after every byte, after every byte and erased block, and with parts of each step in any order; judge each."""
        every = [*states(flash, plan), *erasing(flash, plan, self.layout.block)]
        for step in plan:
            every += [shuffled(flash, step, self.random) for _ in range(SHUFFLES)]
            flash = applied(flash, (step,))
        for state in every:
            self.check(state, allowed, what)
        return every

    def cut_somewhere(self, flash: bytes, plan: Plan, allowed: tuple[Values, ...], count: int) -> None:
        """Stop a plan at the edges of its patches, and so many times in between; judge each."""
        sizes = [len(patch.data) for step in plan for patch in step]
        edges = {sum(sizes[:number]) + more for number in range(len(sizes) + 1) for more in (-1, 0, 1)}
        edges.update(self.random.randrange(sum(sizes)) for _ in range(count))
        for most in sorted(edge for edge in edges if 0 <= edge <= sum(sizes)):
            self.check(stopped(flash, plan, most), allowed, f"stopped after {most} bytes")


def states(flash: bytes, plan: Plan) -> Iterator[bytes]:
    """Give the file after each byte of a plan that changes it, in order."""
    changed = bytearray(flash)
    for step in plan:
        for patch in step:
            for offset, byte in enumerate(patch.data, patch.offset):
                if changed[offset] != byte:
                    changed[offset] = byte
                    yield bytes(changed)


def stopped(flash: bytes, plan: Plan, most: int) -> bytes:
    """Give the file after so many bytes of a plan."""
    changed = bytearray(flash)
    for step in plan:
        for patch in step:
            data = patch.data[:most]
            changed[patch.offset : patch.offset + len(data)] = data
            most -= len(data)
    return bytes(changed)


def shuffled(flash: bytes, step: Step, random: Random) -> bytes:
    """Give the file when some bytes of a step reached the disk, and others did not."""
    changed = bytearray(flash)
    share = random.random()
    for patch in step:
        for offset, byte in enumerate(patch.data, patch.offset):
            if random.random() < share:
                changed[offset] = byte
    return bytes(changed)


def erasing(flash: bytes, plan: Plan, block: int) -> Iterator[bytes]:
    """Give the flash after each byte and each erased block, where a block must be erased before a bit of it can be set.

    Not where a plan erases torn bytes that share a block with records: that can be done in a file only.
    """
    changed = bytearray(flash)
    for step in plan:
        for patch in step:
            at, end = patch.offset, patch.offset + len(patch.data)
            if not patch.data.strip(b"\xff") and at % block:
                changed[at:end] = patch.data
                continue
            wanted = bytes(changed[:at]) + patch.data + bytes(changed[end:])
            for base in range(at - at % block, end, block):
                then = wanted[base : base + block]
                if any(byte & ~old for byte, old in zip(then, changed[base : base + block], strict=True)):
                    changed[base : base + block] = b"\xff" * block
                    yield bytes(changed)
                for offset, byte in enumerate(then, base):
                    if changed[offset] != byte:
                        changed[offset] = byte
                        yield bytes(changed)
