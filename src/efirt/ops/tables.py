"""Configuration tables, facts about the firmware, and the probe."""

from efirt.annotation import Final, NamedTuple
from efirt.values.guid import Guid


class Probe(NamedTuple):
    """Ask whether runtime services can be reached at all (FreeBSD's ``rt_ok``).

    Answer: SUCCESS, and ``data``, what was found as a sentence in UTF-8, where the driver tells. A driver that cannot reach them
    raises a DriverError that says why.
    """


class GetTable(NamedTuple):
    """Find a configuration table.

    Attributes:
        guid: Which.

    Answer: ``address``, a physical (under Xen: machine) address; NOT_FOUND when there is none.

    Source: UEFI 2.10 §4.6.
    """

    guid: Guid


class CopyTable(NamedTuple):
    """Read a configuration table whose size is known from its format.

    Attributes:
        guid: Which.

    Answer: ``data``; NOT_FOUND when there is none.

    Source: UEFI 2.10 §4.6; FreeBSD sys/sys/efi.h, efi_copy_table.
    """

    guid: Guid


class FirmwareInfoIndex:
    """What :class:`FirmwareInfo` can ask; the numbers are Xen's."""

    VERSION: Final = 0
    CONFIG_TABLE: Final = 1
    VENDOR: Final = 2
    MEM_INFO: Final = 3
    RT_VERSION: Final = 4
    PCI_ROM: Final = 5
    APPLE_PROPERTIES: Final = 6


class FirmwareInfo(NamedTuple):
    """Ask for one fact about the firmware; only Xen has this service.

    Attributes:
        index: A number of :class:`FirmwareInfoIndex`, or any other.
        address: MEM_INFO: the machine address asked about.
        size: MEM_INFO: bytes from there.
        room: VENDOR: bytes we have ready for the name.
        pci: PCI_ROM: segment, bus, device and function (8 bit), vendor, device.

    Answer: ``facts``; VENDOR also ``data``, the name's buffer.

    Source: Xen 4.17, xen/include/public/platform.h, XENPF_firmware_info.
    """

    index: int  # type: ignore[assignment] # Xen's word, though tuples have a method of this name
    address: int = 0
    size: int = 0
    room: int = 200
    pci: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)


class FirmwareFacts(NamedTuple):
    """What :class:`FirmwareInfo` tells; members the question is not about are 0.

    Attributes:
        revision: VERSION, RT_VERSION: ``major << 16 | minor`` where the minor's last decimal digit is the third part; VENDOR: any.
        address: CONFIG_TABLE, MEM_INFO, PCI_ROM, APPLE_PROPERTIES: machine address.
        count: CONFIG_TABLE: entries.
        size: MEM_INFO, PCI_ROM, APPLE_PROPERTIES: bytes.
        attributes: MEM_INFO: EFI_MEMORY_* bits.
        type: MEM_INFO: EFI_MEMORY_TYPE.
    """

    revision: int = 0
    address: int = 0
    count: int = 0  # type: ignore[assignment] # as index above
    size: int = 0
    attributes: int = 0
    type: int = 0
