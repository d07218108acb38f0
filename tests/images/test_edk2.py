"""Reading variables from flash images."""

import re
from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_volume import Areas
from efirt.store import ZERO_TIME, Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from tests.images.flash import (
    ADDED,
    AUTHENTICATED,
    DEAD,
    DELETED,
    DYING,
    FIRST,
    LAYOUTS,
    OVMF_2M,
    OVMF_4M,
    PLAIN,
    VENDOR,
    Layout,
    entry,
    image,
    record,
    region,
)
from tests.images.reading import key, values


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_empty_store_has_no_variables(layout: Layout) -> None:
    read = Edk2Image.decode(image(layout=layout))
    assert not read.records
    assert not read.variables
    assert (read.used, read.store_size, read.is_clean, read.authenticated) == (0, layout.region - 0x48, True, True)
    assert (read.volume.offset, read.volume.size, read.volume.block_size, read.was_interrupted) == (0, layout.size, layout.block, False)


def test_a_record_is_read_with_all_that_stands_beside_it() -> None:
    time = EfiTime(2024, 2, 29, 1, 2, 3, 0, 0)
    raw = record("Näme", b"data", attributes=0x27, signed=(1 << 40).to_bytes(8, "little") + time.encode() + bytes([7, 0, 0, 0]))
    assert Edk2Image.decode(image([raw])).variables == (Record(key("Näme"), Attributes(0x27), b"data", time, 1 << 40, 7),)


def test_a_plain_store_has_shorter_records() -> None:
    read = Edk2Image.decode(image([record("A", b"1", plain=True), record("B", b"2", plain=True)], signature=PLAIN))
    assert not read.authenticated
    assert read.variables == tuple(Record(key(name), Attributes(7), data, ZERO_TIME) for name, data in (("A", b"1"), ("B", b"2")))
    assert read.record_header_size == 32


def test_variables_come_in_flash_order_and_used_counts_the_dead() -> None:
    raws = [record("B", b"1"), record("A", b"12345", DEAD), record("A", b"2"), record("C", b"", DELETED)]
    read = Edk2Image.decode(image(raws))
    assert [found.key.name for found in read.variables] == ["B", "A"]
    assert read.used == sum(map(len, raws))
    assert [found.state for found in read.records] == [ADDED, DEAD, ADDED, DELETED]
    assert [found.offset for found in read.records] == [FIRST + sum(map(len, raws[:at])) for at in range(4)]


def test_one_name_under_two_guids_is_two_variables() -> None:
    read = Edk2Image.decode(image([record("A", b"1"), record("A", b"2", guid=bytes(16))]))
    assert [(found.key.guid.raw, found.data) for found in read.variables] == [(VENDOR, b"1"), (bytes(16), b"2")]


@pytest.mark.parametrize(
    ("raws", "value"),
    [
        ([record("A", b"1", DYING)], b"1"),
        ([record("A", b"1", DYING), record("A", b"2")], b"2"),
        ([record("A", b"1"), record("A", b"2", DYING)], b"1"),
        ([record("A", b"1", DYING), record("A", b"2", DYING)], b"2"),
        ([record("A", b"1"), record("A", b"2")], b"1"),
    ],
    ids=["one-dying", "dying-and-alive", "alive-and-dying", "two-dying", "two-alive"],
)
def test_the_first_living_copy_counts_and_else_the_last_dying_one(raws: list[bytes], value: bytes) -> None:
    assert values(image(raws)) == {"A": value}


def test_an_interrupted_update_is_told() -> None:
    read = Edk2Image.decode(image([record("A", b"1", DYING), record("B", b"1", DYING), record("B", b"2")]))
    assert read.half_deleted == {key("A")}


@pytest.mark.parametrize("state", [0x00, 0x7F, 0xBF, DEAD, DELETED])
def test_any_other_state_is_dead_and_not_an_error(state: int) -> None:
    assert values(image([record("A", b"1", state), record("B", b"2")])) == {"B": b"2"}


def test_a_record_that_was_never_finished_takes_its_header_only() -> None:
    raw = record("A", b"1", 0xFF)[:60]
    read = Edk2Image.decode(image([raw, record("B", b"2")]))
    assert [found.record is None for found in read.records] == [True, False]
    assert read.used == 60 + len(record("B", b"2"))


