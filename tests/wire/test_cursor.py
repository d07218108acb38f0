"""A place in bytes that may end too early."""

from struct import Struct

import pytest

from efirt.errors import DecodeError
from efirt.wire.cursor import Cursor, packed

PAIR = Struct("<HB")


def test_what_is_taken_moves_the_place_on() -> None:
    cursor = Cursor("test", b"\1\2\3abc", 0)
    assert cursor.unpack(PAIR, "a pair") == (0x0201, 3)
    assert (cursor.take(2, "text"), cursor.offset, cursor.left) == (b"ab", 5, 1)
    assert cursor.take(1, "text") == b"c"
    cursor.finish("the text")


@pytest.mark.parametrize("size", [3, 2**64])
def test_too_few_bytes_are_an_error_at_the_place_and_leave_it(size: int) -> None:
    cursor = Cursor("test", b"abc", 1)
    with pytest.raises(DecodeError, match=f"test, at byte 1: text should have {size} bytes here, and 2 are left"):
        cursor.take(size, "text")
    assert cursor.offset == 1


def test_bytes_behind_the_end_are_an_error() -> None:
    with pytest.raises(DecodeError, match="at byte 1: 2 bytes stand behind the text"):
        Cursor("test", b"abc", 1).finish("the text")


def test_an_error_can_stand_before_the_place() -> None:
    error = Cursor("test", b"abc", 2).error("bad", "mend it", back=2)
    assert (error.offset, error.why, error.advice) == (0, "bad", "mend it")


def test_a_member_that_does_not_fit_is_the_caller_s_mistake() -> None:
    assert packed(PAIR, 0x0201, 3) == b"\1\2\3"
    for members in ((1 << 16, 0), (0, -1)):
        with pytest.raises(ValueError, match="do not fit"):
            packed(PAIR, *members)
