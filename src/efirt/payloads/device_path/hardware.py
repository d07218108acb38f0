"""Nodes of type 1: how a device hangs on the processor.

Source: UEFI 2.10 §10.3.2.
"""

from efirt.annotation import Final, NamedTuple
from efirt.payloads.device_path.notation import HEX
from efirt.payloads.device_path.row import Members, row
from efirt.payloads.device_path.spelling import Argument, plain
from efirt.payloads.device_path.vendor import DATA, vendor_spelling
from efirt.values.guid import Guid

HARDWARE: Final = 1


class Pci(NamedTuple):
    """A function of a PCI device.

    Attributes:
        device: 0..=31.
        function: 0..=7.
    """

    device: int
    function: int


class PcCard(NamedTuple):
    """A PC card.

    Attributes:
        function: Its function's number, 0..=255.
    """

    function: int


class MemoryMapped(NamedTuple):
    """A device in memory.

    Attributes:
        memory_type: An EFI_MEMORY_TYPE.
        start: Its first byte's address.
        end: Its last byte's address.
    """

    memory_type: int
    start: int
    end: int


class HardwareVendor(NamedTuple):
    """Anything else, as its vendor says.

    Attributes:
        guid: What the vendor calls it.
        data: What the vendor says of it.
    """

    guid: Guid
    data: bytes = b""


class Controller(NamedTuple):
    """One of several controllers of a device.

    Attributes:
        controller: Its number, 0..=2**32-1.
    """

    controller: int


class Bmc(NamedTuple):
    """A management controller.

    Attributes:
        interface_type: 1 KCS, 2 SMIC, 3 BT, 0 unknown.
        base_address: Its lowest bit set for an I/O port.
    """

    interface_type: int
    base_address: int


ROWS: Final = (
    row(HARDWARE, 1, Pci, "function:B device:B", plain("Pci", Argument("device", HEX), Argument("function", HEX))),
    row(HARDWARE, 2, PcCard, "function:B", plain("PcCard", Argument("function", HEX))),
    row(
        HARDWARE,
        3,
        MemoryMapped,
        "memory_type:I start:Q end:Q",
        plain("MemoryMapped", Argument("memory_type", HEX), Argument("start", HEX), Argument("end", HEX)),
    ),
    row(HARDWARE, 4, HardwareVendor, Members("guid:G", DATA), vendor_spelling("VenHw")),
    row(HARDWARE, 5, Controller, "controller:I", plain("Ctrl", Argument("controller", HEX))),
    row(HARDWARE, 6, Bmc, "interface_type:B base_address:Q", plain("BMC", Argument("interface_type", HEX), Argument("base_address", HEX))),
)
