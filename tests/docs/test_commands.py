"""Every command that the documents show as one types it (```sh) is run, or done as far as it can be here.

efirt runs against the simulated driver, where the page names none; the lab's commands are read by its own parser, targets of make are
resolved, tests collected. Commands with their output (```console) are run by tests/cli/test_documented_commands.py.
"""

import re
import shlex
import subprocess
import sys

import pytest

from lab.__main__ import _arguments as lab_arguments
from tests.docs.conftest import Place
from tests.docs.pages import PAGES, Block, blocks
from tests.house.tree import ROOT, short

LEFT_ALONE = {
    "apt-get": "changes the system; tools/bootstrap says the same packages",
    "umount": "needs a dom0; tests/real/guest/dom0.py does it",
}
PYTHON = ".venv/bin/python"


def commands(block: Block) -> list[str]:
    joined = block.text.replace("\\\n", "")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


COMMANDS = [(f"{block.where} {command}", command) for block in blocks("sh") for command in commands(block)]


def collect(words: list[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words[1:], "--collect-only", "-q", "-p", "no:cacheprovider", "-n", "0"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [command for _, command in COMMANDS], ids=[name for name, _ in COMMANDS])
def test_a_command_of_the_documents_works(command: str, place: Place) -> None:
    words = shlex.split(command)
    match words:
        case ["efirt" | "python3", *_]:
            run = place.run("sh", "-c", command)
            assert run.returncode == 0, run.stdout
        case ["make", *rest]:
            run = subprocess.run(["make", "-n", *rest], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            assert run.returncode == 0, run.stdout
        case [program, "-m", "lab", *rest] if program == PYTHON:
            lab_arguments().parse_args(rest)
        case [program, "-m", "pytest", *_] if program == PYTHON:
            run = collect(words)
            assert run.returncode == 0, run.stdout
            assert "no tests collected" not in run.stdout
        case _:
            assert words[0] in LEFT_ALONE, f"nothing here runs {command!r}"


def test_commands_with_their_output_stand_only_where_they_are_run() -> None:
    where = [block.where.partition(":")[0] for block in blocks("console")]
    assert [page for page in where if page != "README.md" and not page.startswith("docs/")] == []


def test_every_console_command_runs_efirt() -> None:
    shown = [line for block in blocks("console") for line in re.findall(r"^\$ (.*)$", block.text, re.MULTILINE)]
    assert [line for line in shown if not re.search(r"\befirt\b", line) or "# not run" in line] == []


def test_blocks_are_of_kinds_that_are_checked() -> None:
    text = {short(page): page.read_text(encoding="utf-8") for page in PAGES}
    kinds = {(name, kind) for name, page in text.items() for kind in re.findall(r"^```(\S+.*)$", page, re.MULTILINE)}
    assert [(name, kind) for name, kind in sorted(kinds) if kind not in {"python", "console", "sh", "toml"}] == []
