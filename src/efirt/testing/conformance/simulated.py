"""A simulated machine for the suite: new for each case, in the phase and built as the case needs."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from efirt.drivers.xen.firmware_facts import Machine as XenMachine
from efirt.firmware import DEFAULT, Firmware, Profile
from efirt.firmware.fresh import fresh_stored
from efirt.firmware.quirks import BOARDS, QUIRKS, VALUED, with_quirks
from efirt.ops import Driver, GetTime, GetWakeupTime, Op, QueryCapsuleCapabilities
from efirt.runtime.xen_simulated import behind_xen
from efirt.signatures.lazy import LazyVerifier
from efirt.store import Record
from efirt.testing.conformance.case import Case, Phase
from efirt.testing.conformance.machine import Machine
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

    Args:
        profile: Its firmware.
        xen: Whether a simulated Xen stands before it.
        quirks: What its firmware does otherwise, as :func:`~efirt.firmware.quirks.with_quirks` has it.

    Attributes:
        driver: The way to it.
        profile: Its firmware's name, with its quirks: ``edk2+user-absent``.
        live: False: it is no machine at all.

    Raises:
        ValueError: There is no such quirk.
    """

    driver: Driver
    live = False

    def __init__(self, profile: Profile = DEFAULT, *, xen: bool = False, quirks: str = "") -> None:
        words = [*filter(None, quirks.split(","))]
        self.profile = "+".join([profile.name, *words])
        self._plain = profile
        self._quirks = [one for word in words for one in BOARDS.get(word, (word,))]
        self._ordinary = with_quirks(profile, quirks)
        self._xen = xen
        self._now = _BEGINNING
        self._begin("runtime", "")

    def lacks(self, need: str) -> str:
        """Why it has not what a case needs."""
        has = _HAS | ({"xen"} if self._xen else _WITHOUT_XEN)
        has |= {"auth"} if self._firmware.profile.authentication else {"noauth"}
        has |= {"hwerr"} if self._firmware.profile.limits.hardware_error_storage else {"no-hwerr"}
        has |= {name for name, service in _SERVICES.items() if service in self.driver.carried}
        return "" if need in has else NEEDS[need]

    def start(self, phase: Phase, case: Case) -> None:
        """A new machine."""
        self._begin(phase, case.variant)

    def _begin(self, phase: Phase, variant: str) -> None:
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

    def sleep(self, seconds: int) -> None:
        """Move the clock on."""
        self._now += seconds

    def elapsed(self) -> float:
        """Seconds that were slept, and some."""
        return float(self._now)

    def quirk_of(self, wrong: str, ask: Callable[[Machine], str]) -> str:
        """The quirk without which the firmware answers right, or at least otherwise; all of them where none does it alone."""
        if not self._quirks or self._without(self._quirks, ask):
            return ""
        answers = {quirk: self._without([quirk], ask) for quirk in self._quirks}
        told = [quirk for quirk, answer in answers.items() if not answer] or [one for one, answer in answers.items() if answer != wrong]
        return f"{told[0]}: {_does(told[0])}" if told else f"{', '.join(self._quirks)}: more than one of them does so"

    def _without(self, quirks: Iterable[str], ask: Callable[[Machine], str]) -> str:
        """The wrong answer of the firmware without some of its quirks; empty where that is right."""
        others = ",".join(one for one in self._quirks if one not in quirks)
        try:
            profile = with_quirks(self._plain, others)
        except ValueError as cause:  # a quirk may change what one before it has made
            return str(cause)
        return ask(SimulatedMachine(profile, xen=self._xen))


def _does(quirk: str) -> str:
    name = quirk.partition(":")[0]
    return QUIRKS[name].does if name in QUIRKS else VALUED[name].does
