"""Whole processes, against the shortest a Python can live."""

import compileall
import os
import subprocess
import sys
from pathlib import Path

import efirt
from benchmarks.measure import Row, best_seconds

# The guard of the tests slows every start, and EFIRT_DISABLE=live stays.
BARE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
COMMANDS = {
    "efirt --help": ["-m", "efirt", "--help"],
    "efirt --driver xen:simulated list": ["-m", "efirt", "--driver", "xen:simulated", "list"],
    "efirt --driver xen:simulated list --json": ["-m", "efirt", "--driver", "xen:simulated", "list", "--json"],
}


def _seconds(arguments: list[str]) -> float:
    return best_seconds(lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=BARE), rounds=15)


def compiled() -> None:
    """Give it what an installed package has: bytecode. Some environments forbid Python to write it."""
    compileall.compile_dir(Path(efirt.__file__).parent, quiet=2)


def measure() -> list[Row]:
    compiled()
    floor = _seconds(["-c", "pass"])
    rows = [Row("python -c pass", f"{floor * 1e3:.1f} ms", "the floor")]
    for name, arguments in COMMANDS.items():
        seconds = _seconds(arguments)
        rows.append(Row(name, f"{seconds * 1e3:.1f} ms", f"{seconds / floor:.2f} x python -c pass", "under 3.5"))
    return rows
