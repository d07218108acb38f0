"""What holds for every format: nothing is lost in silence, what was only read is written back as it was, any bytes get an answer."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.images import auth, aws, aws_dictionary, dmpstore, efivar_export, esl, qemu_json, xapi
from efirt.images.contents import Contents
from efirt.images.detect import FORMATS, detect
from efirt.payloads.authentication import AuthenticatedValue
from efirt.payloads.signature_list import SHA256, Signature, SignatureDatabase, SignatureList
from efirt.store import Record
from tests.images.records import COUNTED, DAY, HALF, LISTS, ONE, ORDINARY, PLAIN, PRIVATE, SIGNED, TWIN, accepted

NO_DICTIONARY = "the dictionary of Amazon's blobs is not here: install the Python package uefivars"
DICTIONARY = aws_dictionary.installed() or b""
LISTED = SignatureDatabase((SignatureList.of(SHA256, Signature(ONE, bytes(32)), Signature(ONE, bytes(range(32)))),)).encode()


class Functions(NamedTuple):
    """A format's functions, and a file of it."""

    decode: Callable[[bytes], Contents]
    encode: Callable[[Contents], bytes]
    cannot_say: Callable[[Contents], tuple[str, ...]]
    sample: Contents


SAMPLES = Contents((PLAIN, TWIN, SIGNED, PRIVATE))
CODECS = {
    "aws": Functions(lambda data: aws.decode(data, DICTIONARY), lambda one: aws.encode(one, DICTIONARY), aws.cannot_say, SAMPLES),
    "qemu-json": Functions(qemu_json.decode, qemu_json.encode, qemu_json.cannot_say, SAMPLES),
    "xapi": Functions(xapi.decode, xapi.encode, xapi.cannot_say, SAMPLES),
    "dmpstore": Functions(dmpstore.decode, dmpstore.encode, dmpstore.cannot_say, Contents((PLAIN, TWIN))),
    "efivar": Functions(efivar_export.decode, efivar_export.encode, efivar_export.cannot_say, Contents((PLAIN,))),
    "esl": Functions(esl.decode, esl.encode, esl.cannot_say, esl.decode(LISTED)),
    "auth": Functions(auth.decode, auth.encode, auth.cannot_say, auth.decode(AuthenticatedValue(DAY, b"signature", LISTED).encode())),
}
NAMES_OUTSIDE = {"esl", "auth"}


@pytest.fixture(scope="module", params=CODECS)
def name(request: pytest.FixtureRequest) -> str:
    if request.param == "aws" and not DICTIONARY:
        pytest.skip(NO_DICTIONARY)
    return str(request.param)


def test_every_format_is_tested_here() -> None:
    assert {*CODECS} == {*FORMATS}
    assert all(name == form.codec.NAME for name, form in FORMATS.items())


def test_a_file_is_detected_as_what_it_is(name: str) -> None:
    assert detect(CODECS[name].encode(CODECS[name].sample)) == name


def test_what_is_written_reads_as_it_was(name: str) -> None:
    codec = CODECS[name]
    assert codec.cannot_say(codec.sample) == ()
    again = codec.decode(codec.encode(codec.sample))
    assert again.records == codec.sample.records
    assert again.damage == ()


@given(data=st.data())
def test_what_a_format_does_not_say_it_cannot_say_is_kept(name: str, data: st.DataObject) -> None:
    codec = CODECS[name]
    records = data.draw(LISTS)
    contents = Contents(records)
    lost = codec.cannot_say(contents)
    try:
        written = codec.encode(contents)
    except ValueError:
        assert lost
        return
    again = codec.decode(written)
    if not lost:
        assert [without_key(record, name) for record in again.records] == [without_key(record, name) for record in records]
    second = codec.decode(codec.encode(again._replace(source=None)))
    assert second.records == again.records


@given(records=ORDINARY)
@pytest.mark.parametrize("rich", ["aws", "qemu-json", "xapi"])
def test_an_ordinary_store_goes_there_and_back(rich: str, records: tuple[Record, ...]) -> None:
    if rich == "aws" and not DICTIONARY:
        pytest.skip(NO_DICTIONARY)
    codec = CODECS[rich]
    assert codec.cannot_say(Contents(records)) == ()
    again = codec.decode(codec.encode(Contents(records)))
    assert (again.records, again.damage, again.variables, again.hidden) == (records, (), records, ())


def without_key(record: Record, name: str) -> object:
    return record[1:] if name in NAMES_OUTSIDE else record


