"""The fuzz targets work: each takes its seeds, a broken promise is a finding, and the table names what there is."""

import runpy
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.house.tree import ROOT

FUZZ = ROOT / "fuzz"
CORPUS = FUZZ / "corpus"
TABLE: dict[str, Any] = runpy.run_path(str(FUZZ / "__main__.py"), run_name="table")
TARGETS: dict[str, tuple[str, str]] = TABLE["TARGETS"]


FINDS = """
import sys
import atheris
from running import run

@atheris.instrument_func
def target(data):
    if data[:1] == b"a":
        if data[1:2] == b"b":
            assert data[2:3] != b"c", "found it"

sys.argv.pop(1)
run("lists", target, sys.argv)
"""


class Script:
    """A script of targets, loaded without the fuzzer."""

    def __init__(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        fuzzer = ModuleType("atheris")
        fuzzer.instrument_imports = lambda **_options: nullcontext()  # type: ignore[attr-defined] # as atheris has it
        monkeypatch.setitem(sys.modules, "atheris", fuzzer)
        monkeypatch.syspath_prepend(str(FUZZ))
        for module in ("running", "signing"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        self.alone = name in TABLE["ALONE"]
        self.names = runpy.run_path(str(FUZZ / name))

    def take(self, target: str, data: bytes) -> None:
        """Run an input."""
        if self.alone:
            self.names["target"](data)
        else:
            self.names["target"](target, data)


def seeds(target: str) -> list[Path]:
    return sorted((CORPUS / target).iterdir())


def test_the_table_names_every_corpus_and_every_script() -> None:
    assert set(TARGETS) == {path.name for path in CORPUS.iterdir()}
    scripts = {path.name for path in FUZZ.glob("*.py")} - {"__main__.py", "running.py", "signing.py"}
    assert {script for script, _what in TARGETS.values()} == scripts
    assert [target for target in TARGETS if not seeds(target)] == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_takes_its_seeds(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cryptography", reason="the firmware's target signs, by efirt[secureboot]")
    script = Script(TARGETS[target][0], monkeypatch)
    for seed in seeds(target):
        script.take(target, seed.read_bytes())


def test_the_firmware_s_target_finds_a_refused_write_that_changes_something(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("cryptography", reason="it signs, by efirt[secureboot]")
    from efirt.firmware import Firmware
    from efirt.ops import Op, Reply, SetVariable
    from efirt.values.status import Status

    whole = Firmware.call

    def half(firmware: Firmware, op: Op) -> Reply:
        reply = whole(firmware, op)
        return Reply(Status.DEVICE_ERROR) if isinstance(op, SetVariable) and reply.status == Status.SUCCESS else reply

    script = Script("firmware.py", monkeypatch)
    monkeypatch.setattr(Firmware, "call", half)
    with pytest.raises(AssertionError, match="was refused with EFI_DEVICE_ERROR, and changed something"):
        script.take("firmware", (CORPUS / "firmware" / "private").read_bytes())


@pytest.mark.parametrize("words", [["nonesuch"], ["firmware", "1", "2"]])
def test_what_is_no_target_is_told_with_the_list(words: list[str]) -> None:
    run = subprocess.run([sys.executable, "fuzz", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "  descriptor        authenticated values\n" in run.stderr
    assert run.stdout == ""


def test_a_finding_is_told_with_its_file_and_nothing_lands_among_the_seeds(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="make fuzz installs it")
    fuzz = tmp_path / "fuzz"
    (fuzz / "corpus" / "lists").mkdir(parents=True)
    (fuzz / "corpus" / "lists" / "seed").write_bytes(b"seed")
    for name in ("__main__.py", "running.py"):
        (fuzz / name).write_bytes((FUZZ / name).read_bytes())
    (fuzz / "parsers.py").write_text(FINDS)
    run = subprocess.run([sys.executable, "fuzz", "lists", "60"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stderr
    assert "a finding: " in run.stdout
    assert "found it" in (tmp_path / "build/fuzz/lists/finding.txt").read_text()
    assert [path.name for path in (fuzz / "corpus" / "lists").iterdir()] == ["seed"]
    assert list((tmp_path / "build/fuzz/lists/corpus").iterdir())
    again = run.stdout.splitlines()[-1].split()
    assert subprocess.run(again, cwd=tmp_path, capture_output=True, check=False).returncode != 0
