"""A disk's partition table, of either kind: the one that firmware goes by.

Source: UEFI 2.10 §5.2, §5.3; edk2 05fe752589, MdeModulePkg/Universal/Disk/PartitionDxe/Gpt.c (a GPT needs its protective MBR).
"""

from collections.abc import Callable

from efirt.annotation import Final, NamedTuple
from efirt.payloads.device_path.media import HardDrive
from efirt.values.guid import Guid

Read = Callable[[int, int], bytes]
"""Reads so many bytes from an offset; fewer where the disk ends."""

SYSTEM: Final = Guid.parse("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
"""The type of an EFI system partition in a GPT."""

MBR_SYSTEM: Final = 0xEF
"""The same in an MBR."""


class Partition(NamedTuple):
    """A part of a disk.

    Attributes:
        number: From 1.
        node: What a device path says of it.
        is_system: Whether its type says that it is an EFI system partition.
        name: What the table calls it; may be empty.
    """

    number: int
    node: HardDrive
    is_system: bool
    name: str = ""


class Table(NamedTuple):
    """A partition table.

    Attributes:
        kind: ``gpt`` or ``mbr``.
        partitions: In order.
    """

    kind: str
    partitions: tuple[Partition, ...]
