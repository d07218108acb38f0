"""Whole processes, against the shortest a Python can live."""

import subprocess
import sys

from benchmarks.measure import Row, best_seconds

COMMANDS = {
    "efirt --help": ["-m", "efirt", "--help"],
    "efirt --driver xen:simulated list": ["-m", "efirt", "--driver", "xen:simulated", "list"],
    "efirt --driver xen:simulated list --json": ["-m", "efirt", "--driver", "xen:simulated", "list", "--json"],
}


def _seconds(arguments: list[str]) -> float:
    return best_seconds(lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL), rounds=15)


def measure() -> list[Row]:
    floor = _seconds(["-c", "pass"])
    rows = [Row("python -c pass", f"{floor * 1e3:.1f} ms", "the floor")]
    for name, arguments in COMMANDS.items():
        seconds = _seconds(arguments)
        rows.append(Row(name, f"{seconds * 1e3:.1f} ms", f"{seconds / floor:.2f} x python -c pass", "under 3.5"))
    return rows
