"""Every command that the documentation shows runs, and ends as the page says.

A block of ```console holds lines that begin with ``$ ``. Where such a line runs efirt, it is run here, the lines of one block one after
another in one empty directory. ``# exit 1`` at its end names another exit status than 0, ``# not run`` one that needs a real machine.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.tree import ROOT, SOURCE

FENCE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
EFIRT = re.compile(r"(?:^|[|;&(]\s*)(?:\w+=\S*\s+)*efirt\s")
TAIL = re.compile(r"\s*#\s*(?:exit (?P<status>\d+)|(?P<skip>not run\b.*))$")


class Shown(NamedTuple):
    """A command of a page.

    Attributes:
        command: For the shell.
        status: What it ends with.
        output: What the page shows of what it writes, with ``...`` for what varies; empty where it shows nothing.
    """

    command: str
    status: int
    output: str


def commands(block: str) -> Iterator[Shown]:
    """The commands of one block that run efirt."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command = f"{command[:-1]}{more.removeprefix('> ')}"
        tail = TAIL.search(command)
        if EFIRT.search(command) and not (tail and tail["skip"]):
            yield Shown(TAIL.sub("", command), int(tail["status"]) if tail else 0, output)


def blocks() -> list[tuple[str, list[Shown]]]:
    """Every block with such commands, by its page and the line it begins in."""
    found = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        for fence in FENCE.finditer(text):
            line = text.count("\n", 0, fence.start()) + 1
            shown = list(commands(fence[1]))
            if shown:
                found.append((f"{page.relative_to(ROOT)}:{line}", shown))
    return found


BLOCKS = blocks()


def pattern(output: str) -> re.Pattern[str]:
    """What output has to look like: the lines in their order, ``...`` for anything."""
    return re.compile(".*".join(re.escape(part) for part in output.strip("\n").split("...")), re.DOTALL)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An `efirt` on the PATH, and the guard."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "efirt").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m efirt "$@"\n', encoding="utf-8")
    (bin_ / "efirt").chmod(0o755)
    outside = {name: text for name, text in os.environ.items() if name != "EFIRT_DRIVER"}
    outside["PYTHONPATH"] = os.pathsep.join([*outside.get("PYTHONPATH", "").split(os.pathsep), str(SOURCE.parent)])
    return {**outside, "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}", "EFIRT_DISABLE": "live"}


@pytest.mark.parametrize("shown", [shown for _, shown in BLOCKS], ids=[where for where, _ in BLOCKS])
def test_what_the_documentation_shows_is_what_happens(shown: list[Shown], environment: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for command, status, output in shown:
        run = subprocess.run(
            ["sh", "-c", command], cwd=place, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert run.returncode == status, f"{command}\n{run.stdout}"
        assert not output.strip() or pattern(output).fullmatch(run.stdout.strip("\n")), f"{command}\n{run.stdout}"


def test_the_reference_of_the_command_line_shows_commands() -> None:
    assert [where for where, _ in BLOCKS if where.startswith("docs/reference/cli.md:")]


def test_a_command_a_status_and_an_output_are_found() -> None:
    block = "$ efirt a # exit 1\nno\n$ ls\n$ x=1 efirt \\\n> b | sort\n1\n2\n$ efirt c  # not run: needs a dom0\n"
    assert list(commands(block)) == [Shown("efirt a", 1, "no\n"), Shown("x=1 efirt b | sort", 0, "1\n2\n")]
    assert pattern("a...c\n").fullmatch("a\nb c")
