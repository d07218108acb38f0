"""Reading variables from flash images."""

import re
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.images.edk2 import Edk2Image
from efirt.store import ZERO_TIME, Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.images.flash import (
    ADDED,
    ARM,
    AUTHENTICATED,
    DEAD,
    DELETED,
    DYING,
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

LAYOUTS = [OVMF_4M, OVMF_2M, ARM]
FIRST = 0x64
DEBIAN = Path("/usr/share/OVMF")


def values(data: bytes) -> dict[str, bytes]:
    return {found.key.name: found.data for found in Edk2Image.decode(data).variables}


def key(name: str) -> Key:
    return Key(name, Guid(VENDOR))


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


@pytest.mark.parametrize("base", [0x10000, 0x50000])
def test_a_volume_is_found_inside_a_whole_flash(base: int) -> None:
    read = Edk2Image.decode(bytes(base) + image([record("A", b"1")], OVMF_2M) + bytes(0x30000))
    assert [found.data for found in read.variables] == [b"1"]
    assert read.volume.offset == base


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


def decodes_or_says_why(data: bytes) -> None:
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


@pytest.mark.parametrize("name", ["OVMF_VARS_4M.fd", "OVMF_VARS.fd", "OVMF_VARS_4M.ms.fd", "OVMF_VARS.ms.fd", "OVMF_VARS_4M.snakeoil.fd"])
def test_debians_own_images_are_read(name: str) -> None:
    path = DEBIAN / name
    if not path.exists():
        pytest.skip(f"{path} is not here: install Debian's package ovmf")
    read = Edk2Image.decode(path.read_bytes())
    assert read.is_clean
    assert (len(read.variables) > 20) == ("ms" in name or "snakeoil" in name)
    assert all(found.key.problem() is None for found in read.variables)


def test_a_second_reader_finds_the_same_records(tmp_path: Path) -> None:
    path = tmp_path / "vars.fd"
    path.write_bytes(image([record("Alpha", b"1"), record("Beta", b"22", DEAD), record("Gamma", b"333")]))
    try:
        run(["UEFIExtract", str(path), "report"], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("UEFIExtract is not here: install Debian's package uefitool-cli")
    report = Path(f"{path}.report.txt").read_text(encoding="utf-8")
    assert all(found.key.name in report for found in Edk2Image.decode(path.read_bytes()).variables)
