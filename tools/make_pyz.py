"""Pack efirt into one file that needs a Python and nothing else.

The same sources give the same bytes everywhere: names are sorted, times are fixed, and nothing is compressed, since compressors differ.
"""

import sys
import zipfile
from pathlib import Path
from typing import Final

SOURCE: Final = Path(__file__).resolve().parent.parent / "src"
LEFT_OUT: Final = ("plugin.py",)  # what is of use under pytest only
SHEBANG: Final = b"#!/usr/bin/env python3\n"
MAIN: Final = b"""import sys

if sys.version_info < (3, 11):
    sys.exit("efirt: needs Python 3.11 or newer, and this is %d.%d" % sys.version_info[:2])
from efirt.cli.main import main

raise SystemExit(main())
"""
EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip file can say
MODE: Final = 0o100644 << 16


def members(source: Path) -> dict[str, bytes]:
    """Collect what goes in, by its name inside the archive."""
    package = source / "efirt"
    found = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in package.rglob("*")
        if path.suffix in {".py", ".typed"} and path.name not in LEFT_OUT
    }
    return {**found, "__main__.py": MAIN}


def pack(source: Path, target: Path) -> None:
    """Write the archive, executable."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.write(SHEBANG)
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, data in sorted(members(source).items()):
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.create_system = 3  # Unix, also where it is packed elsewhere
                entry.external_attr = MODE
                archive.writestr(entry, data)
    target.chmod(0o755)


if __name__ == "__main__":
    pack(SOURCE, Path(sys.argv[1]))
    print(sys.argv[1])
