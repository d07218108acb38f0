"""How far a machine has started.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/VariableDxe.c.
"""

from enum import IntEnum


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
