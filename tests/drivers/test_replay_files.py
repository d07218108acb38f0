"""Files that are no recordings, or damaged, or hostile: one DecodeError that says which line, and never anything else."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from efirt.drivers.replay import Replay, open_driver
from efirt.errors import DecodeError, DriverError
from efirt.ops import GetVariable
from efirt.ops.recording import Recording
from tests.drivers.held import ORDER, answers_of, recorded, sequence

HEAD = '{"efirt-recording": 1, "driver": "xen", "carried": ["GetTime"], "not_carried": {}}'
STEP = '{"op": {"op": "GetTime"}, "reply": {"status": 0}}'


def test_the_lines_of_this_file_are_good() -> None:
    recording = Recording.decode(f"{HEAD}\n{STEP}\n{STEP}\n".encode(), "it")
    assert [step.line for step in recording.steps] == [2, 3]
    assert not recording.cut_off


@pytest.mark.parametrize(
    ("lines", "number", "why"),
    [
        (["text"], 1, "it is not JSON: Expecting value"),
        (["[]"], 1, "it is not an object of JSON"),
        (["{}"], 1, "it does not say that this is a recording of efirt's"),
        ([STEP], 1, "it does not say that this is a recording of efirt's"),
        ([HEAD.replace("1", "2")], 1, "the recording has format 2, and this reads format 1"),
        ([HEAD.replace("1", "[" * 10 + "]" * 10)], 1, "the recording has format "),
        ([HEAD.replace('"driver"', '"drover"')], 1, "it has no member 'driver'"),
        ([HEAD.replace('"xen"', "5")], 1, "driver, carried and not_carried are not a name, a list and an object"),
        ([HEAD.replace('"xen"', '""')], 1, "the driver's name is no name"),
        ([HEAD.replace('"xen"', '"\\u001b]0;x"')], 1, "the driver's name is no name"),
        ([HEAD.replace("GetTime", "GetTaxes")], 1, "'GetTaxes' is not an operation"),
        ([HEAD.replace('["GetTime"]', "[[]]")], 1, "[] is not an operation"),
        ([HEAD.replace("{}", '{"x": ""}')], 1, "'x' is not an operation"),
        ([HEAD, ""], 2, "it is not JSON"),
        ([HEAD, STEP, "{", STEP], 3, "it is not JSON: Expecting property name"),
        ([HEAD, STEP, STEP[:-1]], 3, "it is not JSON: Expecting ',' delimiter"),
        ([HEAD, "{}"], 2, "it has no member 'op'"),
        ([HEAD, '{"op": {"op": "GetTime"}}'], 2, "it has no member 'reply'"),
        ([HEAD, STEP.replace("GetTime", "x")], 2, "is not an operation"),
        ([HEAD, STEP.replace("0", '"0"')], 2, "is not a reply: '0' is not an integer of 64 bits"),
        ([HEAD, STEP.replace('"reply"', '"error"')], 2, "is not an error: 'kind'"),
        ([HEAD, "[" * 100_000], 2, ""),
        ([HEAD, '{"op": ' + "9" * 5000 + "}"], 2, ""),
    ],
)
def test_a_line_that_is_wrong_is_named_with_what_is_wrong(lines: list[str], number: int, why: str) -> None:
    with pytest.raises(DecodeError) as caught:
        Recording.decode("".join(f"{line}\n" for line in lines).encode(), "the recording a")
    assert caught.value.where == f"the recording a, line {number}"
    assert why in caught.value.why
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("data", [b"", HEAD.encode()])
def test_a_file_without_a_whole_line_says_that_it_is_none(data: bytes) -> None:
    with pytest.raises(DecodeError, match="it has no first line that says what it is; make one with --record FILE"):
        Recording.decode(data, "it")


def test_bytes_that_are_no_text_are_a_decode_error() -> None:
    with pytest.raises(DecodeError, match="it, line 1, at byte 0: 'utf-8' codec can't decode"):
        Recording.decode(b"\xff\xfe{\n", "it")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_recording_or_a_decode_error(data: bytes) -> None:
    with pytest.raises(DecodeError):
        Recording.decode(data + b"\n", "it")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["GetVariable", "GetTime", "00"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    path = tmp_path_factory.mktemp("good") / "a.jsonl"
    recorded("simulated", path, sequence(60))
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_good_recording_with_any_value_changed_is_read_or_a_decode_error_and_can_be_asked(good: list[Any], data: st.DataObject) -> None:
    lines = json.loads(json.dumps(good))
    place = lines[data.draw(st.integers(0, len(lines) - 1))]
    while True:
        name = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if not isinstance(place[name], dict | list) or not place[name] or data.draw(st.booleans()):
            place[name] = data.draw(VALUES)
            break
        place = place[name]
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    try:
        recording = Recording.decode(text, "it")
    except DecodeError:
        return
    for answer in answers_of(Replay(recording, "it"), sequence(60)):
        assert not isinstance(answer, Exception) or isinstance(answer, DriverError | ValueError)


def test_a_file_that_is_not_there_is_the_driver_s_error(tmp_path: Path) -> None:
    with pytest.raises(
        DriverError, match="cannot be read: No such file or directory; give the path of a file made with --record"
    ) as caught:
        open_driver(str(tmp_path / "absent"))
    assert caught.value.os_errno == 2
    with pytest.raises(DriverError, match="cannot be read: Is a directory"):
        open_driver(str(tmp_path))
    with pytest.raises(DriverError, match="cannot be read: embedded null byte"):
        open_driver("a\0b")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_file_without_an_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("efirt.drivers.replay._LARGEST", 1 << 20)
    with pytest.raises(DecodeError, match="it is larger than 1 MiB, which no recording is"):
        open_driver("/dev/zero")


@pytest.mark.parametrize(
    ("argument", "options"), [("", {}), ("a", {"order": "random"}), ("a", {"colour": "red"}), ("a", {"order": "any", "x": ""})]
)
def test_a_name_that_makes_no_sense_is_a_value_error(argument: str, options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"write replay:FILE, or replay:FILE\?order=any"):
        open_driver(argument, options)


def test_a_recording_of_nothing_is_one(tmp_path: Path) -> None:
    recorded("simulated", tmp_path / "a.jsonl", [])
    assert open_driver(str(tmp_path / "a.jsonl")).left == 0
    answer = answers_of(open_driver(str(tmp_path / "a.jsonl")), [GetVariable(ORDER)])[0]
    assert "has no call 1" in str(answer)
