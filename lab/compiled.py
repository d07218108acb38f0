"""Python compiled beforehand, by the guest's own interpreter run on the host: inside, compiling is twenty times slower.

The bytecode never looks at its source's date, which an archive does not keep.
"""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from lab import cache

# Reads pairs of source and guest path as JSON; a source that does not compile is left to the guest to complain about.
_PROGRAM: Final = """\
import json, py_compile, sys
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
for source, compiled, name in json.load(sys.stdin):
    try:
        py_compile.compile(source, compiled, name, doraise=True, invalidation_mode=mode)
    except (py_compile.PyCompileError, OSError, ValueError):
        pass
"""


def beside(name: str, python: str) -> str:
    """Give the path of a source's bytecode."""
    path = PurePosixPath(name)
    return str(path.parent / "__pycache__" / f"{path.stem}.cpython-{python.replace('.', '')}.pyc")


def _compile(root: Path, python: str, work: list[tuple[str, str, str]]) -> None:
    """Compile with the Python unpacked under a root; where its machine code does not run, do nothing."""
    if not work or platform.machine() != "x86_64" or platform.system() != "Linux":
        return
    libraries = root / "usr/lib/x86_64-linux-gnu"
    loader, interpreter = libraries / "ld-linux-x86-64.so.2", root / f"usr/bin/python{python}"
    argv = [str(loader), "--library-path", str(libraries), str(interpreter), "-S", "-s", "-c", _PROGRAM]
    environment = {**os.environ, "PYTHONHOME": str(root / "usr"), "PYTHONPATH": ""}
    subprocess.run(argv, input=json.dumps(work), text=True, check=False, env=environment)


def compile_all(root: Path, python: str) -> None:
    """Put bytecode beside each source under a root, for a guest whose root it will be."""
    names = [path.relative_to(root).as_posix() for path in root.rglob("*.py")]
    _compile(root, python, [(str(root / name), str(root / beside(name, python)), f"/{name}") for name in names])


def bytecode(sources: Mapping[str, bytes], root: Path, python: str) -> dict[str, bytes]:
    """Give the bytecode of sources, by the path of the bytecode.

    What was compiled once is found in the cache again.

    Args:
        sources: Contents by path in the guest.
        root: Where the guest's packages are unpacked.
        python: The version of the guest's Python.
    """
    shelf = cache.root() / f"bytecode-{python}"
    shelf.mkdir(parents=True, exist_ok=True)
    work: list[tuple[str, str, str]] = []
    places: dict[str, Path] = {}
    for name, source in sources.items():
        place = shelf / hashlib.sha256(f"/{name}\0".encode() + source).hexdigest()
        places[beside(name, python)] = place
        if not place.exists():
            text = place.with_suffix(".py")
            cache.write(text, source)
            work.append((str(text), str(place), f"/{name}"))
    _compile(root, python, work)
    for written, _place, _name in work:
        Path(written).unlink(missing_ok=True)
    return {path: place.read_bytes() for path, place in places.items() if place.exists()}
