import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.wire.text import decode_char16, decode_units, encode_char16, encode_units, nul_offset

UNITS = st.lists(st.integers(0, 0xFFFF), max_size=20).map(lambda units: b"".join(unit.to_bytes(2, "little") for unit in units))


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("", ""),
        ("Boot", "42006f006f007400"),
        ("ß€", "df00ac20"),
        ("\U0001f600", "3dd800de"),
        ("\ud83d", "3dd8"),
        ("\ude00x", "00de7800"),
        ("a\0b", "610000006200"),
    ],
)
def test_code_units_are_utf_16_and_half_a_pair_is_one_too(text: str, encoded: str) -> None:
    assert encode_units(text) == bytes.fromhex(encoded)
    assert decode_units(bytes.fromhex(encoded)) == text
    assert encode_char16(text) == bytes.fromhex(encoded) + b"\0\0"


@given(UNITS)
def test_any_code_units_are_a_text_and_come_back(data: bytes) -> None:
    assert encode_units(decode_units(data)) == data


@given(st.binary(max_size=40))
def test_an_odd_last_byte_is_left_out(data: bytes) -> None:
    assert encode_units(decode_units(data)) == data[: len(data) // 2 * 2]


@given(UNITS.filter(lambda data: decode_char16(data) is None), st.binary(max_size=8))
def test_text_ends_at_the_first_nul_unit_whatever_follows(name: bytes, tail: bytes) -> None:
    assert decode_char16(name + b"\0\0" + tail) == decode_units(name)


@given(UNITS.filter(lambda data: nul_offset(data) < 0))
def test_without_a_nul_there_is_no_text(data: bytes) -> None:
    assert decode_char16(data) is None
    assert decode_char16(data + b"\0") is None


@given(st.binary(max_size=30) | st.lists(st.sampled_from([0, 1]), max_size=30).map(bytes), st.integers(0, 30))
def test_the_nul_is_the_first_zero_unit_counted_from_the_start(data: bytes, start: int) -> None:
    slow = next((at for at in range(start, len(data) - 1, 2) if data[at : at + 2] == b"\0\0"), -1)
    assert nul_offset(data, start) == slow
    assert nul_offset(bytearray(data), start) == slow
    assert nul_offset(memoryview(data), start) == slow


def test_two_zero_bytes_of_two_units_are_no_nul() -> None:
    assert nul_offset(b"\x01\x00\x00\x01\x00\x00") == 4
    assert nul_offset(b"\x01\x00\x00\x01") == -1
    assert nul_offset(b"\x01\x00\x00\x01", 1) == 1
