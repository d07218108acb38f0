"""How far a machine has started.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableDxe.c.
"""

from enum import IntEnum

from efirt.annotation import Final
from efirt.values.status import Status

NOT_AVAILABLE_YET: Final = Status(0xA000_0000_0000_0002)
"""The answer to who comes too early; the specification of UEFI has no name for it.

Source: edk2 c5aa7e7d, MdePkg/Include/Pi/PiMultiPhase.h, DXE_ERROR (2).
"""


class Phase(IntEnum):
    """A phase, in the order they come.

    Attributes:
        READING: Variables can be read; those that are stored cannot be written yet.
        DRIVERS: They can be written, too; firmware's own drivers run, and nothing is demanded of names.
        BOOT: Firmware's drivers have run. Names and policies count from here on; the boot manager and loaders run.
        RUNTIME: The operating system runs: ExitBootServices was called.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableDxe.c: VariableServiceInitialize, FtwNotificationEvent,
    OnEndOfDxe, OnExitBootServices.
    """

    READING = 0
    DRIVERS = 1
    BOOT = 2
    RUNTIME = 3