@given(data=st.data())
def test_a_file_that_was_only_read_is_written_back_byte_for_byte(name: str, data: st.DataObject) -> None:
    codec = CODECS[name]
    try:
        raw = bytearray(codec.encode(Contents(data.draw(LISTS))))
    except ValueError:
        raw = bytearray(codec.encode(codec.sample))
    for offset, value in data.draw(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.binary(max_size=3)), max_size=2)):
        raw[offset : offset + len(value)] = value
    read = accepted(codec.decode, bytes(raw))
    if read is not None:
        assert codec.encode(read) == raw


@given(data=st.data())
def test_any_bytes_are_read_or_refused_with_a_reason(name: str, data: st.DataObject) -> None:
    codec = CODECS[name]
    whole = codec.encode(codec.sample)
    for raw in (data.draw(st.binary(max_size=200)), whole[: data.draw(st.integers(0, len(whole)))] + data.draw(st.binary(max_size=80))):
        accepted(codec.decode, raw)
        form = FORMATS[name].codec
        assert form.looks_like(raw) in {True, False}


def test_every_cut_is_refused(name: str) -> None:
    codec = CODECS[name]
    whole = codec.encode(codec.sample)
    refused = [accepted(codec.decode, whole[:size]) is None for size in range(len(whole))]
    shorter = {"qemu-json": {0}, "dmpstore": {len(dmpstore.encode(Contents((PLAIN,))))}}.get(name, set())
    if name == "esl":
        return  # any number of lists is a file
    if name == "auth":
        shorter = set(range(40 + len(b"signature"), len(whole)))  # any value is one
    assert {size for size, was in enumerate(refused) if not was} == shorter


def test_a_change_is_written(name: str) -> None:
    codec = CODECS[name]
    read = codec.decode(codec.encode(codec.sample))
    changed = read._replace(records=(read.records[0]._replace(data=LISTED * 2), *read.records[1:]))
    assert codec.decode(codec.encode(changed)).records == changed.records


def test_counts_are_what_no_file_but_an_edk2_one_has_room_for(name: str) -> None:
    sentences = CODECS[name].cannot_say(Contents((COUNTED._replace(data=LISTED),)))
    assert [sentence for sentence in sentences if "monotonic count" in sentence or "public key index" in sentence] == [
        f"the monotonic count of {COUNTED.key}",
        f"the public key index of {COUNTED.key}",
    ]


def test_half_a_surrogate_pair_is_kept_or_told(name: str) -> None:
    codec = CODECS[name]
    contents = Contents((HALF._replace(data=LISTED),))
    if name == "aws":
        assert codec.cannot_say(contents) == (f"variable {HALF.key}: its name has half a surrogate pair, which is no UTF-8",)
        assert codec.decode(codec.encode(contents)).records == ()
    elif name not in NAMES_OUTSIDE:
        assert codec.decode(codec.encode(contents)).records[0].key == HALF.key


def test_what_another_format_says_beside_variables_is_told(name: str) -> None:
    codec = CODECS[name]
    state = xapi.VarstoredState(2, b"12345678", 1, bytes(255) + b"\x01")
    sentences = {*codec.cannot_say(codec.sample._replace(beside=state))} - {*codec.cannot_say(codec.sample._replace(beside=None))}
    told = {"the key of the memory overwrite request", "the TPM's physical presence requests"}
    assert sentences == (set() if name == "xapi" else told)


@pytest.mark.parametrize("single", [name for name, form in FORMATS.items() if form.is_single])
@pytest.mark.parametrize("records", [(), (PLAIN._replace(data=LISTED), TWIN._replace(data=LISTED))], ids=["none", "two"])
def test_a_format_of_one_variable_refuses_more_and_fewer(single: str, records: tuple[Record, ...]) -> None:
    codec = CODECS[single]
    assert f"{len(records)} variables: it holds one" in codec.cannot_say(Contents(records))
    with pytest.raises(ValueError, match="choose one"):
        codec.encode(Contents(records))


def test_attributes_of_more_than_32_bits_are_the_callers_mistake(name: str) -> None:
    if name in NAMES_OUTSIDE:
        return
    codec = CODECS[name]
    with pytest.raises(ValueError, match="fit"):
        codec.encode(Contents((PLAIN._replace(attributes=PLAIN.attributes.__class__(1 << 32)),)))


def test_a_repeated_key_is_kept_and_told(name: str) -> None:
    codec = CODECS[name]
    if FORMATS[name].is_single:
        return
    read = codec.decode(codec.encode(Contents((PLAIN, TWIN, PLAIN._replace(data=b"again")))))
    assert [record.data for record in read.records] == [b"plain", b"twin", b"again"]
    assert [damage.what.partition(",")[0] for damage in read.damage] == [f"{PLAIN.key} stands here again"]
    found = {"xapi": [b"twin", b"again"], "dmpstore": [b"twin", b"again"]}.get(name, [b"plain", b"twin"])
    assert [record.data for record in read.variables] == found
