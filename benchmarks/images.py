"""Images: one variable written and all listed, whole processes; reading in process; memory. Beside the floor, and beside virt-firmware.

What is compared takes turns, so that what else runs adds to all of it. virt-firmware is looked for in build/peers, then on PATH. The
image is Debian's OVMF_VARS_4M.ms.fd where that is installed, else one with as many variables.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.fleet import records
from benchmarks.measure import Row, best_seconds
from benchmarks.startup import BARE, compiled
from efirt.images.edk2_write import LAYOUTS, created

ROUNDS = 25
STOCK = Path("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
KEY = "Greeting-12345678-1234-1234-1234-123456789abc"
PEER = "virt-firmware is not here: python -m venv build/peers && build/peers/bin/pip install virt-firmware"

SCRIPT = "import sys\nfrom efirt.cli.main import main\nsys.exit(main())\n"
"""The command as an installer writes it."""

FLOOR = """
import os, sys
path = sys.argv[1]
descriptor = os.open(path, os.O_RDONLY)
data = os.read(descriptor, 1 << 24)
os.close(descriptor)
descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
os.write(descriptor, data)
os.fsync(descriptor)
os.rename(path + ".new", path)
os.close(descriptor)
descriptor = os.open(os.path.dirname(path), os.O_RDONLY)
os.fsync(descriptor)
"""
"""The least that puts a file in another's place and on the disk."""

READING = """
import json, sys, time
from virt.firmware.varstore.edk2 import Edk2VarStore
from efirt.images import edk2_keys
from efirt.images.edk2 import Edk2Image
path, rounds = sys.argv[1], int(sys.argv[2])
data, store = open(path, "rb").read(), Edk2VarStore(path)
def efirt_seen():
    return len(tuple(Edk2Image.decode(data).variables))
def efirt_new():
    return efirt_seen()
def peer():
    store.parse_volume()
    return len(store.get_varlist())
best, counts = {}, {}
for _ in range(rounds):
    edk2_keys._keys.clear()
    edk2_keys._guids.clear()
    for work in (efirt_new, efirt_seen, peer):
        begin = time.perf_counter()
        counts[work.__name__] = work()
        seconds = time.perf_counter() - begin
        best[work.__name__] = min(seconds, best.get(work.__name__, seconds))
print(json.dumps([best, counts]))
"""
"""Both read the same bytes, which are in memory already, in one process."""

PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1024 if sys.platform == "linux" else 1))
"""


class Place(NamedTuple):
    """A directory with an image for each command, and what the commands need."""

    folder: Path
    peer: str | None

    def image(self, name: str, layout: str = "ovmf-4m") -> str:
        path = self.folder / f"{name}.fd"
        if not path.exists():
            stock = STOCK.exists() and layout == "ovmf-4m"
            few = [record for record in records(0) if record.key.name != "dbx"]  # virt-firmware takes each hash of it apart
            path.write_bytes(STOCK.read_bytes() if stock else created(LAYOUTS[layout], few))
        return str(path)

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)


def peer() -> str | None:
    """The program that is compared with, where it is."""
    here = Path("build/peers/bin").absolute()
    return shutil.which("virt-fw-vars", path=f"{here}{os.pathsep}{os.environ.get('PATH', '')}")


def run(words: list[str]) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=BARE | {"PYTHONPATH": "src"})


def in_turn(works: dict[str, Callable[[int], object]]) -> dict[str, float]:
    """The shortest time of each, which is given the number of its round."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(ROUNDS):
        for name, work in works.items():
            times[name].append(best_seconds(partial(work, number), rounds=1))
    return {name: min(seconds) for name, seconds in times.items()}


def measure() -> list[Row]:
    compiled()
    with tempfile.TemporaryDirectory(prefix="efirt-images-") as folder:
        place = Place(Path(folder), peer())
        return [*processes(place), *reading(place), *memory(place)]


