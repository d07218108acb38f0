"""A directory like efivarfs, as names and contents of its files."""

import os

import pytest
from hypothesis import given

from efirt.images.contents import Contents
from efirt.images.directory import cannot_say, decode_entries, encode_entries, file_name
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from tests.images.records import HALF, LISTS, ONE, ORDINARY, PLAIN, SIGNED, TWIN

PLAIN_FILE = (f"Plain-{ONE}", b"\7\0\0\0plain")
TWIN_FILE = (f"Plain-{TWIN.key.guid}", b"\3\0\0\0twin")


def test_files_are_variables_and_variables_are_files() -> None:
    read = decode_entries([TWIN_FILE, PLAIN_FILE])
    assert (read.records, read.damage) == ((PLAIN, TWIN), ())
    assert encode_entries(Contents((TWIN, PLAIN))) == (PLAIN_FILE, TWIN_FILE)


def test_a_name_may_itself_have_dashes() -> None:
    read = decode_entries([(f"a-b-{ONE}", b"\7\0\0\0x")])
    assert read.records[0].key == Key("a-b", ONE)


def test_a_directory_has_no_order_and_no_time_stamps() -> None:
    assert cannot_say(Contents((PLAIN, TWIN))) == ()
    assert cannot_say(Contents((TWIN, PLAIN))) == ("the order of the variables",)
    assert cannot_say(Contents((SIGNED,))) == (f"the time stamp of {SIGNED.key}",)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("README", b"text", "not named as a variable"),
        (f"-{ONE}", b"\7\0\0\0", "not named"),
        (str(ONE), b"\7\0\0\0", "not named"),
        (f"A_{ONE}", b"\7\0\0\0", "not named"),
        (f"A-{str(ONE)[:-1]}x", b"\7\0\0\0", "not named"),
        (f"A\udcff-{ONE}", b"\7\0\0\0", "not named"),
        (f"A-{ONE}", b"\7\0\0", "3 bytes"),
    ],
    ids=["stranger", "no-name", "guid-only", "no-dash", "no-guid", "no-utf8", "short"],
)
def test_what_is_no_variable_is_told_and_left_out(name: str, content: bytes, words: str) -> None:
    read = decode_entries([PLAIN_FILE, (name, content)])
    assert read.records == (PLAIN,)
    assert [words in damage.what and repr(name) in damage.what for damage in read.damage] == [True]


def test_one_key_in_two_spellings_is_damage() -> None:
    guid = "abcdefab-2222-3333-4444-555555555555"
    read = decode_entries([(f"A-{guid}", b"\7\0\0\0x"), (f"A-{guid.upper()}", b"\7\0\0\0y")])
    assert len(read.records) == 2
    assert [f"A-{guid} stands here again" in damage.what for damage in read.damage] == [True]
    assert f"one of two variables A-{guid}" in cannot_say(read)
    assert [name for name, _ in encode_entries(read)] == [f"A-{guid}"]


def test_half_a_surrogate_pair_is_three_bytes_as_the_kernel_writes_it() -> None:
    name = file_name(HALF.key)
    assert os.fsencode(name).startswith(b"half \xed\xa0\x80-")
    assert decode_entries([(name, b"\7\0\0\0x")]).records == (HALF,)
    of_the_kernel = os.fsdecode(b"\xed\xa0\xbd\xed\xb8\x80-" + str(ONE).encode())
    assert decode_entries([(of_the_kernel, b"\7\0\0\0")]).records[0].key.name == "\U0001f600"


@pytest.mark.parametrize("name", ["", "a/b", "a\0b", "n" * 219, "ü" * 110], ids=["empty", "slash", "nul", "long", "long-in-bytes"])
def test_a_name_that_no_file_can_have_is_told_and_left_out(name: str) -> None:
    odd = Record(Key(name, ONE), Attributes(7), b"x")
    assert [sentence.startswith(f"variable {odd.key}: ") for sentence in cannot_say(Contents((PLAIN, odd)))] == [True]
    assert encode_entries(Contents((PLAIN, odd))) == (PLAIN_FILE,)
    longest = Record(Key("n" * 218, ONE), Attributes(7), b"x")
    assert cannot_say(Contents((longest,))) == ()


def test_attributes_of_more_than_32_bits_are_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="32 bits"):
        encode_entries(Contents((PLAIN._replace(attributes=Attributes(1 << 32)),)))


@given(LISTS)
def test_any_variables_are_files_or_told(records: tuple[Record, ...]) -> None:
    contents = Contents(records)
    read = decode_entries(encode_entries(contents))
    assert read.damage == ()
    if not cannot_say(contents):
        assert read.records == records


@given(ORDINARY)
def test_plain_variables_go_there_and_back(records: tuple[Record, ...]) -> None:
    plain = sorted((Record(record.key, record.attributes, record.data) for record in records), key=lambda record: str(record.key))
    assert cannot_say(Contents(tuple(plain))) == ()
    assert decode_entries(encode_entries(Contents(tuple(plain)))).records == tuple(plain)
