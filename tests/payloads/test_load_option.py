"""Load options: lossless, edited, and read as far as they can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.device_path.hardware import Pci
from efirt.payloads.device_path.media import FilePath, HardDrive
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.load_option import ACTIVE, HIDDEN, LoadOption, arguments_as, arguments_in
from efirt.values.guid import Guid
from tests.payloads.test_boot_option import UI_APP

DISK = HardDrive.gpt(1, 0x800, 0x100000, Guid.parse("a1b2c3d4-1111-2222-3333-444455556666"))
PATH = DevicePath.of(DISK, FilePath(r"\EFI\debian\shimx64.efi"))
OPTION = LoadOption.of("debian", PATH)


def test_the_entry_of_a_real_firmware_is_read() -> None:
    option = LoadOption.decode(UI_APP)
    assert (option.attributes, option.description, option.optional_data) == (0x109, "UiApp", b"")
    assert str(option.path) == "Fv(7CB8BDC9-F8EB-4F34-AAEA-3EE4AF6516A1)/FvFile(462CAA21-7614-4503-836E-8AB6F4662331)"
    assert option.is_active
    assert option.problem is None
    assert option.encode() == UI_APP


def test_the_bytes_stand_where_the_specification_has_them() -> None:
    raw = OPTION.with_arguments("quiet", "ascii").encode()
    path = PATH.encode()
    assert raw == b"\1\0\0\0" + len(path).to_bytes(2, "little") + "debian\0".encode("utf-16-le") + path + b"quiet"


@given(st.binary(max_size=120))
def test_any_bytes_decode_without_loss_or_raise_a_decode_error(data: bytes) -> None:
    try:
        option = LoadOption.decode(data)
    except DecodeError:
        return
    assert option.encode() == data
    option.as_json()


@given(st.integers(0, len(UI_APP) + 40), st.binary(min_size=1, max_size=3))
def test_a_damaged_entry_decodes_without_loss_or_raises_a_decode_error(at: int, damage: bytes) -> None:
    whole = OPTION.encode()
    data = whole[:at] + damage + whole[at + len(damage) :]
    try:
        option = LoadOption.decode(data)
    except DecodeError:
        return
    assert option.encode() == data
    option.as_json()


@pytest.mark.parametrize(
    ("data", "description", "words"),
    [
        (b"", "", "6 bytes are the least"),
        (b"\1\0\0\0\0", "", "6 bytes are the least"),
        (OPTION.encode()[:12], "deb", "its description has no NUL"),
        (OPTION.encode()[:-1], "debian", "its device paths claim"),
        (OPTION.encode()[:30], "debian", "its device paths claim"),
    ],
)
def test_of_an_entry_that_is_cut_short_the_beginning_is_read(data: bytes, description: str, words: str) -> None:
    option, error = LoadOption.salvage(data)
    assert option.description == description
    assert error is not None
    assert words in str(error)
    with pytest.raises(DecodeError, match=words):
        LoadOption.decode(data)


@pytest.mark.parametrize(
    ("path_list", "words"),
    [
        (b"", "has no end node"),
        (bytes.fromhex("010106000203"), "has no end node"),
        (bytes.fromhex("01010000"), "claims 0 bytes"),
        (bytes.fromhex("0101ff00"), "claims 255 bytes"),
    ],
)
def test_an_entry_with_a_path_that_cannot_be_read_is_read_but_for_its_path(path_list: bytes, words: str) -> None:
    option = LoadOption.decode(LoadOption(ACTIVE, "odd", path_list, b"x").encode())
    assert option.description == "odd"
    assert option.problem
    with pytest.raises(DecodeError, match=words):
        _ = option.path


def test_an_entry_that_cannot_be_read_whole_is_shown_with_what_is_wrong() -> None:
    shown = LoadOption(ACTIVE, "odd", bytes.fromhex("0101ff00"), b"x").as_json()
    assert shown["description"] == "odd"
    assert shown["paths"] is None
    assert shown["path_list"] == "0101ff00"
    assert "claims 255 bytes" in shown["problem"]


def test_further_paths_are_kept_when_the_first_one_is_changed() -> None:
    further = DevicePath.of(Pci(1, 0))
    option = OPTION._replace(path_list=PATH.encode() + further.encode())
    assert option.paths == (PATH, further)
    assert option.with_path(further).paths == (further, further)
    assert LoadOption(0, "", b"").with_path(further).paths == (further,)
    for broken in (b"\4\4\0\0\x7f\xff\4\0", b"\4\4\x10\0x", b"\4\4\6\0xy"):
        assert LoadOption(0, "", broken).with_path(further).paths == (further,)


def test_an_entry_is_shown_for_programs() -> None:
    shown = OPTION._replace(attributes=ACTIVE | HIDDEN | 0x100).with_arguments("root=/dev/xvda").as_json()
    assert shown["description"] == "debian"
    assert (shown["active"], shown["hidden"], shown["force_reconnect"], shown["category"]) == (True, True, False, 1)
    assert (shown["optional_text"], shown["optional_encoding"]) == ("root=/dev/xvda", "utf-16")
    assert shown["paths"][0]["partition_guid"] == "a1b2c3d4-1111-2222-3333-444455556666"
    assert shown["paths"][0]["file"] == r"\EFI\debian\shimx64.efi"
    assert shown["problem"] is None


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", "utf-16"),
        (b"quiet", "quiet", "ascii"),
        (b"quiet\0", "quiet", "ascii"),
        ("quiet".encode("utf-16-le"), "quiet", "utf-16"),
        ("quiet\0".encode("utf-16-le"), "quiet", "utf-16"),
        ("früh".encode("utf-16-le"), "früh", "utf-16"),
        (b"WINDOWS\0\1\0", None, None),
        (b"\1\2\3", None, None),
        (b"\1\2", None, None),
        ("静か\0".encode("utf-16-le"), "静か", "utf-16"),
        ("a\0b".encode("utf-16-le"), None, None),
        (b"\x00\xd8", None, None),
    ],
)
def test_optional_data_are_text_where_they_are(data: bytes, text: str | None, encoding: str | None) -> None:
    assert arguments_in(data) == (text, encoding)
    assert LoadOption(0, "", b"", data).arguments == text


def test_arguments_are_written_in_either_encoding() -> None:
    assert arguments_as("é", "utf-16") == b"\xe9\0\0\0"
    assert arguments_as("", "utf-16") == b""
    assert arguments_as("a b", "ascii") == b"a b"
    with pytest.raises(ValueError, match="take utf-16"):
        arguments_as("é", "ascii")
    with pytest.raises(ValueError, match="not latin-1"):
        arguments_as("a", "latin-1")


def test_a_description_with_a_nul_and_members_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="holds a NUL"):
        OPTION._replace(description="a\0b").encode()
    with pytest.raises(ValueError, match="do not fit"):
        OPTION._replace(path_list=bytes(65536)).encode()
