"""A place in which the commands and programs of the documents run."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.tree import ROOT
from tests.images.flash import image, record


class Place(NamedTuple):
    """A folder to be in, and the environment there.

    Attributes:
        folder: It holds the files that the documents speak of.
        environment: The guard, an `efirt` on the PATH, and the simulated driver where a page names none.
    """

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def pyz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the program in one file."""
    path = tmp_path_factory.mktemp("pyz") / "efirt.pyz"
    subprocess.run([sys.executable, ROOT / "tools" / "make_pyz.py", path], check=True, capture_output=True)
    return path


@pytest.fixture
def place(tmp_path: Path, pyz: Path) -> Place:
    """Give an empty place but for what pages presuppose."""
    folder, programs = tmp_path / "place", tmp_path / "bin"
    programs.mkdir()
    (programs / "efirt").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m efirt "$@"\n', encoding="utf-8")
    (programs / "efirt").chmod(0o755)
    (programs / "python3").symlink_to(sys.executable)
    (folder / "lab-out").mkdir(parents=True)
    (folder / "efirt.pyz").symlink_to(pyz)
    for name in ("OVMF_VARS_4M.fd", "lab-out/vars.fd"):
        (folder / name).write_bytes(image([record("Kept", b"1"), record("Alsokept", b"22")]))
    search = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return Place(folder, {**os.environ, "PATH": search, "EFIRT_DRIVER": "xen:simulated", "EFIRT_DISABLE": "live"})
