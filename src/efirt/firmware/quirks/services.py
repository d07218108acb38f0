"""Services that firmware lacks, or that answer something else; and the clock's zones.

Source: as each quirk says.
"""

from collections.abc import Mapping

from efirt.annotation import Final
from efirt.firmware.calendar import time_at
from efirt.firmware.clock_rules import TimeAsked
from efirt.firmware.profiles import Profile
from efirt.firmware.quirks.quirk import Change, Quirk, fact, last
from efirt.firmware.rule import Rule
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.driver import Op
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, QueryCapsuleCapabilities, ResetSystem, UpdateCapsule
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable
from efirt.values.efi_time import UNSPECIFIED_ZONE, EfiTime
from efirt.values.status import Status

_JUNK_ZONE: Final = 0x7F00
_STOPPED_AT: Final = 1_421_770_011
_XEN_CLOCK: Final = "OvmfPkg/Library/XenRealTimeClockLib/XenRealTimeClockLib.c"
_MASKED: Final = "UNSUPPORTED after the boot phase, and EFI_RT_PROPERTIES_TABLE says so"
_MASKS: Final = "UEFI 2.10 §4.6.2; fwts, uefirttime, uefirtvariable, uefirtmisc"

_NOT_SET: Final = Rule[TimeAsked](
    "the clock can be set", Status.DEVICE_ERROR, lambda t: isinstance(t.op, SetTime), f"edk2 c5aa7e7d, {_XEN_CLOCK}, LibSetTime"
)
_ZONE_NOT_STORED: Final = Rule[TimeAsked](
    "the zone can be stored after the boot phase",
    Status.OUT_OF_RESOURCES,
    lambda t: t.runtime and isinstance(t.op, SetTime),
    "pftf/RPi4 issues 93, 164; edk2 c5aa7e7d, EmbeddedPkg/Library/VirtualRealTimeClockLib, LibSetTime",
)
_NO_ALARM: Final = Rule[TimeAsked](
    "there is an alarm",
    Status.UNSUPPORTED,
    lambda t: isinstance(t.op, GetWakeupTime | SetWakeupTime),
    f"edk2 c5aa7e7d, {_XEN_CLOCK}, LibGetWakeupTime and LibSetWakeupTime",
)


def _without(*services: type[Op]) -> Change:
    return lambda profile: profile.lacking(*services)


def _missing(what: str, *services: type[Op], origin: str = _MASKS) -> Quirk:
    return Quirk(f"{what}: {_MASKED}", origin, _without(*services))


def _dying(service: type[Op], status: Status) -> Change:
    return lambda profile: profile._replace(fatal={**profile.fatal, service: status})


def _stopped(_time: EfiTime) -> EfiTime:
    return time_at(_STOPPED_AT)


def _junk(time: EfiTime) -> EfiTime:
    return time._replace(time_zone=_JUNK_ZONE)


def _zero(time: EfiTime) -> EfiTime:
    return time._replace(time_zone=0) if time.time_zone == UNSPECIFIED_ZONE else time


def _unspecified(time: EfiTime) -> EfiTime:
    return time._replace(time_zone=UNSPECIFIED_ZONE)


def _taking(profile: Profile) -> Profile:
    return profile._replace(capsule_images=True)


SERVICES: Final[Mapping[str, Quirk]] = {
    "no-get": _missing("GetVariable", GetVariable),
    "no-names": _missing("GetNextVariableName", GetNextVariableName),
    "no-set": _missing("SetVariable", SetVariable, origin="U-Boot without CONFIG_EFI_RT_VOLATILE_STORE: lib/efi_loader/efi_variable.c"),
    "no-query": _missing("QueryVariableInfo", QueryVariableInfo, origin="Apple's EFI 1.10; U-Boot: lib/efi_loader/efi_variable.c"),
    "no-clock": _missing(
        "the clock and its alarm", GetTime, SetTime, GetWakeupTime, SetWakeupTime, origin="U-Boot: lib/efi_loader/efi_runtime.c"
    ),
    "no-set-time": _missing("SetTime", SetTime),
    "no-wakeup": _missing("the alarm", GetWakeupTime, SetWakeupTime, origin="U-Boot: lib/efi_loader/efi_runtime.c"),
    "no-counter": _missing(
        "GetNextHighMonotonicCount", GetNextHighMonotonicCount, origin="U-Boot: lib/efi_loader/efi_runtime.c, efi_unimplemented"
    ),
    "no-reset": _missing("ResetSystem", ResetSystem),
    "no-capsules": _missing(
        "the capsule services", QueryCapsuleCapabilities, UpdateCapsule, origin="U-Boot: lib/efi_loader/efi_runtime.c, efi_runtime_detach"
    ),
    "capsules": Quirk(
        "capsules are taken at once, in the boot phase",
        "a platform that links edk2's MdeModulePkg/Library/DxeCapsuleLibFmp",
        _taking,
    ),
    "capsules-across-reset": Quirk(
        "capsules are taken for the next boot, too",
        "a platform with edk2's PcdSupportUpdateCapsuleReset",
        fact(capsule_images=True, capsule_reset=True),
    ),
    "clock-cannot-be-set": Quirk(
        "SetTime is DEVICE_ERROR, in every phase",
        f"OVMF for Xen guests: {_XEN_CLOCK}; Raspberry Pi 4: pftf/RPi4 issue 93",
        last("clock_rules", _NOT_SET),
    ),
    "set-time-out-of-resources": Quirk(
        "SetTime is OUT_OF_RESOURCES after the boot phase, since the zone is kept in a variable",
        "Raspberry Pi 4: pftf/RPi4 issues 93, 164",
        last("clock_rules", _ZONE_NOT_STORED),
    ),
    "no-alarm": Quirk(
        "the alarm is UNSUPPORTED, in every phase, and no table says so",
        f"OVMF for Xen guests: {_XEN_CLOCK}",
        last("clock_rules", _NO_ALARM),
    ),
    "constant-clock": Quirk(
        "GetTime is always 2015-01-20 16:06:51",
        f"OVMF for Xen guests: {_XEN_CLOCK}, LibGetTime",
        fact(told_time=_stopped),
    ),
    "junk-zones": Quirk("the clock tells a zone that cannot be", "firmware in the field: fwts, uefirttime", fact(told_time=_junk)),
    "zero-zones": Quirk("the clock tells zone 0 where none is set", "firmware in the field: fwts, uefirttime", fact(told_time=_zero)),
    "unspecified-zones": Quirk(
        "the clock tells no zone, also where one was set",
        "U-Boot: lib/efi_loader/efi_runtime.c, efi_get_time_boottime",
        fact(told_time=_unspecified),
    ),
    "query-hangs": Quirk(
        "after the boot phase QueryVariableInfo never comes back: its caller sees TIMEOUT, and DEVICE_ERROR from everything after it",
        "Apple's firmware 2.40: rhboot/shim pull request 690",
        _dying(QueryVariableInfo, Status.TIMEOUT),
    ),
    "set-crashes": Quirk(
        "after the boot phase SetVariable faults: its caller sees ABORTED, and DEVICE_ERROR from everything after it",
        "Apple T2: Linux, drivers/firmware/efi/runtime-wrappers.c, efi_queue_work; booted with efi=noruntime",
        _dying(SetVariable, Status.ABORTED),
    ),
}
