"""Files of one variable's value: signature lists, and a signed write."""

import pytest

from efirt.errors import DecodeError
from efirt.images import auth, esl
from efirt.images.auth import Descriptor
from efirt.images.contents import SIGNED, UNNAMED, Contents
from efirt.payloads.authentication import AuthenticatedValue
from efirt.payloads.signature_list import SHA256, SHA512, X509, Signature, SignatureDatabase, SignatureList
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import ZERO
from efirt.values.guid_names import IMAGE_SECURITY
from efirt.values.key import Key
from tests.images.records import DAY, ONE, PLAIN, PRIVATE

DB = Key("db", IMAGE_SECURITY)
LISTS = SignatureDatabase(
    (
        SignatureList.of(X509, Signature(ONE, b"a certificate")),
        SignatureList.of(SHA256, Signature(ONE, bytes(32)), Signature(ONE, b"x" * 32)),
    )
).encode()
WRITE = AuthenticatedValue(DAY, b"a signature", LISTS)


def test_signature_lists_are_the_value_of_one_variable_whose_name_the_file_does_not_say() -> None:
    assert esl.decode(LISTS) == Contents((Record(UNNAMED, SIGNED, LISTS),))
    assert esl.decode(LISTS, DB).records[0].key == DB
    assert (Attributes(0x27), Key("", ZERO)) == (SIGNED, UNNAMED)


def test_the_value_alone_is_written_and_what_it_had_beside_is_told() -> None:
    db = Record(DB, Attributes(7), LISTS, DAY)
    assert esl.encode(Contents((db,))) == LISTS
    assert esl.cannot_say(Contents((db,))) == (f"the time stamp of {DB}", f"the attributes NV+BS+RT of {DB}")


@pytest.mark.parametrize("value", [b"", b"no list", LISTS[:-1]], ids=["empty", "nonsense", "cut"])
def test_a_value_that_is_no_signature_list_is_not_written(value: bytes) -> None:
    contents = Contents((Record(DB, SIGNED, value),))
    assert [sentence.partition(":")[0] for sentence in esl.cannot_say(contents)] == [f"variable {DB}", "0 variables"]
    with pytest.raises(ValueError, match="there are 0"):
        esl.encode(contents)
    with pytest.raises(DecodeError):
        esl.decode(value)


def test_a_file_of_lists_is_known_by_its_first_kind_and_its_sizes() -> None:
    sha512 = SignatureDatabase((SignatureList.of(SHA512, Signature(ONE, bytes(64))),)).encode()
    unknown = SignatureDatabase((SignatureList.of(ONE, Signature(ONE, bytes(64))),)).encode()
    assert [esl.looks_like(raw) for raw in (LISTS, sha512, unknown, LISTS[:-1], LISTS[:16], b"")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_a_signed_write_is_the_value_with_its_time_and_the_signature_beside() -> None:
    read = auth.decode(WRITE.encode(), DB)
    assert read == Contents((Record(DB, SIGNED, LISTS, DAY),), beside=Descriptor(b"a signature"))
    assert auth.encode(read) == WRITE.encode()
    assert auth.cannot_say(read) == ()
    assert Descriptor(b"a signature").sentences == ("the signature of 11 bytes",)
    assert Descriptor().sentences == ()


def test_odd_members_of_a_descriptor_are_written_again() -> None:
    odd = WRITE._replace(revision=7, kind=8, form=ONE, signature=b"").encode()
    assert auth.encode(auth.decode(odd)) == odd
    assert not auth.looks_like(odd)


def test_a_write_that_nobody_signed_is_told_and_written_unsigned() -> None:
    contents = Contents((PRIVATE._replace(attributes=Attributes(7)),))
    assert auth.cannot_say(contents) == (
        f"who may write {PRIVATE.key}",
        f"the attributes NV+BS+RT of {PRIVATE.key}",
        "a signature: there is none, and firmware takes an unsigned write only while nobody owns the platform",
    )
    assert auth.encode(contents) == AuthenticatedValue(DAY, b"", b"private").encode()


def test_a_signed_write_is_known_by_its_certificate_s_head() -> None:
    raw = WRITE.encode()
    assert auth.looks_like(raw[:40])
    assert not any(auth.looks_like(bad) for bad in (raw[:39], b"", raw[:20] + b"\0\0" + raw[22:], raw[:24] + bytes(16) + raw[40:]))


def test_a_descriptor_that_is_cut_short_says_where() -> None:
    for size in range(40 + len(b"a signature")):
        with pytest.raises(DecodeError):
            auth.decode(WRITE.encode()[:size])


def test_any_variable_s_value_can_be_a_write() -> None:
    assert auth.decode(auth.encode(Contents((PLAIN,)))).records[0].data == b"plain"
