"""How much a firmware holds.

Source: edk2 c5aa7e7d, MdeModulePkg/MdeModulePkg.dec, and as each platform says.
"""

from efirt.annotation import Final, NamedTuple

_STORE_HEADER_SIZE: Final = 28


class Spaces(NamedTuple):
    """What stored variables share, in bytes: as the properties of :class:`Limits`, worked out once.

    Attributes:
        common: Of all but hardware error records.
        runtime: Of it, what may be used after the boot phase.
        users: Of it, what variables may use that firmware does not know.
        errors: Of hardware error records.
    """

    common: int
    runtime: int
    users: int
    errors: int


class Tidying(NamedTuple):
    """When the room of dead records comes back.

    Attributes:
        when_needed: When a write of the boot phase does not fit without it.
        when_nearly_full: At the end of the boot phase, if not even the largest variable would fit any more.
        at_each_boot: Whenever the machine starts.
        after_refusal: When a write did not fit, in every phase; it is refused all the same.
        at_once: When a record dies.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable and ReclaimForOS, for the first two.
    """

    when_needed: bool = True
    when_nearly_full: bool = True
    at_each_boot: bool = False
    after_refusal: bool = False
    at_once: bool = False


class Limits(NamedTuple):
    """Sizes a platform is built with, all in bytes.

    Attributes:
        record_header_size: 60 where records have room for authentication, else 32.
        variable_size: Of a stored variable with its record header and name.
        authenticated_size: The same for an authenticated one.
        volatile_size: The same for one that lives until reset.
        hardware_error_size: The same for a hardware error record.
        store_size: The stored variables' region with its header, without the volume's.
        volatile_store_size: The volatile ones' region with its header.
        hardware_error_storage: What of the store is set aside for hardware error records; 0 turns them off.
        boot_reserve: What of the store only the boot phase may use.
        user_storage: What variables that firmware does not know may use; 0 for no such limit.

    Source: edk2 c5aa7e7d, MdeModulePkg/MdeModulePkg.dec (PcdMaxVariableSize and its neighbours),
    MdeModulePkg/Universal/Variable/RuntimeDxe/VariableNonVolatile.c, InitNonVolatileVariableStore.
    """

    record_header_size: int
    variable_size: int
    authenticated_size: int
    volatile_size: int
    hardware_error_size: int
    store_size: int
    volatile_store_size: int
    hardware_error_storage: int = 0
    boot_reserve: int = 0
    user_storage: int = 0

    @property
    def common_space(self) -> int:
        """What all stored variables but hardware error records share."""
        return self.store_size - _STORE_HEADER_SIZE - self.hardware_error_storage

    @property
    def runtime_space(self) -> int:
        """What of it may be used after the boot phase."""
        return self.common_space - self.boot_reserve

    @property
    def user_space(self) -> int:
        """What of it variables may use that firmware does not know."""
        return self.user_storage or self.common_space

    @property
    def spaces(self) -> Spaces:
        """All of these together."""
        return Spaces(self.common_space, self.runtime_space, self.user_space, self.hardware_error_storage)

    @property
    def volatile_space(self) -> int:
        """What volatile variables share."""
        return self.volatile_store_size - _STORE_HEADER_SIZE


OVMF_4M: Final = Limits(
    record_header_size=60,
    variable_size=0x8400,
    authenticated_size=0x8400,
    volatile_size=0x40000,
    hardware_error_size=0x8000,
    store_size=0x3FFB8,
    volatile_store_size=0x80000,
)
"""OVMF with 4 MB of flash and TLS, as distributions build it.

Source: edk2 c5aa7e7d, OvmfPkg/OvmfPkgX64.dsc, OvmfPkg/Include/Dsc/OvmfTpmSecurityStub.dsc.inc, OvmfPkg/Include/Fdf/VarStore.fdf.inc.
"""

OVMF_2M: Final = OVMF_4M._replace(variable_size=0x2000, authenticated_size=0x2800, store_size=0xDFB8)
"""OVMF with 1 or 2 MB of flash and TLS.

Source: as :data:`OVMF_4M`.
"""

BY_STORE_SIZE: Final = {limits.store_size: limits for limits in (OVMF_4M, OVMF_2M)}


def limits_of_store(store_size: int, record_header_size: int) -> Limits:
    """The limits of the platform whose image has a store of this size; those of OVMF 4 MB around any other size."""
    known = BY_STORE_SIZE.get(store_size, OVMF_4M._replace(store_size=store_size))
    return known._replace(record_header_size=record_header_size)
