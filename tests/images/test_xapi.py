"""varstored's blob, against a writer of the test's own that shares no code with the reader."""

from base64 import b64encode
from struct import pack

import pytest

from efirt.errors import DecodeError
from efirt.images import xapi
from efirt.images.contents import Contents
from efirt.images.xapi import VarstoredState
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from tests.images.records import DAY, ONE, PLAIN, PRIVATE, SIGNED, TWIN, wording


def variable(  # noqa: PLR0913 - as many as it has members
    name: str, data: bytes, guid: bytes = ONE.raw, attributes: int = 7, *, time: bytes = bytes(16), digest: bytes = bytes(32)
) -> bytes:
    """Lay a variable as varstored does."""
    units = name.encode("utf-16-le")
    return pack("<Q", len(units)) + units + pack("<Q", len(data)) + data + guid + pack("<I", attributes) + time + digest


def blob(*variables: bytes, version: int = 1, more: bytes = b"", count: int | None = None, size: int | None = None) -> bytes:
    body = b"".join(variables)
    return b"VARS" + pack("<IQQ", version, len(variables) if count is None else count, len(body) if size is None else size) + more + body


A = variable("A", b"1")
PRIVATE_RAW = variable("Private", b"private", attributes=0x27, time=DAY.encode(), digest=PRIVATE.digest)
MORE = b"12345678" + pack("<I", 3) + bytes(range(256))


def test_a_blob_of_version_1_is_read() -> None:
    read = xapi.decode(blob(variable("Plain", b"plain"), PRIVATE_RAW))
    assert read.records == (PLAIN, PRIVATE)
    assert (read.beside, read.damage) == (VarstoredState(1), ())


def test_a_blob_of_version_2_has_a_key_and_the_tpms_requests_before_the_variables() -> None:
    raw = blob(A, version=2, more=MORE)
    read = xapi.decode(raw)
    assert read.beside == VarstoredState(2, b"12345678", 3, bytes(range(256)))
    assert xapi.encode(read._replace(source=None)) == raw


def test_what_is_written_is_what_varstored_would_have_written() -> None:
    written = xapi.encode(Contents((PLAIN, PRIVATE), beside=VarstoredState(1)))
    assert written == blob(variable("Plain", b"plain"), PRIVATE_RAW)
    assert xapi.encode(Contents((PLAIN,))) == blob(variable("Plain", b"plain"), version=2, more=bytes(8 + 0x104))


def test_base64_is_read_and_written_back_as_base64() -> None:
    raw = b64encode(blob(A))
    read = xapi.decode(raw + b"\n")
    assert read.beside == VarstoredState(1, is_base64=True)
    assert xapi.encode(read) == raw + b"\n"
    assert xapi.encode(read._replace(source=None)) == raw


def test_volatile_variables_of_a_suspended_guest_are_read() -> None:
    assert xapi.decode(blob(variable("BootCurrent", b"\1\0", attributes=6))).records[0].attributes == Attributes(6)


def test_varstored_finds_the_last_of_two_since_it_reads_into_a_list_from_the_front() -> None:
    read = xapi.decode(blob(A, variable("A", b"2")))
    assert [record.data for record in read.variables] == [b"2"]
    assert read.damage[0].offset == 24 + len(A)


def test_a_size_that_varstored_does_not_look_at_is_damage() -> None:
    read = xapi.decode(blob(A, size=7))
    assert [str(damage) for damage in read.damage] == [f"at byte 16: it claims 7 bytes of variables, and there are {len(A)}"]
    assert xapi.encode(read) == blob(A, size=7)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (variable("", b"1"), "names of 2 to 4096 bytes, and this has 0"),
        (variable("n" * 2049, b"1"), "names of 2 to 4096 bytes, and this has 4098"),
        (variable("A", b""), "values of 1 to 57344 bytes, and this has 0"),
        (variable("A", bytes(57345)), "values of 1 to 57344 bytes, and this has 57345"),
    ],
    ids=["no-name", "long-name", "no-value", "long-value"],
)
def test_what_varstored_refuses_is_read_told_and_not_written(raw: bytes, words: str) -> None:
    read = xapi.decode(blob(raw, variable("B", b"2")))
    assert [damage.offset for damage in read.damage] == [24]
    assert words in read.damage[0].what
    assert [words in sentence for sentence in xapi.cannot_say(read)] == [True]
    assert [record.key.name for record in xapi.decode(xapi.encode(read._replace(source=None))).records] == ["B"]


def test_more_variables_than_varstored_takes_are_told_and_left_out() -> None:
    records = tuple(Record(Key(f"V{number}", ONE), Attributes(7), b"x") for number in range(1026))
    assert xapi.cannot_say(Contents(records)) == tuple(f"variable {record.key}: varstored takes 1024 at most" for record in records[1024:])
    assert xapi.decode(xapi.encode(Contents(records))).records == records[:1024]
    read = xapi.decode(blob(*(variable(f"V{number}", b"x") for number in range(1025))))
    assert "1025 variables" in read.damage[0].what


def test_a_blob_that_is_too_large_for_varstored_is_told() -> None:
    records = tuple(Record(Key(f"V{number}", ONE), Attributes(7), bytes(50000)) for number in range(3))
    assert xapi.cannot_say(Contents(records)) == (f"a blob of {len(xapi.encode(Contents(records)))} bytes: varstored reads 131072 at most",)


@pytest.mark.parametrize("digest", [b"short", bytes(48), bytes(32)], ids=["5-bytes", "48-bytes", "zeros"])
def test_a_digest_that_has_no_room_is_told(digest: bytes) -> None:
    contents = Contents((SIGNED._replace(digest=digest),))
    assert xapi.cannot_say(contents) == (f"who may write {SIGNED.key}, a digest of {len(digest)} bytes",)
    assert xapi.decode(xapi.encode(contents)).records == (SIGNED,)


def test_twins_under_two_guids_stay_two() -> None:
    assert xapi.decode(blob(variable("Plain", b"plain"), variable("Plain", b"twin", TWIN.key.guid.raw, 3))).variables == (PLAIN, TWIN)


HUGE = pack("<Q", 2**63)


@pytest.mark.parametrize(
    ("raw", "offset", "words"),
    [
        (b"", 0, "its header should have 24 bytes"),
        (b"VARX" + blob(A)[4:], 0, "b'VARX'"),
        (blob(A, version=3), 4, "version 3"),
        (blob(A, version=2), 24, "the memory overwrite key"),
        (blob(A, count=2), 8, "claims 2 variables"),
        (blob(A, count=2**64 - 1), 8, "claims 18446744073709551615 variables"),
        (blob(A)[:24] + HUGE + blob(A)[32:], 32, "a name should have 9223372036854775808 bytes"),
        (blob(A)[:24] + pack("<Q", 3) + blob(A)[32:], 24, "cannot have 3 bytes"),
        (blob(A)[:34] + HUGE + blob(A)[42:], 42, "a value should have"),
        (blob(A) + b"x", 24 + len(A), "1 bytes stand behind the last variable"),
        (blob(count=0) + b"xx", 24, "2 bytes stand behind"),
        (b"VkFSU!!!", None, "it begins as base64"),
    ],
    ids=wording,
)
def test_what_cannot_be_read_says_where_and_why(raw: bytes, offset: int | None, words: str) -> None:
    with pytest.raises(DecodeError, match="XAPI blob") as caught:
        xapi.decode(raw)
    assert caught.value.offset == offset
    assert words in caught.value.why
