"""Which files are looked at."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from efirt.scan.plan import Found, counted, expanded, planned
from efirt.scan.row import Row, Skipped


def names(place: Path, *paths: Path | str) -> set[str]:
    return {one.path.removeprefix(f"{place}/") for one in planned(map(str, paths)) if isinstance(one, Found)}


def skipped(*paths: Path) -> dict[str, str]:
    return {Path(one.path).name: one.why for one in planned(map(str, paths)) if isinstance(one, Skipped)}


def rows(*paths: Path | str) -> dict[str, str]:
    return {one.path: one.reason for one in planned(map(str, paths)) if isinstance(one, Row)}


def test_a_directory_is_searched_to_its_depths(place: Path) -> None:
    assert names(place, place) == {"a.fd", "deeper/b.fd", "notes.txt"}
    assert not any(one.is_named for one in planned([str(place)]) if isinstance(one, Found))


def test_a_file_that_is_named_is_told_apart_from_one_that_is_found(place: Path) -> None:
    assert list(planned([str(place / "a.fd")])) == [Found(str(place / "a.fd"), is_named=True)]


def test_links_in_a_directory_are_not_followed_and_circles_end(place: Path) -> None:
    (place / "deeper" / "up").symlink_to(place)
    (place / "link.fd").symlink_to(place / "a.fd")
    (place / "dangling.fd").symlink_to("nowhere")
    assert names(place, place) == {"a.fd", "deeper/b.fd", "notes.txt"}
    assert skipped(place) == dict.fromkeys(("up", "link.fd", "dangling.fd"), "symbolic links")


def test_links_that_are_named_are_followed(place: Path, tmp_path: Path) -> None:
    (tmp_path / "link.fd").symlink_to(place / "a.fd")
    (tmp_path / "folder").symlink_to(place)
    assert names(tmp_path, tmp_path / "link.fd", tmp_path / "folder") == {
        "link.fd", "folder/a.fd", "folder/deeper/b.fd", "folder/notes.txt"
    }  # fmt: skip


@pytest.fixture
def unfit(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    os.mkfifo(place / "pipe")
    monkeypatch.chdir(place)  # since a socket's name has few characters
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("socket")
    return place


def test_pipes_and_sockets_in_a_directory_are_not_looked_at(unfit: Path) -> None:
    assert skipped(unfit) == dict.fromkeys(("pipe", "socket"), "pipes, sockets and devices")


def test_pipes_devices_and_what_is_not_there_are_a_row_each_when_named(unfit: Path) -> None:
    told = rows(unfit / "pipe", unfit / "socket", "/dev/null", unfit / "missing", f"{unfit}/a.fd/x", "nul\0byte")
    assert list(told.values()) == [
        "it is a pipe, and no file",
        "it is a socket, and no file",
        "it is a device, and no file",
        "it cannot be read: No such file or directory",
        "it cannot be read: Not a directory",
        "it cannot be read: embedded null byte",
    ]


def test_a_directory_that_cannot_be_read_is_a_row(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def closed(path: str) -> object:
        if path.endswith("deeper"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert rows(place) == {f"{place}/deeper": "it cannot be read: Permission denied"}
    assert names(place, place) == {"a.fd", "notes.txt"}


def test_a_directory_like_efivarfs_is_one_image(place: Path) -> None:
    (place / "vars").mkdir()
    (place / "vars" / "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c").write_bytes(b"\7\0\0\0\0\0")
    found = [one for one in planned([str(place)]) if isinstance(one, Found) and one.is_directory]
    assert found == [Found(f"{place}/vars", is_directory=True)]


def test_the_system_s_own_directories_are_left_alone() -> None:
    assert list(planned(["/proc"])) == [Skipped("/proc", "the system's own")]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.fd", ["a.fd"]),
        ("?.fd", ["a.fd"]),
        ("[ab].fd", ["a.fd"]),
        ("[!a].fd", []),
        ("*/*.fd", ["deeper/b.fd"]),
        ("**/*.fd", ["a.fd", "deeper/b.fd"]),
        ("deeper/**/b.fd", ["deeper/b.fd"]),
        ("**", ["."]),
        ("**/b*", ["deeper/b.fd"]),
        (".*", [".hidden"]),
        ("*", ["a.fd", "deeper", "notes.txt"]),
        ("none/*", []),
    ],
)
def test_patterns_mean_what_they_mean_to_a_shell(place: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, found: list[str]) -> None:
    (place / ".hidden").mkdir()
    (place / ".hidden" / "c.fd").write_bytes(b"")
    (place / "deeper" / "up").symlink_to(place)
    monkeypatch.chdir(place)
    assert list(expanded(pattern)) == found
    assert list(expanded(f"{place}/{pattern}")) == [f"{place}/{name}" if name != "." else str(place) for name in found]


def test_what_a_pattern_finds_counts_as_named_and_a_pattern_that_finds_nothing_is_a_row(place: Path) -> None:
    assert list(planned([f"{place}/*.fd"])) == [Found(f"{place}/a.fd", is_named=True)]
    assert rows(f"{place}/*.none") == {f"{place}/*.none": "no file has such a name"}


def test_a_name_that_looks_like_a_pattern_and_is_there_is_a_name(place: Path) -> None:
    (place / "vm[1].fd").write_bytes(b"")
    assert names(place, place / "vm[1].fd") == {"vm[1].fd"}


def test_a_pattern_goes_deeper_than_python_calls_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    depth = sys.getrecursionlimit() + 100
    for _ in range(depth):
        Path("d").mkdir()
        os.chdir("d")
    try:
        os.chdir(tmp_path)
        found = list(expanded("**/nothing"))
        os.chdir("/".join("d" * (depth - 1)))
    finally:
        for _ in range(depth):
            Path("d").rmdir()
            os.chdir("..")
    assert found == []


def test_files_are_counted_unless_that_takes_long_or_nobody_wants_to_know(place: Path) -> None:
    def asked(*, answer: bool) -> Callable[[], bool]:
        return lambda: answer

    assert counted([str(place)], asked(answer=False)) == 3
    for number in range(300):
        (place / f"{number}").write_bytes(b"")
    assert counted([str(place)], asked(answer=True)) is None