@pytest.mark.parametrize("at", [4, 36, 40], ids=["attributes", "name-size", "data-size"])
def test_a_header_with_an_erased_member_takes_its_header_only(at: int) -> None:
    raw = bytearray(record("A", b"1")[:60])
    raw[at : at + 4] = b"\xff" * 4
    assert values(image([bytes(raw), record("B", b"2")])) == {"B": b"2"}


def test_a_torn_tail_ends_the_list_and_is_told() -> None:
    torn = record("A", b"new value", 0xFF)[:67]
    read = Edk2Image.decode(image([record("A", b"old", DYING), torn]))
    assert [found.data for found in read.variables] == [b"old"]
    assert not read.is_clean
    assert read.used == len(record("A", b"old")) + 60


def test_a_name_without_nul_ends_with_its_size_and_an_empty_one_names_nothing() -> None:
    raw = bytearray(record("AB", b"12"))
    raw[60 + 4 : 60 + 6] = b"C\0"
    assert [found.key.name for found in Edk2Image.decode(image([bytes(raw), record("", b"1")])).variables] == ["ABC"]


@pytest.mark.parametrize("base", [0x1000, 0x10000, 0x50000, 0x777000])
def test_a_volume_is_found_inside_a_whole_flash(base: int) -> None:
    read = Edk2Image.decode(bytes(base) + image([record("A", b"1")], OVMF_2M) + bytes(0x30000))
    assert [found.data for found in read.variables] == [b"1"]
    assert read.volume.offset == base


def test_a_view_of_a_mapped_file_is_read_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "vars.fd"
    path.write_bytes(bytes(0x10000) + image([record("A", b"1"), record("B", b"2", DYING)], OVMF_2M) + bytes(0x300000))
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as mapped, memoryview(mapped) as view:
        read = Edk2Image.decode(view)
        other = Edk2Image.decode(path.read_bytes())
        assert (read.records, read.variables, read.volume, read.journal) == (other.records, other.variables, other.volume, other.journal)
        assert read.encode() == path.read_bytes()
        read.flash.release()  # type: ignore[union-attr]
        del read


def test_a_platform_of_ones_own_has_a_journal_too() -> None:
    layout = Layout(0x30000, 0x1000, 0xE000, 0xF000, 0x1000, 0x10000)
    areas = Areas(*layout[:5], layout.spare, layout.spare_size)
    flash = bytearray(image([], layout, entries=entry(layout, 0xFC, 0xFD), spare=region([record("A", b"new")], layout)))
    assert [found.data for found in Edk2Image.decode(bytes(flash), areas=areas).variables] == [b"new"]
    flash[:0x1000] = b"\xff" * 0x1000
    assert [found.data for found in Edk2Image.decode(bytes(flash), areas=areas).variables] == [b"new"]


def test_space_is_counted_as_firmware_counts_it() -> None:
    raws = [record("A", b"1", DEAD), record("A", b"22"), record("B", b"1", DYING), record("C", b"3", 0xFF)[:60]]
    read = Edk2Image.decode(image(raws))
    assert (read.room, read.free, read.reclaimable) == (0x3FF9C, 0x3FF9C - sum(map(len, raws)), len(raws[0]) + 60)


def test_copies_that_are_not_found_are_told() -> None:
    raws = [record("A", b"1", DYING), record("A", b"2"), record("B", b"3"), record("B", b"4"), record("", b"5"), record("C", b"6", DEAD)]
    read = Edk2Image.decode(image(raws))
    assert [(one.state, one.record.data) for one in read.surplus if one.record] == [(DYING, b"1"), (ADDED, b"4"), (ADDED, b"5")]


def test_what_firmware_walks_over_is_damage_with_its_place() -> None:
    raws = [record("A", b"1", 0xFF)[:60], record("B", b"2", 0xBF), record("", b"3"), record("D", b"4", 0xFF)[:67]]
    read = Edk2Image.decode(image(raws))
    places = [FIRST + sum(map(len, raws[:at])) for at in range(4)]
    assert [(damage.offset, damage.what) for damage in read.damage] == [
        (places[0], "a record was never finished: there is only a header of it"),
        (places[1], "a record has the state 0xbf, which no firmware writes"),
        (places[3], "a record was never finished: there is only a header of it"),
        (places[2], "a record's name is empty"),
        (places[3] + 60, "behind the last record not all bytes are erased"),
    ]


