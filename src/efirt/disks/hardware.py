"""Where a disk is in the hardware: its directory in sysfs, part by part, as nodes of a device path.

What firmware calls a device is known of these buses only; of all others, and where this kernel does not tell enough, nothing is guessed.

Source: UEFI 2.10 §10.3, §10.4; Linux 6.1, Documentation/ABI/testing/sysfs-bus-pci, sysfs-ata, drivers/nvme/host/core.c (nvme_alloc_ns),
drivers/pci/controller/vmd.c; libefivar 75d29763a1, src/linux-*.c (what each directory is called); edk2 05fe752589,
OvmfPkg/MptScsiDxe/MptScsi.c (a SAS disk that firmware calls Scsi).
"""

import re
from collections.abc import Callable

from efirt.annotation import Any, Final, NoReturn
from efirt.disks.port import World
from efirt.disks.step import SHORT, Nodes, Step
from efirt.disks.usb import USB, usb
from efirt.payloads.device_path.acpi import Acpi
from efirt.payloads.device_path.hardware import Pci
from efirt.payloads.device_path.storage import Ata, Emmc, NvmeNamespace, Sata, Scsi, Sd

_DEVICES: Final = "/sys/devices/"
_PCI_ROOT: Final = 0x0A0341D0
_ROOTS: Final = frozenset({"PNP0A03", "PNP0A08"})
_NO_MULTIPLIER: Final = 0xFFFF
_EUI_SIZE: Final = 8
_SCSI: Final = r"host\d+/target\d+:\d+:\d+/\d+:(\d+):(\d+):(\d+)(?=/block/)"


def nodes_of(world: World, sysfs: str) -> Nodes:
    """The nodes of a disk's directory.

    Raises:
        ValueError: Nobody here knows what firmware calls it.
    """
    rest, above, nodes = sysfs.removeprefix(_DEVICES), _DEVICES.rstrip("/"), list[Any]()
    while rest and not rest.startswith("block/"):
        found = next(((match, row) for pattern, row in _ROWS if (match := pattern.match(rest))), None)
        if found is None:
            raise ValueError(f"what firmware calls {above}/{rest} is not known here: {SHORT}")
        match, row = found
        directory = f"{above}/{match.group()}"
        nodes += row(Step(world, match, directory, above))
        rest, above = rest[match.end() :].removeprefix("/"), directory
    return tuple(nodes)


def _root(step: Step) -> Nodes:
    hid, uid = step.text("firmware_node/hid"), step.text("firmware_node/uid") or "0"
    if hid not in _ROOTS or not uid.isdecimal():
        step.unknown(f"its ACPI names are {hid} and {uid!r}, which are none of a PCI root with a number")
    return (Acpi(_PCI_ROOT, int(uid)),)  # also of PCI Express: firmware's paths have PNP0A03


def _pci(step: Step) -> Nodes:
    return (Pci(int(step.match[1], 16), int(step.match[2])),)


def _ata(step: Step) -> Nodes:
    port, channel, target, lun = map(int, step.match.groups())
    driver = step.world.real(f"{step.above}/driver").rpartition("/")[2]
    number = step.world.text(f"/sys/class/ata_port/ata{port}/port_no")
    if number is None:
        step.unknown("this kernel does not tell its port")
    if driver.startswith(("ata_", "pata_")):
        return (Ata(int(number) - 1, target, lun),)
    is_multiplied = step.world.look(f"/sys/class/ata_link/link{port}.{channel}") is not None
    return (Sata(int(number) - 1, channel if is_multiplied else _NO_MULTIPLIER, lun),)


def _scsi(step: Step) -> Nodes:
    _channel, target, lun = map(int, step.match.groups())
    return (Scsi(target, lun),)


def _nothing(_step: Step) -> Nodes:
    return ()


def _nvme(step: Step) -> Nodes:
    return (_namespace(step, step.directory),)


def _namespace(step: Step, directory: str) -> NvmeNamespace:
    number, eui = step.world.text(f"{directory}/nsid"), step.world.text(f"{directory}/eui")
    if number is None:
        step.unknown("this kernel does not tell the namespace's number")
    raw = bytes.fromhex(eui) if eui else bytes(_EUI_SIZE)
    return NvmeNamespace(int(number), raw)


