import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.values.status import Status

ANY = st.integers(0, 2**64 - 1) | st.integers(0, 40) | st.integers(2**63, 2**63 + 40)

# UEFI 2.10 appendix D, and Xen's include/efi/efierr.h.
NUMBERS = {
    "SUCCESS": 0,
    "INVALID_PARAMETER": 0x8000000000000002,
    "UNSUPPORTED": 0x8000000000000003,
    "BUFFER_TOO_SMALL": 0x8000000000000005,
    "DEVICE_ERROR": 0x8000000000000007,
    "WRITE_PROTECTED": 0x8000000000000008,
    "OUT_OF_RESOURCES": 0x8000000000000009,
    "NOT_FOUND": 0x800000000000000E,
    "ACCESS_DENIED": 0x800000000000000F,
    "NOT_STARTED": 0x8000000000000013,
    "ABORTED": 0x8000000000000015,
    "INCOMPATIBLE_VERSION": 0x8000000000000019,
    "SECURITY_VIOLATION": 0x800000000000001A,
    "CRC_ERROR": 0x800000000000001B,
    "END_OF_FILE": 0x800000000000001F,
    "COMPROMISED_DATA": 0x8000000000000021,
    "WARN_UNKNOWN_GLYPH": 1,
    "WARN_STALE_DATA": 5,
}


@pytest.mark.parametrize(("name", "number"), NUMBERS.items())
def test_a_name_has_its_number(name: str, number: int) -> None:
    assert getattr(Status, name) == number
    assert Status(number).name == name
    assert str(Status(number)) == f"EFI_{name}"
    assert repr(Status(number)) == f"Status.{name}"


def test_every_named_status_is_an_attribute_that_type_checkers_know_too() -> None:
    annotated = {*Status.__annotations__}
    assert annotated == {name for name in vars(Status) if name.isupper()}
    assert [name for name in annotated if getattr(Status, name).name != name] == []


@given(ANY)
def test_any_number_is_exactly_one_of_success_warning_and_error(number: int) -> None:
    answer = Status(number)
    assert [number == 0, answer.is_warning, answer.is_error].count(True) == 1
    assert answer.is_error == bool(number >> 63)


@given(ANY)
def test_text_comes_back(number: int) -> None:
    answer = Status(number)
    assert Status.parse(str(answer)) == answer
    assert Status.parse(answer.name) == answer
    assert Status.parse(f" {str(answer).lower()} ") == answer
    assert Status.parse(str(number)) == Status.parse(hex(number)) == answer
    assert f"{answer}" == str(answer)


@given(ANY)
def test_a_status_is_its_content(number: int) -> None:
    answer = Status(number)
    assert eval(repr(answer)) == answer  # noqa: S307 - repr says it is the expression that makes the value
    assert copy.deepcopy(answer) == answer
    again = pickle.loads(pickle.dumps(answer))  # noqa: S301 - pickled on the same line
    assert (type(again), again) == (Status, answer)


@pytest.mark.parametrize("text", ["", "EFI_", "NOT FOUND", "EFI_STATUS", "-1", str(2**64), "0x1ffffffffffffffff", "1.5"])
def test_what_is_neither_a_name_nor_64_bits_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an EFI status: write a name such as EFI_NOT_FOUND"):
        Status.parse(text)
