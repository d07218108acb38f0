"""A disk with a FAT file system, from which firmware boots, and to which its shell writes."""

import subprocess
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from lab.tools import tool

_MEBIBYTE: Final = 1 << 20
_SPARE: Final = 40 * _MEBIBYTE  # FAT32 wants 65525 clusters, so no disk is smaller than this


def _mtools(name: str, disk: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    # MTOOLS_SKIP_CHECK: what firmware formatted or what is not of a diskette's geometry is fine.
    environment = {"MTOOLS_SKIP_CHECK": "1", "MTOOLSRC": "/dev/null"}
    return subprocess.run([tool(name), "-i", str(disk), *words], check=check, capture_output=True, env=environment)


def make(disk: Path, files: Mapping[str, Path]) -> None:
    """Make a disk holding files.

    Args:
        disk: The image to write.
        files: Contents by path on the disk, "EFI/BOOT/BOOTX64.EFI".
    """
    size = _SPARE + sum(path.stat().st_size for path in files.values())
    with disk.open("wb") as image:
        image.truncate(-(-size // _MEBIBYTE) * _MEBIBYTE)
    subprocess.run([tool("mkfs.vfat"), "-F", "32", "-s", "1", str(disk)], check=True, capture_output=True)
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents} - {"."}
    for name in sorted(folders):
        _mtools("mmd", disk, f"::{name}")
    for name, path in files.items():
        _mtools("mcopy", disk, str(path), f"::{name}")


def read(disk: Path, name: str, to: Path) -> bool:
    """Copy a file or folder from a disk, telling whether it was there."""
    to.parent.mkdir(parents=True, exist_ok=True)
    return _mtools("mcopy", disk, "-s", "-n", f"::{name}", str(to), check=False).returncode == 0