@pytest.mark.parametrize("name", ["\ud800", "A\ud800", "\udc00B", "\U0001f600", "A\ud800\ud801"])
def test_half_a_surrogate_pair_is_a_character_wherever_it_stands(name: str) -> None:
    for _ in ("never seen", "seen before"):
        read = Edk2Image.decode(image([record(name, b"1")]))
        assert [(one.key.name, one.data) for one in read.variables] == [(name, b"1")]
        assert (read.damage, read.is_ordinary) == ((), True)


def test_of_two_names_that_differ_behind_a_nul_the_first_is_found() -> None:
    raws = [bytearray(record("ABC", b"1")), bytearray(record("ABX", b"2"))]
    for raw in raws:
        raw[60 + 2 : 60 + 4] = b"\0\0"
    read = Edk2Image.decode(image([bytes(raw) for raw in raws]))
    assert [(found.key.name, found.data) for found in read.variables] == [("A", b"1")]
    assert len(read.live) == 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_interrupted_write_is_finished_before_reading(layout: Layout) -> None:
    new = region([record("A", b"new")], layout)
    flash = bytearray(image([record("A", b"old")], layout, entries=entry(layout, 0xFC, 0xFD), spare=new))
    for erased in (0, layout.block, layout.region):
        flash[:erased] = b"\xff" * erased
        read = Edk2Image.decode(bytes(flash))
        assert [found.data for found in read.variables] == [b"new"]
        assert read.was_interrupted


@pytest.mark.parametrize(
    ("head_bits", "record_bits"),
    [(0xFF, 0xFF), (0xFE, 0xFF), (0xFC, 0xFF), (0xFC, 0xF9), (0xF8, 0xF9), (0xF8, 0xFD)],
    ids=["nothing", "allocated", "spare-not-written", "written", "finished", "finished-anyway"],
)
def test_a_write_that_is_not_ready_or_done_is_left_alone(head_bits: int, record_bits: int) -> None:
    flash = image([record("A", b"old")], entries=entry(OVMF_4M, head_bits, record_bits), spare=region([record("A", b"new")]))
    read = Edk2Image.decode(flash)
    assert [found.data for found in read.variables] == [b"old"]
    assert not read.was_interrupted


def test_an_unfinished_write_is_found_behind_finished_ones() -> None:
    entries = entry(OVMF_4M, 0xF8, 0xF9) * 3 + entry(OVMF_4M, 0xFC, 0xFD)
    assert values(image([], entries=entries, spare=region([record("A", b"new")]))) == {"A": b"new"}


@pytest.mark.parametrize("offset", [0, 16, 20, 24], ids=["guid", "checksum", "state", "size"])
def test_a_journal_with_a_damaged_head_counts_for_nothing(offset: int) -> None:
    flash = bytearray(image([record("A", b"old")], entries=entry(OVMF_4M, 0xFC, 0xFD), spare=region([record("A", b"new")])))
    flash[OVMF_4M.work + offset] ^= 0x01
    assert values(bytes(flash)) == {"A": b"old"}


def test_a_record_may_reach_to_the_very_end_of_the_region() -> None:
    room = OVMF_2M.region - FIRST - 60 - 4
    assert values(image([record("A", bytes(room))], OVMF_2M)) == {"A": bytes(room)}


def damaged(offset: int, value: bytes) -> bytes:
    flash = bytearray(image([record("A", b"1"), record("B", b"2")]))
    flash[offset : offset + len(value)] = value
    return bytes(flash)


