"""Load options and order lists that firmware can use, and those it cannot."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.payloads.boot_option import load_option_problem, order_problem

END = bytes.fromhex("7fff0400")
NEXT_INSTANCE = bytes.fromhex("7f010400")
HARD_DRIVE = bytes.fromhex("04012a00") + bytes(38)
FILE = bytes.fromhex("04040a00") + "\\x\0".encode("utf-16-le")

# Boot0000 of OVMF 2022.11, "UiApp": a firmware volume and a file in it.
UI_APP = bytes.fromhex(
    "090100002c0055006900410070007000000004071400c9bdb87cebf8344faaea3ee4af6516a10406140021aa2c4614760345836e8ab6f46623317fff0400"
)


def option(path: bytes, description: str = "Linux\0", optional: bytes = b"", claimed: int | None = None) -> bytes:
    size = len(path) if claimed is None else claimed
    return struct.pack("<IH", 1, size) + description.encode("utf-16-le", "surrogatepass") + path + optional


@pytest.mark.parametrize(
    "data",
    [
        UI_APP,
        option(END),
        option(HARD_DRIVE + FILE + END),
        option(HARD_DRIVE + FILE + END, optional=b"root=/dev/xvda\0"),
        option(HARD_DRIVE + NEXT_INSTANCE + FILE + END),
        option(END, description="\0"),
        option(END, description="\u0100\u0001\0"),
        option(bytes.fromhex("ffff0400")),
        option(END + b"whatever"),
    ],
    ids=[
        "OVMF",
        "end only",
        "disk and file",
        "optional data",
        "two instances",
        "no description",
        "bytes that are 0",
        "old end",
        "past the end",
    ],
)
def test_a_load_option_firmware_can_use_has_no_problem(data: bytes) -> None:
    assert load_option_problem(data) is None


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "a load option has at least 8 bytes, not 0"),
        (bytes(7), "a load option has at least 8 bytes, not 7"),
        (option(b"", description="Linux"), "its description has no NUL"),
        (option(END, description="Linux")[:-1], "its description has no NUL"),
        (option(b""), "its device path claims 0 bytes, and 0 follow the description"),
        (option(END, claimed=3), "its device path claims 3 bytes, and 4 follow the description"),
        (option(END, claimed=5), "its device path claims 5 bytes, and 4 follow the description"),
        (option(END, claimed=65535), "its device path claims 65535 bytes"),
        (option(HARD_DRIVE), "its device path has no end node"),
        (option(HARD_DRIVE + END, claimed=len(HARD_DRIVE)), "its device path has no end node"),
        (option(NEXT_INSTANCE), "its device path has no end node"),
        (option(HARD_DRIVE + END[:3]), "its device path has no end node"),
        (option(bytes.fromhex("01010000")), "its device path node at byte 0 claims 0 bytes"),
        (option(bytes.fromhex("01010300")), "its device path node at byte 0 claims 3 bytes"),
        (option(HARD_DRIVE + bytes.fromhex("010140007fff0400")), "its device path node at byte 42 claims 64 bytes"),
    ],
)
def test_a_load_option_firmware_cannot_use_has_one_sentence(data: bytes, problem: str) -> None:
    assert (load_option_problem(data) or "").startswith(problem)


@given(st.binary(max_size=200))
def test_any_bytes_have_a_problem_or_none(data: bytes) -> None:
    problem = load_option_problem(data)
    assert problem is None or problem


@given(st.integers(0, len(UI_APP) - 1))
def test_no_beginning_of_a_load_option_is_one(size: int) -> None:
    assert load_option_problem(UI_APP[:size])


@pytest.mark.parametrize("data", [b"", b"\0\0", bytes(200)])
def test_an_order_has_two_bytes_an_entry(data: bytes) -> None:
    assert order_problem(data) is None


@pytest.mark.parametrize("data", [b"\0", bytes(3)])
def test_an_order_with_half_an_entry_has_a_problem(data: bytes) -> None:
    assert order_problem(data) == f"an order list has 2 bytes an entry, and this has {len(data)}"
