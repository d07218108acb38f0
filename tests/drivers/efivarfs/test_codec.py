"""Names and contents of the files, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.drivers.efivarfs.codec import read_content, read_name, why_not_created, write_content, write_name
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.text import decode_units

OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a01")
NAMES = st.binary(min_size=2, max_size=80).map(decode_units).filter(lambda name: "\0" not in name)


@given(NAMES, st.binary(min_size=16, max_size=16))
def test_any_name_without_a_slash_comes_back(name: str, guid: bytes) -> None:
    key = Key(name.replace("/", "!"), Guid(guid))
    assert read_name(write_name(key)) == key


def test_a_slash_is_written_as_an_exclamation_mark() -> None:
    assert write_name(Key("a/b", OURS)) == write_name(Key("a!b", OURS)) == b"a!b-" + str(OURS).encode()


def test_each_half_of_a_pair_is_written_by_itself_as_linux_does() -> None:
    assert write_name(Key("😀", OURS)).startswith(b"\xed\xa0\xbd\xed\xb8\x80-")


@given(st.binary(max_size=80))
def test_any_file_name_is_a_variable_s_or_none(name: bytes) -> None:
    key = read_name(name)
    assert key is None or read_name(write_name(key)) == key


@pytest.mark.parametrize("name", [b"", b"README", b"-" + str(OURS).encode(), b"a" + str(OURS).encode(), b"a-" + str(OURS).encode()[:-1]])
def test_what_is_no_variable_s_name_is_none(name: bytes) -> None:
    assert read_name(name) is None


def test_the_guid_may_be_in_capitals() -> None:
    assert read_name(b"a-" + str(OURS).upper().encode()) == Key("a", OURS)


@given(st.integers(0, 2**32 - 1), st.binary(max_size=40))
def test_contents_come_back(attributes: int, data: bytes) -> None:
    assert read_content(write_content(attributes, data)) == (attributes, data)


@pytest.mark.parametrize("size", range(4))
def test_contents_without_attributes_are_none(size: int) -> None:
    assert read_content(bytes(size)) is None


@pytest.mark.parametrize(("name", "why"), [("Grüße", "ASCII"), ("a/b", "'/'"), ("L" * 219, "218"), ("L" * 218, ""), ("a", "")])
def test_a_name_that_linux_cannot_create_is_told(name: str, why: str) -> None:
    said = why_not_created(Key(name, OURS))
    assert why in said
    assert bool(said) is bool(why)
