"""The machine this runs on, as the suite sees it."""

import time
from collections.abc import Callable
from typing import Final

from efirt.errors import EfirtError, NotCarried
from efirt.ops import Driver, GetTime, GetVariable, GetWakeupTime, Op, QueryCapsuleCapabilities, QueryVariableInfo
from efirt.ops.malformed import carries_malformed
from efirt.testing.conformance.case import Case, Phase, Unprepared
from efirt.testing.conformance.machine import Machine
from efirt.testing.conformance.needs import NEEDS
from efirt.testing.conformance.roads import files_of
from efirt.testing.conformance.words import ERROR_RECORD, OK, SIGNED
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

_SERVICES: Final[dict[str, type[Op]]] = {"time": GetTime, "wakeup": GetWakeupTime, "capsule": QueryCapsuleCapabilities}
_SETUP_MODE: Final = Key("SetupMode", GLOBAL)
_KINDS: Final = {
    "auth": (SIGNED, True),
    "noauth": (SIGNED, False),
    "hwerr": (ERROR_RECORD, True),
    "no-hwerr": (ERROR_RECORD, False),
}
_UNTOLD: Final = "this driver cannot tell whether firmware keeps variables of the kind: QueryVariableInfo is not carried for it"


class LiveMachine:
    """A driver, and nothing else: what runs keeps running.

    Attributes:
        driver: The way to firmware.
        profile: Which firmware, or ``unknown``.
        live: Whether it goes on when the cases have ended.
    """

    def __init__(
        self, driver: Driver, profile: str = "unknown", *, live: bool = True, write: bool = False, destructive: bool = False
    ) -> None:
        self.driver = driver
        self.profile = profile
        self.live = live
        self._may = {"write": write or destructive, "destructive": destructive}
        self._known: dict[str, str] = {}

    def lacks(self, need: str) -> str:
        """Why it has not what a case needs."""
        if need not in self._known:
            self._known[need] = self._why_not(need)
        return self._known[need]

    def _why_not(self, need: str) -> str:
        has = self._keeps(need) if need in _KINDS else self._has(need)
        return _UNTOLD if has is None else "" if has else NEEDS[need]

    def _keeps(self, need: str) -> bool | None:
        """Whether firmware keeps variables of a kind; None where this driver cannot tell."""
        kind, wanted = _KINDS[need]
        try:
            return (self.driver.call(QueryVariableInfo(kind)).status == OK) == wanted
        except NotCarried:
            if kind == SIGNED and self._setup_mode() is not None:
                return wanted
            return None
        except EfirtError:
            return not wanted

    def _has(self, need: str) -> bool:
        if need in self._may:
            return self._may[need]
        if need in _SERVICES:
            return _SERVICES[need] in self.driver.carried
        if need == "sleep":
            return True
        if need in {"null", "raw-size"}:
            return carries_malformed(self.driver)
        if need == "xen":
            return self.driver.name.startswith("xen")
        if need == "efivarfs":
            return files_of(self.driver) is not None
        if need == "setup-mode":
            return self._setup_mode() == b"\x01"
        return False

    def _setup_mode(self) -> bytes | None:
        try:
            return self.driver.call(GetVariable(_SETUP_MODE)).data
        except EfirtError:
            return None

    def start(self, _phase: Phase, _case: Case) -> None:
        """It runs already."""

    def exit_boot_services(self) -> None:
        """Cannot be.

        Raises:
            Unprepared: Always.
        """
        raise Unprepared(NEEDS["boot"])

    def reset(self) -> None:
        """Cannot be.

        Raises:
            Unprepared: Always.
        """
        raise Unprepared(NEEDS["reboot"])

    def sleep(self, seconds: int) -> None:
        """Wait."""
        time.sleep(seconds)

    def elapsed(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def quirk_of(self, _wrong: str, _ask: Callable[[Machine], str]) -> str:
        """It is not known to have any."""
        return ""
