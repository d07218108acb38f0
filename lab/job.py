"""One run of a machine: what it was asked to do, and the files it works with."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lab.drives import Drive
from lab.kit import Built
from lab.machines import Machine
from lab.qemu import Flash


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
        drives: Disks beside the machine's own.
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
    drives: Sequence[Drive] = ()

    @property
    def code(self) -> Path:
        """The machine's firmware."""
        return self.built.code if self.machine.flash is None else self.built.root / self.machine.flash[0]

    @property
    def variables(self) -> Path:
        """Its empty variable store."""
        return self.built.variables if self.machine.flash is None else self.built.root / self.machine.flash[1]

    @property
    def store(self) -> Path:
        """The machine's variable store."""
        return self.out / "vars.fd"

    @property
    def flash(self) -> Flash:
        """Where the machine sees that store."""
        return Flash.below(self.code, self.variables)

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
