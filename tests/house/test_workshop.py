"""The Makefile's tools: the single-file program, and the one script that installs."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.house.tree import ROOT

MAKE_PYZ = ROOT / "tools" / "make_pyz.py"


def packed(target: Path) -> Path:
    subprocess.run([sys.executable, str(MAKE_PYZ), str(target)], check=True, capture_output=True)
    return target


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    assert packed(tmp_path / "one.pyz").read_bytes() == packed(tmp_path / "two.pyz").read_bytes()


def test_the_packed_program_runs_where_nothing_is_installed(tmp_path: Path) -> None:
    program = packed(tmp_path / "efirt.pyz")
    assert os.access(program, os.X_OK)
    run = subprocess.run([sys.executable, "-I", "-S", str(program), "--help"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "efirt" in run.stdout


def test_the_packed_program_leaves_out_what_needs_pytest(tmp_path: Path) -> None:
    names = zipfile.ZipFile(packed(tmp_path / "efirt.pyz")).namelist()
    assert "efirt/cli/main.py" in names
    assert [name for name in names if name.endswith("plugin.py")] == []


def test_the_bootstrap_is_a_plain_shell_script() -> None:
    subprocess.run(["sh", "-n", str(ROOT / "tools" / "bootstrap")], check=True)


def test_every_target_of_the_makefile_is_in_its_help() -> None:
    listed = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} == {
        "help",
        "run",
        "test",
        "check",
        "lab",
        "bench",
        "soak",
        "fuzz",
        "pyz",
        "clean",
    }
