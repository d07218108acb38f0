"""dmpstore files, against a writer of the test's own."""

from struct import pack
from zlib import crc32

import pytest

from efirt.errors import DecodeError
from efirt.images import dmpstore
from efirt.images.contents import Contents
from tests.images.records import HALF, ONE, PLAIN, SIGNED, TWIN, wording


def entry(name: bytes, data: bytes, guid: bytes = ONE.raw, attributes: int = 7, sizes: tuple[int, int] | None = None) -> bytes:
    sizes = sizes or (len(name), len(data))
    raw = pack("<II", *sizes) + name + guid + pack("<I", attributes) + data
    return raw + pack("<I", crc32(raw))


A = "A\0".encode("utf-16-le")
PLAIN_RAW = entry("Plain\0".encode("utf-16-le"), b"plain")
TWIN_RAW = entry("Plain\0".encode("utf-16-le"), b"twin", TWIN.key.guid.raw, 3)


def test_records_are_read_and_written_one_behind_another() -> None:
    read = dmpstore.decode(PLAIN_RAW + TWIN_RAW)
    assert (read.records, read.damage, read.beside) == ((PLAIN, TWIN), (), None)
    assert dmpstore.encode(Contents((PLAIN, TWIN))) == PLAIN_RAW + TWIN_RAW


def test_the_shell_sets_the_last_of_two_at_last() -> None:
    read = dmpstore.decode(PLAIN_RAW + entry("Plain\0".encode("utf-16-le"), b"again"))
    assert [record.data for record in read.variables] == [b"again"]
    assert [damage.offset for damage in read.damage] == [len(PLAIN_RAW)]


def test_the_time_stamp_is_lost_and_told() -> None:
    assert dmpstore.cannot_say(Contents((SIGNED, HALF))) == (f"the time stamp of {SIGNED.key}",)


@pytest.mark.parametrize(("name", "data"), [("", b"x"), ("A\0B", b"x"), ("A", b"")], ids=["no-name", "nul", "no-value"])
def test_what_has_no_place_here_is_told_and_left_out(name: str, data: bytes) -> None:
    odd = PLAIN._replace(key=PLAIN.key._replace(name=name), data=data)
    assert [sentence.partition(":")[0] for sentence in dmpstore.cannot_say(Contents((PLAIN, odd)))] == [f"variable {odd.key}"]
    assert dmpstore.encode(Contents((PLAIN, odd))) == PLAIN_RAW


def test_there_is_no_file_without_a_variable() -> None:
    assert dmpstore.cannot_say(Contents(())) == ("a file without a variable",)
    with pytest.raises(ValueError, match="none to write"):
        dmpstore.encode(Contents(()))


@pytest.mark.parametrize(
    ("raw", "offset", "words"),
    [
        (b"", 0, "a record's sizes should have 8 bytes"),
        (entry(A, b"x", sizes=(3, 1)), 0, "name of 3 bytes"),
        (entry(b"\0\0", b"x"), 0, "name of 2 bytes"),
        (entry(A, b""), 0, "value of 0"),
        (entry(A, b"x", sizes=(0xFFFFFFFE, 1)), 8, "a name should have 4294967294 bytes"),
        (entry(A, b"x", sizes=(4, 0xFFFFFFFF)), 32, "a value should have 4294967295 bytes"),
        (entry(b"A\0B\0", b"x"), 8, "a NUL at its end"),
        (entry(b"A\0\0\0B\0\0\0", b"x"), 8, "nowhere else"),
        (entry(A, b"x")[:-1] + b"\0", 33, "the record's checksum is"),
        (PLAIN_RAW + b"xyz", len(PLAIN_RAW), "3 are left"),
        (PLAIN_RAW + entry(A, b"x")[:-2], len(PLAIN_RAW) + 33, "a checksum should have 4"),
    ],
    ids=wording,
)
def test_what_cannot_be_read_says_where_and_why(raw: bytes, offset: int, words: str) -> None:
    with pytest.raises(DecodeError, match="dmpstore file") as caught:
        dmpstore.decode(raw)
    assert caught.value.offset == offset
    assert words in caught.value.why
