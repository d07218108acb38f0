"""The names of crash dumps, of each age of Linux."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.payloads.pstore import Dump, DumpName


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("dump-type0-1-1-1700000000-C", DumpName(0, 1, 1, 1700000000, is_compressed=True)),
        ("dump-type0-12-3-1700000000-D", DumpName(0, 12, 3, 1700000000, is_compressed=False)),
        ("dump-type0-1-1-1700000000", DumpName(0, 1, 1, 1700000000, None)),
        ("dump-type2-1-1700000000", DumpName(2, 1, None, 1700000000, None)),
    ],
)
def test_a_name_says_when_and_which_part(name: str, read: DumpName) -> None:
    assert DumpName.parse(name) == read
    assert str(read) == name


OTHERS = """
    dump-type dump-type0 dump-type0-1 dump-type0-1-1-2-X dump-type0-1-1-2-3-C dump-typex-1-1-2-C xdump-type0-1-1-2-C
    dump-type00-1-1-2-C dump-type0-1--1-2-C dump-type0-1-1-999999999999999999999999999999-C dump-type0-1-1-C
"""


@pytest.mark.parametrize("name", ["", *OTHERS.split()])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a crash dump"):
        DumpName.parse(name)


@given(st.text("dump-type0123CD", max_size=30))
def test_what_is_read_is_written_again(text: str) -> None:
    name = f"dump-type{text}"
    try:
        read = DumpName.parse(name)
    except ValueError:
        return
    assert str(read) == name


def test_a_compressed_piece_is_no_text() -> None:
    assert Dump.decode(b"\x78\x9c\0\1").as_json() == {"size": 4, "text": None}
    assert Dump.decode(b"Oops\n").as_json() == {"size": 5, "text": "Oops\n"}
