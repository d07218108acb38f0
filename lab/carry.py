"""What is carried into a guest: files, folders, the working tree, Python distributions."""

import importlib.metadata
import os
import platform
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from lab import cpio
from lab.guest import PACKAGES

_LEFT_OUT: Final = frozenset({"__pycache__", "build", "dist", "node_modules", "site", "htmlcov", "lab-out"})
_SUFFIXES: Final = frozenset({".pyc", ".egg-info"})


def _walk(root: Path) -> Iterator[Path]:
    """Give the files under a folder, without what is hidden or made by tools."""
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.name in _LEFT_OUT or path.suffix in _SUFFIXES:
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield path


def tree(root: Path) -> dict[str, Path]:
    """Give the working tree as something to put: under /efirt, without the lab, hidden files and what tools make."""
    lab = root / "lab"
    return {f"/efirt/{path.relative_to(root).as_posix()}": path for path in _walk(root) if not path.is_relative_to(lab)}


def _files(name: str) -> Iterator[tuple[str, Path]]:
    for file in importlib.metadata.files(name) or ():
        inside = not file.is_absolute() and file.parts[0] != ".."
        if inside and "__pycache__" not in file.parts and (path := Path(str(file.locate()))).is_file():
            yield f"/{PACKAGES}/{file.as_posix()}", path


def _runs_in(python: str | None) -> bool:
    """Tell whether machine code of the running interpreter's distributions runs under a guest's Python."""
    same = python == f"{sys.version_info.major}.{sys.version_info.minor}" and sys.implementation.name == "cpython"
    return same and sys.platform == "linux" and platform.machine() == "x86_64"


def distributions(*names: str, python: str | None = None) -> dict[str, Path]:
    """Give distributions of the running interpreter as something to put where the guest's Python finds them.

    Left out is a name that is not installed, and what cannot run there: a distribution with machine code, unless the guest's
    Python is of the running interpreter's version.

    Args:
        names: Distributions; what they need has to be named too.
        python: The version of the guest's Python, ``KITS[MACHINES[machine].kit].python``.
    """
    put: dict[str, Path] = {}
    for name in names:
        try:
            files = dict(_files(name))
        except importlib.metadata.PackageNotFoundError:
            continue
        if _runs_in(python) or not any(path.suffix == ".so" for path in files.values()):
            put |= files
    return put


def _mode(path: Path) -> int:
    return stat.S_IFREG | (0o755 if os.access(path, os.X_OK) else 0o644)


def _one(name: str, what: Path | bytes) -> Iterator[cpio.Entry]:
    if isinstance(what, bytes):
        yield cpio.file(name, what)
    elif what.is_dir():
        for path in _walk(what):
            yield cpio.Entry(f"{name}/{path.relative_to(what).as_posix()}", _mode(path), path.read_bytes())
    else:
        yield cpio.Entry(name, _mode(what), what.read_bytes())


def entries(put: Mapping[str, Path | bytes]) -> Iterator[cpio.Entry]:
    """Give what is put as members of an archive.

    Args:
        put: A file, a folder or contents, by path in the guest.

    Raises:
        ValueError: A path in the guest is not absolute.
    """
    for name, what in put.items():
        if not name.startswith("/") or ".." in PurePosixPath(name).parts:
            message = f"put {name!r}: a path in the guest begins with / and has no .."
            raise ValueError(message)
        for entry in _one(name.rstrip("/"), what):
            yield entry._replace(name=cpio.merged(entry.name))


def sources(carried: Iterable[cpio.Entry]) -> dict[str, bytes]:
    """Give the modules among members of an archive: what Python compiles, which pytest does itself for tests."""
    return {
        entry.name: entry.data
        for entry in carried
        if entry.name.endswith(".py") and not PurePosixPath(entry.name).name.startswith(("test_", "conftest"))
    }
