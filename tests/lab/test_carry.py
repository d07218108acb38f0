"""What is carried into a guest."""

import platform
import stat
import sys
from pathlib import Path

import pytest

from lab import carry, compiled, cpio


def test_the_working_tree_goes_without_hidden_files_caches_and_the_lab(tmp_path: Path) -> None:
    for name in ("src/efirt/a.py", "src/efirt/__pycache__/a.pyc", ".git/config", ".venv/b.py", "lab/run.py", "tests/lab/t.py", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert set(carry.tree(tmp_path)) == {"/efirt/src/efirt/a.py", "/efirt/tests/lab/t.py", "/efirt/README.md"}


def test_pytest_goes_where_the_guest_finds_it() -> None:
    put = carry.distributions("pytest", "pluggy", "no-such-distribution")
    assert {"/usr/lib/python3/dist-packages/pytest/__init__.py", "/usr/lib/python3/dist-packages/pluggy/__init__.py"} <= set(put)
    assert not any("__pycache__" in name or ".." in name for name in put)


def test_machine_code_goes_only_where_the_same_python_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "native-1.dist-info"
    written.mkdir()
    (tmp_path / "native.so").write_bytes(b"")
    (written / "METADATA").write_text("Metadata-Version: 2.1\nName: native\nVersion: 1\n", encoding="utf-8")
    (written / "RECORD").write_text("native.so,,\nnative-1.dist-info/METADATA,,\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not carry.distributions("native")
    assert not carry.distributions("native", python="2.7")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "platform", "linux")
    same = carry.distributions("native", python=f"{sys.version_info.major}.{sys.version_info.minor}")
    assert "/usr/lib/python3/dist-packages/native.so" in same


def test_a_folder_is_put_with_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "program").write_bytes(b"x")
    (tmp_path / "sub" / "program").chmod(0o700)
    (tmp_path / "text").write_bytes(b"y")
    entries = {entry.name: entry for entry in carry.entries({"/there/": tmp_path, "/bin/z": b"z"})}
    assert {name: entry.data for name, entry in entries.items()} == {"there/sub/program": b"x", "there/text": b"y", "usr/bin/z": b"z"}
    assert stat.S_IMODE(entries["there/sub/program"].mode) == 0o755


@pytest.mark.parametrize("path", ["relative", "/a/../b"])
def test_a_path_that_is_not_absolute_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="a path in the guest begins with /"):
        list(carry.entries({path: b""}))


def test_modules_are_compiled_beforehand_but_tests_are_not() -> None:
    given = [cpio.file(name, b"") for name in ("e/a.py", "e/test_a.py", "e/conftest.py", "e/text")]
    assert set(carry.sources(given)) == {"e/a.py"}
    assert compiled.beside("e/a.py", "3.11") == "e/__pycache__/a.cpython-311.pyc"
