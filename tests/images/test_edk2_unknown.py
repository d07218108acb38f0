"""Volumes of no known platform: their journal is found and read, and never written to where it is not known to be."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import problems
from efirt.images.edk2_in_place import recovery, update
from efirt.images.edk2_patch import applied
from efirt.images.edk2_repair import repaired
from efirt.images.edk2_volume import Areas
from efirt.images.edk2_write import compacted
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.images.edk2_firmware import Flash
from tests.images.flash import DEAD, VENDOR, Layout, entry, image, journal, record, region

LAYOUTS = (Layout(0x30000, 0x1000, 0xE000, 0xF000, 0x1000, 0x10000), Layout(0x90000, 0x10000, 0x20000, 0x20000, 0x10000, 0x30000))
LARGE = Layout(0x400000, 0x1000, 0x80000, 0x81000, 0x2000, 0x83000)
EVERY = (*LAYOUTS, LARGE)
OLD, NEW = record("A", b"old"), record("A", b"new")
PENDING, BEGUN, WRITTEN = (0xFC, 0xFD), (0xFC, 0xFF), (0xFC, 0xF9)


def known(layout: Layout) -> Areas:
    return Areas(*layout[:5], layout.spare, layout.spare_size)


def flash_of(layout: Layout, bits: tuple[int, int] | None = None) -> bytes:
    entries = b"" if bits is None else entry(layout, *bits)
    return image([OLD], layout, entries=entries, spare=region([NEW], layout) if bits else b"")


def values(read: Edk2Image) -> list[bytes]:
    return [one.data for one in read.variables]


def booted(flash: bytes, layout: Layout) -> set[bytes]:
    """Give what firmware of such a platform finds after it has started."""
    return {value[-3:] for value in Flash(flash, layout).booted().values().values()}


@pytest.mark.parametrize("layout", EVERY)
@pytest.mark.parametrize(("bits", "data"), [(None, b"old"), (BEGUN, b"old"), (PENDING, b"new"), (WRITTEN, b"old")])
def test_it_is_read_as_with_the_areas_of_the_platform(layout: Layout, bits: tuple[int, int] | None, data: bytes) -> None:
    flash = flash_of(layout, bits)
    for start in (b"", bytes(0x20000)):
        read, other = (Edk2Image.decode(start + flash, areas=areas) for areas in (None, known(layout)))
        assert read.volume.areas is None
        assert (values(read), read.journal) == (values(other), other.journal) == ([data], read.journal)
    assert booted(flash, layout) == {data}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_header_that_is_half_written_is_taken_from_the_spare_area_and_that_not_for_the_volume(layout: Layout) -> None:
    flash = bytearray(flash_of(layout, PENDING))
    for erased in (layout.block, layout.region):
        flash[:erased] = b"\xff" * erased
        read = Edk2Image.decode(bytes(flash))
        assert (values(read), read.volume.offset) == ([b"new"], 0)
    flash[layout.work + 32 + 40] = 0xFF  # nothing is said to wait there
    with pytest.raises(DecodeError, match="header is gone"):
        Edk2Image.decode(bytes(flash))


@pytest.mark.parametrize("layout", EVERY)
@pytest.mark.parametrize("start", [b"", bytes(0x1000)])
def test_what_waits_is_read_also_where_the_header_has_a_wrong_checksum(layout: Layout, start: bytes) -> None:
    flash = bytearray(start + flash_of(layout, PENDING))
    flash[len(start)] = 1
    read = Edk2Image.decode(bytes(flash), strict=False)
    assert values(read) == [b"new"]
    assert values(Edk2Image.decode(repaired(read).data)) == [b"new"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_waits_in_it_is_told(layout: Layout) -> None:
    told = problems(Edk2Image.decode(flash_of(layout, PENDING)))
    assert [problem.what.partition(";")[0] for problem in told if not problem.what.startswith("the volume has")] == [
        "writing all variables anew was interrupted"
    ]
    unknown = [problem for problem in told if problem.what.startswith("the volume has")]
    assert [problem.consequence for problem in unknown] == ["none: its journal was found, and is not written to"]
    gone = bytearray(flash_of(layout))
    gone[layout.work] ^= 1
    assert [problem.consequence for problem in problems(Edk2Image.decode(bytes(gone)))] == [
        "no journal was found in it, so what may wait there is not known"
    ]


@pytest.mark.parametrize("layout", EVERY)
@pytest.mark.parametrize("bits", [None, BEGUN, PENDING, WRITTEN])
def test_a_new_file_holds_what_was_written_also_after_its_firmware_has_started(layout: Layout, bits: tuple[int, int] | None) -> None:
    flash = flash_of(layout, bits)
    read = Edk2Image.decode(flash)
    data = compacted(read, [Record(Key("A", Guid(VENDOR)), Attributes(7), b"set")])
    again = Edk2Image.decode(data)
    assert values(again) == [b"set"]
    assert [one.what for one in problems(again) if not one.what.startswith("the volume has")] == []
    assert booted(data, layout) == {b"set"}
    changed = {at for at in range(layout.region, layout.size) if data[at] != flash[at]}
    assert changed <= {layout.work + 32, layout.work + 32 + 40}
    assert booted(repaired(read).data, layout) == {*values(read)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_in_place_nothing_is_written_while_something_waits_and_else_only_behind_the_last_record(layout: Layout) -> None:
    new = Record(Key("B", Guid(VENDOR)), Attributes(7), b"set")
    for bits in (BEGUN, PENDING, WRITTEN):
        read = Edk2Image.decode(flash_of(layout, bits))
        with pytest.raises(ValueError, match="waits in its journal, and this is no known platform's"):
            recovery(read)
        with pytest.raises(ValueError, match="left in the middle of a write"):
            update(read, new)
    read = Edk2Image.decode(flash_of(layout))
    assert recovery(read) == ()
    assert values(Edk2Image.decode(applied(read.flash, update(read, new)))) == [b"old", b"set"]
    full = Edk2Image.decode(image([record("B", bytes(layout.region - 0x100), DEAD)], layout))
    with pytest.raises(ValueError, match="where this volume has its spare area is not known"):
        update(full, Record(Key("C", Guid(VENDOR)), Attributes(7), bytes(200)))


def test_blocks_that_are_none_of_the_variables_are_left_alone_and_told() -> None:
    layout = LAYOUTS[0]
    flash = image([OLD], layout, entries=entry(layout, *PENDING), spare=b"other blocks")
    read = Edk2Image.decode(flash)
    assert values(read) == [b"old"]
    assert [one.what for one in problems(read)][-1] == "blocks wait in the spare area that do not belong to the variables"
    assert compacted(read, read.variables)[layout.region :] == flash[layout.region :]


@example([(65536, b"\x01")], False, True)  # what waits has a damaged header
@given(
    st.lists(st.tuples(st.integers(0, LAYOUTS[0].size - 1), st.binary(min_size=1, max_size=8)), max_size=4), st.booleans(), st.booleans()
)
def test_any_damage_is_read_or_refused(damage: list[tuple[int, bytes]], at_journal: bool, pending: bool) -> None:
    layout = LAYOUTS[0]
    flash = bytearray(flash_of(layout, PENDING if pending else None))
    for offset, value in damage:
        at = layout.work + offset % 0x80 if at_journal else offset
        flash[at : at + len(value)] = value
    try:
        read = Edk2Image.decode(bytes(flash), strict=False)
    except DecodeError as cause:
        refusal = cause
    else:
        problems(read)
        repair = repaired(read)
        journal, whole = read.journal, flash_of(layout, PENDING if pending else None)
        is_told = journal is not None and (journal.is_strange or (journal.copy is None and not journal.is_clean))
        # Where a whole journal begins, where it ends, and what of a header that waits tells whose it is:
        hit = [flash[begin:end] != whole[begin:end] for begin, end in ((layout.work, layout.spare), (layout.spare + 16, layout.spare + 50))]
        assert (is_told and any(hit)) or booted(repair.data, layout) == {one.data[-3:] for one in repair.records}
        assert repair.records == read.variables or read.lost
        return
    assert refusal.offset is not None


@pytest.mark.parametrize("size", [*range(33, 42), 0x48, 0x100])
def test_a_spare_area_that_has_no_room_for_a_header_is_none(size: int) -> None:
    layout = LAYOUTS[0]
    flash = bytearray(flash_of(layout, PENDING)[: layout.spare + size])
    flash[32:40] = len(flash).to_bytes(8, "little")
    for strict in (True, False):
        try:
            read = Edk2Image.decode(bytes(flash), strict=strict)
        except DecodeError as cause:
            refusal = cause
        else:
            assert values(read) == [b"old"]
            continue
        assert refusal.offset is not None


@pytest.mark.parametrize("at", [16, 40, 48], ids=["GUID", "signature", "header's length"])
def test_what_waits_without_a_header_leaves_the_volume_to_be_read(at: int) -> None:
    flash = bytearray(flash_of(LAYOUTS[0], PENDING))
    flash[LAYOUTS[0].spare + at] ^= 1
    read = Edk2Image.decode(bytes(flash), strict=False)
    assert values(read) == [b"old"]
    assert [one.what for one in problems(read)][-1] == "blocks wait in the spare area that do not belong to the variables"


def test_a_huge_volume_without_a_journal_is_read_in_bounded_time(seconds: object) -> None:
    layout = Layout(0x4000000, 0x1000, 0x40000, 0x41000, 0x1000, 0x42000)
    flash = bytearray(image([OLD], layout))
    flash[layout.work : layout.work + 0x1000] = b"\xff" * 0x1000
    many = bytes(flash).replace(b"\xff" * 0x1000, journal(layout)[:16].ljust(0x1000, b"\xff"), 4096)
    assert callable(seconds)
    assert seconds(lambda: Edk2Image.decode(bytes(flash))) < 0.5
    assert seconds(lambda: Edk2Image.decode(many)) < 0.5
