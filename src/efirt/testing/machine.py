"""One simulated machine for a whole test: who opens the driver in the same process by the same name reaches it, and closes nothing.

It stands in for the module behind ``xen:simulated`` in the registry while the test runs.
"""

from collections.abc import Mapping
from typing import NamedTuple

from efirt.drivers.faults.driver import Faults
from efirt.ops import Driver
from efirt.ops.holder import Holder
from efirt.runtime import registry, xen_simulated

NAME = "xen:simulated"


class Machine(NamedTuple):
    """A simulated firmware behind a simulated Xen.

    Attributes:
        options: What it was opened with.
        driver: The way to it, with the faults of the test.
    """

    options: Mapping[str, str]
    driver: Faults

    @property
    def name(self) -> str:
        """What opens one like it, also in another process."""
        tail = "&".join(f"{option}={value}" for option, value in self.options.items())
        return f"{NAME}?{tail}" if tail else NAME


class Shared(Holder):
    """A driver that closing leaves open."""

    def close(self) -> None:
        """Leave it to the test."""


machine: Machine | None = None
"""The machine of the test that runs."""

find = xen_simulated.find
carries = xen_simulated.carries


def make(options: Mapping[str, str]) -> Machine:
    """Switch on a fresh machine.

    Raises:
        ValueError: An option makes no sense.
        DriverError: The flash image cannot be read.
        DecodeError: It is none.
    """
    return Machine(options, Faults(xen_simulated.open_driver("", options)))


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> Driver:
    """Open the machine of the test where it has these options, else a fresh one."""
    if machine is not None and machine.options == dict(options or {}):
        return Shared(machine.driver)
    return xen_simulated.open_driver(argument, options)


def entries() -> tuple[registry.Entry, ...]:
    """The registry's built-in drivers, this module among them."""
    return tuple(entry._replace(module=__name__) if entry.name == NAME else entry for entry in registry.BUILTIN)
