"""Fuzz targets one after the other: `python fuzz [TARGET...] [SECONDS]`, all of them for a minute each where none is named.

What libFuzzer says of each is a line of a table: executions, edges reached, inputs kept. Findings and the inputs worth keeping go into
build/fuzz/TARGET, where the next run begins. Ends with 1 when there is a finding.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

HERE: Final = Path(__file__).resolve().parent
FOUND: Final = HERE.parent / "build" / "fuzz"
SECONDS: Final = 60
ALONE: Final = frozenset({"edk2.py", "firmware.py"})
"""Scripts with one target, which need not be told its name."""

TARGETS: Final = {
    "firmware": ("firmware.py", "the model's services: whole writes, signed and spoiled"),
    "descriptor": ("parsers.py", "authenticated values"),
    "lists": ("parsers.py", "lists of signatures"),
    "certdb": ("parsers.py", "the database of who signed what"),
    "certificate": ("parsers.py", "certificates"),
    "signature": ("parsers.py", "PKCS#7 signatures"),
    "edk2": ("edk2.py", "images of edk2's flash"),
    "edk2-unknown": ("images.py", "the same of no known platform"),
    "directory": ("images.py", "directories with a file for each variable"),
    "qcow2": ("images.py", "the headers of qcow2 images"),
    "aws": ("formats.py", "Amazon's blobs"),
    "aws-unpacked": ("formats.py", "what is packed in them"),
    "dmpstore": ("formats.py", "the shell's dump"),
    "dmpstore-summed": ("formats.py", "the same with its checksum put right"),
    "efivar": ("formats.py", "efivar's exports"),
    "qemu-json": ("formats.py", "QEMU's JSON"),
    "xapi": ("formats.py", "xapi's files"),
    "esl": ("formats.py", "files of signature lists"),
    "auth": ("formats.py", "files of authenticated values"),
    "detect": ("formats.py", "any file"),
    "device-path": ("payloads.py", "device paths"),
    "device-path-text": ("payloads.py", "their text"),
    "efivar-text": ("payloads.py", "libefivar's text of them"),
    "load-option": ("payloads.py", "boot entries"),
    "key-option": ("payloads.py", "hot keys"),
    "hardware-error": ("payloads.py", "error records"),
    "capsule": ("payloads.py", "capsules"),
    "capsule-result": ("payloads.py", "what became of them"),
    "partitions": ("disks.py", "partition tables"),
    "partitions-summed": ("disks.py", "the same with its checksums put right"),
    "esrt": ("payloads.py", "the table of firmware that can be updated"),
}
"""Target to its script, and what it reads."""

_LAST: Final = re.compile(r"^#(\d+)\s+(?:DONE|pulse|NEW|REDUCE|INITED)\s+cov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)
_ARTIFACT: Final = re.compile(r"Test unit written to (\S+)")


class Result(NamedTuple):
    """What came of a target.

    Attributes:
        executions: Inputs that were run.
        edges: Places in the code that were reached.
        kept: Inputs that reached something the others do not.
        finding: The file of an input that is a finding; empty where there is none.
        broken: The last lines where it did not run at all.
    """

    executions: int
    edges: int
    kept: int
    finding: str
    broken: str


def words_of(name: str) -> list[str]:
    """The script of a target, and what it is told."""
    script = TARGETS[name][0]
    return [f"fuzz/{script}", *([] if script in ALONE else [name])]


def fuzz(name: str, seconds: int) -> Result:
    """Run a target for so long."""
    command = [sys.executable, *words_of(name), f"-max_total_time={seconds}", "-timeout=30", "-rss_limit_mb=3000"]
    # atheris tells the exception on one stream, libFuzzer the rest on the other.
    run = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False, cwd=HERE.parent
    )
    seen = _LAST.findall(run.stdout)
    executions, edges, _features, kept = map(int, seen[-1]) if seen else (0, 0, 0, 0)
    artifact = _ARTIFACT.search(run.stdout)
    finding = artifact[1] if artifact else ""
    if run.returncode and not finding:
        return Result(executions, edges, kept, "", "\n".join(run.stdout.splitlines()[-8:]))
    if finding:
        (FOUND / name / "finding.txt").write_text(run.stdout, encoding="utf-8", errors="replace")
    return Result(executions, edges, kept, finding, "")


def chosen(words: list[str]) -> tuple[list[str], int]:
    """The targets and the seconds of a command line."""
    names = [word for word in words if not word.isdecimal()]
    numbers = [int(word) for word in words if word.isdecimal()]
    unknown = [name for name in names if name not in TARGETS]
    if unknown or len(numbers) > 1:
        listed = "\n".join(f"  {name:18}{what}" for name, (_script, what) in TARGETS.items())
        sys.exit(f"usage: make fuzz ARGS='[TARGET...] [SECONDS]'; the targets are\n{listed}")
    return names or [*TARGETS], numbers[0] if numbers else SECONDS


def main() -> int:
    """Run what is asked for, and say what came of it."""
    names, seconds = chosen(sys.argv[1:])
    print(f"{'target':18}{'executions':>12}{'edges':>8}{'kept':>7}", flush=True)
    bad = False
    for name in names:
        result = fuzz(name, seconds)
        bad = bad or bool(result.finding or result.broken)
        print(f"{name:18}{result.executions:12}{result.edges:8}{result.kept:7}", flush=True)
        if result.finding:
            print(f"  a finding: {result.finding}; {FOUND / name}/finding.txt says what it is, and this runs it again:")
            print(f"  {sys.executable} {' '.join(words_of(name))} {result.finding}", flush=True)
        if result.broken:
            print(f"  it did not run:\n{result.broken}", flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
