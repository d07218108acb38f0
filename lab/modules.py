"""Kernel modules: what they depend on, read from themselves, since an unpacked package has no index."""

import lzma
import re
from collections.abc import Iterable
from pathlib import Path


def _plain(name: str) -> str:
    """Give a module's name as the kernel says it."""
    return name.replace("-", "_")


def read(path: Path) -> bytes:
    """Read a module, which some suites compress."""
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def depends(module: bytes) -> list[str]:
    """Give the modules a module wants before it.

    Source: Linux, scripts/mod/modpost.c, add_depends: section .modinfo holds ``depends=`` and names with commas.
    """
    found = re.search(rb"\0depends=([^\0]*)\0", module)
    return [name for name in found[1].decode().split(",") if name] if found else []


def in_order(folder: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    """Give the wanted modules found under a folder, and all they depend on, each after what it depends on.

    A wanted module that is nowhere is built into this kernel and left out.
    """
    paths = {_plain(path.name.partition(".")[0]): path for path in folder.rglob("*.ko*")}
    order: dict[str, bytes] = {}

    def add(name: str) -> None:
        if name in order or name not in paths:
            return
        data = read(paths[name])
        for needed in depends(data):
            add(_plain(needed))
        order[name] = data

    for name in wanted:
        add(_plain(name))
    return order
