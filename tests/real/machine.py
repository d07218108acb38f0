"""Booting a machine of the lab for a test: once for a file, with a loud skip where it cannot be."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

import lab

GUEST: Final = Path(__file__).parent / "guest"
ROOT: Final = Path(__file__).parents[2]
_PYTEST: Final = ("pytest", "pluggy", "iniconfig", "packaging", "pygments")
_PYGMENTS_KEPT: Final = ("__init__.py", "_mapping.py", "python.py", "diff.py", "default.py")


def boot(machine: str, command: Sequence[str], put: Mapping[str, Path | bytes], out: Path, **more: Any) -> lab.Result:
    """Run a command in a machine; a machine that cannot boot here is a skip."""
    try:
        return lab.run(machine, command, put={"/efirt/src": ROOT / "src", **put}, out=out, **more)
    except lab.Missing as why:
        pytest.skip(f"{machine} does not boot here: {why}")


def report(machine: str, script: str, put: Mapping[str, Path | bytes], out: Path, **more: Any) -> tuple[dict[str, Any], lab.Result]:
    """Run one of the guest's scripts and read what it wrote down."""
    result = boot(
        machine, ["python3", "/script.py", "/report.json"], {"/script.py": GUEST / script, **put}, out, get=["/report.json"], **more
    )
    assert result.exit_status == 0, f"{result.stdout.decode()}\n{result.stderr.decode()}\n{result.console[-2000:]}"
    return json.loads(result.files["/report.json"].read_text()), result


def signed_book(directory: Path) -> Path:
    """What the conformance suite needs signed, made outside the machine: inside there is nothing to sign with."""
    pytest.importorskip("cryptography", reason="signatures are made outside the machine, by efirt[secureboot]")
    book = directory / "book.json"
    make = [sys.executable, "-m", "efirt", "--driver", "xen:simulated", "check", "--save-payloads", str(book)]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return book


def pytest_itself() -> dict[str, Path]:
    """Pytest as something to carry in, without the many languages and colours its highlighter knows."""

    def kept(path: str) -> bool:
        return not ("/lexers/" in path or "/styles/" in path) or path.endswith(_PYGMENTS_KEPT)

    return {path: file for path, file in lab.distributions(*_PYTEST).items() if kept(path)}
