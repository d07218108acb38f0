import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.values.attributes import Attributes

ANY = st.integers(0, 2**32 - 1) | st.integers(0, 255)


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("0", 0),
        ("NV", 1),
        ("NV+BS+RT", 7),
        ("nv | bs | rt", 7),
        ("NON_VOLATILE+EFI_VARIABLE_BOOTSERVICE_ACCESS", 3),
        ("EFI_VARIABLE_HARDWARE_ERROR_RECORD", 8),
        ("AW+AT+APPEND+ENH", 0xF0),
        ("TIME_BASED_AUTHENTICATED_WRITE_ACCESS", 0x20),
        ("0x27", 0x27),
        ("7+0x80000000", 0x80000007),
        ("NV+NV", 1),
    ],
)
def test_names_and_numbers_are_read(text: str, bits: int) -> None:
    assert Attributes.parse(text) == bits


@pytest.mark.parametrize("text", ["", "NV+", "+", "XX", "NV,BS", "-1", str(2**32), "7.0"])
def test_anything_else_is_refused_with_what_could_stand_there(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a variable attribute: write names joined by '\+'.*NV, BS, RT, HR, AW, AT, APPEND, ENH"):
        Attributes.parse(text)


@given(ANY)
def test_text_comes_back_for_any_32_bits(bits: int) -> None:
    attributes = Attributes(bits)
    assert Attributes.parse(str(attributes)) == attributes
    assert eval(repr(attributes)) == attributes  # noqa: S307 - repr says it is the expression that makes the value
    assert f"{attributes}" == str(attributes)


@given(ANY, ANY)
def test_sets_stay_attributes(left: int, right: int) -> None:
    either, both, rest = Attributes(left) | Attributes(right), Attributes(left) & Attributes(right), ~Attributes(left)
    assert (either, both, rest) == (left | right, left & right, left ^ 0xFFFFFFFF)
    assert {type(either), type(both), type(rest)} == {Attributes}


def test_flags_are_in_rising_order_and_unknown_bits_stand_last() -> None:
    assert Attributes(0x80000141).flags == ("NV", "APPEND", "0x80000100")
    assert Attributes(0).flags == ()
    assert Attributes(0xFF).flags == ("NV", "BS", "RT", "HR", "AW", "AT", "APPEND", "ENH")


@given(ANY)
def test_attributes_are_their_content(bits: int) -> None:
    again = pickle.loads(pickle.dumps(Attributes(bits)))  # noqa: S301 - pickled on the same line
    assert (type(again), again) == (Attributes, bits)
    assert copy.copy(again) == bits
