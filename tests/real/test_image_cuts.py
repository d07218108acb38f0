"""Images whose writing was cut short, started on real firmware: it shows the old or the new value, and all others untouched."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_in_place import recovery, removal, update
from efirt.images.edk2_patch import Plan, applied
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.drivers.image.images import efirt
from tests.images.edk2_crashes import stopped
from tests.images.flash import DYING, VENDOR, Layout, image, record
from tests.real.shell import Variables, check_shows, layout_of, look, on, read, settled

pytestmark = pytest.mark.lab

QUICK = "firmware-13"
IN_TEST = range(12)
NAMES = ("A", "B", "Longer name", "Gone at times")
MOST_BEFORE = 6
STEPS_OF_REWRITING = 7


class Cut(NamedTuple):
    """A flash in the middle of a write, and what it held before and would have held after."""

    flash: bytes
    before: Variables
    after: Variables
    where: str


def recovered(flash: bytes) -> bytes:
    """Bring a flash to rest by efirt's recovery."""
    while plan := recovery(Edk2Image.decode(flash)):
        flash = applied(flash, plan)
    return flash


def planned(flash: bytes, random: Random) -> Plan:
    """Plan a change at random of a flash that is at rest: a new variable, another value, a removal."""
    held = Edk2Image.decode(flash)
    key = Key(random.choice(NAMES), Guid(VENDOR))
    if random.random() < 0.25 and key in {one.key for one in held.variables}:
        return removal(held, key)
    return update(held, Record(key, Attributes(7), random.randbytes(random.choice((1, 40, 700, 5000)))))


def torn(flash: bytes, random: Random) -> bytes:
    """Begin a record behind the last one, and do not finish it."""
    held = Edk2Image.decode(flash)
    begun = record("Torn", random.randbytes(90), 0xFF)[: random.randrange(1, 160)]
    end = held.records_offset + held.used
    return flash[:end] + begun + flash[end + len(begun) :]


def filled(flash: bytes, random: Random) -> bytes:
    """Leave no room behind the last record, all of it being that of a variable that was deleted."""
    held = Edk2Image.decode(flash)
    key = Key("Filling", Guid(VENDOR))
    full = applied(flash, update(held, Record(key, Attributes(7), random.randbytes(held.free - 90))))
    return applied(full, removal(Edk2Image.decode(full), key))


def cut(flash: bytes, plan: Plan, step: int, random: Random) -> Cut:
    """Cut a plan short in one of its steps, after any of the bytes that this changes, or before the first."""
    begun = applied(flash, plan[:step])
    writes = [(offset, byte) for patch in plan[step] for offset, byte in enumerate(patch.data, patch.offset)]
    changes = [number for number, (offset, byte) in enumerate(writes, 1) if begun[offset] != byte]
    most = size_of(plan[:step]) + random.choice([0, *changes])
    where = f"after byte {most} of {size_of(plan)}, in step {step + 1} of {len(plan)}"
    return Cut(stopped(flash, plan, most), settled(read(flash)), settled(read(applied(flash, plan))), where)


def changing(flash: bytes, seed: int) -> Cut:
    """Change a flash at random a few times, cut some of these changes short and recover from that; then cut a change, or each fourth time a
    recovery.
    """
    random = Random(seed)  # noqa: S311 - the same every time
    for _ in range(random.randrange(MOST_BEFORE)):
        plan = planned(flash, random)
        flash = recovered(stopped(flash, plan, random.randrange(size_of(plan)))) if random.random() < 0.5 else applied(flash, plan)
    if seed % 4 == 3:
        flash = torn(flash, random)
        plan = recovery(Edk2Image.decode(flash))
    else:
        plan = planned(flash, random)
    return cut(flash, plan, random.randrange(len(plan)), random)


def rewriting(flash: bytes, seed: int) -> Cut:
    """Cut a change short for which all variables are written anew, by way of the spare area; beginning with the step that does it."""
    random = Random(seed)  # noqa: S311 - as above
    flash = filled(flash, random)
    plan = update(Edk2Image.decode(flash), Record(Key(NAMES[0], Guid(VENDOR)), Attributes(7), random.randbytes(700)))
    assert len(plan) == STEPS_OF_REWRITING
    return cut(flash, plan, (4 + seed) % len(plan), random)


def size_of(plan: Plan) -> int:
    return sum(len(patch.data) for step in plan for patch in step)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """Give the flash of a machine that has started once."""

    @cache
    def flash_of(machine: str) -> bytes:
        return look(machine, image([], layout_of(machine)), tmp_path_factory.mktemp(machine)).flash

    return flash_of


