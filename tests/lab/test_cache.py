"""The cache: where it is, and that what is in it is whole."""

import threading
import time
from pathlib import Path

import pytest

from lab import cache


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EFIRT_LAB_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.root() == tmp_path / "efirt-lab"
    monkeypatch.setenv("EFIRT_LAB_CACHE", str(tmp_path / "own"))
    assert cache.root() == tmp_path / "own"
    monkeypatch.delenv("EFIRT_LAB_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache.root() == tmp_path / "home" / ".cache" / "efirt-lab"


def test_what_could_not_be_built_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EFIRT_LAB_CACHE", str(tmp_path))

    def build(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - it is the one raised above
        cache.directory("kit", build)
    assert [path.name for path in tmp_path.iterdir()] == ["kit.lock"]


def test_of_two_that_start_at_once_one_builds_and_both_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EFIRT_LAB_CACHE", str(tmp_path))
    built: list[Path] = []
    given: list[Path] = []

    def build(folder: Path) -> None:
        built.append(folder)
        time.sleep(0.1)
        (folder / "whole").touch()

    threads = [threading.Thread(target=lambda: given.append(cache.directory("kit", build))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert given == [tmp_path / "kit"] * 2
    assert (tmp_path / "kit" / "whole").exists()


def test_a_file_is_written_whole_and_over_what_was_there(tmp_path: Path) -> None:
    for data in (b"one", b"two"):
        cache.write(tmp_path / "sub" / "file", data)
    assert [path.read_bytes() for path in (tmp_path / "sub").iterdir()] == [b"two"]
