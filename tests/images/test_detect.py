"""Which format a file has, and why it has none."""

import gzip
import random
import sys
from pathlib import Path
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.images.detect import FORMATS, detect, why_not
from efirt.images.edk2 import Edk2Image
from efirt.images.writers import MAKERS
from tests.images.flash import ARM, OVMF_2M, OVMF_4M, Layout, image, record

NOISE = random.Random(1).randbytes(100_000)  # noqa: S311 - any bytes


@pytest.mark.parametrize("layout", [OVMF_4M, OVMF_2M, ARM], ids=["4M", "2M", "ARM"])
@pytest.mark.parametrize("before", [0, 0x20000], ids=["alone", "inside"])
def test_a_volume_is_edk2_alone_and_inside_a_flash(layout: Layout, before: int) -> None:
    assert detect(bytes(before) + image([record("A", b"1")], layout) + bytes(0x10000)) == "edk2"
    assert detect(memoryview(image([], layout))) == "edk2"


def test_a_volume_whose_header_is_gone_is_edk2_and_reading_it_says_so() -> None:
    data = b"\xff" * 0x1000 + image([record("A", b"1")], OVMF_2M)[0x1000:]
    assert detect(data) == "edk2"
    with pytest.raises(DecodeError, match="header is gone"):
        Edk2Image.decode(data)


def test_qcow2_is_recognized_and_not_read() -> None:
    assert detect(b"QFI\xfb\0\0\0\3" + bytes(100)) == "qcow2"
    assert "qcow2" not in FORMATS


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"\1\2\3\4", "4 bytes are too few for any format"),
        (b"\xff" * 4, "all its 4 bytes are 0xff, as of erased flash"),
        (b"\xff" * 0x20001, "all its 131073 bytes are 0xff, as of erased flash"),
        (bytes(5), "all its 5 bytes are 0x00"),
        (b"\xff" * 0x20000 + b"\xfe", "it is none of edk2, qcow2, "),
        (NOISE, "it is none of edk2, qcow2, "),
        (b"MRVN" + NOISE, "it is a VMware .nvram file, which is not read here"),
        (bytes(8) + (0x0161566966456255).to_bytes(8, "little") + NOISE, "it is U-Boot's ubootefi.var, which"),
        (gzip.compress(NOISE[:100]), "it is compressed with gzip"),
    ],
    ids="empty four four-erased erased zeros nearly noise vmware u-boot gzip".split(),  # noqa: SIM905 - one line
)
def test_what_has_no_format_has_a_reason_of_one_line(data: bytes, why: str) -> None:
    assert detect(data) is None
    assert detect(memoryview(data)) is None
    assert why_not(data) == why_not(memoryview(data))
    assert why_not(data).startswith(why)
    assert "\n" not in why_not(data)


@given(st.binary(max_size=100))
def test_any_bytes_have_a_format_or_a_reason(data: bytes) -> None:
    assert detect(data) in {*FORMATS, "edk2", "qcow2", None}
    assert why_not(data)


def test_a_gigabyte_of_nothing_is_looked_at_without_a_copy(tmp_path: Path) -> None:
    hole = tmp_path / "hole"
    with hole.open("wb") as file:
        file.truncate(1 << 30)
    code = """
import mmap, resource, sys
from efirt.images.detect import detect, why_not
with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole, memoryview(whole) as data:
    resource.setrlimit(resource.RLIMIT_DATA, (256 << 20, 256 << 20))
    print(detect(data), why_not(data))
"""
    done = run([sys.executable, "-c", code, str(hole)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"None its first {16 << 20} bytes are 0x00\n", "")


def test_every_format_says_whose_digests_it_has() -> None:
    assert {form.maker for form in FORMATS.values()} - {""} == {*MAKERS}
    assert all(form.summary for form in FORMATS.values())
