"""An audit of a fleet of images, no two alike, whole process on all cores, against reading the same bytes in the same run."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.fleet import SIZE, made
from benchmarks.measure import Row
from efirt.scan.audit import cores

COUNTS = (2_000, 20_000)
ROUNDS = 4
BARE = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


class Used(NamedTuple):
    """What a process and all it started used."""

    seconds: float
    processor_seconds: float
    peak_bytes: int


def read_all(folder: Path) -> tuple[float, int]:
    """Read every file, and do nothing with it; seconds for each."""
    begin, count = time.perf_counter(), 0
    for below, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(f"{below}/{name}", os.O_RDONLY)
            assert len(os.read(descriptor, SIZE)) == SIZE
            os.close(descriptor)
            count += 1
    return (time.perf_counter() - begin) / count, count


def audit(folder: Path, jobs: int, style: str) -> Used:
    """Audit in a process of its own, in a shell of its own: what it used is known when it has ended."""
    command = [sys.executable, "-m", "efirt", "image", "audit", str(folder), "--jobs", str(jobs), *([style] if style else [])]
    code = (
        "import resource, subprocess, sys, time\n"
        "begin = time.perf_counter()\n"
        "subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss)\n"
    )
    run = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, check=True, env=BARE)
    seconds, processor, peak = run.stdout.split()
    return Used(float(seconds), float(processor), int(peak) * (1024 if sys.platform == "linux" else 1))


def measure() -> list[Row]:
    rows, peaks = [], []
    with tempfile.TemporaryDirectory(prefix="efirt-fleet-") as place:
        for count in COUNTS:
            folder = Path(place) / str(count)
            made(folder, count)
            read_all(folder)  # so that both find the files in memory
            floor, _ = read_all(folder)
            peaks.append(audit(folder, cores(), "--json").peak_bytes)
            if count != COUNTS[-1]:
                continue
            ways = (("--json", 1), ("--json", cores()), ("--csv", cores()), ("", cores()))
            taken: dict[tuple[str, int], list[Used]] = {way: [] for way in ways}
            for _ in range(ROUNDS):  # in turn, so that what else runs adds to all of them
                for style, jobs in ways:
                    taken[style, jobs].append(audit(folder, jobs, style))
            for (style, jobs), runs in taken.items():
                used = min(runs, key=lambda run: run.processor_seconds)
                each = used.processor_seconds / count
                rows.append(
                    Row(
                        f"audit of {count:,} images of {SIZE >> 10} KiB, {style.lstrip('-') or 'text'}, {jobs} at a time",
                        f"{1 / each:,.0f} images/s per core",
                        f"{count / used.seconds:,.0f}/s; {each / floor:.1f} x reading them ({floor * 1e6:.0f} us)",
                        "over 3,000/s per core",
                    )
                )
    told = ", ".join(f"{peak / 2**20:.1f}" for peak in peaks)
    rows.append(
        Row(
            f"largest process, {', '.join(f'{count:,}' for count in COUNTS)} images",
            f"{told} MB",
            f"{peaks[-1] / peaks[0]:.2f} of the first",
            "flat",
        )
    )
    return rows
