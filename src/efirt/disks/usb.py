"""A disk on USB: the ports on its way as firmware counts them.

Linux has two hubs for each xHCI controller, of the ports for USB 2 and of those for USB 3, and counts within each; firmware counts all of
the controller's ports. ACPI may say which is which. The controller itself does, for every device that it knows: debugfs shows that.

Source: UEFI 2.10 §10.3.4.5; xHCI 1.2 §6.2.2 (a slot context has the number of the root hub's port); edk2 05fe752589,
MdeModulePkg/Bus/Pci/XhciDxe/Xhci.c (XhcGetRootHubPortStatus); Linux 6.1, drivers/usb/host/xhci-debugfs.c, xhci_decode_slot_context,
drivers/usb/core/usb-acpi.c, Documentation/ABI/testing/sysfs-bus-usb.
"""

import re

from efirt.annotation import Final
from efirt.disks.step import Nodes, Step
from efirt.payloads.device_path.bus import Usb
from efirt.payloads.device_path.storage import LogicalUnit

USB: Final = (
    r"usb(?P<bus>\d+)/(?:\d+-[\d.]+/)*(?P<device>\d+-[\d.]+)/(?P=device):\d+\.(?P<interface>\d+)/"
    r"host\d+/target\d+:\d+:\d+/\d+:\d+:\d+:(?P<lun>\d+)(?=/block/)"
)
"""What the directories of a disk on USB are called, behind its controller."""

_DEBUG: Final = "/sys/kernel/debug/usb/xhci"
_ROOT_PORT: Final = re.compile(r" Port# (\d+)/\d+ ")


def usb(step: Step) -> Nodes:
    """The ports on the way to a disk, and its interface.

    Raises:
        ValueError: A port's number is not known.
    """
    controller = step.world.real(f"{step.above}/driver").rpartition("/")[2]
    first, *others = (int(port) for port in step.match["device"].rpartition("-")[2].split("."))
    if controller.startswith("xhci"):
        first = _wire(step, first)
    ports = [first, *others]
    nodes = [Usb(port - 1, 0) for port in ports]
    nodes[-1] = Usb(ports[-1] - 1, int(step.match["interface"]))
    unit = int(step.match["lun"])
    target = step.directory.rpartition("/")[0]
    units = [name for name in step.world.names(target) if re.fullmatch(r"\d+:\d+:\d+:\d+", name)]
    return (*nodes, LogicalUnit(unit)) if len(units) > 1 else tuple(nodes)


def _wire(step: Step, port: int) -> int:
    """The port of an xHCI controller as firmware counts, from 1."""
    bus = step.match["bus"]
    text = step.world.text(f"{step.above}/usb{bus}/{bus}-0:1.0/usb{bus}-port{port}/firmware_node/adr")
    number = int(text or "0", 0) or _told_by_controller(step)
    if not number:
        step.unknown(
            "Linux counts the ports of an xHCI controller by speed, firmware by wire, and ACPI does not tell which is which; "
            "debugfs does (mount -t debugfs debugfs /sys/kernel/debug)"
        )
    return number


def _told_by_controller(step: Step) -> int | None:
    """The port that the controller has for a device; None where this kernel does not show it."""
    devices = f"{_DEBUG}/{step.above.rpartition('/')[2]}/devices"
    for slot in step.world.names(devices):
        if step.world.text(f"{devices}/{slot}/name") == step.match["device"]:
            found = _ROOT_PORT.search(step.world.text(f"{devices}/{slot}/slot-context") or "")
            return int(found[1]) if found else None
    return None
