"""Amazon's blob, with uefivars as the second reader and writer: its dictionary is theirs, and not part of this repository."""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from struct import pack
from types import SimpleNamespace
from typing import Any

import pytest

from efirt.errors import DecodeError
from efirt.images import aws, aws_dictionary
from efirt.images.aws import AwsForm
from efirt.images.contents import Contents
from efirt.values.attributes import Attributes
from efirt.wire.crc32c import crc32c
from tests.images.records import DAY, ONE, PLAIN, PRIVATE, SIGNED, TWIN, wording

DICTIONARY = aws_dictionary.installed() or b""
needs_dictionary = pytest.mark.skipif(
    not DICTIONARY, reason="the dictionary of Amazon's blobs is not here: install the Python package uefivars"
)


def variable(name: bytes, data: bytes, attributes: int = 7, signed: bytes = b"") -> bytes:
    return pack("<Q", len(name)) + name + pack("<Q", len(data)) + data + ONE.raw + pack("<I", attributes) + signed


def blob(  # noqa: PLR0913 - as many as can be wrong
    payload: bytes, *, version: int = 0, wanted: bytes = DICTIONARY, cut: int = 0, tail: bytes = b"", checksum: int | None = None
) -> bytes:
    packer = zlib.compressobj(9, zdict=wanted)
    packed = packer.compress(payload) + packer.flush()
    body = pack("<I", version) + packed[: len(packed) - cut] + tail
    return b64encode(b"AMZNUEFI" + pack("<I", crc32c(body) if checksum is None else checksum) + body)


PLAIN_RAW = variable(b"Plain", b"plain")
PRIVATE_RAW = variable(b"Private", b"private", 0x27, DAY.encode() + pack("<Q", 32) + PRIVATE.digest)
SIGNED_RAW = variable(b"Signed", b"signed", 0x27, DAY.encode() + pack("<Q", 32) + bytes(32))
PAYLOAD = pack("<Q", 3) + PLAIN_RAW + PRIVATE_RAW + SIGNED_RAW


@needs_dictionary
def test_a_blob_is_read_and_written() -> None:
    raw = blob(PAYLOAD)
    read = aws.decode(raw, DICTIONARY)
    assert (read.records, read.damage, read.beside) == ((PLAIN, PRIVATE, SIGNED), (), AwsForm(32))
    assert aws.encode(Contents(read.records), DICTIONARY) == raw


@needs_dictionary
def test_a_digest_of_no_bytes_is_none_too_and_stays_so() -> None:
    raw = blob(pack("<Q", 1) + variable(b"Signed", b"signed", 0x27, DAY.encode() + pack("<Q", 0)))
    read = aws.decode(raw, DICTIONARY)
    assert (read.records, read.beside) == ((SIGNED,), AwsForm(0))
    assert aws.encode(read._replace(source=None), DICTIONARY) == raw


@needs_dictionary
def test_lines_in_the_base64_and_another_compression_are_written_back() -> None:
    raw = blob(PAYLOAD) + b"\n\n"
    assert aws.encode(aws.decode(raw, DICTIONARY), DICTIONARY) == raw
    packer = zlib.compressobj(0, zdict=DICTIONARY)
    body = bytes(4) + packer.compress(PAYLOAD) + packer.flush()
    stored = b64encode(b"AMZNUEFI" + pack("<I", crc32c(body)) + body)
    assert aws.encode(aws.decode(stored, DICTIONARY), DICTIONARY) == stored != raw.strip()


@needs_dictionary
def test_time_and_digest_of_a_variable_that_is_not_authenticated_have_no_room() -> None:
    odd = PRIVATE._replace(attributes=Attributes(7))
    assert aws.cannot_say(Contents((odd,))) == (f"the time stamp of {odd.key}", f"who may write {odd.key}")
    assert aws.decode(aws.encode(Contents((odd,)), DICTIONARY), DICTIONARY).records == (PLAIN._replace(key=odd.key, data=b"private"),)
    zeros = PRIVATE._replace(digest=bytes(32))
    assert aws.cannot_say(Contents((zeros,))) == (f"who may write {zeros.key}, a digest of zeros",)


@needs_dictionary
def test_any_size_of_digest_is_kept() -> None:
    records = (PRIVATE._replace(digest=bytes(48)), SIGNED._replace(digest=b"x" * 700))
    assert aws.cannot_say(Contents(records)) == ()
    assert aws.decode(aws.encode(Contents(records), DICTIONARY), DICTIONARY).records == records


def test_without_a_dictionary_the_advice_is_where_to_get_it() -> None:
    with pytest.raises(DecodeError, match="install the Python package uefivars"):
        aws.decode(blob(PAYLOAD, wanted=b"any"))
    with pytest.raises(ValueError, match="install the Python package uefivars"):
        aws.encode(Contents(()))


