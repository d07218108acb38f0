"""A simulated machine for the suite: new for each case, in the phase and built as the case needs."""

from collections.abc import Mapping
from typing import Final

from efirt.drivers.xen.firmware_facts import Machine as XenMachine
from efirt.firmware import DEFAULT, Firmware, Profile
from efirt.ops import Driver, GetTime, GetWakeupTime, Malformed, Op, QueryCapsuleCapabilities, Reply
from efirt.runtime.xen_simulated import behind_xen
from efirt.testing.conformance.case import Phase, Unprepared
from efirt.testing.conformance.needs import NEEDS
from efirt.testing.conformance.variants import MASKED, PROFILES, STATE, Masked, locked_by_state

_BEGINNING: Final = 1_900_000_000
_OLD_REVISION: Final = 0x0001000A
_HAS: Final = frozenset({"boot", "write", "destructive", "setup-mode", "booted-secure", "reboot", "sleep", "variant"})
_WITHOUT_XEN: Final = frozenset({"null", "raw-size", "reset"})
_SERVICES: Final[Mapping[str, type[Op]]] = {"time": GetTime, "wakeup": GetWakeupTime, "capsule": QueryCapsuleCapabilities}


class SimulatedMachine:
    """A firmware model, reached directly or through a simulated Xen.

    Attributes:
        driver: The way to it.
        profile: Its firmware's name.
        live: False: it is no machine at all.
    """

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
        profile = self._ordinary
        if variant == "locked-by-state":
            profile = locked_by_state(profile, self._state)
        else:
            profile = PROFILES.get(variant, PROFILES[""])(profile)
        self._firmware = self._built(profile, runtime=phase != "boot")
        firmware: Driver = Masked(self._firmware, MASKED[variant]) if variant in MASKED else self._firmware
        machine = XenMachine(revision=_OLD_REVISION) if variant == "old-revision" else None
        self.driver = behind_xen(firmware, machine=machine) if self._xen else firmware

    def _built(self, profile: Profile, *, runtime: bool) -> Firmware:
        return Firmware(profile, now=lambda: self._now, runtime=runtime)

    def _state(self) -> bytes | None:
        record = self._firmware.variables.find(STATE)
        return None if record is None else record.data

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
