"""The files of this repository, as the rules of the house see them."""

import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SOURCE: Final = ROOT / "src" / "efirt"
NOT_OURS: Final = frozenset({"__pycache__", "build", "dist"})


def files() -> list[Path]:
    """List every file that is committed or could be: not ignored, and there."""
    listing = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode == 0:
        return sorted({path for name in listing.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()})
    # An unpacked sdist, or a checkout that belongs to somebody else: everything but what tools make.
    return sorted(path for path in ROOT.rglob("*") if path.is_file() and not _is_made(path.relative_to(ROOT).parts[:-1]))


def python_files() -> list[Path]:
    """List the Python files among them."""
    return [path for path in files() if path.suffix == ".py"]


def short(path: Path) -> str:
    """Name a file as people do."""
    return path.relative_to(ROOT).as_posix()


def _is_made(folders: tuple[str, ...]) -> bool:
    return any(folder in NOT_OURS or (folder.startswith(".") and folder != ".ci") for folder in folders)
