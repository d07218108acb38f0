"""The outline of a certificate: its key's kind, its name, and bytes that are none."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.certificate import Certificate
from tests.firmware.signing import certificate, der

GOOD = certificate("Prüfung")


def test_a_certificate_tells_its_name_its_key_and_what_is_signed() -> None:
    outline = Certificate.decode(GOOD)
    assert outline.common_name == "Prüfung".encode()
    assert outline.has_rsa_key
    assert outline.tbs in GOOD
    assert Certificate.decode(GOOD).tbs[0] == 0x30


def test_a_key_of_another_kind_and_a_missing_name_are_told() -> None:
    outline = Certificate.decode(certificate("curve", curve=True, named=False))
    assert not outline.has_rsa_key
    assert outline.common_name is None


def test_what_follows_a_certificate_does_not_matter() -> None:
    assert Certificate.decode(GOOD + b"more") == Certificate.decode(GOOD)


@pytest.mark.parametrize(("tag", "raw"), [(0x1E, b"\0\xdc"), (0x13, b"\xdc!"), (0x0C, b"\xc3\x9c")])
def test_a_name_is_read_in_its_own_characters(tag: int, raw: bytes) -> None:
    built = certificate("xx").replace(der(0x0C, b"xx"), der(tag, raw))
    name = Certificate.decode(built).common_name
    assert name is not None
    assert name.decode().startswith("Ü")


def test_a_name_that_is_no_text_is_a_decode_error() -> None:
    with pytest.raises(DecodeError, match="not text"):
        Certificate.decode(certificate("xx").replace(der(0x0C, b"xx"), der(0x0C, b"\xff\xff")))


def test_every_cut_and_every_changed_byte_is_a_certificate_or_a_decode_error() -> None:
    for size in range(len(GOOD)):
        with pytest.raises(DecodeError):
            Certificate.decode(GOOD[:size])
    for at in range(len(GOOD)):
        for flip in (0x01, 0x80, 0xFF):
            with contextlib.suppress(DecodeError):
                Certificate.decode(GOOD[:at] + bytes([GOOD[at] ^ flip]) + GOOD[at + 1 :])


@given(st.binary(max_size=100))
def test_any_bytes_are_a_certificate_or_a_decode_error(data: bytes) -> None:
    with pytest.raises(DecodeError):
        Certificate.decode(data)
