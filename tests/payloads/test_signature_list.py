"""EFI_SIGNATURE_LIST: there and back, hostile sizes, and what of a list is new."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.signature_list import SHA1, SHA256, X509, Signature, SignatureDatabase, SignatureList, without
from efirt.values.guid import Guid

ONE, TWO = (Guid.parse(f"0e0e0e0e-0000-4000-8000-00000000000{number}") for number in (1, 2))
BOUND_SECONDS = 5.0


def digests(*numbers: int, owner: Guid = ONE, kind: Guid = SHA256, size: int = 32) -> SignatureList:
    return SignatureList.of(kind, *(Signature(owner, bytes([number]) * size) for number in numbers))


def database(*lists: SignatureList) -> SignatureDatabase:
    return SignatureDatabase(lists)


def test_the_bytes_stand_where_the_specification_has_them() -> None:
    data = digests(1, 2).encode()
    assert data[:16] == SHA256.raw
    assert [int.from_bytes(data[at : at + 4], "little") for at in (16, 20, 24)] == [28 + 2 * 48, 0, 48]
    assert data[28:] == ONE.raw + b"\x01" * 32 + ONE.raw + b"\x02" * 32


def test_entries_come_apart() -> None:
    one = digests(1, 2)
    assert list(one.signatures) == [Signature(ONE, b"\x01" * 32), Signature(ONE, b"\x02" * 32)]
    assert one.signature_count == 2


def test_a_list_has_entries_of_one_size() -> None:
    with pytest.raises(ValueError, match="one size"):
        SignatureList.of(X509, Signature(ONE, b"a"), Signature(ONE, b"ab"))
    with pytest.raises(ValueError, match="one size"):
        SignatureList.of(X509)


@pytest.mark.parametrize(
    ("offset", "value", "why"),
    [
        (16, 0, "claims 0 bytes"),
        (16, 27, "claims 27 bytes"),
        (16, 77, "claims 77 bytes"),
        (16, 0xFFFFFFFF, "claims 4294967295 bytes"),
        (20, 49, "header claims 49 bytes"),
        (20, 0xFFFFFFFF, "header claims"),
        (24, 0, "no room for its owner"),
        (24, 15, "no room for its owner"),
        (24, 47, "no whole number"),
        (24, 0xFFFFFFFF, "no whole number"),
    ],
)
def test_a_size_that_cannot_be_is_refused(offset: int, value: int, why: str) -> None:
    data = digests(1).encode()
    with pytest.raises(DecodeError, match=why):
        SignatureDatabase.decode(data[:offset] + value.to_bytes(4, "little") + data[offset + 4 :])


def test_every_cut_is_refused() -> None:
    data = database(digests(1), digests(2, kind=SHA1, size=20)).encode()
    whole = {0, len(digests(1).encode()), len(data)}
    for size in range(len(data) + 1):
        if size in whole:
            SignatureDatabase.decode(data[:size])
        else:
            with pytest.raises(DecodeError):
                SignatureDatabase.decode(data[:size])


@given(st.binary(max_size=200))
def test_any_bytes_decode_without_loss_or_raise_a_decode_error(data: bytes) -> None:
    try:
        decoded = SignatureDatabase.decode(data)
    except DecodeError:
        return
    assert decoded.encode() == data


LISTS = st.builds(
    lambda kind, size, count, header, byte: SignatureList(Guid(kind), size, bytes([byte]) * size * count, header),
    st.binary(min_size=16, max_size=16),
    st.integers(16, 60),
    st.integers(0, 4),
    st.binary(max_size=5),
    st.integers(0, 255),
)


@given(st.lists(LISTS, max_size=4))
def test_what_was_encoded_decodes(lists: list[SignatureList]) -> None:
    whole = SignatureDatabase(tuple(lists))
    assert SignatureDatabase.decode(whole.encode()) == whole


@pytest.mark.parametrize(
    "data",
    [
        SignatureList(X509, 16, bytes(10_000_000 // 16 * 16)).encode(),
        SignatureList(X509, 16, b"").encode() * (10_000_000 // 28),
        bytes(10_000_000),
        b"\xff" * 10_000_000,
    ],
    ids=["many-entries", "many-lists", "zeros", "ones"],
)
def test_ten_megabytes_take_bounded_time(data: bytes) -> None:
    begin = time.monotonic()
    with contextlib.suppress(DecodeError):
        SignatureDatabase.decode(data)
    assert time.monotonic() - begin < BOUND_SECONDS


def test_appending_leaves_out_what_is_there() -> None:
    old = database(digests(1, 2), digests(3, kind=SHA1, size=20))
    assert without(database(digests(2, 4)), old) == database(digests(4))
    assert without(database(digests(2)), old) == database()
    assert without(database(digests(4, 4)), old) == database(digests(4, 4))


@pytest.mark.parametrize("other", [digests(1, owner=TWO), digests(1, kind=X509), digests(1, size=31)], ids=["owner", "kind", "size"])
def test_owner_kind_and_size_make_another_entry(other: SignatureList) -> None:
    assert without(database(other), database(digests(1))) == database(other)
