"""Nothing that firmware says reaches a terminal unescaped, and no two names look the same."""

import contextlib
import io
import json
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from efirt.cli.hexdump import hexdump
from efirt.cli.main import main
from efirt.wire import escape
from tests.cli.fakes import holding, over

HOSTILE = "\x1b]0;x\x07\x9b2J\u202e\u2066\u2069\x00\n\r\t\x7f\\\ud800\udfff\u200b\ufeff\U000e0041"
NAMES = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=20) | st.text(
    st.sampled_from(HOSTILE.replace("\0", "") + "aé"), min_size=1
)


def obeyed(text: str) -> set[str]:
    """What a terminal would obey, or show in another order, or not at all."""
    return {c for c in text.replace("\n", "") if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"}


def written(*words: str, name: str, data: bytes = b"") -> str:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(words, open_runtime=over(holding([name], data)))
    return out.getvalue() + err.getvalue()


@given(NAMES, st.binary(max_size=40))
@example(HOSTILE.replace("\0", ""), HOSTILE.encode("utf-8", "surrogatepass"))
def test_a_list_holds_nothing_that_a_terminal_obeys(name: str, data: bytes) -> None:
    text = written("list", "--data", name=name, data=data)
    assert obeyed(text) == set()
    assert text.count("\n") == 2 + -(-len(data) // 16)


@given(NAMES, st.binary(max_size=40))
@example("\x7f\x9b", b"")
def test_json_holds_nothing_that_a_terminal_obeys_and_loses_nothing(name: str, data: bytes) -> None:
    text = written("list", "--data", "--json", name=name, data=data)
    assert obeyed(text) == set()
    assert text.isascii()
    assert (json.loads(text)[0]["name"], json.loads(text)[0]["data"]) == (name, data.hex())


@given(NAMES)
def test_an_error_holds_nothing_that_a_terminal_obeys(name: str) -> None:
    text = written("get", "--", name, name="other")
    assert obeyed(text) == set()
    assert text.count("\n") == 1


@given(NAMES, NAMES)
@example("\\x1b", "\x1b")
def test_two_names_never_look_the_same(one: str, other: str) -> None:
    assert (escape.name(one) == escape.name(other)) == (one == other)


def test_what_escapes_look_like() -> None:
    assert escape.name("a\x1b\x85\u202e\ud800\U000e0041\\é") == "a\\x1b\\x85\\u202e\\ud800\\U000e0041\\\\é"


@given(st.binary(max_size=100))
def test_a_dump_is_ascii_and_holds_every_byte(data: bytes) -> None:
    lines = list(hexdump(data))
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert bytes.fromhex("".join(line[10:58] for line in lines)) == data
