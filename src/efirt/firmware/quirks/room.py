"""What firmware does otherwise with the room it has.

Source: as each quirk says.
"""

from collections.abc import Mapping

from efirt.annotation import Final
from efirt.firmware.limits import Tidying
from efirt.firmware.profiles import Profile
from efirt.firmware.quirks.quirk import Change, Quirk, answer, fact, last, limit, together
from efirt.firmware.rule import Rule
from efirt.firmware.space import Demand
from efirt.firmware.write import Write
from efirt.firmware.write_rules import SIZE_RULES
from efirt.values.status import Status

_ERROR_STORAGE: Final = 0x4000
_GROWS: Final = "a value does not grow beyond its limit"
_OLD_SIZE: Final = 1024
_DATA_SIZE: Final = 57_344
_OLD_STORE: Final = 0x10000
_ONE_STORE: Final = 131_072

_ALL_IN_ONE: Final = Rule[Write](
    "a value has 57344 bytes at most",
    Status.OUT_OF_RESOURCES,
    lambda w: len(w.data) > _DATA_SIZE,
    "varstored, handler.c, do_set_variable (DATA_LIMIT)",
)
_TOO_LATE: Final = Rule[Demand](
    "after the boot phase nothing more is stored",
    Status.OUT_OF_RESOURCES,
    lambda d: d.runtime,
    "pftf/RPi4 issues 6, 163",
)


def _of_sizes(status: Status | None) -> Change:
    return together(*(answer("write_rules", row.sentence, status) for row in SIZE_RULES))


def _old_sizes(profile: Profile) -> Profile:
    """A value and its name within the old limit; hardware error records have their own."""
    size = _OLD_SIZE + profile.limits.record_header_size
    return limit(variable_size=size, authenticated_size=size, volatile_size=size)(profile)


ROOM: Final[Mapping[str, Quirk]] = {
    "space-freed-at-boot-only": Quirk(
        "the room of what is written over or deleted comes back whenever the machine starts, and at no other time",
        "Apple, and firmware in the field: RemainingVariableStorageSize is no promise (fwts advises to reboot)",
        fact(tidying=Tidying(when_needed=False, when_nearly_full=False, at_each_boot=True)),
    ),
    "space-freed-at-once": Quirk(
        "the room of what is written over or deleted comes back at once",
        "U-Boot: lib/efi_loader/efi_var_mem.c, efi_var_mem_del; QEMU: hw/uefi/var-service-vars.c, del_variable; varstored: handler.c",
        fact(tidying=Tidying(at_once=True)),
    ),
    "refused-write-tidies-up": Quirk(
        "a write that does not fit is refused, and makes room for the next one",
        "Samsung: Linux, arch/x86/platform/efi/quirks.c, efi_query_variable_store, which writes DUMMY for it",
        fact(tidying=Tidying(when_needed=False, when_nearly_full=False, after_refusal=True)),
    ),
    "oversize-out-of-resources": Quirk(
        "what is too large has no room: OUT_OF_RESOURCES, not INVALID_PARAMETER",
        "U-Boot: lib/efi_loader/efi_var_mem.c, efi_var_mem_ins; QEMU: hw/uefi/var-service-vars.c; varstored: handler.c; UEFI 2.10 §8.2.3",
        together(_of_sizes(Status.OUT_OF_RESOURCES), answer("rewrite_rules", _GROWS, Status.OUT_OF_RESOURCES)),
    ),
    "values-up-to-1024-bytes": Quirk(
        "a value and its name have 1024 bytes at most",
        "firmware of EFI 0.99: Linux 3.7, drivers/firmware/efivars.c, struct efi_variable",
        _old_sizes,
    ),
    "values-up-to-57344-bytes": Quirk(
        "a value has 57344 bytes at most, its descriptor included; else OUT_OF_RESOURCES",
        "varstored: handler.c, do_set_variable (DATA_LIMIT)",
        together(_of_sizes(None), last("write_rules", _ALL_IN_ONE)),
    ),
    "append-without-limit": Quirk(
        "a value grows by appending as long as there is room in the store",
        "varstored: handler.c, do_set_variable",
        answer("rewrite_rules", _GROWS),
    ),
    "store-of-64-kib": Quirk(
        "the store for stored variables has 64 KiB",
        "Apple's machines of 2008",
        limit(store_size=_OLD_STORE),
    ),
    "store-of-128-kib": Quirk(
        "each store has 128 KiB, and one variable may fill it",
        "U-Boot: CONFIG_EFI_VAR_BUF_SIZE; varstored: handler.c (TOTAL_LIMIT)",
        limit(
            store_size=_ONE_STORE,
            volatile_store_size=_ONE_STORE,
            variable_size=_ONE_STORE,
            authenticated_size=_ONE_STORE,
            volatile_size=_ONE_STORE,
        ),
    ),
    "hardware-error-records": Quirk(
        "16 KiB are set aside for hardware error records",
        "servers: edk2, MdeModulePkg/MdeModulePkg.dec, PcdHwErrStorageSize; OVMF has none",
        limit(hardware_error_storage=_ERROR_STORAGE),
    ),
    "runtime-writes-out-of-resources": Quirk(
        "after the boot phase nothing is stored: OUT_OF_RESOURCES",
        "Raspberry Pi 4: pftf/RPi4 issues 6, 163",
        last("space_rules", _TOO_LATE),
    ),
}
