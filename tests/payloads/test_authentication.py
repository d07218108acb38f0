"""EFI_VARIABLE_AUTHENTICATION_2: there and back, and what is cut short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.authentication import DESCRIPTOR_SIZE, PKCS7, AuthenticatedValue, signed_bytes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

TIME = EfiTime(2024, 2, 29, 12, 34, 56, time_zone=0)


def test_the_bytes_stand_where_the_specification_has_them() -> None:
    data = AuthenticatedValue(TIME, b"signature", b"value").encode()
    assert data[:16] == TIME.encode()
    assert int.from_bytes(data[16:20], "little") == 24 + 9
    assert data[20:24] == bytes.fromhex("0002f10e")
    assert data[24:40] == PKCS7.raw
    assert data[40:] == b"signaturevalue"


def test_what_is_signed_is_name_guid_attributes_time_and_value() -> None:
    signed = signed_bytes(Key("db", GLOBAL), 0x67, TIME, b"value")
    assert signed == b"d\0b\0" + GLOBAL.raw + bytes.fromhex("67000000") + TIME.encode() + b"value"


@given(st.binary(max_size=200))
def test_any_bytes_decode_without_loss_or_raise_a_decode_error(data: bytes) -> None:
    try:
        decoded = AuthenticatedValue.decode(data)
    except DecodeError:
        return
    assert decoded.encode() == data


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=50), st.binary(max_size=50), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF))
def test_what_was_encoded_decodes(time: bytes, signature: bytes, value: bytes, revision: int, kind: int) -> None:
    whole = AuthenticatedValue(EfiTime.decode(time), signature, value, revision, kind, Guid(time))
    assert AuthenticatedValue.decode(whole.encode()) == whole


@pytest.mark.parametrize("size", [0, 1, 23, 25, 0xFFFFFFFF])
def test_a_certificate_that_does_not_fit_is_refused(size: int) -> None:
    data = bytes(16) + size.to_bytes(4, "little") + bytes(20)
    with pytest.raises(DecodeError, match=f"claims {size} bytes of the 24 there are"):
        AuthenticatedValue.decode(data)


def test_every_cut_within_the_descriptor_is_refused() -> None:
    data = AuthenticatedValue(TIME, b"signature", b"").encode()
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            AuthenticatedValue.decode(data[:size])
    assert len(data) == DESCRIPTOR_SIZE + 9


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="16 bits"):
        AuthenticatedValue(TIME, b"", b"", revision=0x10000).encode()
