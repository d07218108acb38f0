"""A directory with a file for each variable, while others change it, and the order in which it reaches the disk."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from efirt.drivers.image import locks
from efirt.drivers.image.folder import create_folder, read_folder
from efirt.errors import DriverError
from efirt.images.contents import Contents
from efirt.images.directory import encode_entries
from efirt.ops import GetVariable, SetVariable
from efirt.store import Record
from efirt.values.key import Key
from tests.drivers.image.disk import Disk
from tests.drivers.image.images import FOR_BOOT, OURS, STORED, TWIN, A, B, names, opened, written


def filled(path: Path, *records: Record) -> Path:
    path.mkdir(exist_ok=True)
    for name, data in encode_entries(Contents(records)):
        (path / name).write_bytes(data)
    return path


def seen(path: Path) -> dict[Key, bytes | None]:
    driver = opened(path)
    return {key: driver.call(GetVariable(key)).data for key in names(driver)}


@pytest.mark.parametrize("data", [b"new", b""])
def test_a_file_that_somebody_else_changed_is_not_written_over_and_the_others_are_written(tmp_path: Path, data: bytes) -> None:
    path = filled(tmp_path / "d", Record(A, STORED, b"ours"), Record(B, FOR_BOOT, b"boot"))
    first, second = opened(path), opened(path)
    written(second, A, b"second")
    written(second, TWIN, b"made")
    for key in (A, TWIN):
        with pytest.raises(DriverError, match="was changed by somebody else"):
            first.call(SetVariable(key, STORED, data or b"x"))
    with pytest.raises(DriverError, match="was changed by somebody else"):
        first.call(SetVariable(A, STORED, data))
    written(first, B, b"first", FOR_BOOT)
    assert seen(path) == {A: b"second", TWIN: b"made", B: b"first"}
    assert first.call(GetVariable(A)).data == b"ours"


def test_a_file_that_somebody_else_took_away_is_not_made_again(tmp_path: Path) -> None:
    path = filled(tmp_path / "d", Record(A, STORED, b"ours"))
    driver = opened(path)
    (path / str(A)).unlink()
    with pytest.raises(DriverError, match="was changed by somebody else"):
        driver.call(SetVariable(A, STORED, b"new"))
    assert [*path.iterdir()] == []


def test_who_waits_for_a_directory_that_is_never_let_go_is_told_and_force_does_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(tmp_path / "d", Record(A, STORED, b"ours"))
    monkeypatch.setattr(locks, "_PATIENCE_SECONDS", 0.05)
    with locks.Locked(str(path)):
        with pytest.raises(DriverError, match="is in use: another process has locked it"):
            opened(path).call(SetVariable(A, STORED, b"new"))
        written(opened(path, force="yes"), A, b"forced")
    written(opened(path), A, b"later")
    assert seen(path) == {A: b"later"}


def test_a_file_whose_name_has_the_guid_in_capitals_is_the_one_that_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "d"
    path.mkdir()
    name = f"A-{str(OURS).upper()}"
    (path / name).write_bytes(b"\7\0\0\0old")
    written(driver := opened(path), A, b"new")
    assert read_folder(str(path)) == [(name, b"\7\0\0\0new")]
    written(driver, A, b"")
    assert read_folder(str(path)) == []


def calls(path: Path, monkeypatch: pytest.MonkeyPatch, key: Key, data: bytes) -> Sequence[str]:
    driver = opened(path)
    with Disk(path, str(key)).watched(monkeypatch) as disk:
        written(driver, key, data)
    return [event.call for event in disk.events]


def test_a_name_that_is_given_or_taken_is_on_the_disk_before_the_write_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = filled(tmp_path / "d", Record(A, STORED, b"ours"))
    assert calls(path, monkeypatch, A, b"new") == ["create", "write", "fsync file", "rename", "fsync directory"]
    assert calls(path, monkeypatch, B, b"new") == ["create", "write", "fsync file", "link", "unlink", "fsync directory"]
    assert calls(path, monkeypatch, A, b"") == ["unlink", "fsync directory"]


def test_a_new_directory_s_names_are_on_the_disk_before_it_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    for call in ("mkdir", "pwrite", "fsync", "rename"):
        monkeypatch.setattr(os, call, noting(done, call))
    create_folder(str(tmp_path / "d"), [("A", b"a"), ("B", b"b")])
    assert done == ["mkdir", "pwrite", "fsync", "pwrite", "fsync", "fsync", "rename", "fsync"]


def noting(done: list[str], name: str) -> object:
    call = getattr(os, name)

    def noted(*given: object, **more: object) -> object:
        done.append(name)
        return call(*given, **more)

    return noted
