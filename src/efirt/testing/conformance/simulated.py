"""A simulated machine for the suite: new for each case, in the phase and built as the case needs."""

from collections.abc import Mapping
from typing import Final

from efirt.drivers.xen.firmware_facts import Machine as XenMachine
from efirt.firmware import DEFAULT, Firmware, Profile
from efirt.firmware.fresh import fresh_stored
from efirt.ops import Driver, GetTime, GetWakeupTime, Malformed, Op, QueryCapsuleCapabilities, Reply
from efirt.runtime.xen_simulated import behind_xen
from efirt.signatures.lazy import LazyVerifier
from efirt.store import Record
from efirt.testing.conformance.case import Phase, Unprepared
from efirt.testing.conformance.needs import NEEDS
from efirt.testing.conformance.signed import DB
from efirt.testing.conformance.variants import BUILDS
from efirt.testing.conformance.words import SIGNED

_BEGINNING: Final = 1_900_000_000
MALFORMED: Final = (*fresh_stored(), Record(DB, SIGNED, b"no list of signatures"))
"""A fresh machine whose signature database was damaged."""

_OLD_REVISION: Final = 0x0001000A
_HAS: Final = frozenset({"boot", "write", "destructive", "setup-mode", "booted-secure", "reboot", "sleep", "variant", "offline"})
_WITHOUT_XEN: Final = frozenset({"null", "raw-size", "reset"})
_SERVICES: Final[Mapping[str, type[Op]]] = {"time": GetTime, "wakeup": GetWakeupTime, "capsule": QueryCapsuleCapabilities}


class SimulatedMachine:
    """A firmware model, reached directly or through a simulated Xen.

    Attributes:
        driver: The way to it.
        profile: Its firmware's name.
        live: False: it is no machine at all.
    """

    driver: Driver
    live = False

    def __init__(self, profile: Profile = DEFAULT, *, xen: bool = False) -> None:
        self.profile = profile.name
        self._ordinary = profile
        self._xen = xen
        self._now = _BEGINNING
        self.start("runtime")

    def lacks(self, need: str) -> str:
        """Why it has not what a case needs."""
        has = _HAS | ({"xen"} if self._xen else _WITHOUT_XEN)
        has |= {"auth"} if self._firmware.profile.authentication else {"noauth"}
        has |= {"hwerr"} if self._firmware.profile.limits.hardware_error_storage else {"no-hwerr"}
        has |= {name for name, service in _SERVICES.items() if service in self.driver.carried}
        return "" if need in has else NEEDS[need]

    def start(self, phase: Phase, variant: str = "") -> None:
        """A new machine."""
        profile = BUILDS.get(variant, BUILDS[""])(self._ordinary)
        self._firmware = self._built(profile, runtime=phase != "boot", stored=MALFORMED if variant == "malformed-db" else None)
        machine = XenMachine(revision=_OLD_REVISION) if variant == "old-revision" else None
        self.driver = behind_xen(self._firmware, machine=machine) if self._xen else self._firmware

    def _built(self, profile: Profile, *, runtime: bool, stored: tuple[Record, ...] | None) -> Firmware:
        return Firmware(profile, now=lambda: self._now, runtime=runtime, stored=stored, verifier=LazyVerifier())

    def exit_boot_services(self) -> None:
        """End the boot phase."""
        self._firmware.exit_boot_services()

    def reset(self) -> None:
        """Start again."""
        self._firmware.reset()

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask with pointers that are NULL.

        Raises:
            Unprepared: Xen stands before it.
        """
        if self._xen:
            raise Unprepared(NEEDS["null"])
        return self._firmware.call_malformed(asked)

    def sleep(self, seconds: int) -> None:
        """Move the clock on."""
        self._now += seconds
