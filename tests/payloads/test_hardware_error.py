"""Records of errors of the hardware, laid by hand."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.hardware_error import ErrorRecord
from efirt.values.guid import ZERO, Guid

CREATOR = Guid.parse("cf07c4bd-b789-4e18-b3c4-1f732cb57131")
MEMORY = Guid.parse("a5bc1114-6f64-4ede-b863-3e83ed7c83b1")
TIME = bytes.fromhex("5634120102012620")

RECORD = (
    b"CPER"
    + pack("<HIHIII", 0x0101, 0xFFFFFFFF, 1, 1, 2, 208)
    + TIME
    + ZERO.raw * 2
    + CREATOR.raw
    + ZERO.raw
    + pack("<QIQ", 7, 2, 0)
    + bytes(12)
    + pack("<IIHBBI", 200, 8, 0x300, 2, 0, 1)
    + MEMORY.raw
    + ZERO.raw
    + pack("<I", 2)
    + b"DIMM A1".ljust(20, b"\0")
    + b"\xab" * 8
)


def test_a_record_says_what_failed_and_when() -> None:
    record = ErrorRecord.decode(RECORD)
    assert record.encode() == RECORD
    assert record.as_json() == {
        "severity": "fatal",
        "time": "2026-01-02 12:34:56",
        "number": 7,
        "flags": 2,
        "size": 208,
        "creator": str(CREATOR),
        "notification": str(ZERO),
        "sections": [{"kind": "memory", "severity": "corrected", "offset": 200, "size": 8, "unit": "DIMM A1"}],
    }


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "at least 128 bytes"),
        (b"CPEX" + RECORD[4:], "begins with CPER"),
        (RECORD[:127], "at least 128 bytes"),
        (RECORD[:199], "its 1 sections claim 200 bytes, and there are 199"),
    ],
)
def test_what_is_no_record_says_why(raw: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        ErrorRecord.decode(raw)


@given(st.binary(min_size=124, max_size=300))
def test_any_record_decodes_without_loss(rest: bytes) -> None:
    try:
        record = ErrorRecord.decode(b"CPER" + rest)
    except DecodeError:
        return
    assert record.encode() == b"CPER" + rest
    record.as_json()
