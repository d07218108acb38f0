"""Changing an image where it lies while the power fails: at every byte, again while that is recovered, and a third time."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import pytest

from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_in_place import recovery, update
from efirt.images.edk2_patch import Patch, Plan, applied
from efirt.images.edk2_record import encoded
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.images.edk2_crashes import LIKE_A_HEADER, TINY, Values, World
from tests.images.flash import ADDED, AUTHENTICATED, DYING, OVMF_2M, PLAIN, VENDOR, image, record

KEY = Key("A", Guid(VENDOR))


class Cuts(NamedTuple):
    """Where the power failed while something was done: in any of these states, of which some have a step just done."""

    every: list[bytes]
    steps: list[bytes]

    def some(self, random: Random, count: int) -> list[bytes]:
        return [random.choice(self.steps if self.steps and random.random() < 0.5 else self.every) for _ in range(count) if self.every]


def doing(world: World, flash: bytes, plan: Plan, allowed: tuple[Values, ...], what: str) -> Cuts:
    steps = [applied(flash, plan[:number]) for number in range(1, len(plan))]
    return Cuts(world.cut(flash, plan, allowed, what), steps)


def go_on(world: World, flash: bytes, depth: int) -> None:
    """Go on from where the power failed, in each of three ways, let it fail at every step of it, and so on from some of these."""
    if not depth:
        return
    for way in (recovering, starting, doing_the_next):
        for state in way(world, flash).some(world.random, 2):
            if not world.violations:
                go_on(world, state, depth - 1)


def recovering(world: World, flash: bytes) -> Cuts:
    seen, cuts = world.values(flash), Cuts([], [])
    while steps := recovery(world.read(flash)):
        more = doing(world, flash, steps, (seen,), "efirt recovers")
        cuts = Cuts(cuts.every + more.every, cuts.steps + more.steps)
        flash = applied(flash, steps)
    return cuts


def starting(world: World, flash: bytes) -> Cuts:
    every, seen, machine = [], world.values(flash), world.firmware(flash)
    for _ in machine.boot():
        every.append(bytes(machine.data))
        world.check(every[-1], (seen,), "firmware starts")
    return Cuts(every, [])


def doing_the_next(world: World, flash: bytes) -> Cuts:
    flash = world.recovered(flash)
    old, plan = world.values(flash), world.plan(flash)
    return doing(world, flash, plan, (old, world.values(applied(flash, plan))), "the next operation")


def run(world: World, operations: int, samples: int, depth: int = 3) -> str:
    """Change a flash at random so many times; cut each change everywhere, and go on from some of the cuts; until something is lost."""
    flash = image(layout=world.layout, signature=PLAIN if world.plain else AUTHENTICATED)
    for number in range(operations):
        old, plan = world.values(flash), world.plan(flash)
        new = world.values(applied(flash, plan))
        cuts = doing(world, flash, plan, (old, new), f"operation {number}")
        for state in cuts.some(world.random, samples):
            if not world.violations:
                go_on(world, state, depth - 1)
        if world.violations:
            break
        flash = applied(flash, plan)
    return f"{world.cuts} cuts, {len(world.violations)} violations"


def lost(world: World) -> list[str]:
    return [violation.what for violation in world.violations]


@pytest.mark.parametrize(("seed", "plain"), [(1, False), (2, True)], ids=["authenticated", "plain"])
def test_a_cut_at_any_byte_loses_nothing(seed: int, plain: bool, record_property: Callable[[str, object], None]) -> None:
    world = World(TINY, seed, plain=plain)
    run(world, 12, samples=0)
    record_property("cuts", world.cuts)
    assert lost(world) == []
    assert world.cuts > 2000


def test_two_and_three_cuts_lose_nothing(record_property: Callable[[str, object], None]) -> None:
    world = World(TINY, 3)
    run(world, 2, samples=1)
    record_property("cuts", world.cuts)
    assert lost(world) == []
    assert world.cuts > 1000


@pytest.mark.soak
@pytest.mark.parametrize("plain", [False, True], ids=["authenticated", "plain"])
@pytest.mark.parametrize("seed", range(10, 14))
def test_hundreds_of_thousands_of_cuts_lose_nothing(seed: int, plain: bool, record_property: Callable[[str, object], None]) -> None:
    world = World(TINY, seed, plain=plain)
    run(world, 12, samples=1)
    record_property("cuts", world.cuts)
    assert lost(world) == []
    assert world.cuts > 25_000


def test_a_large_flash_that_is_written_anew_loses_nothing() -> None:
    world = World(OVMF_2M, 5)
    flash = image([record("A", b"old"), record("B", bytes(50_000), DYING), record("C", b"x" * 6_860)], OVMF_2M)
    plan = update(world.read(flash), Record(KEY, Attributes(7), b"new" * 60))
    assert len(plan) == 7
    world.cut_somewhere(flash, plan, (world.values(flash), world.values(applied(flash, plan))), 60)
    assert lost(world) == []


class InEdk2sOrder(World):
    """The same world without efirt's remedies: older copies die last, and firmware recovers."""

    def recovered(self, flash: bytes) -> bytes:
        return bytes(self.firmware(flash).booted().data)

    def change(self, read: Edk2Image, key: Key, data: bytes) -> Plan:
        raw = encoded(Record(key, Attributes(7), data), authenticated=read.authenticated)
        end = read.records_offset + read.used
        if read.used + len(raw) > read.room:
            return super().change(read, key, data)
        steps: list[tuple[Patch, ...]] = [(Patch(end, raw[:2] + b"\xff" + raw[3:]),), (Patch(end + 2, bytes([ADDED])),)]
        old = next((one for one, variable in zip(read.live, read.variables, strict=True) if variable.key == key), None)
        if old is None:
            return tuple(steps)
        twins = [(Patch(one.offset + 2, bytes([one.state & 0xFD])),) for one in read.surplus if one.identity == old.identity]
        return ((Patch(old.offset + 2, bytes([old.state & 0xFE])),), *steps, *twins, (Patch(old.offset + 2, bytes([old.state & 0xFC])),))


def test_the_model_finds_what_two_cuts_do_to_edk2s_own_order() -> None:
    world = InEdk2sOrder(TINY, 1)
    world.names = ("A",)
    one_cut = run(world, 6, samples=0)
    assert lost(world) == [], one_cut
    run(world, 12, samples=2, depth=2)
    assert any("firmware reads other values after it has started once" in what for what in lost(world))


def test_the_model_finds_what_one_cut_does_to_a_name_like_a_header() -> None:
    world = InEdk2sOrder(TINY, 1)
    world.names = (LIKE_A_HEADER,)
    run(world, 3, samples=0)
    assert lost(world)


class WithoutBarriers(World):
    """The same world where nothing waits for the disk."""

    def plan(self, flash: bytes) -> Plan:
        return (tuple(patch for step in super().plan(flash) for patch in step),)


def test_the_model_finds_what_comes_of_not_waiting_for_the_disk() -> None:
    world = WithoutBarriers(TINY, 1)
    run(world, 12, samples=0)
    assert lost(world)
