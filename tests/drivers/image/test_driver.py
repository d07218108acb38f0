"""The driver over an image: what shows, what is written and when, in each format."""

import os
from pathlib import Path

import pytest

import efirt
from efirt.drivers.image.driver import carries, find, open_driver
from efirt.errors import DecodeError, DriverError, NotCarried
from efirt.images import directory
from efirt.images.contents import Contents
from efirt.images.conversion import converted
from efirt.images.detect import FORMATS
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import problems
from efirt.ops import OPERATIONS, GetTime, GetVariable, QueryVariableInfo, ResetSystem, SetTime, SetVariable
from efirt.ops.miscellaneous import ResetType
from efirt.store import Record
from efirt.values.efi_time import EfiTime
from efirt.values.status import Status
from tests.drivers.image.images import FOR_BOOT, STORED, TWIN, VOLATILE, A, B, made, names, opened, three, values, written


def test_before_boot_all_show_in_order_and_nothing_is_made_up(tmp_path: Path) -> None:
    assert names(opened(three(tmp_path / "vars.fd"))) == [A, TWIN, B]


def test_after_boot_only_those_with_runtime_access_show_behind_what_boot_makes(tmp_path: Path) -> None:
    shown = names(opened(three(tmp_path / "vars.fd"), phase="runtime"))
    assert shown[0].name == "SetupMode"
    assert shown[-2:] == [A, TWIN]


def test_reading_leaves_the_file_as_it_is_to_the_byte_and_to_its_time(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    before, when = path.read_bytes(), path.stat().st_mtime_ns
    driver = opened(path)
    names(driver)
    driver.call(QueryVariableInfo(STORED))
    assert driver.call(SetVariable(B, VOLATILE, b"x")).status == Status.INVALID_PARAMETER
    driver.close()
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, when)


@pytest.mark.parametrize("in_place", ["no", "yes"])
@pytest.mark.parametrize("layout", ["ovmf-4m", "ovmf-2m", "aavmf-unpadded"])
def test_each_change_is_in_the_file_when_the_call_returns(tmp_path: Path, in_place: str, layout: str) -> None:
    path = three(tmp_path / "vars.fd", layout)
    held = path.open("rb")  # as long as it is open, no other file gets its number
    inode = path.stat().st_ino
    driver = opened(path, in_place=in_place)
    written(driver, A, b"new")
    assert values(path) == {A: b"new", TWIN: b"theirs", B: b"boot"}
    written(driver, TWIN, b"")
    assert values(path) == {A: b"new", B: b"boot"}
    written(driver, B, b"changed", FOR_BOOT)
    assert values(path) == {A: b"new", B: b"changed"}
    assert (path.stat().st_ino == inode) == (in_place == "yes")
    held.close()
    assert names(opened(path)) == names(driver)
    image = Edk2Image.decode(path.read_bytes())
    assert problems(image) == ()
    assert (image.reclaimable > 0) == (in_place == "yes")


def test_a_write_shows_also_after_the_rules_were_loaded_for_something_else(tmp_path: Path) -> None:
    driver = opened(three(tmp_path / "vars.fd"))
    assert driver.call(GetTime()).status == Status.SUCCESS
    written(driver, A, b"new")
    assert driver.call(GetVariable(A)).data == b"new"
    assert driver.call(SetTime(EfiTime(2031, 5, 6, 12, 0, 0))).status == Status.SUCCESS
    written(driver, TWIN, b"newer")
    assert {key: driver.call(GetVariable(key)).data for key in names(driver)} == {A: b"new", TWIN: b"newer", B: b"boot"}
    assert values(tmp_path / "vars.fd") == {A: b"new", TWIN: b"newer", B: b"boot"}