def _shared_nvme(step: Step) -> Nodes:
    """A namespace that several controllers may lead to: each that does has a hidden disk for it."""
    subsystem, _, head = step.directory.rpartition("/")
    ways = []
    for name in step.world.names(subsystem):
        if re.fullmatch(r"nvme\d+", name):
            controller = step.world.real(f"{subsystem}/{name}")
            if step.world.look(f"{controller}/{_hidden(head, name)}") is not None:
                ways.append(controller)
    names = [way.rpartition("/")[2] for way in ways]
    if len(ways) != 1:
        step.unknown(f"it is reached through {', '.join(names) or 'no controller'}, and a path leads through one")
    return (*nodes_of(step.world, ways[0].partition("/nvme/")[0]), _namespace(step, step.directory))


def _hidden(head: str, controller: str) -> str:
    """``nvme0c1n2``, the hidden disk through controller ``nvme1`` to what is ``nvme0n2``."""
    subsystem, _, number = head.removeprefix("nvme").partition("n")
    return f"nvme{subsystem}c{controller.removeprefix('nvme')}n{number}"


def _stacked(step: Step) -> Nodes:
    """What lies on other disks: firmware knows those below it."""
    maker = (step.text("dm/uuid") or "").partition("-")[0]
    below = step.world.names(f"{step.directory}/slaves")
    if maker != "mpath":
        step.unknown(f"it is no hardware, but lies on {', '.join(below) or 'no disk'}, and what firmware makes of those is not known here")
    if len(below) != 1:
        step.unknown(f"it is reached through {', '.join(below) or 'no disk'}, and a path leads through one")
    return nodes_of(step.world, step.world.real(f"{step.directory}/slaves/{below[0]}"))


def _refused(why: str) -> Callable[[Step], Nodes]:
    def refuse(step: Step) -> NoReturn:
        step.unknown(why)

    return refuse


def _mmc(step: Step) -> Nodes:
    hosts = sorted(step.world.names(f"{step.above}/mmc_host"), key=lambda name: int(name.removeprefix("mmc")))
    slot, kind = hosts.index(step.match[1]), step.text("type")
    if kind not in {"MMC", "SD"}:
        step.unknown(f"its type is {kind}, which is neither MMC nor SD")
    return (Emmc(slot) if kind == "MMC" else Sd(slot),)


_TABLE: Final[tuple[tuple[str, Callable[[Step], Nodes]], ...]] = (
    (r"pci[0-9a-f]{4}:[0-9a-f]{2}(?=/|$)", _root),
    (r"[0-9a-f]{4}:[0-9a-f]{2}:([0-9a-f]{2})\.([0-7])(?=/|$)", _pci),
    (rf"ata(\d+)/{_SCSI}", _ata),
    (rf"virtio\d+/{_SCSI}", _scsi),
    (r"virtio\d+(?=/block/)", _nothing),
    (_SCSI, _scsi),
    (USB, usb),
    (r"nvme/nvme\d+/nvme\d+n\d+$", _nvme),
    (r"virtual/nvme-subsystem/nvme-subsys\d+/nvme\d+n\d+$", _shared_nvme),
    (r"virtual/block/[^/]+$", _stacked),
    (r"virtual/nvme-fabrics(?=/)", _refused("it is in a network, and which of its ways firmware takes is not known here")),
    (
        r"host\d+/port-\d+:\d+(?=/)",
        _refused("it is a SAS disk, which one controller's driver in firmware calls SAS(), another SasEx(), and another Scsi()"),
    ),
    (r"host\d+/rport-\d+:\d+-\d+(?=/)", _refused("it is at a fibre channel, which firmware calls Fibre() or FibreEx()")),
    (r"pci1[0-9a-f]{4}:[0-9a-f]{2}(?=/)", _refused("it is behind Intel's VMD, and firmware's driver for that has names of its own")),
    (r"mmc_host/(mmc\d+)/mmc\d+:[0-9a-f]+(?=/block/)", _mmc),
)
_ROWS: Final = tuple((re.compile(pattern), row) for pattern, row in _TABLE)
