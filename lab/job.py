"""One run of a machine: what it was asked to do, and the files it works with."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lab.kit import Built
from lab.machines import Machine


class Job(NamedTuple):
    """One run: what to do, and where.

    Attributes:
        name: The machine's.
        machine: What it is.
        built: Its parts.
        command: What runs inside.
        put: What is carried in.
        get: What is brought back.
        out: Where it is brought.
        work: A folder that goes when the run ends.
        until: When the run must have ended, as ``time.monotonic`` counts.
    """

    name: str
    machine: Machine
    built: Built
    command: Sequence[str]
    put: Mapping[str, Path | bytes]
    get: Sequence[str]
    out: Path
    work: Path
    until: float

    @property
    def store(self) -> Path:
        """The machine's variable store."""
        return self.out / "vars.fd"

    @property
    def console(self) -> Path:
        """What the machine prints on its first serial port."""
        return self.out / "console.log"

    @property
    def disk(self) -> Path:
        """Its disk, where it has one."""
        return self.work / "disk"

    @property
    def shared(self) -> Path:
        """The memory it shares with the host."""
        return self.work / "shared"
