"""EFI_RT_PROPERTIES_TABLE: which runtime services a firmware says it has.

Source: UEFI 2.10 §4.6.2.
"""

from struct import Struct

from efirt.annotation import Final
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.driver import Op
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, QueryCapsuleCapabilities, ResetSystem, UpdateCapsule
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable
from efirt.values.guid import Guid

PROPERTIES: Final = Guid.parse("eb66918a-7eef-402a-842e-931d21c38ae9")

BITS: Final[dict[type[Op], int]] = {
    GetTime: 0x1,
    SetTime: 0x2,
    GetWakeupTime: 0x4,
    SetWakeupTime: 0x8,
    GetVariable: 0x10,
    GetNextVariableName: 0x20,
    SetVariable: 0x40,
    GetNextHighMonotonicCount: 0x200,
    ResetSystem: 0x400,
    UpdateCapsule: 0x800,
    QueryCapsuleCapabilities: 0x1000,
    QueryVariableInfo: 0x2000,
}
ALL: Final = 0x3FFF
"""Every service, the two among them that no operation asks for: SetVirtualAddressMap and ConvertPointer."""

_TABLE: Final = Struct("<HHI")
_VERSION: Final = 1


def without(services: int, *gone: type[Op]) -> int:
    """Services without some of them.

    Args:
        services: EFI_RT_SUPPORTED_* bits.
        gone: The operations that ask for those.
    """
    for service in gone:
        services &= ~BITS[service]
    return services


def masked(services: int) -> frozenset[type[Op]]:
    """The operations whose service is not among these."""
    return frozenset(service for service, bit in BITS.items() if not services & bit)


def properties_table(services: int) -> bytes:
    """The table of a firmware that has these services after the boot phase.

    Source: UEFI 2.10 §4.6.2.
    """
    return _TABLE.pack(_VERSION, _TABLE.size, services)


def services_of(table: bytes) -> int | None:
    """The services that a table says a firmware has; None where it is too short to say.

    Source: UEFI 2.10 §4.6.2.
    """
    return int.from_bytes(table[4 : _TABLE.size], "little") if len(table) >= _TABLE.size else None