def check_old_or_new(machine: str, state: Cut, folder: Path) -> None:
    """See that firmware shows the old values or the new ones, and the same as efirt reads."""
    shown = settled(look(machine, state.flash, folder).first)
    assert shown in (state.before, state.after), state.where
    assert shown == settled(read(state.flash)), state.where


def each(quick: dict[str, range], soak: dict[str, range]) -> list[Any]:
    """Give a machine and a seed for each case, those of the second kind to be soaked only."""
    return [
        *((machine, seed) for machine, seeds in quick.items() for seed in seeds),
        *(pytest.param(machine, seed, marks=pytest.mark.soak) for machine, seeds in soak.items() for seed in seeds),
    ]


@pytest.mark.parametrize(
    ("machine", "seed"), each({QUICK: IN_TEST}, {"firmware": range(100, 120), "firmware-2m": range(200, 220), QUICK: range(300, 340)})
)
def test_wherever_a_write_is_cut_short_firmware_shows_the_old_or_the_new_and_all_others(
    started: Callable[[str], bytes], machine: str, seed: int, tmp_path: Path
) -> None:
    check_old_or_new(machine, changing(started(machine), seed), tmp_path)


@pytest.mark.parametrize(
    ("machine", "seed"),
    each(
        {"firmware-13-secure": range(2)},
        {"firmware-secure": range(100, 120), "firmware-2m-secure": range(200, 220), "firmware-13-secure": range(300, 320)},
    ),
)
def test_wherever_writing_all_anew_is_cut_short_firmware_with_smm_shows_the_old_or_the_new_and_all_others(
    started: Callable[[str], bytes], machine: str, seed: int, tmp_path: Path
) -> None:
    check_old_or_new(machine, rewriting(started(machine), seed), tmp_path)


def test_the_cuts_are_of_every_kind(started: Callable[[str], bytes]) -> None:
    states = [changing(started(QUICK), seed) for seed in IN_TEST]
    reads = [settled(read(one.flash)) for one in states]
    assert sum(one.before != one.after for one in states) >= 8
    assert sum(seen == one.before != one.after for seen, one in zip(reads, states, strict=True)) >= 3
    assert sum(seen == one.after != one.before for seen, one in zip(reads, states, strict=True)) >= 2
    assert sum(not Edk2Image.decode(one.flash).is_clean for one in states) >= 3
    waiting = [Edk2Image.decode(rewriting(started(QUICK), seed).flash).was_interrupted for seed in range(STEPS_OF_REWRITING)]
    assert sum(waiting) >= 2


def older_comes_back(layout: Layout) -> bytes:
    """Lay what two cuts of edk2's own updates leave: two copies about to die, none alive, and the beginning of a third record."""
    third = record("Third", b"never written", 0xFF)
    return image([record("Value", b"OLD", DYING), record("Other", b"kept"), record("Value", b"NEW", DYING), third[:67]], layout)


ON_THESE = on(QUICK, "firmware", "firmware-2m")
OTHER, VALUE = (Key(name, Guid(VENDOR)) for name in ("Other", "Value"))
NEWER: Variables = {OTHER: (7, b"kept"), VALUE: (7, b"NEW")}


@ON_THESE
def test_firmware_itself_brings_an_older_value_back_and_check_says_so_before(machine_name: str, tmp_path: Path) -> None:
    path = tmp_path / "vars.fd"
    path.write_bytes(older_comes_back(layout_of(machine_name)))
    assert read(path.read_bytes()) == NEWER
    told = efirt("image", "check", str(path))
    assert told.returncode == 1
    assert f"two copies of {VALUE} are about to die" in told.stdout
    assert "a boot of edk2 brings back the older value" in told.stdout
    check_shows(look(machine_name, path.read_bytes(), tmp_path).first, NEWER | {VALUE: (7, b"OLD")})


@ON_THESE
def test_after_repair_firmware_keeps_the_newer_value(machine_name: str, tmp_path: Path) -> None:
    path, whole = tmp_path / "vars.fd", tmp_path / "whole.fd"
    path.write_bytes(older_comes_back(layout_of(machine_name)))
    told = efirt("image", "repair", str(path), str(whole))
    assert told.returncode == 0, told.stderr
    check_shows(look(machine_name, whole.read_bytes(), tmp_path).first, NEWER)
