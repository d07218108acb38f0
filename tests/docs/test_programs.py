"""Every program that the documents show runs, and so do the examples: in a process of its own, under the guard."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import efirt
from efirt import NotCarried
from efirt.ops import SetVariable
from efirt.runtime.choice import reports
from tests.docs.conftest import Place
from tests.docs.pages import Block, blocks
from tests.house.tree import ROOT, short

PROGRAMS = blocks("python")
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir=.")


@pytest.mark.parametrize("block", PROGRAMS, ids=lambda block: block.where)
def test_a_program_of_the_documents_runs(block: Block, place: Place) -> None:
    name = "test_shown.py" if "\ndef test_" in block.text else "shown.py"
    (place.folder / name).write_text(block.text, encoding="utf-8")
    run = place.run(sys.executable, "-W", "error", *(PYTEST if name.startswith("test_") else ()), name)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("block", PROGRAMS, ids=lambda block: block.where)
def test_a_program_of_the_documents_shows_what_it_prints(block: Block, place: Place) -> None:
    """A comment behind a ``print`` is what it prints, with ``...`` for anything."""
    (place.folder / "shown.py").write_text(block.text, encoding="utf-8")
    promised = [line.rpartition("  # ")[2] for line in block.text.splitlines() if "print(" in line and "  # " in line]
    output = place.run(sys.executable, "shown.py").stdout if promised else ""
    assert [text for text in promised if not all(part.strip() in output for part in text.split("..."))] == [], output


@pytest.mark.parametrize("example", EXAMPLES, ids=short)
def test_an_example_runs(example: Path, place: Place) -> None:
    run = place.run(sys.executable, "-W", "error", example)
    assert run.returncode == 0, run.stdout


@pytest.fixture
def read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the package whose module and entry point CONTRIBUTING.md shows."""
    module = next(block.text for block in PROGRAMS if "read_only_for_efirt.py" in block.text)
    table = next(block.text for block in blocks("toml") if 'project.entry-points."efirt.drivers"' in block.text)
    point = table.partition('[project.entry-points."efirt.drivers"]\n')[2].replace('"', "")
    (tmp_path / "read_only_for_efirt.py").write_text(module, encoding="utf-8")
    info = tmp_path / "read_only_for_efirt-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: read-only-for-efirt\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[efirt.drivers]\n{point}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("EFIRT_DISABLE", "xen")  # not live, since every foreign driver counts as such
    importlib.invalidate_caches()


@pytest.mark.usefixtures("read_only")
def test_the_driver_of_a_package_of_its_own_works() -> None:
    assert any(report.name == "read-only" and report.finding.applies for report in reports())
    with efirt.open("read-only:simulated?profile=edk2") as runtime:
        assert runtime.name == "read-only:simulated"
        assert runtime.get("Timeout").data == b"\x03\x00"
        assert SetVariable not in runtime.driver.carried
        with pytest.raises(NotCarried, match="it changes something"):
            runtime.set("Timeout", b"\x05\x00")


@pytest.mark.usefixtures("read_only")
def test_the_driver_of_a_package_of_its_own_is_switched_off_with_the_live_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EFIRT_DISABLE", "live")
    with pytest.raises(efirt.NoDriver, match="switched off"):
        efirt.open("read-only:xen:simulated")


def test_the_library_is_found_in_the_program_of_one_file(place: Place) -> None:
    code = "import sys; sys.path.insert(0, 'efirt.pyz'); import efirt; assert 'pyz' in efirt.__file__; print(efirt.open().name)"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=place.folder, env=place.environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == "xen:simulated\n"
