"""Programs of others that read flash images, each asked for every variable of one."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest

from efirt.values.guid import Guid
from efirt.values.key import Key
from tests.images.test_edk2_stock import fetched
from tests.real.shell import Variables

_HEADER_SIZE: Final = 60
_GUID: Final = slice(44, 60)
CERTDB: Final = Key("certdb", Guid.parse("d9bee56e-75dc-49d9-b4d7-b534210f637a"))


def program(name: str, package: str) -> str:
    """Find a program of a Python package, or of this system."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is NOT here, so what it reads is not compared: install the Python package {package}")
    return found


def _listed(path: Path) -> Variables:
    """Read QEMU's JSON, as both packages write it."""
    found = json.loads(path.read_text(encoding="utf-8"))["variables"]
    read = {Key(one["name"], Guid.parse(one["guid"])): (one["attr"], bytes.fromhex(one["data"])) for one in found}
    assert len(read) == len(found)
    return read


def by_virt_firmware(path: Path, *more: str) -> Variables:
    """What virt-fw-vars finds. It knows a variable by its name alone, so of two of one name it finds one."""
    target = path.with_suffix(".virt.json")
    subprocess.run([program("virt-fw-vars", "virt-firmware"), "-i", path, *more, "--output-json", target], check=True, capture_output=True)
    return _listed(target)


def by_uefivars(path: Path) -> Variables:
    """What uefivars finds. It knows no record that an update left half done, and no header that was never finished.

    It does not show certdb, of which it makes digests of other variables, and writes one of its own making.
    """
    target = path.with_suffix(".uefivars.json")
    words = ["-i", "edk2", "-I", str(path), "-o", "json", "-O", str(target)]
    subprocess.run([program("uefivars", "uefivars"), *words], check=True, capture_output=True)
    return _listed(target)


def by_uefiextract(path: Path) -> Variables:
    """What UEFIExtract finds. It takes apart what is there: also each older copy, which it calls invalid, of a state that is not 0x3F."""
    extractor = shutil.which("UEFIExtract") or str(fetched("bookworm") / "usr/bin/UEFIExtract")
    try:
        subprocess.run([extractor, path, "all"], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("UEFIExtract is NOT here, so what it reads is not compared: install Debian's package uefitool-cli")
    read = Variables()
    for told in path.with_name(f"{path.name}.dump").glob("*/*VSS2 store/*/info.txt"):
        if "Subtype: Auth\n" in told.read_text(encoding="utf-8", errors="replace"):
            header, body = (told.with_name(f"{name}.bin") for name in ("header", "body"))
            raw = header.read_bytes()
            key = Key(raw[_HEADER_SIZE:-2].decode("utf-16-le"), Guid(raw[_GUID]))
            assert key not in read
            read[key] = int.from_bytes(raw[4:8], "little"), body.read_bytes() if body.exists() else b""
    return read


READERS: Final[Mapping[str, Callable[[Path], Variables]]] = {
    "UEFIExtract": by_uefiextract,
    "uefivars": by_uefivars,
    "virt-firmware": by_virt_firmware,
}
