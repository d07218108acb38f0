"""What a certificate says of itself, as another reader reads it, and bytes that are none."""

import contextlib
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.certificate_names import CertificateNames
from efirt.testing.identities import identity, key
from tests.firmware.signing import certificate, der

GOOD = identity("writer", 4).der
TYPES = [
    NameOID.COUNTRY_NAME,
    NameOID.COMMON_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.LOCALITY_NAME,
    NameOID.STATE_OR_PROVINCE_NAME,
    NameOID.STREET_ADDRESS,
    NameOID.DOMAIN_COMPONENT,
    NameOID.USER_ID,
    NameOID.EMAIL_ADDRESS,
    NameOID.SERIAL_NUMBER,
    x509.ObjectIdentifier("1.3.6.1.4.1.99999.16384.1"),
]
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
PARTS = st.lists(st.tuples(st.sampled_from(TYPES), TEXTS), min_size=1, max_size=4, unique_by=lambda part: part[0].dotted_string)
MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(9999, 12, 31))  # noqa: DTZ001 - certificates have no zone


def attribute(kind: x509.ObjectIdentifier, text: str) -> x509.NameAttribute[str]:
    """A part of a name; some kinds have fewer characters."""
    plain = text.encode("ascii", "replace").decode()
    fitting = {NameOID.COUNTRY_NAME: "DE", NameOID.SERIAL_NUMBER: "0815", NameOID.EMAIL_ADDRESS: plain, NameOID.DOMAIN_COMPONENT: plain}
    return x509.NameAttribute(kind, fitting.get(kind, text))


@settings(max_examples=60, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=3), PARTS, st.integers(1, 2**159 - 1), MOMENTS, MOMENTS)
def test_another_reader_finds_the_same(
    subject: list[list[tuple[x509.ObjectIdentifier, str]]],
    issuer: list[tuple[x509.ObjectIdentifier, str]],
    serial: int,
    one: datetime,
    other: datetime,
) -> None:
    begin, end = sorted((one, other))
    mine = key(4)
    relative = [x509.RelativeDistinguishedName(attribute(*part) for part in parts) for parts in subject]
    builder = x509.CertificateBuilder().subject_name(x509.Name(relative)).issuer_name(x509.Name(attribute(*part) for part in issuer))
    builder = builder.serial_number(serial).not_valid_before(begin).not_valid_after(end).public_key(mine.public_key())
    made = x509.load_der_x509_certificate(builder.sign(mine, SHA256()).public_bytes(Encoding.DER))
    names = CertificateNames.decode(made.public_bytes(Encoding.DER))
    assert names.subject == made.subject.rfc4514_string()
    assert names.issuer == made.issuer.rfc4514_string()
    assert names.serial == made.serial_number
    assert [names.not_before, names.not_after] == [
        moment.isoformat().replace("+00:00", "Z") for moment in (made.not_valid_before_utc, made.not_valid_after_utc)
    ]


def timed(begin: bytes, end: bytes) -> bytes:
    """The good certificate, which ends in 2014, with other times of the same sizes."""
    return GOOD.replace(b"120101000000Z", begin).replace(b"140101000000Z", end)


def test_a_year_of_two_digits_is_of_the_century_that_the_standard_says() -> None:
    names = CertificateNames.decode(timed(b"500101000000Z", b"491231235959Z"))
    assert (names.not_before, names.not_after) == ("1950-01-01T00:00:00Z", "2049-12-31T23:59:59Z")


def test_a_leap_day_is_one() -> None:
    assert CertificateNames.decode(timed(b"120229000000Z", b"160229000000Z")).not_before == "2012-02-29T00:00:00Z"


@pytest.mark.parametrize(
    "time",
    [
        b"130229000000Z",
        b"120431000000Z",
        b"120100000000Z",
        b"121301000000Z",
        b"120230000000Z",
        b"120101240000Z",
        b"120101006000Z",
        b"120101000060Z",
        b"1201010000000",
        b"12010100000 Z",
    ],
)
def test_a_time_that_is_none_is_a_decode_error(time: bytes) -> None:
    with pytest.raises(DecodeError, match="certificate, at byte"):
        CertificateNames.decode(timed(time, b"140101000000Z"))


def test_a_certificate_without_a_beginning_and_an_end_is_a_decode_error() -> None:
    with pytest.raises(DecodeError, match="at least 2 bytes"):
        CertificateNames.decode(certificate("x"))


def test_a_serial_number_below_zero_is_one() -> None:
    serial = x509.load_der_x509_certificate(GOOD).serial_number
    assert CertificateNames.decode(GOOD.replace(der(2, serial.to_bytes(2, "big")), der(2, b"\x83\xec"), 1)).serial == -0x7C14


def test_a_value_that_is_no_text_is_shown_in_digits() -> None:
    odd = GOOD.replace(der(0x0C, b"writer"), der(0x0C, b"\xff\xfeiter"))
    assert CertificateNames.decode(odd).subject.startswith("CN=#0c06fffe")


def test_every_cut_and_every_changed_byte_is_a_certificate_or_a_decode_error() -> None:
    for size in range(len(GOOD)):
        with pytest.raises(DecodeError):
            CertificateNames.decode(GOOD[:size])
    for at in range(len(GOOD)):
        for flip in (0x01, 0x80, 0xFF):
            with contextlib.suppress(DecodeError):
                CertificateNames.decode(GOOD[:at] + bytes([GOOD[at] ^ flip]) + GOOD[at + 1 :])


def test_what_is_wrong_with_a_name_is_told_where_it_stands() -> None:
    at = GOOD.rindex(bytes.fromhex("0603550403"))
    with pytest.raises(DecodeError) as caught:
        CertificateNames.decode(GOOD[:at] + b"\x05" + GOOD[at + 1 :])
    assert caught.value.offset == at


def test_a_number_in_an_identifier_that_does_not_end_is_a_decode_error() -> None:
    identifier = bytes.fromhex("0603550403")
    for bad in (b"\x06\x03\x55\x04\x83", b"\x06\x03\xff\xff\xff"):
        with pytest.raises(DecodeError, match="object identifier"):
            CertificateNames.decode(GOOD.replace(identifier, bad))


def test_the_moment_of_a_certificate_is_in_utc() -> None:
    begin = datetime(2012, 1, 1, tzinfo=UTC)
    assert CertificateNames.decode(GOOD).not_before == begin.strftime("%Y-%m-%dT%H:%M:%SZ")
