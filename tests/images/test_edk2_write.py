"""Whole images: compacted ones, new ones, and unchanged ones."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import NoRoom
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import problems
from efirt.images.edk2_write import LAYOUTS, Layout, compacted, compaction, created
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.images import flash as twin
from tests.images.edk2_firmware import Flash
from tests.images.flash import ARM, DEAD, DYING, OVMF_2M, OVMF_4M, PLAIN, entry, image, record, region
from tests.images.reading import key

TWINS = {"ovmf-4m": OVMF_4M, "ovmf-2m": OVMF_2M, "aavmf": ARM, "aavmf-unpadded": ARM, "riscv-virt": ARM}
ROOM = OVMF_2M.region - 0x64


def variable(name: str, data: bytes, attributes: int = 7) -> Record:
    return Record(key(name), Attributes(attributes), data)


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("plain", [False, True], ids=["authenticated", "plain"])
def test_a_new_image_is_what_its_twin_puts_together(name: str, plain: bool) -> None:
    raws = [record("A", b"1", plain=plain), record("Long name", b"22", plain=plain)]
    wanted = image(raws, TWINS[name], PLAIN if plain else twin.AUTHENTICATED).ljust(LAYOUTS[name].file_size, b"\0")
    assert created(LAYOUTS[name], [variable("A", b"1"), variable("Long name", b"22")], authenticated=not plain) == wanted


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_new_image_is_read_again_and_nothing_is_wrong_with_it(name: str) -> None:
    stamped = Record(key("A"), Attributes(0x27), b"1", EfiTime(2024, 2, 29, 1, 2, 3, time_zone=0), 1 << 40, 7)
    read = Edk2Image.decode(created(LAYOUTS[name], [stamped]))
    assert read.variables == (stamped,)
    assert problems(read) == ()
    assert read.free == read.room - read.used


def test_a_compacted_image_has_the_living_only_and_all_else_as_it_was() -> None:
    raws = [record("A", b"1", DEAD), record("B", b"2", DYING), record("C", b"3"), record("D", b"4", 0xFF)[:67]]
    base = 0x20000
    flash = bytearray(b"\x11" * base + image(raws, OVMF_4M, entries=entry(OVMF_4M, 0xF8, 0xF9), spare=b"left") + b"\x22" * 0x777)
    flash[base + 0x40000 : base + 0x41000] = b"\x33" * 0x1000
    read = Edk2Image.decode(bytes(flash))
    assert compacted(read, read.variables) == (
        b"\x11" * base
        + region([record("B", b"2"), record("C", b"3")], OVMF_4M)
        + b"\x33" * 0x1000
        + twin.journal(OVMF_4M)
        + b"\xff" * OVMF_4M.spare_size
        + b"\x22" * 0x777
    )


def test_what_is_compact_needs_no_patch() -> None:
    flash = image([record("A", b"1"), record("B", b"2")])
    read = Edk2Image.decode(flash)
    assert compaction(read, read.variables) == ()
    assert compacted(read, read.variables) == flash
    assert [patch.offset for patch in compaction(read, read.variables[:1])] == [0]


def test_an_image_that_was_only_read_is_the_same_byte_for_byte() -> None:
    flash = image([record("A", b"1", DEAD), record("B", b"2", DYING)], entries=entry(OVMF_4M, 0xFC, 0xFD), spare=region([])) + b"more"
    for data in (flash, bytearray(flash), memoryview(flash)):
        assert Edk2Image.decode(data).encode() == flash


def test_an_interrupted_write_is_finished_by_compacting() -> None:
    flash = bytearray(image([], OVMF_2M, entries=entry(OVMF_2M, 0xFC, 0xFD), spare=region([record("A", b"new")], OVMF_2M)))
    flash[:0x1000] = b"\xff" * 0x1000
    read = Edk2Image.decode(bytes(flash))
    assert compacted(read, read.variables) == image([record("A", b"new")], OVMF_2M)


def test_a_wrong_checksum_and_a_store_that_is_marked_are_put_right() -> None:
    flash = bytearray(image([record("A", b"1")]))
    flash[50] ^= 1
    flash[0x48 + 20] = 0
    read = Edk2Image.decode(bytes(flash), strict=False)
    assert compacted(read, read.variables) == image([record("A", b"1")])


def test_reserved_bytes_of_the_headers_are_kept() -> None:
    flash = bytearray(image([record("A", b"1")]))
    flash[0x48 + 24] = 7
    read = Edk2Image.decode(bytes(flash))
    assert compacted(read, [variable("B", b"1")])[0x48 + 24] == 7


@pytest.mark.parametrize("fill", [b"\0", b"\xff"], ids=["zeros", "erased"])
@pytest.mark.parametrize("size", [0xC0000, 0x2000000, 0x4000000])
def test_a_flash_that_was_never_written_gets_a_store(fill: bytes, size: int) -> None:
    read = Edk2Image.decode(fill * size)
    assert (read.is_blank, read.variables, read.encode() == fill * size) == (True, (), True)
    done = compacted(read, [variable("A", b"1")])
    assert done == image([record("A", b"1")], ARM) + fill * (size - ARM.size)


def test_a_volume_of_an_unknown_size_keeps_what_is_behind_its_store() -> None:
    unknown = twin.Layout(0x90000, 0x1000, 0x40000, 0x41000, 0x1000, 0x42000)
    flash = image([record("A", b"1", DEAD), record("B", b"2")], unknown, spare=b"left")
    read = Edk2Image.decode(flash)
    assert compacted(read, read.variables) == image([record("B", b"2")], unknown, spare=b"left")


def test_what_does_not_fit_is_refused_with_both_sizes() -> None:
    read = Edk2Image.decode(image(layout=OVMF_2M))
    fits = [variable("A", bytes(ROOM - 64))]
    assert Edk2Image.decode(compacted(read, fits)).variables == tuple(fits)
    with pytest.raises(NoRoom, match=f"the variables take {ROOM + 4} bytes, and there is room for {ROOM}; ") as caught:
        compacted(read, [variable("A", bytes(ROOM - 63))])
    assert (caught.value.needed, caught.value.room) == (ROOM + 4, ROOM)
    with pytest.raises(NoRoom):
        created(LAYOUTS["ovmf-2m"], [variable("A", bytes(ROOM - 63))])


def test_hardware_error_records_are_counted_apart_where_room_is_set_aside_for_them() -> None:
    read = Edk2Image.decode(image(layout=OVMF_2M))
    both = [variable("HwErrRec0000", bytes(914), 0xF), variable("A", bytes(ROOM - 1000 - 64))]
    assert compacted(read, both, hardware_error_storage=1000)
    with pytest.raises(NoRoom, match="the hardware error records take 1000 bytes, and there is room for 999"):
        compacted(read, both, hardware_error_storage=999)
    with pytest.raises(NoRoom, match=f"the variables take {ROOM - 1000} bytes, and there is room for {ROOM - 1001}"):
        compacted(read, both, hardware_error_storage=1001)


def test_two_variables_of_one_key_are_refused_and_of_one_name_are_not() -> None:
    other = Record(Key("A", Guid(bytes(16))), Attributes(7), b"2")
    read = Edk2Image.decode(image())
    assert Edk2Image.decode(compacted(read, [variable("A", b"1"), other])).variables == (variable("A", b"1"), other)
    with pytest.raises(ValueError, match="cannot be stored twice"):
        compacted(read, [variable("A", b"1"), other, variable("A", b"2")])


RECORDS = st.lists(
    st.tuples(
        st.text(st.characters(codec=None, exclude_characters="\0"), min_size=1, max_size=9),
        st.binary(max_size=40),
        st.integers(0, 0xFFFFFFFE),
        st.integers(0, 2**64 - 1),
        st.integers(0, 2**32 - 1),
        st.binary(min_size=16, max_size=16),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda row: row[0].encode("utf-16-le", "surrogatepass"),
)


@given(RECORDS)
def test_what_is_written_is_read_by_firmware_and_by_us(
    rows: list[tuple[str, bytes, int, int, int, bytes, bool]],
) -> None:
    records = [
        Record(Key(name, Guid(raw)), Attributes(attributes), data, EfiTime.decode(raw) if timed else EfiTime(time_zone=0), count, index)
        for name, data, attributes, count, index, raw, timed in rows
    ]
    flash = created(LAYOUTS["ovmf-2m"], records)
    units = [record.key.name.encode("utf-16-le", "surrogatepass") for record in records]
    assert list(Flash(flash, OVMF_2M).values()) == [
        record.key.guid.raw + name + b"\0\0" for record, name in zip(records, units, strict=True)
    ]
    names = [name.decode("utf-16-le", "surrogatepass") for name in units]
    assert Edk2Image.decode(flash).variables == tuple(
        record._replace(key=record.key._replace(name=name)) for record, name in zip(records, names, strict=True)
    )


def test_a_padded_image_is_read_without_a_copy_and_written_with_one() -> None:
    flash = memoryview(image([record("A", b"1")], ARM).ljust(0x4000000, b"\0"))
    tracemalloc.start()
    read = Edk2Image.decode(flash)
    assert tracemalloc.get_traced_memory()[1] < 2 << 20
    patches = compaction(read, [variable("A", b"2")])
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    assert len(compacted(read, [variable("A", b"2")])) == 0x4000000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 70 << 20
    assert [patch.offset for patch in patches] == [0]


def test_a_layout_of_ones_own_can_be_made_and_read() -> None:
    areas = LAYOUTS["ovmf-2m"].areas._replace(volume_size=0x30000, spare_size=0x20000)
    flash = created(Layout(areas, 0x40000), [variable("A", b"1")])
    read = Edk2Image.decode(flash, areas=areas)
    assert (read.variables, read.volume.areas) == ((variable("A", b"1"),), areas)
    assert Edk2Image.decode(flash).volume.areas is None
