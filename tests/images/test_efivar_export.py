"""libefivar's export files, in both forms: by hand, and by libefivar itself where it is installed."""

import ctypes
import ctypes.util
import os
import subprocess
import sys
from pathlib import Path
from struct import pack
from zlib import crc32

import pytest

from efirt.errors import DecodeError
from efirt.images import efivar_export
from efirt.images.contents import Contents
from efirt.images.efivar_export import ExportForm
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.images.records import ONE, PLAIN, SIGNED, wording

MAGIC = pack("<I", 0xF3DF1597)
# What efi_variable_export of libefivar 37 makes of Test-Name, a GUID of the bytes 0 to 15, attributes 7 and "hello".
BY_37 = bytes.fromhex(
    "9715dff3 01000000 0700000000000000 000102030405060708090a0b0c0d0e0f 12000000 05000000"
    "54006500730074002d004e0061006d006500 68656c6c6f 9715dff3"
)
TEST_NAME = Record(Key("Test-Name", Guid(bytes(range(16)))), Attributes(7), b"hello")


def export(  # noqa: PLR0913 - as many as it has members
    name: bytes, data: bytes, attributes: int = 7, *, version: int = 1, end: bytes | None = None, sizes: tuple[int, int] | None = None
) -> bytes:
    name_size, data_size = sizes or (len(name), len(data))
    raw = MAGIC + pack("<IQ", version, attributes) + ONE.raw + pack("<II", name_size, data_size) + name + data
    return raw + (pack("<I", crc32(raw)) if end is None else end)


PLAIN_NAME = "Plain\0".encode("utf-16-le")


def test_a_file_of_today_is_read_and_written() -> None:
    raw = export(PLAIN_NAME, b"plain")
    assert efivar_export.decode(raw) == Contents((PLAIN,), beside=ExportForm(), source=raw)
    assert efivar_export.encode(Contents((PLAIN,))) == raw


def test_a_file_of_libefivar_37_has_no_nul_and_the_magic_number_for_a_checksum() -> None:
    read = efivar_export.decode(BY_37)
    assert (read.records, read.beside) == ((TEST_NAME,), ExportForm(has_nul=False, has_checksum=False))
    assert efivar_export.encode(read._replace(source=None)) == BY_37


def test_flags_above_the_attributes_are_kept_and_told() -> None:
    raw = export(PLAIN_NAME, b"plain", 0x3_0000_0027)
    read = efivar_export.decode(raw)
    assert (read.records[0].attributes, read.beside) == (0x27, ExportForm(3))
    assert efivar_export.encode(read._replace(source=None)) == raw
    assert ExportForm(3).sentences == ("libefivar's flags 0x3 above the attributes",)


def test_the_time_stamp_is_lost_and_told() -> None:
    assert efivar_export.cannot_say(Contents((SIGNED,))) == (f"the time stamp of {SIGNED.key}",)


@pytest.mark.parametrize(
    ("raw", "offset", "words"),
    [
        (b"", 0, "its header should have 40 bytes"),
        (b"x" + BY_37[1:], 0, "it begins with"),
        (export(PLAIN_NAME, b"x", version=2), 4, "version 2"),
        (export(b"A\0B", b"x"), 32, "a name of 3 bytes"),
        (export(b"", b"x"), 32, "a name of 0 bytes"),
        (export(b"\0\0", b"x"), 40, "the name is empty"),
        (export(b"A\0\0\0B\0\0\0", b"x"), 40, "a NUL before its end"),
        (export(PLAIN_NAME, b""), 32, "a value of 0"),
        (export(PLAIN_NAME, b"x", sizes=(0xFFFFFFFE, 1)), 40, "the name should have 4294967294"),
        (export(PLAIN_NAME, b"x", sizes=(12, 0xFFFFFFFF)), 52, "the value should have 4294967295"),
        (export(PLAIN_NAME, b"x", end=bytes(4)), 53, "0x00000000 stands here"),
        (export(PLAIN_NAME, b"x") + b"x", 57, "1 bytes stand behind the checksum"),
        (BY_37[:-1], 63, "the checksum should have 4"),
    ],
    ids=wording,
)
def test_what_cannot_be_read_says_where_and_why(raw: bytes, offset: int, words: str) -> None:
    with pytest.raises(DecodeError, match="efivar export") as caught:
        efivar_export.decode(raw)
    assert caught.value.offset == offset
    assert words in caught.value.why


EXPORTING = """
import ctypes, sys
library = ctypes.CDLL("libefivar.so.1")
library.efi_variable_export.restype = ctypes.c_ssize_t
variable = ctypes.create_string_buffer(256)
kept = [ctypes.create_string_buffer(*one) for one in ((b"Test-Name",), (bytes(range(16)), 16), (b"hello", 5))]
library.efi_variable_set_name(variable, kept[0])
library.efi_variable_set_guid(variable, kept[1])
library.efi_variable_set_data(variable, kept[2], ctypes.c_size_t(5))
library.efi_variable_set_attributes(variable, ctypes.c_uint64(7))
size = library.efi_variable_export(variable, None, ctypes.c_size_t(0))
buffer = ctypes.create_string_buffer(size)
size = library.efi_variable_export(variable, buffer, ctypes.c_size_t(size))
print(buffer.raw[:size].hex())
"""


def test_what_libefivar_exports_is_read(tmp_path: Path) -> None:
    if ctypes.util.find_library("efivar") is None:
        pytest.skip("libefivar is not here: install Debian's package libefivar1")
    environment = {**os.environ, "EFIVARFS_PATH": f"{tmp_path}/"}
    run = subprocess.run([sys.executable, "-c", EXPORTING], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    raw = bytes.fromhex(run.stdout)
    read = efivar_export.decode(raw)
    assert read.records == (TEST_NAME,)
    assert efivar_export.encode(read._replace(source=None)) == raw
