"""Whole records behind a broken one: found, told, kept from being erased, and brought back; a torn end is none of it."""

import pytest

from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import problems
from efirt.images.edk2_in_place import recovery
from efirt.images.edk2_lost import Region
from efirt.images.edk2_patch import applied
from efirt.images.edk2_repair import repaired
from efirt.images.edk2_write import demand_none_lost
from tests.images.flash import ADDED, ARM, DEAD, DYING, FIRST, LAYOUTS, OVMF_4M, PLAIN, Layout, image, record
from tests.images.reading import values

RAWS = [record("First", b"1" * 10), record("Second", b"2" * 200), record("Third", b"3" * 30), record("Last", b"4")]
PLACES = [FIRST + sum(map(len, RAWS[:number])) for number in range(len(RAWS))]
WHOLE = {"First": b"1" * 10, "Second": b"2" * 200, "Third": b"3" * 30, "Last": b"4"}
MARK, STATE, NAME_SIZE, DATA_SIZE = 0, 2, 36, 40


def hit(offset: int, bits: int, raws: list[bytes] = RAWS, layout: Layout = OVMF_4M) -> bytes:
    flash = bytearray(image(raws, layout))
    flash[offset] ^= bits
    return bytes(flash)


def read(flash: bytes) -> Edk2Image:
    return Edk2Image.decode(flash, strict=False)


def lost(flash: bytes) -> list[str]:
    return [one.record.key.name for one in read(flash).lost if one.record is not None]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("number", range(4))
def test_a_record_whose_mark_was_hit_and_all_behind_it_are_lost_told_and_brought_back(number: int, layout: Layout) -> None:
    flash = hit(PLACES[number] + MARK, 1, layout=layout)
    names = [*WHOLE][number:]
    assert lost(flash) == names
    assert values(flash) == dict([*WHOLE.items()][:number])  # as firmware reads it
    told = next(problem for problem in problems(read(flash)) if "not found" in problem.what)
    assert (told.offset, told.is_harmful) == (PLACES[number], True)
    assert all(name in told.what for name in names)
    fixed = repaired(read(flash))
    assert values(fixed.data) == WHOLE
    assert not fixed.left


@pytest.mark.parametrize("bit", range(3, 32))
@pytest.mark.parametrize("member", [NAME_SIZE, DATA_SIZE])
def test_a_record_whose_size_was_hit_hides_others_and_is_read_as_it_must_have_been(member: int, bit: int) -> None:
    flash = hit(PLACES[1] + member + bit // 8, 1 << bit % 8)
    assert {"Third", "Last"} <= {*lost(flash)}
    fixed = repaired(read(flash))
    assert values(fixed.data) == WHOLE


@pytest.mark.parametrize("plain", [False, True])
def test_records_of_both_kinds_are_found(plain: bool) -> None:
    raws = [record("A", b"1", plain=plain), record("B", b"2", plain=plain)]
    flash = bytearray(image(raws, signature=PLAIN) if plain else image(raws))
    flash[FIRST] ^= 1
    assert lost(bytes(flash)) == ["A", "B"]


def test_of_two_records_of_one_name_the_one_counts_that_firmware_would_find() -> None:
    older, newer, broken = record("A", b"older", DYING), record("A", b"newer"), record("B", b"x")
    flash = hit(FIRST + len(older), 1, [older, broken, newer, record("C", b"dead", DEAD)])
    assert lost(flash) == ["B", "A"]
    assert values(repaired(read(flash)).data) == {"A": b"newer", "B": b"x"}
    alive = hit(FIRST + len(newer), 1, [newer, broken, older, record("A", b"again")])
    assert lost(alive) == ["B"]
    assert values(repaired(read(alive)).data) == {"A": b"newer", "B": b"x"}


def test_two_broken_records_hide_nothing_between_them() -> None:
    flash = bytearray(hit(PLACES[0], 1))
    flash[PLACES[2] + NAME_SIZE + 3] ^= 0x80
    assert lost(bytes(flash)) == [*WHOLE]
    assert values(repaired(read(bytes(flash))).data) == WHOLE


@pytest.mark.parametrize("inner", [b"", b"".join(RAWS)], ids=["plain", "with-records-in-its-value"])
@pytest.mark.parametrize("shown", [60, 66, 300, 1000])
def test_what_an_interrupted_write_leaves_is_no_lost_record_whatever_its_value_is(shown: int, inner: bytes) -> None:
    torn = record("T", (inner or b"x" * 500).ljust(500, b"x"), 0xFF)[:shown]
    flash = image([record("A", b"1"), torn])
    assert lost(flash) == []
    plan = recovery(read(flash))
    while plan:
        flash = applied(flash, plan)
        plan = recovery(read(flash))
    assert flash == image([record("A", b"1")])


def test_a_value_that_holds_records_hides_none() -> None:
    assert lost(image([record("A", b"".join(RAWS))])) == []
    assert lost(image([record("A", b"".join(RAWS)), record("T", b"x" * 99, 0xFF)[:70]])) == []


def test_a_value_of_thousands_of_records_takes_no_longer_than_each_of_them_once(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0
    follows = Region.follows

    def counted(region: Region, at: int, header: bytes | None = None, *, any_mark: bool = False) -> int:
        nonlocal count
        count += 1
        return follows(region, at, header, any_mark=any_mark)

    monkeypatch.setattr(Region, "follows", counted)
    assert lost(image([record("A", record("B", b"x") * 3000), b"no record"])) == []
    assert 3000 <= count < 10000


def test_a_changed_value_is_not_taken_for_a_lost_record() -> None:
    tail = bytearray(image(RAWS))
    tail[OVMF_4M.region - 1] = 0
    assert lost(bytes(tail)) == []


def test_nothing_is_erased_in_place_where_whole_records_would_be_unless_forced() -> None:
    flash = hit(PLACES[0], 1, layout=ARM)
    with pytest.raises(ValueError, match=r"4 variables are not found.*First, Second, Third, Last.*repair"):
        recovery(read(flash))
    with pytest.raises(ValueError, match="writing erases them"):
        demand_none_lost(read(flash))
    plan = recovery(read(flash), force=True)
    assert values(applied(flash, plan)) == {}


def test_what_is_whole_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("efirt.images.edk2_lost.lost", lambda *_: pytest.fail("searched"))
    assert values(image([*RAWS, record("E", b"5", ADDED)])) == WHOLE | {"E": b"5"}
