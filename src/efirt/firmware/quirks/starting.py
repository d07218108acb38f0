"""How far firmware starts, and what it has lost by then.

Source: as each quirk says.
"""

from collections.abc import Mapping

from efirt.annotation import Final
from efirt.firmware.phases import Phase
from efirt.firmware.quirks.quirk import Quirk, fact, last
from efirt.firmware.rule import Rule
from efirt.firmware.starting import Start
from efirt.values.status import Status

_DXE: Final = "edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableDxe.c"

_HALF_FULL: Final = Rule[Start](
    "it starts with a store that is more than half full",
    Status.DEVICE_ERROR,
    lambda s: 2 * s.stored.used.common > s.limits.common_space,
    "Linux commit 68d929862e29, efi: be more paranoid about available space when creating variables",
)
_BEREFT: Final = Rule[Start](
    "it starts without the variables that it was delivered with and nobody else knows",
    Status.DEVICE_ERROR,
    lambda s: any(key not in s.stored.store and s.known.find(key) is None for key in s.before),
    "Linux commit ed8b0de5a33d, efi: Make efivarfs entries immutable by default",
)

STARTING: Final[Mapping[str, Quirk]] = {
    "before-writing": Quirk(
        "the machine stays where firmware cannot write to its flash yet: what is to be stored is NOT_AVAILABLE_YET",
        f"every edk2, on its way: {_DXE}, FtwNotificationEvent",
        fact(last_phase=Phase.READING),
    ),
    "before-end-of-drivers": Quirk(
        "the machine stays where firmware's own drivers run: nothing is demanded of names, and no policy counts",
        f"every edk2, on its way: {_DXE}, OnEndOfDxe",
        fact(last_phase=Phase.DRIVERS),
    ),
    "store-lost-at-power-off": Quirk(
        "what is stored is gone when the machine is switched off, and stays over any other reset",
        "OVMF for Xen guests, and any OVMF without flash: OvmfPkg/EmuVariableFvbRuntimeDxe",
        fact(lost_at_power_off=True),
    ),
    "runtime-writes-lost": Quirk(
        "what is stored after the boot phase is gone with the next reset",
        "U-Boot with CONFIG_EFI_RT_VOLATILE_STORE, whose system has not saved VarToFile",
        fact(lost_at_reset=True),
    ),
    "half-full-bricks": Quirk(
        "the machine does not start any more when its store is more than half full: everything is DEVICE_ERROR",
        "Samsung laptops: Linux, arch/x86/platform/efi/quirks.c, efi_query_variable_store",
        last("boot_rules", _HALF_FULL),
    ),
    "deletions-brick": Quirk(
        "the machine does not start any more once a variable is deleted that it came with and no specification knows: all is DEVICE_ERROR",
        "older boards, such as MSI's: Linux, fs/efivarfs (why most variables are immutable)",
        last("boot_rules", _BEREFT),
    ),
}
