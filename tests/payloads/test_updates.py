"""Capsules, what became of them, and the table of what can be updated."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.capsule import FMP_CAPSULE, INITIATE_RESET, PERSIST_ACROSS_RESET, Capsule, FmpCapsule
from efirt.payloads.capsule_result import JSON_CAPSULE, CapsuleResult
from efirt.payloads.esrt import Esrt, EsrtEntry
from efirt.payloads.json_value import json_value
from efirt.values.efi_time import EfiTime
from efirt.values.guid import ZERO, Guid

CLASS = Guid.parse("a1b2c3d4-1111-2222-3333-444455556666")
TIME = EfiTime(2026, 1, 2, 3, 4, 5)


def test_an_esrt_has_its_members_at_the_specification_s_offsets() -> None:
    entry = EsrtEntry(CLASS, 1, 0x10, 0x08, 0, 0x11, 5)
    raw = Esrt((entry,), 1).encode()
    assert raw == pack("<IIQ", 1, 1, 1) + CLASS.raw + pack("<IIIIII", 1, 0x10, 0x08, 0, 0x11, 5)
    assert Esrt.decode(raw) == Esrt((entry,), 1)
    shown = json_value(Esrt.decode(raw))["entries"][0]
    assert shown["firmware_class"] == str(CLASS)
    assert (shown["firmware_type"], shown["last_attempt_status"]) == ("system firmware", "authentication error")
    assert EsrtEntry(CLASS, 9, 0, 0, 0, 0, 0x1000).as_json()["last_attempt_status"] == 0x1000


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (bytes(15), "16 bytes are the least"),
        (pack("<IIQ", 0, 0, 2), "its version is 2"),
        (pack("<IIQ", 1, 1, 1), "it claims 1 entries of 40 bytes, and 0 bytes follow"),
        (pack("<IIQ", 0, 0, 1) + b"\0", "1 bytes follow"),
        (pack("<IIQ", 0xFFFFFFFF, 0, 1), "it claims 4294967295 entries"),
    ],
)
def test_a_table_that_is_none_says_why(raw: bytes, words: str) -> None:
    with pytest.raises(DecodeError, match=words):
        Esrt.decode(raw)


def test_a_capsule_is_its_header_and_its_body() -> None:
    raw = CLASS.raw + pack("<III", 32, PERSIST_ACROSS_RESET | INITIATE_RESET | 7, 99) + b"\xee" * 4 + b"body"
    capsule = Capsule.decode(raw)
    assert capsule == Capsule(CLASS, 0x50007, 99, b"\xee" * 4, b"body")
    assert capsule.encode() == raw
    assert capsule.as_json()["flags"] == ["PERSIST_ACROSS_RESET", "INITIATE_RESET"]
    assert Capsule.of(CLASS, b"body").image_size == len(Capsule.of(CLASS, b"body").encode())
    with pytest.raises(DecodeError, match="its header claims 27 bytes"):
        Capsule.decode(CLASS.raw + pack("<III", 27, 0, 28))
    with pytest.raises(DecodeError, match="the rest of its header should have 4 bytes here"):
        Capsule.decode(CLASS.raw + pack("<III", 32, 0, 28))


def test_a_capsule_for_management_says_where_its_parts_begin() -> None:
    body = pack("<IHHQQ", 1, 1, 1, 24, 30) + b"driver" + b"image"
    management = FmpCapsule.decode(body)
    assert management == FmpCapsule(1, (24,), (30,), b"driverimage")
    assert management.encode() == body
    assert Capsule.of(FMP_CAPSULE, body).as_json()["management"] == {"version": 1, "drivers": [24], "payloads": [30]}
    assert "a part begins at byte 99" in Capsule.of(FMP_CAPSULE, pack("<IHHQ", 1, 0, 1, 99)).as_json()["problem"]
    with pytest.raises(DecodeError, match="the place of a part should have 8 bytes"):
        FmpCapsule.decode(pack("<IHH", 1, 0xFFFF, 0xFFFF))


def result(guid: Guid, body: bytes, status: int = 0x800000000000001A) -> bytes:
    return pack("<II", 56 + len(body), 0) + guid.raw + TIME.encode() + pack("<Q", status) + body


def test_a_result_says_what_became_of_which_image() -> None:
    body = pack("<HBB", 1, 2, 3) + CLASS.raw + "a.cap\0Pci(0,0)\0".encode("utf-16-le") + b"\xee"
    read = CapsuleResult.decode(result(FMP_CAPSULE, body))
    assert read.encode() == result(FMP_CAPSULE, body)
    assert read.as_json() == {
        "guid": str(FMP_CAPSULE),
        "processed": str(TIME),
        "status": "EFI_SECURITY_VIOLATION",
        "total_size": 56 + len(body),
        "payload_index": 2,
        "image_index": 3,
        "image_type": str(CLASS),
        "file": "a.cap",
        "target": "Pci(0,0)",
    }
    assert "20 bytes are the least" in CapsuleResult.decode(result(FMP_CAPSULE, b"x")).as_json()["problem"]


def test_a_result_of_settings_has_its_answer_as_text() -> None:
    shown = CapsuleResult.decode(result(JSON_CAPSULE, pack("<III", 1, 5, 4) + b"{}ab..", 0)).as_json()
    assert (shown["status"], shown["capsule_id"], shown["response"]) == ("EFI_SUCCESS", 5, "{}ab")
    assert CapsuleResult.decode(result(ZERO, b"\1")).as_json()["body"] == "01"


@given(st.binary(max_size=120), st.sampled_from([FMP_CAPSULE, JSON_CAPSULE, ZERO]))
def test_any_result_is_shown(body: bytes, guid: Guid) -> None:
    read = CapsuleResult.decode(result(guid, body))
    assert read.encode() == result(guid, body)
    read.as_json()
