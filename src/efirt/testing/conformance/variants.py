"""Machines that are built differently: what a case needs that no ordinary firmware has."""

from collections.abc import Callable
from typing import Final

from efirt.firmware import Firmware, Profile
from efirt.firmware.known import Known, KnownNames
from efirt.firmware.rule import Rule
from efirt.firmware.write import Write
from efirt.ops import (
    GetNextHighMonotonicCount,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    Reply,
    SetTime,
    SetWakeupTime,
    UpdateCapsule,
)
from efirt.testing.conformance.words import OURS, STORED, T, ours
from efirt.values.key import Key
from efirt.values.status import Status

_POLICY: Final = "edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c"
STATE: Final = ours("S")


def _with_known(profile: Profile, *rows: Known) -> Profile:
    return profile._replace(known=_Added(profile.known, rows))


class _Added(KnownNames):
    """Names that firmware knows beside those it knew."""

    def __init__(self, others: KnownNames, rows: tuple[Known, ...]) -> None:
        super().__init__(rows)
        self._others = others

    def find(self, key: Key) -> Known | None:
        return super().find(key) or self._others.find(key)


def _with_rule(profile: Profile, sentence: str, broken: Callable[[Write], bool]) -> Profile:
    return profile._replace(write_rules=(*profile.write_rules, Rule(sentence, Status.WRITE_PROTECTED, broken, _POLICY)))


PROFILES: Final[dict[str, Callable[[Profile], Profile]]] = {
    "": lambda profile: profile,
    "noauth": Profile.without_authentication,
    "hwerr": lambda profile: profile._replace(limits=profile.limits._replace(hardware_error_storage=0x2000)),
    "capsules": lambda profile: profile._replace(capsule_images=True),
    "four-bytes": lambda profile: _with_known(profile, Known("T", OURS, STORED, 4, 4)),
    "stored-only": lambda profile: _with_known(profile, Known("T", OURS, STORED, 0)),
    "locked": lambda profile: profile._replace(locked=profile.locked | {T}),
    "locked-once-there": lambda profile: _with_rule(
        profile, "what is locked once it is there stays", lambda w: w.key == T and w.existing is not None
    ),
}
"""How a firmware is built for a case."""

MASKED: Final[dict[str, frozenset[type[Op]]]] = {
    "no-get": frozenset({GetVariable}),
    "no-query": frozenset({QueryVariableInfo}),
    "no-clock": frozenset({GetTime, SetTime, GetWakeupTime, SetWakeupTime}),
    "no-misc": frozenset({GetNextHighMonotonicCount, UpdateCapsule, QueryCapsuleCapabilities}),
}
"""Services that a firmware says it has not.

Source: UEFI 2.10 §4.6.2 (EFI_RT_PROPERTIES_TABLE).
"""

OTHER: Final = frozenset({"locked-by-state", "old-revision"})
"""Variants that are made elsewhere."""


class Masked:
    """A firmware without some of its services."""

    def __init__(self, firmware: Firmware, without: frozenset[type[Op]]) -> None:
        self.name = firmware.name
        self._firmware = firmware
        self._without = without

    @property
    def carried(self) -> frozenset[type[Op]]:
        """As the firmware."""
        return self._firmware.carried

    def call(self, op: Op) -> Reply:
        """UNSUPPORTED, or as the firmware."""
        return Reply(Status.UNSUPPORTED) if type(op) in self._without else self._firmware.call(op)

    def why_not(self, operation: type[Op]) -> str:
        """As the firmware."""
        return self._firmware.why_not(operation)

    def close(self) -> None:
        """Hold nothing, give back nothing."""


def locked_by_state(profile: Profile, state: Callable[[], bytes | None]) -> Profile:
    """A firmware where a variable is locked while another one says so."""
    return _with_rule(profile, "what another variable locks stays", lambda w: w.key == T and state() == b"\x01")
