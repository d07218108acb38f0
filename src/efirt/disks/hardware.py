"""Where a disk is in the hardware: its directory in sysfs, part by part, as nodes of a device path.

What firmware calls a device is known of these buses only; of all others, and where this kernel does not tell enough, nothing is guessed.

Source: UEFI 2.10 §10.3, §10.4; Linux 6.1, Documentation/ABI/testing/sysfs-bus-pci, sysfs-ata, sysfs-bus-usb; libefivar 75d29763a1,
src/linux-*.c (what each directory is called).
"""

import re
from collections.abc import Callable

from efirt.annotation import Any, Final, NamedTuple, NoReturn
from efirt.disks.port import World
from efirt.payloads.device_path.acpi import Acpi
from efirt.payloads.device_path.bus import Usb
from efirt.payloads.device_path.hardware import Pci
from efirt.payloads.device_path.storage import Ata, Emmc, LogicalUnit, NvmeNamespace, Sata, Scsi, Sd

_DEVICES: Final = "/sys/devices/"
_PCI_ROOT: Final = 0x0A0341D0
_ROOTS: Final = frozenset({"PNP0A03", "PNP0A08"})
_NO_MULTIPLIER: Final = 0xFFFF
_EUI_SIZE: Final = 8
_SCSI: Final = r"host\d+/target\d+:\d+:\d+/\d+:(\d+):(\d+):(\d+)(?=/block/)"
_SHORT: Final = "leave out --full: the partition's own identity is what firmware looks for"

Nodes = tuple[Any, ...]


class _Step(NamedTuple):
    """A part of the way.

    Attributes:
        world: Where to look.
        match: What its name says.
        directory: The directory it ends at.
        above: The directory it begins in.
    """

    world: World
    match: re.Match[str]
    directory: str
    above: str

    def text(self, name: str) -> str | None:
        return self.world.text(f"{self.directory}/{name}")


def nodes_of(world: World, sysfs: str) -> Nodes:
    """The nodes of a disk's directory.

    Raises:
        ValueError: Nobody here knows what firmware calls it.
    """
    rest, above, nodes = sysfs.removeprefix(_DEVICES), _DEVICES.rstrip("/"), list[Any]()
    while rest and not rest.startswith("block/"):
        found = next(((match, row) for pattern, row in _ROWS if (match := pattern.match(rest))), None)
        if found is None:
            raise ValueError(f"what firmware calls {above}/{rest} is not known here: {_SHORT}")
        match, row = found
        directory = f"{above}/{match.group()}"
        nodes += row(_Step(world, match, directory, above))
        rest, above = rest[match.end() :].removeprefix("/"), directory
    return tuple(nodes)


def _unknown(step: _Step, why: str) -> NoReturn:
    raise ValueError(f"{step.directory}: {why}; {_SHORT}")


def _root(step: _Step) -> Nodes:
    hid, uid = step.text("firmware_node/hid"), step.text("firmware_node/uid") or "0"
    if hid not in _ROOTS or not uid.isdecimal():
        _unknown(step, f"its ACPI names are {hid} and {uid!r}, which are none of a PCI root with a number")
    return (Acpi(_PCI_ROOT, int(uid)),)  # also of PCI Express: firmware's paths have PNP0A03


def _pci(step: _Step) -> Nodes:
    return (Pci(int(step.match[1], 16), int(step.match[2])),)


def _ata(step: _Step) -> Nodes:
    port, channel, target, lun = map(int, step.match.groups())
    driver = step.world.real(f"{step.above}/driver").rpartition("/")[2]
    number = step.world.text(f"/sys/class/ata_port/ata{port}/port_no")
    if number is None:
        _unknown(step, "this kernel does not tell its port")
    if driver.startswith(("ata_", "pata_")):
        return (Ata(int(number) - 1, target, lun),)
    is_multiplied = step.world.look(f"/sys/class/ata_link/link{port}.{channel}") is not None
    return (Sata(int(number) - 1, channel if is_multiplied else _NO_MULTIPLIER, lun),)


def _scsi(step: _Step) -> Nodes:
    _channel, target, lun = map(int, step.match.groups())
    return (Scsi(target, lun),)


def _nothing(_step: _Step) -> Nodes:
    return ()


def _usb(step: _Step) -> Nodes:
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


def _wire(step: _Step, port: int) -> int:
    """The port of an xHCI controller as firmware counts: Linux has a hub for each speed, and counts within these."""
    bus = step.match["bus"]
    text = step.world.text(f"{step.above}/usb{bus}/{bus}-0:1.0/usb{bus}-port{port}/firmware_node/adr")
    if text is None:
        _unknown(step, "Linux counts the ports of an xHCI controller by speed, firmware by wire, and ACPI does not tell which is which")
    return int(text, 0)


def _nvme(step: _Step) -> Nodes:
    return (_namespace(step, step.directory),)


def _namespace(step: _Step, directory: str) -> NvmeNamespace:
    number, eui = step.world.text(f"{directory}/nsid"), step.world.text(f"{directory}/eui")
    if number is None:
        _unknown(step, "this kernel does not tell the namespace's number")
    raw = bytes.fromhex(eui) if eui else bytes(_EUI_SIZE)
    return NvmeNamespace(int(number), raw)


def _shared_nvme(step: _Step) -> Nodes:
    """A namespace that several controllers may lead to."""
    subsystem = step.directory.rpartition("/")[0]
    controllers = [name for name in step.world.names(subsystem) if re.fullmatch(r"nvme\d+", name)]
    if len(controllers) != 1:
        _unknown(step, f"it is reached through {', '.join(controllers) or 'no controller'}, and a path leads through one")
    controller = step.world.real(f"{subsystem}/{controllers[0]}")
    return (*nodes_of(step.world, controller.partition("/nvme/")[0]), _namespace(step, step.directory))


def _mmc(step: _Step) -> Nodes:
    hosts = sorted(step.world.names(f"{step.above}/mmc_host"), key=lambda name: int(name.removeprefix("mmc")))
    slot, kind = hosts.index(step.match[1]), step.text("type")
    if kind not in {"MMC", "SD"}:
        _unknown(step, f"its type is {kind}, which is neither MMC nor SD")
    return (Emmc(slot) if kind == "MMC" else Sd(slot),)


_USB: Final = (
    r"usb(?P<bus>\d+)/(?:\d+-[\d.]+/)*(?P<device>\d+-[\d.]+)/(?P=device):\d+\.(?P<interface>\d+)/"
    r"host\d+/target\d+:\d+:\d+/\d+:\d+:\d+:(?P<lun>\d+)(?=/block/)"
)

_TABLE: Final[tuple[tuple[str, Callable[[_Step], Nodes]], ...]] = (
    (r"pci[0-9a-f]{4}:[0-9a-f]{2}(?=/|$)", _root),
    (r"[0-9a-f]{4}:[0-9a-f]{2}:([0-9a-f]{2})\.([0-7])(?=/|$)", _pci),
    (rf"ata(\d+)/{_SCSI}", _ata),
    (rf"virtio\d+/{_SCSI}", _scsi),
    (r"virtio\d+(?=/block/)", _nothing),
    (_SCSI, _scsi),
    (_USB, _usb),
    (r"nvme/nvme\d+/nvme\d+n\d+$", _nvme),
    (r"virtual/nvme-subsystem/nvme-subsys\d+/nvme\d+n\d+$", _shared_nvme),
    (r"mmc_host/(mmc\d+)/mmc\d+:[0-9a-f]+(?=/block/)", _mmc),
)
_ROWS: Final = tuple((re.compile(pattern), row) for pattern, row in _TABLE)