def test_another_dictionary_is_refused_by_its_checksum() -> None:
    with pytest.raises(DecodeError, match="not Amazon's dictionary"):
        aws.decode(blob(PAYLOAD, wanted=b"any"), b"any")
    with pytest.raises(ValueError, match="not Amazon's dictionary"):
        aws.encode(Contents(()), b"any")


@needs_dictionary
@pytest.mark.parametrize(
    ("raw", "offset", "words"),
    [
        (b"", 0, "it begins with b''"),
        (b64encode(b"AMZNUEFJ" + bytes(20)), 0, "it begins with b'AMZNUEFJ'"),
        (b"QU1aTlVFRk!!", None, "is none"),
        (b64encode(b"AMZNUEFI"), 0, "its header should have 16"),
        (blob(PAYLOAD, checksum=0), 8, "0x00000000 stands here"),
        (blob(PAYLOAD, version=1), 12, "version 1"),
        (blob(PAYLOAD, cut=3), 16, "cut short"),
        (blob(PAYLOAD, tail=b"xyz"), -3, "something stands behind"),
        (blob(PAYLOAD, wanted=b"another dictionary"), 16, "cannot be unpacked"),
        (blob(b""), 0, "the number of variables should have 8"),
        (blob(pack("<Q", 2**64 - 1) + PLAIN_RAW), 0, "claims 18446744073709551615 variables"),
        (blob(pack("<Q", 1) + pack("<Q", 2**63) + bytes(40)), 16, "a name should have 9223372036854775808"),
        (blob(pack("<Q", 1) + variable(b"A\xff", b"x")), 17, "no UTF-8"),
        (blob(pack("<Q", 1) + variable(b"\xed\xa0\x80", b"x")), 16, "no UTF-8"),
        (blob(pack("<Q", 1) + variable(b"A", b"x", 0x27) + bytes(10)), 46, "a time stamp should have 16"),
        (blob(PAYLOAD + b"x"), len(PAYLOAD), "1 bytes stand behind"),
        (b"QU1aTlVFRk" + b"A" * aws.SIZE_LIMIT, aws.SIZE_LIMIT, "more than such a blob"),
    ],
    ids=wording,
)
def test_what_cannot_be_read_says_where_and_why(raw: bytes, offset: int | None, words: str) -> None:
    with pytest.raises(DecodeError, match="AWS blob") as caught:
        aws.decode(raw, DICTIONARY)
    assert words in caught.value.why
    assert caught.value.offset == (offset if offset is None or offset >= 0 else len(b64decode(raw)) + offset)


@needs_dictionary
def test_a_bomb_is_let_off_up_to_its_limit_and_no_further() -> None:
    bomb = blob(bytes(64 << 20))
    assert len(bomb) < aws.SIZE_LIMIT
    with pytest.raises(DecodeError, match=f"more than {aws.UNPACKED_LIMIT} bytes"):
        aws.decode(bomb, DICTIONARY)
    assert "claims 0" not in str(aws.decode(blob(bytes(8)), DICTIONARY).damage)


@needs_dictionary
def test_more_than_it_would_read_again_is_not_written() -> None:
    with pytest.raises(ValueError, match="more than such a blob"):
        aws.encode(Contents((PLAIN._replace(data=bytes(aws.UNPACKED_LIMIT)),)), DICTIONARY)


def leaking(test: Callable[..., None]) -> Callable[..., None]:
    """Let uefivars leave its temporary files open."""
    for warning in ("ignore:Unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"):
        test = pytest.mark.filterwarnings(warning)(test)
    return test


@pytest.fixture
def second() -> Any:
    return pytest.importorskip("pyuefivars.aws", reason="the Python package uefivars is not here").AWSUEFIVarStore


@leaking
def test_uefivars_reads_what_is_written(second: Any) -> None:
    theirs = second(aws.encode(Contents((PLAIN, TWIN, SIGNED, PRIVATE)), DICTIONARY))
    assert [(one.name, one.data, one.guid, one.attr, one.timestamp, one.digest) for one in theirs.vars] == [
        ("Plain", b"plain", ONE.raw, 7, None, None),
        ("Plain", b"twin", TWIN.key.guid.raw, 3, None, None),
        ("Signed", b"signed", ONE.raw, 0x27, DAY.encode(), None),
        ("Private", b"private", ONE.raw, 0x27, DAY.encode(), PRIVATE.digest),
    ]
    assert aws.encode(Contents((PLAIN, TWIN, SIGNED, PRIVATE)), DICTIONARY) == bytes(theirs)


@leaking
def test_what_uefivars_writes_is_read(second: Any) -> None:
    store = second.__new__(second)
    store.vars = [SimpleNamespace(name="Plain", data=b"plain", guid=ONE.raw, attr=7)]
    assert aws.decode(bytes(store), DICTIONARY).records == (PLAIN,)