@pytest.mark.parametrize(
    ("data", "offset", "why"),
    [
        (b"", 0, "no firmware volume"),
        (bytes(0x20000), 0, "no firmware volume"),
        (image()[: 0x84000 // 2], 32, "the file has 270336"),
        (damaged(50, b"\0\0"), 50, "sum up"),
        (damaged(48, b"\x07\0"), 48, "cannot be 7 bytes"),
        (damaged(0x48, bytes(16)), 0x48, "no variable store"),
        (damaged(0x48 + 20, b"\0"), 0x48 + 20, "unformatted"),
        (damaged(0x48 + 21, b"\xff"), 0x48 + 20, "unhealthy"),
        (damaged(0x48 + 16, b"\xff\xff\xff\xff"), 0x48 + 16, "says it has 4294967295 bytes"),
        (damaged(FIRST + 36, b"\0\0\0\x40"), FIRST, "beyond the variables' region"),
        (damaged(FIRST + 40, b"\0\0\0\x80"), FIRST, "beyond the variables' region"),
        (damaged(FIRST + 40, (OVMF_4M.region - FIRST - 60 - 4 + 1).to_bytes(4, "little")), FIRST, "beyond the variables' region"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value).replace(" ", "-"),
)
def test_damage_says_where_and_why(data: bytes, offset: int, why: str) -> None:
    with pytest.raises(DecodeError, match=re.escape(why)) as caught:
        Edk2Image.decode(data)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("data", "offset", "what", "found"),
    [
        (image([record("A", b"1")])[: 0x84000 // 2], 32, "the file has 270336", ["A"]),
        (damaged(50, b"\0\0"), 50, "sum up", ["A", "B"]),
        (damaged(0x48 + 20, b"\0"), 0x48 + 20, "unformatted", ["A", "B"]),
        (damaged(0x48 + 16, b"\xff\xff\xff\xff"), 0x48 + 16, "says it has 4294967295 bytes", ["A", "B"]),
        (damaged(0x48 + 16, b"\0\0\4\0"), 0x48 + 16, "and only 262072 are its own", ["A", "B"]),
        (damaged(0x48 + 16, bytes(4)), 0x48 + 16, "says it has 0 bytes", []),
        (damaged(FIRST + 68 + 40, b"\0\0\0\x80"), FIRST + 68, "beyond the variables' region", ["A"]),
    ],
    ids=["cut", "checksum", "unformatted", "size", "size-beyond-region", "no-size", "record"],
)
def test_a_lenient_reader_reads_on_as_far_as_it_makes_sense(data: bytes, offset: int, what: str, found: list[str]) -> None:
    read = Edk2Image.decode(data, strict=False)
    assert [damage.offset for damage in read.damage if what in damage.what] == [offset]
    assert [variable.key.name for variable in read.variables] == found


def decodes_or_says_why(data: bytes) -> None:
    try:
        Edk2Image.decode(data, strict=False)
    except DecodeError:
        with pytest.raises(DecodeError):
            Edk2Image.decode(data)
        return
    try:
        read = Edk2Image.decode(data)
    except DecodeError:
        return
    assert sum(found.size for found in read.records) == read.used <= read.store_size


@given(st.binary(max_size=300))
def test_any_bytes_decode_or_say_why(data: bytes) -> None:
    decodes_or_says_why(data)


SMALL = image([record("A", b"1"), record("B", b"22", DYING), record("C", b"3", 0xFF)[:60]], OVMF_2M, entries=entry(OVMF_2M, 0xFC, 0xFD))
PLACES = st.one_of(st.integers(0, 0x120), st.integers(OVMF_2M.work, OVMF_2M.work + 0x80), st.integers(0, len(SMALL) - 1))


@given(st.lists(st.tuples(PLACES, st.binary(min_size=1, max_size=8)), max_size=6), st.integers(0, len(SMALL)))
def test_any_damage_decodes_or_says_why(damage: list[tuple[int, bytes]], kept: int) -> None:
    flash = bytearray(SMALL)
    for offset, value in damage:
        flash[offset : offset + len(value)] = value
    decodes_or_says_why(bytes(flash))
    decodes_or_says_why(bytes(flash[:kept]))


RECORDS = st.lists(
    st.tuples(
        st.text(st.characters(codec=None, exclude_characters="\0"), min_size=1, max_size=9),
        st.binary(max_size=40),
        st.sampled_from([ADDED, DYING, DEAD, DELETED, 0x7F]),
        st.integers(0, 0xFFFFFFFE),
    ),
    max_size=12,
)


@given(RECORDS, st.booleans())
def test_what_the_twin_writes_the_reader_reads(records: list[tuple[str, bytes, int, int]], plain: bool) -> None:
    raws = [record(name, data, state, attributes, plain=plain) for name, data, state, attributes in records]
    read = Edk2Image.decode(image(raws, OVMF_2M, PLAIN if plain else AUTHENTICATED))
    found = [(entry.record.key.name, entry.record.data, entry.state, entry.record.attributes) for entry in read.records if entry.record]
    unit_names = [name.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") for name, *_ in records]
    assert found == [(name, *rest) for name, (_, *rest) in zip(unit_names, records, strict=True)]


def big(count: int) -> bytes:
    return image([record(f"Variable{number:05}", b"x", ADDED if number % 2 else DYING) for number in range(count)])


def test_time_grows_with_the_number_of_records_and_no_faster(seconds: Callable[[Callable[[], object]], float]) -> None:
    few, many = big(200), big(2000)
    assert seconds(lambda: Edk2Image.decode(many).live) < 40 * seconds(lambda: Edk2Image.decode(few).live)
