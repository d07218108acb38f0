"""How tests that boot machines are spread, and when their skip is red. The sample runs under this repository's own conftest."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

BOOTING = "import pytest\n@pytest.mark.lab\n@pytest.mark.parametrize('i', range(4))\ndef test_boot(i):\n    pass\n"
MISSING = "import pytest\n@pytest.mark.lab\ndef test_boot():\n    pytest.skip('no machine')\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give an empty project with the conftest, the guard and the settings of this one."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "tests" / "guard", tmp_path / "tests" / "guard")
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    return tmp_path


def outcome(project: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *options]
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "EFIRT_REQUIRE"))}
    return subprocess.run(command, cwd=project, env=outside | environment, capture_output=True, text=True, check=False)


def test_tests_of_one_file_share_a_worker_and_two_workers_boot_machines(project: Path) -> None:
    for name in ("a", "b", "c"):
        (project / "tests" / f"test_{name}.py").write_text(BOOTING, encoding="utf-8")
    run = outcome(project, "-n", "3", "--dist", "loadgroup")
    assert run.returncode == 0, run.stdout + run.stderr
    placed = set(re.findall(r"^\[(gw\d)\].* PASSED tests/(test_.)\.py", run.stdout, re.MULTILINE))
    assert len(placed) == 3
    assert len({worker for worker, _ in placed}) == 2


def test_without_its_needs_a_test_of_the_lab_is_skipped(project: Path) -> None:
    (project / "tests" / "test_a.py").write_text(MISSING, encoding="utf-8")
    run = outcome(project, "-n", "0")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "no machine" in run.stdout


def test_the_same_skip_is_red_where_the_lab_is_required(project: Path) -> None:
    (project / "tests" / "test_a.py").write_text(MISSING, encoding="utf-8")
    run = outcome(project, "-n", "0", EFIRT_REQUIRE="xen,lab")
    assert run.returncode == 1
    assert "EFIRT_REQUIRE names lab, but: " in run.stdout
