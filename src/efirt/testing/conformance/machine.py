"""What the suite runs on: a driver, and whatever else can be done to the machine behind it."""

from typing import Protocol

from efirt.ops import Driver, Malformed, Reply
from efirt.testing.conformance.case import Phase


class Machine(Protocol):
    """A machine with firmware.

    Attributes:
        driver: The way to it; another one after :meth:`start`.
        profile: Which firmware, as the tables of deviations name it.
        live: Whether it is the machine this runs on.
    """

    driver: Driver
    profile: str
    live: bool

    def lacks(self, need: str) -> str:
        """Why it has not what a case needs, as a sentence; empty when it has."""

    def start(self, phase: Phase, variant: str = "") -> None:
        """Make it ready for a case: a simulated one begins anew, in this phase and built in this way."""

    def exit_boot_services(self) -> None:
        """End the boot phase."""

    def reset(self) -> None:
        """Start again, up to where it was."""

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask with pointers that are NULL, or sizes that lie."""

    def sleep(self, seconds: int) -> None:
        """Let time pass."""
