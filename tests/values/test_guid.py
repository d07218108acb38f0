import copy
import pickle
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.values.guid import ZERO, Guid
from efirt.values.guid_names import GLOBAL, NAMES

RAW = st.binary(min_size=16, max_size=16)


@given(RAW)
def test_text_and_bytes_are_those_of_the_standard_library(raw: bytes) -> None:
    theirs = uuid.UUID(bytes_le=raw)
    guid = Guid.decode(raw)
    assert str(guid) == str(theirs)
    assert Guid.parse(str(theirs)) == guid == Guid.parse(str(theirs).upper())
    assert guid.encode() == raw == theirs.bytes_le


def test_the_global_guid_lies_in_memory_as_the_specification_says() -> None:
    assert GLOBAL.raw.hex() == "61dfe48bca93d211aa0d00e098032b8c"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8be4df61-93ca-11d2-aa0d-00e098032b8",
        "8be4df61-93ca-11d2-aa0d-00e098032b8c0",
        "8be4df6193ca11d2aa0d00e098032b8c",
        "{8be4df61-93ca-11d2-aa0d-00e098032b8c}",
        "8be4df61-93ca-11d2-aa0d_00e098032b8c",
        "8be4df61-93ca-11d2-aa0d-00e098032b8g",
        "8be4df61-93ca-11d2-aa0d-00e098032b 8",
        "8be4df61-93ca-11d2-aa0d-00e098032b8\N{ARABIC-INDIC DIGIT ONE}",
        " 8be4df61-93ca-11d2-aa0d-00e098032b8c",
    ],
)
def test_any_other_text_is_refused_with_the_form_it_should_have(text: str) -> None:
    with pytest.raises(ValueError, match="is not a GUID: write it as 8-4-4-4-12 hexadecimal digits"):
        Guid.parse(text)


@given(st.text(max_size=40))
def test_no_text_is_anything_but_parsed_or_refused(text: str) -> None:
    try:
        guid = Guid.parse(text)
    except ValueError:
        return
    assert str(guid) == text.lower()


@given(st.binary(max_size=40).filter(lambda raw: len(raw) != 16))
def test_any_other_number_of_bytes_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=f"a GUID has 16 bytes, not {len(raw)}"):
        Guid.decode(raw)


@given(RAW)
def test_a_guid_is_its_content(raw: bytes) -> None:
    guid = Guid.decode(raw)
    assert eval(repr(guid)) == guid  # noqa: S307 - repr says it is the expression that makes the value
    assert pickle.loads(pickle.dumps(guid)) == guid  # noqa: S301 - pickled on the same line
    assert copy.deepcopy(guid) == guid
    assert hash(Guid(bytes(raw))) == hash(guid)


def test_names_are_told_once_each() -> None:
    assert len(set(NAMES.values())) == len(NAMES)
    assert NAMES[ZERO] == "zero"
