"""How faults are written, and what is said of those that make no sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.drivers.faults.spec import KINDS, parse
from efirt.ops import OPERATIONS
from tests.docs.pages import rows

WORDS = [*KINDS, "name", "nth", "status", "errno", "after", "A", "1", "2+", "0", "-1", "DEVICE_ERROR", "", "=", ":", ",", "\0", "\u0663"]


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        ("get:errno=5", 1),
        ("write:nth=3:status=OUT_OF_RESOURCES", 1),
        (" write:status=EFI_WRITE_PROTECTED , space=0 ", 2),
        ("GetTime:status=0x8000000000000007,vanish,power-cut:after=0", 3),
        ("next:name=A=B:nth=2+:status=NOT_FOUND", 1),
        ("space=100:", 0),
    ],
)
def test_faults_are_read(spec: str, count: int) -> None:
    if not count:
        with pytest.raises(ValueError, match="is not a fault"):
            parse(spec)
    else:
        assert len(parse(spec)) == count


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("", "there is no '', only get, write, next, query, any, Probe, "),
        ("get:errno=5,", "'' is not a fault: there is no ''"),
        ("gett:errno=5", "there is no 'gett'"),
        ("get", "it needs one of status=NAME and errno=NUMBER"),
        ("get:status=ABORTED:errno=5", "it needs one of status=NAME and errno=NUMBER"),
        ("get:status=NONESUCH", "'NONESUCH' is not an EFI status"),
        ("get:errno=EIO", "errno=EIO is not a number from 1 to 4095"),
        ("get:errno=0", "errno=0 is not a number from 1 to 4095"),
        ("get:errno=4096", "errno=4096 is not a number from 1 to 4095"),
        ("get:errno=99999999999999999999", "errno=99999999999999999999 is not a number from 1 to 4095"),
        ("get:nth=0:errno=5", "nth=0 is not a number from 1 to 999999999999999999"),
        ("get:nth=\u0663:errno=5", "is not a number from 1 to 999999999999999999"),
        ("get:nth=+:errno=5", "is not a number from 1 to 999999999999999999"),
        ("get:errno", "'errno' is not one of its options, each once with a value: name, nth, status, errno"),
        ("get:errno=", "'errno=' is not one of its options"),
        ("get:errno=5:errno=6", "'errno=6' is not one of its options"),
        ("get:after=5", "'after=5' is not one of its options"),
        ("get=5", "'get=5' is not one of its options"),
        ("GetTime:name=A:errno=5", "'name=A' is not one of its options, each once with a value: nth, status, errno"),
        ("space", "space= is not a number from 0 to 999999999999999999"),
        ("space=-1", "space=-1 is not a number from 0 to 999999999999999999"),
        ("space=" + "9" * 5000, "is not a number from 0 to 999999999999999999"),
        ("power-cut", "after= is not a number from 0 to 999999999999999999"),
        ("vanish:status=ABORTED", "'status=ABORTED' is not one of its options, each once with a value: name, nth"),
    ],
)
def test_what_makes_no_sense_is_one_sentence_that_says_why_and_what_to_write(spec: str, why: str) -> None:
    with pytest.raises(ValueError, match="is not a fault: ") as caught:
        parse(spec)
    assert why in str(caught.value)
    assert str(caught.value).endswith("write WHAT:OPTION=VALUE, such as write:nth=3:status=OUT_OF_RESOURCES, and join several by commas")


@given(st.text(max_size=20) | st.lists(st.sampled_from(WORDS) | st.sampled_from(":,="), max_size=12).map("".join))
def test_any_text_is_faults_or_a_value_error(spec: str) -> None:
    try:
        parse(spec)
    except ValueError as cause:
        assert "is not a fault: " in str(cause)  # noqa: PT017 - either is right


def test_the_documented_faults_are_those_there_are() -> None:
    shown = {row[0].strip("`").partition("=")[0]: row for row in rows("docs/how-to/testing.md", "Faults") if row[0].startswith("`")}
    for what, kind in KINDS.items():
        if what in shown and what != "space":
            assert [word.strip("`") for word in shown[what][1].split(", ")] == [*kind.options]
            if what not in {"vanish", "power-cut"}:
                assert shown[what][2].lower() == f"{kind.summary}."
    assert {what for what in KINDS if what not in shown} == {operation.__name__ for operation in OPERATIONS}


def test_every_operation_can_be_named_and_every_kind_says_what_it_does() -> None:
    assert {operation.__name__ for operation in OPERATIONS} <= KINDS.keys()
    assert all(kind.summary for kind in KINDS.values())
