"""Planning changes of an image where it lies: which bytes, in which order, and what is refused."""

import pytest

from efirt.errors import NoRoom
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_in_place import recovery, removal, update
from efirt.images.edk2_patch import Patch, Plan, applied
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from tests.images.edk2_firmware import Flash
from tests.images.flash import (
    ADDED,
    ARM,
    DEAD,
    DELETED,
    DYING,
    FIRST,
    LAYOUTS,
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
from tests.images.reading import key, values

ROOM = OVMF_2M.region - FIRST


def variable(name: str, data: bytes, attributes: int = 7) -> Record:
    return Record(key(name), Attributes(attributes), data)


def settled(flash: bytes) -> tuple[bytes, int]:
    """Recover, and count the rounds."""
    for rounds in range(9):
        steps = recovery(Edk2Image.decode(flash))
        if not steps:
            return flash, rounds
        flash = applied(flash, steps)
    raise AssertionError("no end")


def places(plan: Plan) -> list[list[tuple[int, int | bytes]]]:
    """Say for each step where its patches are, and what they write: a single byte, or the first two."""
    return [[(patch.offset, patch.data[0] if len(patch.data) == 1 else patch.data[:2]) for patch in step] for step in plan]


def test_a_new_variable_is_written_behind_the_last_one_and_then_made_valid() -> None:
    old = record("A", b"1")
    plan = update(Edk2Image.decode(image([old])), variable("B", b"22"))
    end = FIRST + len(old)
    assert places(plan) == [[(end, b"\xaa\x55")], [(end + 2, ADDED)]]
    assert plan[0][0].data[2] == 0xFF
    assert values(applied(image([old]), plan)) == {"A": b"1", "B": b"22"}


def test_an_update_marks_the_old_value_writes_the_new_one_and_then_deletes() -> None:
    old = record("A", b"1")
    plan = update(Edk2Image.decode(image([old])), variable("A", b"22"))
    end = FIRST + len(old)
    assert places(plan) == [[(FIRST + 2, DYING), (end, b"\xaa\x55")], [(end + 2, ADDED)], [(FIRST + 2, DEAD)]]


def test_older_copies_die_before_anything_else() -> None:
    raws = [record("A", b"old", DYING), record("A", b"new")]
    plan = update(Edk2Image.decode(image(raws)), variable("A", b"newer"))
    assert places(plan)[0] == [(FIRST + 2, DEAD)]
    assert len(plan) == 4
    again = removal(Edk2Image.decode(image(raws)), key("A"))
    assert places(again) == [[(FIRST + 2, DEAD)], [(FIRST + len(raws[0]) + 2, DELETED)]]


def test_a_value_whose_update_was_interrupted_is_marked_already() -> None:
    old = record("A", b"old", DYING)
    plan = update(Edk2Image.decode(image([old])), variable("A", b"new"))
    end = FIRST + len(old)
    assert places(plan) == [[(end, b"\xaa\x55")], [(end + 2, ADDED)], [(FIRST + 2, DEAD)]]
    assert places(removal(Edk2Image.decode(image([old])), key("A"))) == [[(FIRST + 2, DEAD)]]


def test_a_variable_that_is_just_so_needs_no_step_but_the_end_of_its_older_copies() -> None:
    assert update(Edk2Image.decode(image([record("A", b"1")])), variable("A", b"1")) == ()
    twice = image([record("A", b"0", DYING), record("A", b"1")])
    assert places(update(Edk2Image.decode(twice), variable("A", b"1"))) == [[(FIRST + 2, DEAD)]]


def test_a_new_time_stamp_alone_is_written() -> None:
    stamped = variable("A", b"1", 0x27)._replace(timestamp=EfiTime(2024, 1, 2, time_zone=0))
    flash = applied(image(), update(Edk2Image.decode(image()), stamped))
    assert Edk2Image.decode(flash).variables == (stamped,)
    later = stamped._replace(timestamp=EfiTime(2025, 1, 2, time_zone=0))
    assert Edk2Image.decode(applied(flash, update(Edk2Image.decode(flash), later))).variables == (later,)


def test_deleting_what_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        removal(Edk2Image.decode(image([record("A", b"1", DELETED)])), key("A"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_where_no_room_is_left_all_is_written_anew_by_way_of_the_spare_area(layout: Layout) -> None:
    room = layout.region - FIRST
    raws = [record("A", b"1", DEAD), record("B", b"2", DYING), record("C", bytes(room - 2 * 68 - 64), ADDED)]
    flash = image(raws, layout)
    plan = update(Edk2Image.decode(flash), variable("A", b"33"))
    at = layout.work + 32
    assert [[patch.offset for patch in step] for step in plan] == [
        [at],
        [at],
        [layout.spare],
        [at + 40],
        [FIRST],
        [at + 40, at],
        [layout.spare],
    ]
    assert places(plan)[1] == [(at, 0xFC)]
    assert places(plan)[3] == [(at + 40, 0xFD)]
    assert places(plan)[5] == [(at + 40, 0xF9), (at, 0xF8)]
    done = applied(flash, plan)
    assert done[at : at + 80] == entry(layout, 0xF8, 0xF9)
    assert done[layout.spare :] == b"\xff" * layout.spare_size
    assert [found.key.name for found in Edk2Image.decode(done).variables] == ["C", "B", "A"]
    assert [found.state for found in Edk2Image.decode(done).records] == [ADDED] * 3
    assert Flash(done, layout).values() == Flash(done, layout).booted().values()


def test_a_spare_area_that_is_not_erased_is_written_over_whole() -> None:
    flash = bytearray(image([record("A", bytes(ROOM - 80))], OVMF_2M))
    flash[-1] = 0
    plan = update(Edk2Image.decode(bytes(flash)), variable("A", b"1"))
    assert len(plan[2][0].data) == OVMF_2M.spare_size
    assert applied(bytes(flash), plan)[OVMF_2M.spare :] == b"\xff" * OVMF_2M.spare_size


def test_a_full_journal_is_emptied_first() -> None:
    flash = image([record("A", bytes(ROOM - 80))], OVMF_2M, entries=entry(OVMF_2M, 0xF8, 0xF9) * 50)
    plan = update(Edk2Image.decode(flash), variable("A", b"1"))
    assert places(plan)[:3] == [[(OVMF_2M.work + 20, 0xFC)], [(OVMF_2M.work, b"\x2b\x29")], [(OVMF_2M.work + 20, 0xFE)]]
    done = applied(flash, plan)
    assert done[OVMF_2M.work : OVMF_2M.spare] == journal(OVMF_2M, entry(OVMF_2M, 0xF8, 0xF9))


def test_what_does_not_fit_is_refused_before_the_first_byte() -> None:
    flash = Edk2Image.decode(image([record("A", bytes(40_000)), record("B", b"1", DEAD)], OVMF_2M))
    most = ROOM - 64 - 40_000 - 64
    assert update(flash, variable("C", bytes(most)))
    with pytest.raises(NoRoom) as caught:
        update(flash, variable("C", bytes(most + 1)))
    assert (caught.value.needed, caught.value.room) == (ROOM + 4, ROOM)


def test_hardware_error_records_have_their_own_room() -> None:
    flash = Edk2Image.decode(image([record("HwErrRec0000", bytes(100), attributes=0xF), record("A", bytes(100))], OVMF_2M))
    error = variable("HwErrRec0001", bytes(100), 0xF)
    assert len(update(flash, error, hardware_error_storage=0x1000)) == 2
    with pytest.raises(NoRoom, match="hardware error records take"):
        update(flash, error, hardware_error_storage=300)
    with pytest.raises(NoRoom, match="the variables take"):
        update(flash, variable("B", bytes(200)), hardware_error_storage=ROOM - 300)


def test_dead_hardware_error_records_are_cleared_when_theirs_is_full() -> None:
    raws = [record("HwErrRec0000", bytes(100), DELETED, attributes=0xF)]
    plan = update(Edk2Image.decode(image(raws, OVMF_2M)), variable("HwErrRec0001", bytes(100), 0xF), hardware_error_storage=300)
    assert len(plan) == 7
    assert len(Edk2Image.decode(applied(image(raws, OVMF_2M), plan)).records) == 1


def test_a_name_that_looks_like_a_header_is_never_written_behind_the_last_record() -> None:
    flash = image([record("A", b"1")])
    plan = update(Edk2Image.decode(flash), variable("\u55aa", b"2"))
    assert len(plan) == 7
    assert values(applied(flash, plan)) == {"A": b"1", "\u55aa": b"2"}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (Record(key(""), Attributes(7), b"1"), "at least one character"),
        (Record(key("A\0B"), Attributes(7), b"1"), "no NUL"),
        (Record(key("A"), Attributes(0xFFFFFFFF), b"1"), "all ones"),
        (Record(key("A"), Attributes(7), b"1", digest=b"1"), "who may write it"),
    ],
    ids=["empty", "nul", "attributes", "digest"],
)
def test_what_a_record_cannot_hold_is_refused(wrong: Record, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        update(Edk2Image.decode(image()), wrong)


def test_plain_records_have_no_time_count_or_key() -> None:
    read = Edk2Image.decode(image(signature=PLAIN))
    assert update(read, variable("A", b"1"))
    for wrong in ({"timestamp": EfiTime(2024)}, {"monotonic_count": 1}, {"public_key_index": 1}):
        with pytest.raises(ValueError, match="no room for"):
            update(read, variable("A", b"1")._replace(**wrong))


TORN = record("A", b"newer", 0xFF)[:67]
PENDING = {"entries": entry(OVMF_2M, 0xFC, 0xFD), "spare": region([record("A", b"new")], OVMF_2M)}


@pytest.mark.parametrize(
    ("flash", "rounds", "wanted"),
    [
        (image([record("A", b"old", DYING), TORN], OVMF_2M), 1, {"A": b"old"}),
        (image([record("A", b"old", DYING), TORN[:1]], OVMF_2M), 1, {"A": b"old"}),
        (image([record("A", b"old", DYING), record("A", b"new", DYING), TORN], OVMF_2M), 2, {"A": b"new"}),
        (image([record("B", b"2"), record("A", b"1", 0xFF)[:60]], OVMF_2M), 1, {"B": b"2"}),
        (image([record("B", b"2"), record("A", b"", 0xFF)[:60], b"\xaa\x55".ljust(64, b"\xff"), TORN[60:]], OVMF_2M), 1, {"B": b"2"}),
        (image([record("A", b"1"), record("A", b"2")], OVMF_2M), 1, {"A": b"1"}),
        (image([record("A", b"old")], OVMF_2M, entries=entry(OVMF_2M, 0xFC, 0xFF)), 1, {"A": b"old"}),
        (image([record("A", b"old")], OVMF_2M, entries=entry(OVMF_2M, 0xFC, 0xF9)), 1, {"A": b"old"}),
        (image([record("A", b"old")], OVMF_2M, **PENDING), 1, {"A": b"new"}),
        (image([record("A", b"old")], OVMF_2M, entries=PENDING["entries"] + b"\0", spare=PENDING["spare"]), 2, {"A": b"new"}),
        (image([record("A", b"old")], OVMF_2M, entries=b"\xff" * 100 + b"\0"), 1, {"A": b"old"}),
        (image([record("A", b"old")], OVMF_2M, spare=b"left over"), 1, {"A": b"old"}),
    ],
    ids=[
        "torn",
        "torn-early",
        "two-dying-and-torn",
        "header",
        "two-headers-and-torn",
        "two-alive",
        "not-begun",
        "not-marked",
        "pending",
        "pending-and-more",
        "garbage",
        "spare",
    ],
)
def test_recovery_brings_an_image_to_rest_and_keeps_what_was_read(flash: bytes, rounds: int, wanted: dict[str, bytes]) -> None:
    assert values(flash) == wanted
    rest, needed = settled(flash)
    assert (values(rest), needed) == (wanted, rounds)
    read = Edk2Image.decode(rest)
    assert read.is_clean
    assert not read.surplus
    assert not read.damage
    assert read.journal is not None
    assert read.journal.is_idle
    assert rest[OVMF_2M.spare :] == b"\xff" * OVMF_2M.spare_size


def test_what_was_begun_behind_the_last_record_is_erased_and_no_other_byte_is_written() -> None:
    raw = record("A", b"1")
    end = FIRST + len(raw)
    for torn in (TORN, record("A", b"newer", 0xFF)[:61]):
        assert recovery(Edk2Image.decode(image([raw, torn])))[0][0].offset == end
        assert applied(image([raw, torn]), recovery(Edk2Image.decode(image([raw, torn])))) == image([raw])
    unknown = Layout(0x90000, 0x1000, 0x40000, 0x41000, 0x1000, 0x42000)
    assert settled(image([raw, TORN], unknown)) == (image([raw], unknown), 1)


def test_whichever_torn_bytes_are_erased_first_nothing_else_is_read() -> None:
    flash = image([record("A", b"old", DYING), record("B", b"1"), TORN], OVMF_2M)
    ((patch,),) = recovery(Edk2Image.decode(flash))
    for kept in range(len(patch.data)):
        for half in ({*range(kept)}, {*range(kept, len(patch.data))}, {kept}):
            state = bytearray(applied(flash, ((patch,),)))
            for at in half:
                state[patch.offset + at] = flash[patch.offset + at]
            assert values(bytes(state)) == {"A": b"old", "B": b"1"}
            assert Flash(bytes(state), OVMF_2M).values() == Flash(flash, OVMF_2M).values()


def test_a_header_that_was_never_finished_stays_where_records_are_behind_it() -> None:
    flash = image([record("A", b"1", 0xFF)[:60], record("B", b"2")], OVMF_2M)
    assert recovery(Edk2Image.decode(flash)) == ()
    done = applied(flash, update(Edk2Image.decode(flash), variable("C", b"3")))
    assert values(done) == {"B": b"2", "C": b"3"}
    assert Flash(done, OVMF_2M).booted().values() == Flash(done, OVMF_2M).values()


@pytest.mark.parametrize("byte", range(0, 32, 5))
def test_a_journal_whose_head_is_damaged_is_made_anew(byte: int) -> None:
    flash = bytearray(image([record("A", b"1")], OVMF_2M))
    flash[OVMF_2M.work + byte] ^= 1
    assert settled(bytes(flash)) == (image([record("A", b"1")], OVMF_2M), 1)


@pytest.mark.parametrize(
    "flash",
    [image([TORN]), image([], OVMF_2M, **PENDING), image([], entries=entry(OVMF_4M, 0xFC, 0xFF)), bytes(0x4000000)],
    ids=["torn", "pending", "begun", "blank"],
)
def test_nothing_is_changed_before_it_is_recovered(flash: bytes) -> None:
    read = Edk2Image.decode(flash)
    with pytest.raises(ValueError, match=r"apply recovery\(\)"):
        update(read, variable("A", b"1"))
    with pytest.raises(ValueError, match=r"apply recovery\(\)"):
        removal(read, key("A"))


def test_what_cannot_be_recovered_in_place_says_so() -> None:
    with pytest.raises(ValueError, match="no store in it yet"):
        recovery(Edk2Image.decode(bytes(0x4000000)))
    elsewhere = bytearray(image(entries=entry(OVMF_4M, 0xFC, 0xFD)))
    elsewhere[OVMF_4M.work + 32 + 72 : OVMF_4M.work + 32 + 80] = (0x1000).to_bytes(8, "little")
    with pytest.raises(ValueError, match="belong elsewhere"):
        recovery(Edk2Image.decode(bytes(elsewhere)))
    cut = image()[: OVMF_4M.spare + 0x1000]
    with pytest.raises(ValueError, match="ends before the volume"):
        recovery(Edk2Image.decode(cut, strict=False))


def test_a_volume_inside_a_larger_flash_is_changed_where_it_lies() -> None:
    base = 0x30000
    flash = b"\x11" * base + image([record("A", b"1")], OVMF_2M) + b"\x22" * 0x1000
    done = applied(flash, update(Edk2Image.decode(flash), variable("A", b"2")))
    assert values(done) == {"A": b"2"}
    assert (done[:base], done[-0x1000:]) == (flash[:base], flash[-0x1000:])


def test_a_mapped_file_is_planned_without_a_copy_of_it() -> None:
    flash = image([record("A", b"1")], ARM).ljust(0x4000000, b"\0")
    plan = update(Edk2Image.decode(memoryview(flash)), variable("A", b"2"))
    assert plan == update(Edk2Image.decode(flash), variable("A", b"2"))
    assert sum(len(patch.data) for step in plan for patch in step) < 100


def test_patches_are_written_in_order() -> None:
    assert applied(b"abcdef", ((Patch(0, b"XX"),), (Patch(1, b"Y"), Patch(5, b"Z")))) == b"XYcdeZ"
