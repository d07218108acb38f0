"""Where fetched and built things live between runs: a directory outside the tree."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path


def root() -> Path:
    """Give the cache directory, which may not exist yet: $EFIRT_LAB_CACHE, or efirt-lab where caches belong."""
    if named := os.environ.get("EFIRT_LAB_CACHE"):
        return Path(named)
    if caches := os.environ.get("XDG_CACHE_HOME"):
        return Path(caches) / "efirt-lab"
    return Path.home() / ".cache" / "efirt-lab"


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock, so that of two runs that start at once one builds and the other waits."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def directory(name: str, build: Callable[[Path], None]) -> Path:
    """Give a cached directory, building it first when it is not there: it appears whole or not at all."""
    parent = root()
    wanted = parent / name
    if wanted.is_dir():
        return wanted
    parent.mkdir(parents=True, exist_ok=True)
    with _locked(parent / f"{name}.lock"):
        if wanted.is_dir():
            return wanted
        fresh = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=parent))
        try:
            fresh.chmod(0o755)
            build(fresh)
            fresh.rename(wanted)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return wanted


def write(path: Path, data: bytes) -> None:
    """Write a cached file in one step, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    Path(file.name).replace(path)
