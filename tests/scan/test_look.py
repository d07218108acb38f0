"""What is told of one file, whatever is in it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.images import qemu_json, xapi
from efirt.images.contents import Contents
from efirt.images.directory import encode_entries
from efirt.scan import look
from efirt.scan.look import Manner, looked_at
from efirt.scan.plan import Found
from efirt.scan.row import MOST_DAMAGE, Row, Skipped
from tests.images.flash import DYING, OVMF_2M, PLAIN, image, record
from tests.scan.conftest import IMAGE, LISTED, RECORDS

MANNER = Manner("2026-11-23T00:00:00Z")


def told(path: Path, data: bytes, *, is_named: bool = True) -> Row | Skipped:
    path.write_bytes(data)
    return looked_at(Found(str(path), is_named=is_named), MANNER)


def row(path: Path, data: bytes) -> Row:
    found = told(path, data)
    assert isinstance(found, Row)
    return found


def why(path: Path, data: bytes) -> str:
    found = told(path, data, is_named=False)
    assert isinstance(found, Skipped)
    return found.why


def test_an_image_tells_all_there_is(tmp_path: Path) -> None:
    found = row(tmp_path / "a.fd", IMAGE)
    assert (found.verdict, found.reason, found.format, found.size, found.variables) == ("ok", "", "edk2", 0x20000, 3)
    assert found.boot is not None
    assert found.room is not None
    assert (found.boot.pk_kind, found.boot.mode, found.boot.enabled) == ("vendor", "user", True)
    assert (found.room.free > 50_000, found.room.reclaimable, found.damage) == (True, 0, ())


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "empty"), (b"four", "too few"), (bytes(range(256)) * 99, "none of edk2"), (bytes(0x20000), "are 0x00")],
)
def test_a_named_file_that_is_no_image_is_a_row(tmp_path: Path, data: bytes, words: str) -> None:
    found = row(tmp_path / "x", data)
    assert found.verdict == "damaged"
    assert words in found.reason


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"four", "of other kinds"),
        (bytes(0x20000), "filled with one byte"),
        (b'{"a": "variables"}', "of other kinds"),
        (b'{"variables": {"a": 1}}', "of other kinds"),
        (b'[{"guid": 1}]', "of other kinds"),
        (b"QFI\xfb\0\0\0\3" + bytes(16) + (1 << 35).to_bytes(8, "big") + bytes(80), "disks"),
        (LISTED, "files of a single variable"),
    ],
)
def test_a_file_that_is_met_and_is_no_image_is_none_and_has_a_kind(tmp_path: Path, data: bytes, kind: str) -> None:
    assert why(tmp_path / "x", data) == kind


STORE = qemu_json.encode(Contents(RECORDS))
HIT = bytearray(image([record("A", b"1")]))
HIT[16] ^= 1
HIT[0x28] ^= 1
HIT[0x48] ^= 1
FIRMWARE = bytes(16) + bytes.fromhex("78e58c8c3d8a1c4f9935896185c32dd3") + bytes(8) + b"_FVH" + bytes(1000)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("vm2_VARS.fd", b""),
        ("vm2_VARS", b""),
        ("cut.fd", b"x" * 20),
        ("a.nvram", b"x" * 70000),
        ("zeros", bytes(540672)),
        ("erased", b"\xff" * 540672),
        ("hit.fd", bytes(HIT)),
        *((f"{size}.json", STORE[:size]) for size in (16, 20, 30, 40, 60)),
    ],
)
def test_what_is_no_image_and_was_meant_for_one_is_damaged(tmp_path: Path, name: str, data: bytes) -> None:
    found = told(tmp_path / name, data, is_named=False)
    assert isinstance(found, Row)
    assert found.verdict == "damaged"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("OVMF_CODE.fd", FIRMWARE),
        ("vm.nvram", b"MRVN" + bytes(100)),
        ("VARS.md", b"# words"),
        ("MYVARS.h", b""),
        ("p.json", b'{"version": 1, "dependencies": {}}'),
        ("q.json", b'{"version": 2, "dependencies": {}}'),
        ("b.json", b'{"a'),
        ("jquery.map", b'{"version":3,"sources":[],"names":["guid","attr"]}'),
    ],
)
def test_what_only_goes_by_such_a_name_is_counted(tmp_path: Path, name: str, data: bytes) -> None:
    assert isinstance(told(tmp_path / name, data, is_named=False), Skipped)


def test_a_file_of_a_single_variable_that_is_named_is_a_row(tmp_path: Path) -> None:
    found = row(tmp_path / "db.esl", LISTED)
    assert (found.verdict, found.reason) == ("blocked", "it holds a single variable (esl), and is no machine's image")


def test_a_store_of_qemu_s_is_an_image_and_a_torn_one_is_damaged(tmp_path: Path) -> None:
    data = qemu_json.encode(Contents(RECORDS))
    found = told(tmp_path / "x.json", data, is_named=False)
    torn = told(tmp_path / "y.json", data[:-10], is_named=False)
    assert isinstance(found, Row)
    assert isinstance(torn, Row)
    assert (found.format, found.variables, found.room) == ("qemu-json", 3, None)
    assert torn.verdict == "damaged"


def test_of_a_blob_whose_host_decides_nothing_is_said_of_the_switch(tmp_path: Path) -> None:
    found = row(tmp_path / "x.xapi", xapi.encode(Contents(RECORDS)))
    assert found.boot is not None
    assert (found.format, found.boot.mode, found.boot.enabled) == ("xapi", "user", None)


def test_a_directory_is_an_image(tmp_path: Path) -> None:
    for name, data in encode_entries(Contents(RECORDS)):
        (tmp_path / name).write_bytes(data)
    found = looked_at(Found(str(tmp_path), is_directory=True), MANNER)
    assert isinstance(found, Row)
    assert (found.format, found.variables) == ("directory", 3)


def test_a_blob_whose_dictionary_is_not_here_is_blocked_and_not_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "installed", lambda: None)
    found = row(tmp_path / "x.aws", b"QU1aTlVFRkk" + bytes(40))
    assert (found.verdict, "dictionary" in found.reason) == ("blocked", True)


def test_a_file_that_cannot_be_read_is_blocked_and_the_reason_does_not_name_it_again(tmp_path: Path) -> None:
    found = looked_at(Found(str(tmp_path / "gone.fd"), is_named=True), MANNER)
    assert found == Row(str(tmp_path / "gone.fd"), "blocked", "cannot be read: No such file or directory")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (IMAGE[:100_000], "the volume says it has 131072 bytes"),
        (image([record("A", b"old", DYING), record("A", b"new", DYING)], OVMF_2M), "two copies of A-"),
        (b"\xff" * 0x1000 + IMAGE[0x1000:], "the volume's header is gone"),
    ],
)
def test_what_can_lose_variables_is_damage(tmp_path: Path, data: bytes, words: str) -> None:
    found = row(tmp_path / "a.fd", data)
    assert (found.verdict, words in found.reason, found.damage_count > 0) == ("damaged", True, True)


def test_what_is_harmless_is_told_and_is_no_damage(tmp_path: Path) -> None:
    found = row(tmp_path / "a.fd", image([record("A", b"old", DYING)], OVMF_2M))
    assert (found.verdict, found.damage_count, found.damage[0].is_harmful) == ("ok", 1, False)


def test_of_very_much_damage_the_first_is_told(tmp_path: Path) -> None:
    found = row(tmp_path / "a.fd", image([record("A", bytes(2), 0x11) for _ in range(50)], OVMF_2M))
    assert (found.verdict, len(found.damage), found.damage_count >= 50) == ("damaged", MOST_DAMAGE, True)


def test_a_list_of_keys_that_makes_no_sense_is_damage(tmp_path: Path) -> None:
    guid = bytes.fromhex("cbb219d73a3d9645a3bcdad00e67656f")
    found = row(tmp_path / "a.fd", image([record("db", b"nonsense", attributes=0x27, guid=guid)], OVMF_2M))
    assert found.verdict == "damaged"
    assert "db makes no sense" in found.reason


def test_a_store_without_authentication_is_damage_for_ovmf(tmp_path: Path) -> None:
    found = row(tmp_path / "a.fd", image([record("A", b"1", plain=True)], OVMF_2M, PLAIN))
    assert (found.verdict, "no room for authentication" in found.reason) == ("damaged", True)


def test_a_file_larger_than_any_image_is_left_alone_when_met_and_is_a_row_when_named(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert looked_at(Found(str(path)), MANNER) == Skipped(str(path), "larger than any image")
    named = looked_at(Found(str(path), is_named=True), MANNER)
    assert isinstance(named, Row)
    assert (named.verdict, named.size) == ("damaged", 1 << 30)


def test_an_image_packed_as_qcow2_is_unpacked(tmp_path: Path) -> None:
    if shutil.which("qemu-img") is None:
        pytest.skip("qemu-img is not here: install Debian's package qemu-utils")
    (tmp_path / "a.fd").write_bytes(IMAGE)
    subprocess.run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", tmp_path / "a.fd", tmp_path / "a.qcow2"], check=True)
    found = looked_at(Found(str(tmp_path / "a.qcow2")), MANNER)
    assert isinstance(found, Row)
    assert (found.format, found.size, found.variables) == ("qcow2", 0x20000, 3)


def test_a_fault_of_ours_is_a_row_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(look, "is_volume", broken)
    found = row(tmp_path / "a.fd", IMAGE)
    assert (found.verdict, found.reason) == ("damaged", "reading it failed with ZeroDivisionError: oh; this is a defect of efirt")


def test_a_refusal_of_bytes_does_not_name_the_file_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(path: str, *_given: object, **_more: object) -> None:
        raise DecodeError(f"{path}, a volume", 7, "it is odd")

    monkeypatch.setattr(look, "read_bytes", refusing)
    assert row(tmp_path / "a.fd", IMAGE).reason == "a volume, at byte 7: it is odd"


@given(st.binary(max_size=200), st.integers(0, len(IMAGE) - 200), st.booleans())
def test_any_bytes_are_a_row_or_no_image(tmp_path_factory: pytest.TempPathFactory, junk: bytes, at: int, is_named: bool) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    for data in (junk, IMAGE[:at] + junk + IMAGE[at + len(junk) :]):
        found = told(path, data, is_named=is_named)
        assert isinstance(found, Row) or not is_named
        assert "defect" not in getattr(found, "reason", "")
