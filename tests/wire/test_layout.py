import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.wire.layout import CStruct, Field, Members


class Sample(CStruct):
    C_NAME = "struct sample"
    SIZE = 16

    byte = Field("B", 0)
    signed = Field("h", 2)
    word = Field("I", 4)
    raw = Field("8s", 8)


def test_a_field_knows_its_name_its_offset_and_its_size() -> None:
    assert [(field.name, field.offset, field.size) for field in Sample.fields()] == [
        ("byte", 0, 1),
        ("signed", 2, 2),
        ("word", 4, 4),
        ("raw", 8, 8),
    ]


def test_fields_are_little_endian_and_count_from_a_base() -> None:
    data = bytearray(20)
    Sample.word.write(data, 0x11223344, 3)
    assert data == bytes(7) + b"\x44\x33\x22\x11" + bytes(9)
    assert Sample.word.read(data, 3) == 0x11223344


def test_writing_one_field_leaves_every_other_byte() -> None:
    data = bytearray(b"\xaa" * 16)
    Sample.signed.write(data, -2)
    assert data == b"\xaa\xaa\xfe\xff" + b"\xaa" * 12


@given(st.integers(0, 255), st.integers(-(2**15), 2**15 - 1), st.integers(0, 2**32 - 1), st.binary(min_size=8, max_size=8))
def test_what_is_written_is_read(byte: int, signed: int, word: int, raw: bytes) -> None:
    data = bytearray(Sample.SIZE)
    for field, value in ((Sample.byte, byte), (Sample.signed, signed), (Sample.word, word), (Sample.raw, raw)):
        field.write(data, value)
    read = [field.read(memoryview(data)) for field in Sample.fields()]
    assert read == [byte, signed, word, raw]


@pytest.mark.parametrize(
    ("field", "value"),
    [(Sample.byte, 256), (Sample.byte, -1), (Sample.signed, 2**15), (Sample.word, 2**32), (Sample.raw, bytes(9)), (Sample.word, b"1234")],
)
def test_a_value_that_does_not_fit_is_refused_by_name(field: Field, value: int | bytes) -> None:
    data = bytearray(16)
    with pytest.raises(ValueError, match=rf"^{field.name} = .* does not fit in {field.size} bytes$"):
        field.write(data, value)
    assert data == bytes(16)


def test_bytes_shorter_than_their_field_are_filled_up_with_zeros() -> None:
    data = bytearray(b"\xff" * 16)
    Sample.raw.write(data, b"ab")
    assert data[8:] == b"ab" + bytes(6)


MEMBERS = Members(24, (Sample.word, 0), (Sample.word, 8), (Sample.raw, 8))


def test_several_members_are_written_into_zeros_and_read_back_in_one_step() -> None:
    data = MEMBERS.new(1, 2, b"12345678")
    assert data == bytes(4) + b"\x01\0\0\0" + bytes(4) + b"\x02\0\0\0" + b"12345678"
    assert MEMBERS.read(data) == (1, 2, b"12345678")
    assert MEMBERS.new(1, 2, b"") == data[:16] + bytes(8)


@pytest.mark.parametrize("values", [(1 << 32, 0, b""), (0, -1, b""), (0, 0, b"123456789")])
def test_of_several_members_the_one_whose_value_does_not_fit_is_named(values: tuple[int, int, bytes]) -> None:
    with pytest.raises(ValueError, match=r"^raw = .* 8 bytes$" if values[2] else r"^word = .* 4 bytes$"):
        MEMBERS.new(*values)
