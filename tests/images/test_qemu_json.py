"""QEMU's uefi-vars JSON: as QEMU, virt-firmware and uefivars write it, and with uefivars as the second reader and writer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from efirt.errors import DecodeError
from efirt.images import qemu_json
from efirt.images.contents import Contents
from efirt.images.qemu_json import JsonForm
from efirt.values.attributes import Attributes
from tests.images.records import DAY, HALF, ONE, PLAIN, PRIVATE, SIGNED, TWIN, accepted, wording

ENTRY: dict[str, Any] = {"guid": str(ONE), "name": "Plain", "attr": 7, "data": b"plain".hex()}
STAMP = {**ENTRY, "name": "Private", "attr": 0x27, "data": b"private".hex(), "time": DAY.encode().hex(), "digest": PRIVATE.digest.hex()}


def store(*entries: object, **more: object) -> bytes:
    return json.dumps({"version": 2, "variables": entries} | more, indent=4).encode()


def test_a_store_of_qemu_is_read_with_time_and_digest() -> None:
    read = qemu_json.decode(store(ENTRY, STAMP))
    assert (read.records, read.damage, read.beside) == ((PLAIN, PRIVATE), (), JsonForm())


def test_a_store_of_uefivars_calls_the_time_otherwise_and_keeps_doing_so() -> None:
    entry = {"timestamp" if name == "time" else name: value for name, value in STAMP.items()}
    read = qemu_json.decode(store(entry))
    assert (read.records, read.beside) == ((PRIVATE,), JsonForm(time_name="timestamp"))
    changed = json.loads(qemu_json.encode(read._replace(records=(PRIVATE, SIGNED))))
    assert [sorted(set(one) & {"time", "timestamp"}) for one in changed["variables"]] == [["timestamp"]] * 2


def test_a_bare_array_is_version_1_and_stays_one() -> None:
    read = qemu_json.decode(json.dumps([ENTRY]).encode())
    assert (read.records, read.beside) == ((PLAIN,), JsonForm(1, "timestamp"))
    assert json.loads(qemu_json.encode(read._replace(records=()))) == []


def test_an_empty_file_is_an_empty_store_as_qemu_has_it() -> None:
    read = qemu_json.decode(b"")
    assert read.records == ()
    assert qemu_json.encode(read) == b""
    assert json.loads(qemu_json.encode(read._replace(records=(PLAIN,))))["variables"] == [ENTRY]


def test_what_is_written_is_what_qemu_reads() -> None:
    whole = json.loads(qemu_json.encode(Contents((PLAIN, PRIVATE))))
    assert whole == {"version": 2, "variables": [ENTRY, STAMP]}


def test_an_authenticated_variable_has_a_time_even_if_it_is_zero() -> None:
    entry = json.loads(qemu_json.encode(Contents((PLAIN._replace(attributes=Attributes(0x27)),))))["variables"][0]
    assert entry["time"] == "00" * 16


def test_members_that_are_not_known_are_kept_through_a_change_and_told() -> None:
    read = qemu_json.decode(store({**ENTRY, "colour": "blue"}, STAMP, made_by=[1, 2]))
    assert read.beside == JsonForm(more='{"made_by": [1, 2]}', more_of=((PLAIN.key, '{"colour": "blue"}'),))
    changed = json.loads(qemu_json.encode(read._replace(records=(PRIVATE, PLAIN))))
    assert changed["made_by"] == [1, 2]
    assert [one.get("colour") for one in changed["variables"]] == [None, "blue"]
    assert JsonForm().sentences == ()
    assert read.beside.sentences == (
        'members that are not known: {"made_by": [1, 2]}',
        f'members of {PLAIN.key} that are not known: {{"colour": "blue"}}',
    )


def test_half_a_surrogate_pair_goes_there_and_back_and_two_halves_are_one_character() -> None:
    raw = qemu_json.encode(Contents((HALF,)))
    assert b"\\ud800" in raw
    assert qemu_json.decode(raw).records == (HALF,)
    halves = store({**ENTRY, "name": "\ud83d\ude00"})
    assert qemu_json.decode(halves).records[0].key.name == "\U0001f600"


@pytest.mark.parametrize("name", ["Grüße", "half \ud800", "", "nul\0"])
def test_a_name_that_qemu_would_read_as_another_is_told(name: str) -> None:
    odd = PLAIN._replace(key=PLAIN.key._replace(name=name))
    assert qemu_json.cannot_say(Contents((odd,))) == (f"the name of {odd.key}, which QEMU reads as another one: it takes ASCII only",)


def test_an_empty_value_is_written_and_told() -> None:
    empty = PLAIN._replace(data=b"")
    assert qemu_json.cannot_say(Contents((empty,))) == (f"variable {empty.key}: QEMU does not find one whose value is empty",)


def test_twins_are_two_and_of_one_key_qemu_finds_the_first() -> None:
    raw = store(ENTRY, {**ENTRY, "guid": str(TWIN.key.guid)}, {**ENTRY, "data": "00", "name": "Plain"})
    read = qemu_json.decode(raw)
    assert [record.data for record in read.variables] == [b"plain", b"plain"]
    assert [damage.offset for damage in read.damage] == [raw.rindex(b"{")]


def test_offsets_count_bytes_and_not_characters() -> None:
    raw = json.dumps([{**ENTRY, "name": "Grüße"}, {**ENTRY, "attr": -1}], ensure_ascii=False).encode()
    with pytest.raises(DecodeError) as caught:
        qemu_json.decode(raw)
    assert caught.value.offset == raw.rindex(b"{")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"guid": None}, "are strings"),
        ({"guid": "8be4df61"}, "not a GUID"),
        ({"name": 7}, "are strings"),
        ({"attr": "7"}, "32 bits"),
        ({"attr": True}, "32 bits"),
        ({"attr": 1 << 32}, "32 bits"),
        ({"attr": 7.0}, "32 bits"),
        ({"data": "0"}, "'data' is not written in hexadecimal"),
        ({"data": "0 0"}, "'data' is not written"),
        ({"data": None}, "'data' is not written"),
        ({"data": "ü0"}, "'data' is not written"),
        ({"time": "00"}, "time stamp is one, of 16 bytes"),
        ({"time": "00" * 16, "timestamp": "01" * 16}, "time stamp is one"),
        ({"digest": "x"}, "'digest' is not written"),
    ],
)
def test_a_variable_with_a_bad_member_says_where_it_stands_and_why(change: dict[str, object], words: str) -> None:
    raw = store(ENTRY, {**ENTRY, "name": "Bad"} | change)
    with pytest.raises(DecodeError, match="variable number 1") as caught:
        qemu_json.decode(raw)
    assert words in caught.value.why
    assert caught.value.offset == raw.rindex(b"{")


@pytest.mark.parametrize("missing", ["guid", "name", "attr", "data"])
def test_a_variable_without_a_member_is_refused(missing: str) -> None:
    with pytest.raises(DecodeError, match=f"it has no '{missing}'"):
        qemu_json.decode(store({name: value for name, value in ENTRY.items() if name != missing}))


@pytest.mark.parametrize(
    ("raw", "offset", "words"),
    [
        (b"{", 1, "this is no JSON"),
        ("ü".encode("latin-1"), 0, "no UTF-8"),
        ('{"variables": "ü" x}'.encode(), 19, "this is no JSON"),
        (b"{}", 0, 'no list of "variables"'),
        (b"7", 0, 'no list of "variables"'),
        (b'{"variables": {}}', 0, 'no list of "variables"'),
        (b'{"version": 3, "variables": []}', 0, "version 3"),
        (b'{"version": "2", "variables": []}', 0, "version '2'"),
        (b'{"version": true, "variables": []}', 0, "version True"),
        (b"[7]", 1, "it is no object"),
        (b'{"variables": [], "variables": []}', None, "'variables' twice"),
        (b'{"variables": [NaN]}', None, "NaN"),
        (b'{"variables": [], "x": -1e999}', None, "-1e999 is too large"),
        (b'{"variables": [], "x": ' + b"[" * 32 + b"]" * 32 + b"}", None, "deeper in one another than 32"),
        (b"[" * 100000, None, "cannot be read"),
        (b"[" + b"1" * 5000 + b"]", None, "cannot be read"),
        (b'{"version": "' + b"9" * 5000 + b'", "variables": []}', 0, "version '999"),
        (b" " * (qemu_json.SIZE_LIMIT + 1), qemu_json.SIZE_LIMIT, "more than a store"),
    ],
    ids=wording,
)
def test_what_cannot_be_read_says_where_and_why_in_few_words(raw: bytes, offset: int | None, words: str) -> None:
    with pytest.raises(DecodeError, match="uefi-vars JSON") as caught:
        qemu_json.decode(raw)
    assert caught.value.offset == offset
    assert words in caught.value.why
    assert len(str(caught.value)) < 400


def test_an_object_with_very_many_members_takes_no_time_to_speak_of(seconds: Callable[[Callable[[], object]], float]) -> None:
    def members(count: int) -> bytes:
        return b'{"x": 1, ' + b", ".join(b'"%d": 1' % number for number in range(count)) + b', "x": 2}'

    few, many = members(2_000), members(20_000)
    assert accepted(qemu_json.decode, few) is None
    assert seconds(lambda: accepted(qemu_json.decode, many)) < 60 * seconds(lambda: accepted(qemu_json.decode, few))


def test_a_json_file_is_known_by_its_beginning_only() -> None:
    known = [raw for raw in (b'{"x', b" {\n}", b"[ {", b"[]", b"[7]", b"{x", b"\0{}", b"", b"{") if qemu_json.looks_like(raw)]
    assert known == [b'{"x', b" {\n}", b"[ {", b"[]"]


def test_uefivars_reads_what_is_written_and_writes_what_is_read() -> None:
    second = pytest.importorskip("pyuefivars.json", reason="the Python package uefivars is not here").JSONUEFIVarStore
    form = JsonForm(time_name="timestamp")
    theirs = second(qemu_json.encode(Contents((PLAIN, TWIN, SIGNED, PRIVATE), beside=form)))
    assert [(one.name, one.data, one.guid, one.attr, one.timestamp, one.digest) for one in theirs.vars] == [
        ("Plain", b"plain", ONE.raw, 7, None, None),
        ("Plain", b"twin", TWIN.key.guid.raw, 3, None, None),
        ("Signed", b"signed", ONE.raw, 0x27, DAY.encode(), None),
        ("Private", b"private", ONE.raw, 0x27, DAY.encode(), PRIVATE.digest),
    ]
    raw = bytes(theirs)
    read = qemu_json.decode(raw)
    assert read.records == (PLAIN, TWIN, SIGNED, PRIVATE)
    assert qemu_json.encode(read) == raw


def test_virt_firmware_reads_what_is_written_and_writes_what_is_read() -> None:
    reason = "the Python package virt-firmware is not here"
    second = pytest.importorskip("virt.firmware.efi.efijson", reason=reason)
    theirs = json.loads(qemu_json.encode(Contents((PLAIN, SIGNED))), object_hook=second.efi_decode)  # it has no room for twins
    raw = json.dumps(theirs, cls=second.EfiJSONEncoder, indent=4).encode()
    read = qemu_json.decode(raw)
    assert read.records == (PLAIN, SIGNED)
    assert qemu_json.encode(read) == raw
