"""What is wrong with an image, what firmware would make of it, and what repairing it comes to."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import Problem, problems
from efirt.images.edk2_repair import recoverable, repaired
from efirt.images.edk2_write import LAYOUTS, created
from tests.images.edk2_firmware import Flash
from tests.images.flash import (
    ADDED,
    ARM,
    DEAD,
    DELETED,
    DYING,
    FIRST,
    OVMF_2M,
    OVMF_4M,
    PLAIN,
    Layout,
    entry,
    image,
    journal,
    record,
    region,
)

ROOM = ARM.region - FIRST
OLD, NEW = record("A", b"old", DYING), record("A", b"new", DYING)
TORN = record("A", b"newer", 0xFF)[:67]
REFUSED = "refuses the store"
FORMATTED = "formats the store"
ERASED = "OVMF erases the volume"


def found(flash: bytes, *, strict: bool = True) -> tuple[Problem, ...]:
    return problems(Edk2Image.decode(flash, strict=strict))


def changed(offset: int, value: bytes, layout: Layout = OVMF_4M, *raws: bytes) -> bytes:
    flash = bytearray(image(raws or [record("A", b"1"), record("B", b"2")], layout))
    flash[offset : offset + len(value)] = value
    return bytes(flash)


@pytest.mark.parametrize("layout", [OVMF_4M, OVMF_2M, ARM])
def test_nothing_is_wrong_with_what_firmware_leaves(layout: Layout) -> None:
    raws = [record("A", b"1", DEAD), record("B", b"2", DELETED), record("C", b"3"), record("D", b"4", 0x7F), record("E", b"")]
    assert found(image(raws, layout, entries=entry(layout, 0xF8, 0xF9))) == ()


def test_the_state_in_which_a_boot_brings_back_the_older_value_is_found_and_repair_keeps_the_newer() -> None:
    flash = image([OLD, NEW, TORN])
    tail = FIRST + 2 * len(OLD) + 60
    assert [(problem.offset, problem.what) for problem in found(flash) if problem.is_harmful] == [
        (
            FIRST,
            "two copies of A-11111111-2222-3333-4444-555555555555 are about to die, and none is alive; and the end of the list is torn",
        ),
        (tail - 60, "a record was never finished: there is only a header of it"),
        (tail, "behind the last record not all bytes are erased"),
    ]
    assert found(flash)[0].consequence == "a boot of edk2 brings back the older value; repair keeps the newer"
    before, after = Flash(flash, OVMF_4M), Flash(flash, OVMF_4M).booted()
    assert [value[-3:] for value in before.values().values()] == [b"new"]
    assert [value[-3:] for value in after.values().values()] == [b"old"]
    fixed = repaired(Edk2Image.decode(flash))
    assert fixed.data == image([record("A", b"new")])
    assert fixed.solved == found(flash)
    assert fixed.left == ()
    assert [value[-3:] for value in Flash(fixed.data, OVMF_4M).booted().values().values()] == [b"new"]


def test_without_a_torn_end_the_older_value_comes_back_later() -> None:
    (problem,) = found(image([OLD, NEW]))
    assert (problem.offset, problem.is_harmful) == (FIRST, True)
    assert problem.consequence.startswith("when edk2 next writes all variables anew, it brings back the older value")


@pytest.mark.parametrize(
    ("raws", "offset", "what"),
    [
        ([OLD], FIRST, "an update of A-.* was interrupted before its new value was there"),
        ([OLD, record("A", b"new")], FIRST, "an older copy of A-.* did not die yet"),
        ([record("A", b"new"), OLD], FIRST + len(OLD), "an older copy of A-.* did not die yet"),
        ([OLD, OLD], FIRST, "two copies of A-.* are about to die"),
        ([record("A", b"1"), record("A", b"1")], FIRST + len(record("A", b"1")), "A-.* stands here alive again, and is not found"),
    ],
    ids=["update", "older", "older-behind", "same", "same-alive"],
)
def test_traces_of_an_update_are_told_and_harmless(raws: list[bytes], offset: int, what: str) -> None:
    (problem,) = found(image(raws))
    assert (problem.offset, problem.is_harmful) == (offset, False)
    assert re.search(what, problem.what)


def test_a_second_living_copy_comes_to_light_when_the_first_is_deleted() -> None:
    (problem,) = found(image([record("A", b"1"), record("A", b"2")]))
    assert (problem.offset, problem.consequence) == (FIRST + len(record("A", b"1")), "deleting it brings this one to light")


BEYOND = FIRST + 40
BARE = record("", b"")[:36] + bytes(8) + record("", b"")[44:60]
CASES = {
    "hole-ovmf": (changed(FIRST + 2, b"\xff"), FIRST, "never finished", REFUSED),
    "hole-arm": (changed(FIRST + 4, b"\xff" * 4, ARM), FIRST, "never finished", FORMATTED),
    "state-ovmf": (changed(FIRST + 2, b"\xbf"), FIRST, "state 0xbf", REFUSED),
    "state-arm": (changed(FIRST + 2, b"\xbf", ARM), FIRST, "state 0xbf", FORMATTED),
    "no-end": (changed(FIRST + 62, b"AB", ARM), FIRST, "does not end with a NUL", FORMATTED),
    "no-end-ovmf": (changed(FIRST + 62, b"AB"), FIRST, "does not end with a NUL", "nobody can ask for it"),
    "dead-without-end": (changed(FIRST + 62, b"AB", ARM, record("A", b"1", DEAD)), FIRST, "does not end with a NUL", FORMATTED),
    "odd": (changed(FIRST + 36, b"\3", ARM, record("A", b"1")), FIRST, "no whole number of characters", FORMATTED),
    "early-end": (changed(FIRST + 60, b"\0\0", ARM, record("AB", b"1")), FIRST, "name is empty", "nobody can ask for it"),
    "nul-inside": (changed(FIRST + 62, b"\0\0", ARM, record("ABC", b"1")), FIRST, "has a NUL before its end", "nobody can ask for it"),
    "empty": (image([record("", b"1")], ARM), FIRST, "name is empty", FORMATTED),
    "pad": (changed(FIRST + 65, b"\0"), FIRST, "behind a record's value", REFUSED),
    "tail-ovmf": (changed(OVMF_4M.region - 1, b"\0"), FIRST + 2 * 68, "behind the last record", REFUSED),
    "tail-any": (changed(OVMF_4M.region - 1, b"\0", ARM), FIRST + 2 * 68, "behind the last record", "writes all variables anew"),
    "checksum": (changed(50, b"\0\0"), 50, "wrong checksum", "erases the volume"),
    "checksum-arm": (changed(50, b"\0\0", ARM), 50, "wrong checksum", FORMATTED),
    "unhealthy": (changed(0x48 + 20, b"\0"), 0x48 + 20, "unformatted or unhealthy", "reads on without a look"),
    "plain-ovmf": (image(signature=PLAIN), 0x48, "no room for authentication", REFUSED),
    "plain-arm": (image(layout=ARM, signature=PLAIN), 0x48, "no room for authentication", FORMATTED),
    "size-small": (changed(0x48 + 16, b"\0"), 0x48 + 16, "the store says it has 261888 bytes", "region's size"),
    "size-large": (changed(0x48 + 18, b"\4"), 0x48 + 16, "the store says it has 327608 bytes", "region's size"),
    "size-none": (changed(0x48 + 16, bytes(4), ARM), 0x48 + 16, "the store says it has 0 bytes", FORMATTED),
    "beyond": (changed(BEYOND, b"\0\0\0\x80"), FIRST, "beyond the variables' region", "reads on without a look"),
    "cut": (image()[:0x60000], 32, "the file has 393216", "looks for its parts where there is nothing"),
    "to-the-end": (image([record("A", bytes(ROOM - 64 - 60)), BARE], ARM), ARM.region - 60, "to the end", FORMATTED),
}


@pytest.mark.parametrize("case", CASES)
def test_each_thing_that_firmware_minds_is_told_once_with_its_consequence(case: str) -> None:
    flash, offset, what, consequence = CASES[case]
    told = [problem for problem in found(flash, strict=False) if what in problem.what]
    assert [problem.offset for problem in told] == [offset]
    assert consequence in told[0].consequence
    places = [(problem.offset, problem.what) for problem in found(flash, strict=False)]
    assert len(places) == len({*places})


@pytest.mark.parametrize(
    ("flash", "offset", "what"),
    [
        (changed(55, b"\1"), 55, "revision 1, not 2"),
        (changed(44, b"\0"), 44, "attributes are not 0x4feff"),
        (changed(0, b"\1"), 0, "does not begin with zeros"),
    ],
    ids=["revision", "attributes", "zeros"],
)
def test_odd_headers_are_told(flash: bytes, offset: int, what: str) -> None:
    assert (offset, what) in [(problem.offset, problem.what[-len(what) :]) for problem in found(flash, strict=False)]


def test_what_only_ovmf_minds_is_nothing_to_arm_and_the_reverse() -> None:
    assert all("zeros" not in problem.what for problem in found(changed(0, b"\1", ARM), strict=False))
    for case in ("pad", "no-end-ovmf"):
        assert all(FORMATTED not in problem.consequence for problem in found(CASES[case][0]))


@pytest.mark.parametrize(
    ("flash", "what", "harmful"),
    [
        (image(entries=entry(OVMF_4M, 0xFC, 0xFF)), "interrupted before it began", False),
        (image(entries=entry(OVMF_4M, 0xFC, 0xF9)), "interrupted just before its last mark", False),
        (image(entries=entry(OVMF_4M, 0xFC, 0xFD), spare=region([])), "they stand in the spare area", False),
        (image(entries=entry(OVMF_4M, 0xFC, 0xFD) + b"\0", spare=region([])), "and variables wait in the spare area", True),
        (image(entries=b"\xff\0"), "behind the journal's last entry", False),
        (image(spare=b"left"), "the spare area is not erased", False),
        (changed(OVMF_4M.work, b"\0"), "the journal's head is not whole", False),
        (image(layout=Layout(0x90000, 0x1000, 0x40000, 0x41000, 0x1000, 0x42000)), "as no known platform's", False),
        (bytes(0x4000000), "there is no store yet", False),
    ],
    ids=["begun", "written", "pending", "pending-and-more", "garbage", "spare", "head", "unknown", "blank"],
)
def test_what_was_interrupted_is_told(flash: bytes, what: str, harmful: bool) -> None:
    assert [problem.is_harmful for problem in found(flash) if what in problem.what] == [harmful]


@pytest.mark.parametrize(
    ("layout", "there", "consequence"),
    [
        (OVMF_4M, region([record("A", b"1")]), "none: they are in their place, too"),
        (OVMF_4M, region([record("A", b"0")]), "as OVMF without SMM does, takes what is half written for them"),
        (OVMF_4M, region([record("A", b"1")])[:-1] + b"\0", "takes what is half written for them"),
        (OVMF_4M, b"\xff" * OVMF_4M.region, ERASED),
        (OVMF_4M, region([record("A", b"1")])[:0x32].ljust(0x1000, b"\xff"), ERASED),
        (ARM, b"\xff" * ARM.region, FORMATTED),
    ],
    ids=["in-place", "older", "last-byte", "erased", "half-a-header", "arm"],
)
def test_what_comes_of_variables_that_wait_in_the_spare_area(layout: Layout, there: bytes, consequence: str) -> None:
    spare = region([record("A", b"1")], layout)
    flash = bytearray(image([], layout, entries=entry(layout, 0xFC, 0xFD), spare=spare))
    flash[: len(there)] = there
    (problem,) = found(bytes(flash))
    assert consequence in problem.consequence
    assert problem.is_harmful == ("repair keeps them" in problem.consequence) == (there != spare)
    assert (
        Edk2Image.decode(repaired(Edk2Image.decode(bytes(flash))).data).variables == Edk2Image.decode(image([record("A", b"1")])).variables
    )


def test_a_copy_of_the_journal_in_the_spare_area_is_what_firmware_takes() -> None:
    flash = bytearray(image(spare=journal(OVMF_4M)))
    flash[OVMF_4M.work] = 0
    assert found(bytes(flash))[0].consequence == "none: firmware takes the one in the spare area"


def test_an_image_without_fault_is_given_back_as_it_is() -> None:
    flash = image([record("A", b"1", DEAD), record("B", b"2")])
    assert repaired(Edk2Image.decode(flash)) == (flash, Edk2Image.decode(flash).variables, (), ())
    assert repaired(Edk2Image.decode(bytes(0xC0000))) == (bytes(0xC0000), (), (), ())


def test_repair_keeps_what_stands_before_a_record_that_reaches_too_far() -> None:
    flash = changed(FIRST + 68 + 40, b"\0\0\0\x80")
    with pytest.raises(DecodeError):
        Edk2Image.decode(flash)
    fixed = repaired(Edk2Image.decode(flash, strict=False))
    assert fixed.data == image([record("A", b"1")])
    assert "a record of 2147483712 bytes reaches beyond the variables' region" in [problem.what for problem in fixed.solved]


def test_repair_tells_what_stays_as_it_was_made() -> None:
    fixed = repaired(Edk2Image.decode(image([record("A", b"1", plain=True), record("A", b"2", plain=True)], signature=PLAIN)))
    assert fixed.data == image([record("A", b"1", plain=True)], signature=PLAIN)
    assert ["no room for authentication" in problem.what for problem in fixed.left] == [True]
    assert ["alive again" in problem.what for problem in fixed.solved] == [True]


SEED = created(LAYOUTS["ovmf-2m"])
PLACES = st.one_of(st.integers(0, 0x140), st.integers(OVMF_2M.work, OVMF_2M.work + 0x80), st.integers(0, OVMF_2M.size - 1))
DAMAGE = st.lists(st.tuples(PLACES, st.binary(min_size=1, max_size=8)), max_size=6)


@given(DAMAGE, st.sampled_from([ADDED, DYING, 0xFF, 0x00]), st.booleans())
def test_any_damage_is_told_and_repaired_or_refused(damage: list[tuple[int, bytes]], state: int, pending: bool) -> None:
    entries = entry(OVMF_2M, 0xFC, 0xFD) if pending else b""
    flash = bytearray(image([OLD, record("B", b"22", state), NEW], OVMF_2M, entries=entries, spare=region([OLD], OVMF_2M)))
    for offset, value in damage:
        flash[offset : offset + len(value)] = value
    try:
        read = Edk2Image.decode(bytes(flash), strict=False)
    except DecodeError:
        return
    assert all(0 <= problem.offset <= len(flash) for problem in problems(read))
    fixed = repaired(read)
    again = Edk2Image.decode(fixed.data, strict=read.volume.areas is not None and "the file has" not in str(fixed.left))
    assert again.variables == recoverable(read)
    assert not [problem for problem in fixed.left if "about to die" in problem.what or "behind the last record" in problem.what]
