"""CRC-32C against the examples of RFC 3720 and, where it is installed, a library of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.wire.crc32c import crc32c


@pytest.mark.parametrize(
    ("data", "checksum"),
    [
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
        (b"123456789", 0xE3069283),
        (b"", 0),
    ],
    ids=["zeros", "ones", "rising", "falling", "digits", "nothing"],
)
def test_the_examples_of_the_standard_come_out(data: bytes, checksum: int) -> None:
    assert crc32c(data) == checksum


@given(st.binary(max_size=300))
def test_another_library_agrees(data: bytes) -> None:
    other = pytest.importorskip("google_crc32c", reason="the Python package google-crc32c is not here")
    assert crc32c(data) == other.value(data)
