"""The module efi_test, which Debian's kernel leaves out: built of that kernel's own source. Built once, then cached."""

import os
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from lab import cache, kit, packages, tools
from lab.errors import Missing
from lab.machines import KITS, MACHINES, Kit

_SOURCE: Final = "drivers/firmware/efi/test/"
_COMPILER: Final = "gcc-12"


def efi_test(machine: str) -> Path:
    """Give the module for a machine's kernel, fetching and building it first when it is not in the cache.

    Args:
        machine: One with Linux.

    Raises:
        Missing: It is not, and cannot be built here.
    """
    its_kit = KITS[MACHINES[machine].kit]
    built = kit.build(its_kit)
    kernel = re.search(r"^linux-image-(?P<release>(?P<line>\d+\.\d+)\.\S*?)_(?P<version>\S+)_amd64$", built.versions, re.MULTILINE)
    if kernel is None:
        message = f"which kernel {machine} has is not known"
        raise Missing(message)
    name = f"efi_test-{kernel['release']}-{kernel['version'].replace(':', '_')}"
    return cache.directory(name, lambda folder: _build(its_kit, kernel, folder)) / "efi_test.ko"


def _build(its_kit: Kit, kernel: re.Match[str], folder: Path) -> None:
    release, line, version = kernel["release"], kernel["line"], kernel["version"]
    make, _ = tools.tool("make"), tools.tool(_COMPILER)
    common = release.removesuffix("amd64") + "common"
    wanted = [f"linux-headers-{release}", f"linux-headers-{common}", f"linux-kbuild-{line}", f"linux-source-{line}"]
    with tempfile.TemporaryDirectory(prefix="work.", dir=folder.parent) as name:
        work = Path(name)
        apt = packages.Apt(work / "apt", its_kit.suite)
        for package in apt.download([*(f"{one}={version}" for one in wanted), "libelf1"], work / "debs"):
            packages.unpack(package, work / "root")
        headers = work / f"root/usr/src/linux-headers-{release}"
        (headers / "Makefile").write_text(f"include {work}/root/usr/src/linux-headers-{common}/Makefile\n")
        here = work / "module"
        here.mkdir()
        _take_source(work / f"root/usr/src/linux-source-{line}.tar.xz", f"linux-source-{line}/{_SOURCE}", here)
        (here / "Makefile").write_text("obj-m := efi_test.o\n")
        libraries = os.environ | {"LD_LIBRARY_PATH": str(work / "root/usr/lib/x86_64-linux-gnu")}
        done = subprocess.run(
            [make, "-C", str(headers), f"M={here}", "modules"], env=libraries, capture_output=True, text=True, errors="replace", check=False
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
            message = f"efi_test cannot be built here: {' '.join(said)}"
            raise Missing(message)
        (here / "efi_test.ko").rename(folder / "efi_test.ko")


def _take_source(archive: Path, prefix: str, folder: Path) -> None:
    """Unpack the files of one folder; what stands behind them in the archive, which is most of it, is not read."""
    with tarfile.open(archive, "r|xz") as members:
        found = False
        for member in members:
            if member.isfile() and member.name.startswith(prefix):
                data = members.extractfile(member)
                (folder / Path(member.name).name).write_bytes(data.read() if data else b"")
                found = True
            elif found and not member.name.startswith(prefix):
                return