def test_writing_what_is_there_already_writes_nothing(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    when = path.stat().st_mtime_ns
    written(opened(path), TWIN, b"theirs")
    assert path.stat().st_mtime_ns == when


def test_a_padded_image_is_written_and_stays_as_large(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd", "aavmf")
    size = path.stat().st_size
    written(opened(path), A, b"new")
    written(opened(path, in_place="yes"), B, b"new", FOR_BOOT)
    assert path.stat().st_size == size
    assert values(path) == {A: b"new", TWIN: b"theirs", B: b"new"}


@pytest.mark.parametrize("in_place", ["no", "yes"])
def test_a_write_that_fails_is_an_error_and_changes_nothing(tmp_path: Path, in_place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = three(tmp_path / "vars.fd")
    before = path.read_bytes()
    driver = opened(path, in_place=in_place)

    def full(*_given: object) -> int:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        with pytest.raises(DriverError, match="No space left on device"):
            driver.call(SetVariable(A, STORED, b"new"))
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["vars.fd"]
    assert driver.call(GetVariable(A)).data == b"ours"
    written(driver, A, b"later")
    assert values(path)[A] == b"later"


def test_what_no_flash_holds_is_an_error_and_does_not_vanish_silently(tmp_path: Path) -> None:
    driver = opened(three(tmp_path / "vars.fd"))
    with pytest.raises(DriverError, match="is volatile"):
        driver.call(SetVariable(A._replace(name="Volatile"), VOLATILE, b"x"))
    assert names(driver) == [A, TWIN, B]


def test_a_file_that_somebody_else_changed_is_not_written_over(tmp_path: Path) -> None:
    path = three(tmp_path / "vars.fd")
    first, second = opened(path), opened(path)
    written(second, A, b"second")
    with pytest.raises(DriverError, match="was changed by somebody else"):
        first.call(SetVariable(B, FOR_BOOT, b"first"))
    assert values(path) == {A: b"second", TWIN: b"theirs", B: b"boot"}


@pytest.mark.parametrize("name", ["qemu-json", "xapi", "aws", "dmpstore", "directory"])
def test_every_format_of_many_variables_is_read_and_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / "vars"
    records = (Record(A, STORED, b"ours"), Record(TWIN, STORED, b"theirs"), Record(B, FOR_BOOT, b"boot"))
    if name == "directory":
        path.mkdir()
        for file, data in directory.encode_entries(Contents(records)):
            (path / file).write_bytes(data)
    elif name == "aws":
        pytest.importorskip("pyuefivars", reason="has the dictionary of Amazon's blobs")
        assert efirt_image("convert", str(three(tmp_path / "vars.fd")), str(path), "--to", "aws") == 0
    else:
        path.write_bytes(FORMATS[name].codec.encode(converted(Contents(records), "edk2", name).contents))
    driver = opened(path)
    assert set(names(driver)) == {A, B, TWIN}
    written(driver, A, b"new")
    written(driver, TWIN, b"")
    again = opened(path)
    assert {key: again.call(GetVariable(key)).data for key in names(again)} == {A: b"new", B: b"boot"}


def efirt_image(*words: str) -> int:
    from efirt.cli.main import main

    return main(["image", *words])


def test_what_is_reset_is_a_machine_and_an_image_is_none(tmp_path: Path) -> None:
    driver = opened(three(tmp_path / "vars.fd"))
    with pytest.raises(NotCarried, match="an image is not a machine"):
        driver.call(ResetSystem(ResetType.COLD))
    carried, refused = carries()
    assert (driver.carried, {*refused}) == (carried, {*OPERATIONS} - carried)
    assert find().applies


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("image:", ValueError, "needs the path"),
        ("image:{}?phase=noon", ValueError, "boot or runtime"),
        ("image:{}?in-place=perhaps", ValueError, "yes or no"),
        ("image:{}?nonsense=1", ValueError, "no option 'nonsense'"),
        ("image:{}?profile=nonsense", ValueError, "no firmware profile"),
        ("image:{}.missing", DriverError, "No such file"),
        ("image:/dev/null", DriverError, "it is no file"),
    ],
)
def test_what_cannot_be_opened_says_why(tmp_path: Path, name: str, kind: type[Exception], why: str) -> None:
    path = three(tmp_path / "vars.fd")
    with pytest.raises(kind, match=why):
        efirt.open(name.format(path))


def test_a_file_with_one_variable_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(FORMATS["efivar"].codec.encode(Contents((Record(A, STORED, b"x"),))))
    with pytest.raises(DriverError, match="is no image"):
        open_driver(str(tmp_path / "one"))


def test_a_damaged_image_is_refused_with_its_name_and_the_way_out(tmp_path: Path) -> None:
    path = made(tmp_path / "vars.fd")
    data = bytearray(path.read_bytes())
    data[0x5C] = 0
    path.write_bytes(data)
    with pytest.raises(DecodeError, match=r"vars\.fd.*efirt image repair"):
        open_driver(str(path))


def test_another_profile_answers_as_that_firmware_does(tmp_path: Path) -> None:
    assert names(opened(three(tmp_path / "vars.fd"), profile="edk2")) == [A, TWIN, B]