def processes(place: Place) -> Iterator[Row]:
    efirt = [sys.executable, place.file("efirt", SCRIPT)]
    floor = [sys.executable, "-c", FLOOR, place.image("floor")]

    def efirt_set(image: str, number: int, *, start: list[str], key: str = KEY) -> None:
        value = ["--text", f"hello {number}"] if key == KEY else ["--hex", f"{number:04x}"]
        run([*start, "--driver", f"image:{image}", "set", key, *value])

    def peer_set(image: str, number: int) -> None:
        value = {"name": "Greeting", "guid": KEY.partition("-")[2], "attr": 7, "data": f"hello {number}".encode().hex()}
        run([place.peer or "", "--inplace", image, "--set-json", place.file("set.json", json.dumps({"version": 2, "variables": [value]}))])

    works: dict[str, Callable[[int], object]] = {
        "pass": lambda _number: run([sys.executable, "-c", "pass"]),
        "floor": lambda _number: run(floor),
        "set": partial(efirt_set, place.image("set"), start=efirt),
        "module": partial(efirt_set, place.image("module"), start=[sys.executable, "-m", "efirt"]),
        "rules": partial(efirt_set, place.image("rules"), start=efirt, key="Timeout"),
        "in place": partial(efirt_set, f"{place.image('in-place')}?in-place=yes", start=efirt),
        "list": lambda _number: run([*efirt, "--driver", f"image:{place.image('list')}", "list"]),
    }
    if place.peer:
        works["peer"] = partial(peer_set, place.image("peer"))
    found = in_turn(works)
    bare, least = found["pass"], found["floor"]
    yield Row("python -c pass", _ms(bare), "the floor of a listing")
    yield Row("python that replaces a 4M image", _ms(least), "the floor of a write: read, write, fsync, rename, fsync of the directory")
    yield Row("efirt set in a 4M image", _ms(found["set"]), f"{found['set'] / least:.2f} x the floor of a write", "under 2.5")
    yield Row("the same as python -m efirt", _ms(found["module"]), f"{found['module'] / least:.2f} x the floor of a write")
    yield Row("efirt set Timeout, with all rules", _ms(found["rules"]), f"{found['rules'] / least:.2f} x the floor of a write")
    yield Row("the same with in-place=yes", _ms(found["in place"]), f"{found['in place'] / least:.2f} x the floor of a write")
    if place.peer:
        times = found["peer"] / found["set"]
        yield Row("virt-fw-vars, the same", _ms(found["peer"]), f"{times:.1f} x efirt set", "over 20")
    else:
        yield Row("virt-fw-vars, the same", "skipped", PEER)
    yield Row("efirt list of a 4M image", _ms(found["list"]), f"{found['list'] / bare:.2f} x python -c pass", "under 3.5")


def reading(place: Place) -> Iterator[Row]:
    if not place.peer:
        yield Row("reading in process", "skipped", PEER)
        return
    python = Path(place.peer).parent / "python"
    words = [str(python), "-c", READING, place.image("reading"), "2000"]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=BARE | {"PYTHONPATH": "src"})
    best, counts = json.loads(done.stdout)
    assert len(set(counts.values())) == 1, counts
    for name, what in (("efirt_seen", "names seen before"), ("efirt_new", "names never seen")):
        times = best["peer"] / best[name]
        against = f"virt-firmware takes {times:.1f} times as long ({best['peer'] * 1e6:.0f} us)"
        yield Row(f"reading {counts['peer']} variables, {what}", f"{best[name] * 1e6:.0f} us", against, "over 3 times as long")


def memory(place: Place) -> Iterator[Row]:
    image = place.image("padded", "aavmf")
    for what, words in (("set in", ["set", KEY, "--text", "hello"]), ("list of", ["list"])):
        command = [sys.executable, place.file("efirt", SCRIPT), "--driver", f"image:{image}", *words]
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *command], check=True, capture_output=True, text=True, env=BARE | {"PYTHONPATH": "src"}
        )
        yield Row(
            f"efirt {what} a 64 MiB padded image", f"{int(done.stdout) / 1e6:.0f} MB", "peak, mapped pages of the file too", "under 100"
        )


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"
