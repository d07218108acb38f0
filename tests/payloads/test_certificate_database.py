"""certdb: there and back, and what is cut short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.certificate_database import Binding, CertificateDatabase
from efirt.values.guid import Guid
from efirt.values.key import Key

VENDOR = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a31")
A, B = Key("A", VENDOR), Key("Grüße", VENDOR)


def test_an_empty_one_is_its_size_alone() -> None:
    assert CertificateDatabase().encode() == bytes.fromhex("04000000")
    assert CertificateDatabase.decode(bytes.fromhex("04000000")) == CertificateDatabase()


def test_the_bytes_stand_where_firmware_has_them() -> None:
    data = CertificateDatabase().binding(A, b"writer").encode()
    node = VENDOR.raw + (28 + 2 + 6).to_bytes(4, "little") + (1).to_bytes(4, "little") + (6).to_bytes(4, "little") + b"A\0writer"
    assert data == (4 + len(node)).to_bytes(4, "little") + node


def test_bindings_come_and_go() -> None:
    both = CertificateDatabase().binding(A, b"one").binding(B, b"two")
    assert (both.writer_of(A), both.writer_of(B), both.writer_of(Key("a", VENDOR))) == (b"one", b"two", None)
    assert both.without(A).bindings == (Binding(B, b"two"),)
    assert CertificateDatabase.decode(both.encode()) == both


@given(st.binary(max_size=200))
def test_any_bytes_decode_without_loss_or_raise_a_decode_error(data: bytes) -> None:
    for candidate in (data, (len(data) + 4).to_bytes(4, "little") + data):
        try:
            decoded = CertificateDatabase.decode(candidate)
        except DecodeError:
            continue
        assert decoded.encode() == candidate


@given(st.lists(st.tuples(st.text(max_size=5), st.binary(max_size=40)), max_size=4))
def test_what_was_encoded_decodes(pairs: list[tuple[str, bytes]]) -> None:
    whole = CertificateDatabase(tuple(Binding(Key(name, VENDOR), writer) for name, writer in pairs))
    assert CertificateDatabase.decode(whole.encode()) == whole


@pytest.mark.parametrize(("offset", "value"), [(0, 5), (20, 0), (20, 0xFFFFFFFF), (24, 0xFFFFFFFF), (28, 7)])
def test_sizes_that_disagree_are_refused(offset: int, value: int) -> None:
    data = CertificateDatabase().binding(A, b"writer").encode()
    with pytest.raises(DecodeError):
        CertificateDatabase.decode(data[:offset] + value.to_bytes(4, "little") + data[offset + 4 :])


def test_every_cut_is_refused() -> None:
    data = CertificateDatabase().binding(A, b"writer").encode()
    for size in range(len(data)):
        with pytest.raises(DecodeError):
            CertificateDatabase.decode(data[:size])
        if size > 4:
            with pytest.raises(DecodeError):
                CertificateDatabase.decode(size.to_bytes(4, "little") + data[4:size])
