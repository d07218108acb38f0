"""Finding the volume in a file, also where its header is gone or half written; and files without one."""

import pytest

from efirt.errors import DecodeError
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_volume import is_erased
from tests.images.flash import (
    LAYOUTS,
    OVMF_4M,
    entry,
    image,
    record,
    region,
)
from tests.images.reading import values


@pytest.mark.parametrize("fill", [b"\0", b"\xff"], ids=["zeros", "erased"])
def test_a_flash_that_its_firmware_will_format_is_blank_and_not_an_error(fill: bytes) -> None:
    read = Edk2Image.decode(fill * 0x4000000)
    assert (read.is_blank, read.variables, read.store_size, read.room) == (True, (), 0x3FFB8, 0x3FF9C)
    assert [str(damage) for damage in read.damage] == [
        "at byte 0: there is no store yet; firmware that formats its flash, as ArmVirt's does, makes an empty one at the next boot"
    ]


@pytest.mark.parametrize("size", [4, 0x20000, 0x84000, 0x100000])
def test_any_other_blank_file_says_that_it_is_blank(size: int) -> None:
    with pytest.raises(DecodeError, match="nothing was ever written to them") as caught:
        Edk2Image.decode(b"\xff" * size)
    assert "OVMF does not format such a file" in caught.value.advice


def test_the_spare_area_is_never_taken_for_the_volume() -> None:
    for layout in LAYOUTS:
        for work in (b"", b"\0"):
            flash = bytearray(image([record("A", b"old")], layout, spare=region([record("A", b"older")], layout)) + bytes(0x400000))
            flash[40] = 0
            flash[layout.work : layout.work + len(work)] = work
            with pytest.raises(DecodeError, match=r"header is gone|no firmware volume"):
                Edk2Image.decode(bytes(flash))
            if work:
                with pytest.raises(DecodeError, match=r"header is gone|no firmware volume"):
                    Edk2Image.decode(bytes(flash), strict=False)
            else:
                assert values(bytes(flash), strict=False) == {"A": b"old"}


def test_a_header_that_is_half_written_is_taken_from_the_spare_area() -> None:
    flash = bytearray(image([], entries=entry(OVMF_4M, 0xFC, 0xFD), spare=region([record("A", b"new")])))
    for written in range(0x48):
        flash[written:0x48] = b"\xff" * (0x48 - written)
        assert [found.data for found in Edk2Image.decode(bytes(flash)).variables] == [b"new"]
        flash[:0x48] = region([])[:0x48]


@pytest.mark.parametrize("moved", [-0x43000, -0x1000, 0x1000], ids=["before", "journal", "behind"])
def test_blocks_that_belong_elsewhere_are_left_alone(moved: int) -> None:
    flash = bytearray(image([record("A", b"old")], entries=entry(OVMF_4M, 0xFC, 0xFD), spare=region([record("A", b"new")])))
    at = OVMF_4M.work + 32 + 72
    flash[at : at + 8] = moved.to_bytes(8, "little", signed=True)
    read = Edk2Image.decode(bytes(0x10000) + bytes(flash))
    assert [found.data for found in read.variables] == [b"old"]
    assert read.journal is not None
    assert read.journal.is_strange


@pytest.mark.parametrize("size", [1, 0x40000, 0x40001, 0x90000])
def test_one_byte_is_enough_to_be_not_erased(size: int) -> None:
    for data in (bytearray(b"\xff" * size), memoryview(bytearray(b"\xff" * size))):
        assert is_erased(data, 0, size)
        data[size - 1] = 0
        assert not is_erased(data, 0, size)
        assert is_erased(data, 0, size - 1)
