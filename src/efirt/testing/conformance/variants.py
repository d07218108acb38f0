"""Machines that are built differently: what a case needs that no ordinary firmware has."""

from collections.abc import Callable, Mapping
from typing import Final

from efirt.firmware import PROFILES, Profile
from efirt.firmware.policies import Policy, State
from efirt.firmware.quirks import QUIRKS
from efirt.ops import (
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
    UpdateCapsule,
)
from efirt.testing.conformance.words import NV, OURS, ours

Build = Callable[[Profile], Profile]
_ERROR_STORAGE: Final = 0x2000
_MUCH_ERROR_STORAGE: Final = 0x10000
BOOT_RESERVE: Final = 0x1000
_USER_STORAGE: Final = 0x1000


def _with_policy(policy: Policy) -> Build:
    return lambda profile: profile._replace(policies=(*profile.policies, policy))


def _with_limits(**limits: int) -> Build:
    return lambda profile: profile._replace(limits=profile.limits._replace(**limits))


def _without(*services: type[Op]) -> Build:
    return lambda profile: profile.lacking(*services)


def _one_behind_the_other(first: Build, second: Build) -> Build:
    return lambda profile: second(first(profile))


_LOCKED: Final = _with_policy(Policy(OURS, "T", locks_now=True))

BUILDS: Final[Mapping[str, Build]] = {
    "": lambda profile: profile,
    "noauth": Profile.without_authentication,
    "hwerr": _with_limits(hardware_error_storage=_ERROR_STORAGE),
    "hwerr-much": _with_limits(hardware_error_storage=_MUCH_ERROR_STORAGE),
    "boot-reserve": _with_limits(boot_reserve=BOOT_RESERVE),
    "user-limit": _with_limits(user_storage=_USER_STORAGE),
    "capsules": lambda profile: profile._replace(capsule_images=True),
    "capsules-across-reset": lambda profile: profile._replace(capsule_images=True, capsule_reset=True),
    "nobody-present": QUIRKS["user-absent"].change,
    "somebody-present": lambda profile: profile._replace(user_present=True),
    "spec-modes": lambda _profile: PROFILES["uefi-spec"],
    "memory-overwrite": QUIRKS["memory-overwrite-protected"].change,
    "four-bytes": _with_policy(Policy(OURS, "T", 4, 4)),
    "stored-only": _with_policy(Policy(OURS, "T", must_have=NV)),
    "locked": _LOCKED,
    "locked-once-there": _with_policy(Policy(OURS, "T", locks_once_there=True)),
    "locked-by-state": _with_policy(Policy(OURS, "T", locks_by=State(ours("S"), 1))),
    "locked-early": _one_behind_the_other(_LOCKED, QUIRKS["before-end-of-drivers"].change),
    "policies-off": _one_behind_the_other(_LOCKED, QUIRKS["variable-policy-disabled"].change),
    "before-writing": QUIRKS["before-writing"].change,
    "before-end-of-drivers": QUIRKS["before-end-of-drivers"].change,
    "no-get": _without(GetVariable),
    "no-names": _without(GetNextVariableName),
    "no-set": _without(SetVariable),
    "no-set-time": _without(SetTime),
    "no-reset": _without(ResetSystem),
    "no-query": _without(QueryVariableInfo),
    "no-clock": _without(GetTime, SetTime, GetWakeupTime, SetWakeupTime),
    "no-misc": _without(GetNextHighMonotonicCount, UpdateCapsule, QueryCapsuleCapabilities),
}
"""How a firmware is built for a case; variants that are not here differ in something else than their firmware."""

NATURAL: Final = frozenset({"noauth", "hwerr", "nobody-present", "somebody-present"})
"""Variants that a machine may be of by itself."""

AT_RUNTIME: Final = frozenset({"no-get", "no-names", "no-set", "no-query", "no-clock", "no-set-time", "no-misc", "no-reset"})
"""Variants whose services are missing after the boot phase only."""
