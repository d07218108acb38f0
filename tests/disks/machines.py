"""Machines in a directory: devices, sysfs and mounts as far as looking for a disk goes, with real partition tables."""

import json
from pathlib import Path

from efirt.disks.port import Look, System
from tests.house.tree import ROOT

TABLES = json.loads((ROOT / "tests" / "data" / "disks" / "fdisk.json").read_text(encoding="utf-8"))
PARTITION = "a1b2c3d4-1111-2222-3333-444455556666"


def disk(name: str, path: Path) -> Path:
    """A disk in a file, as fdisk or sfdisk made it: ``gpt512``, ``gpt4096``, ``mbr``."""
    with path.open("wb") as file:
        file.truncate(TABLES[name]["size"])
        for offset, digits in TABLES[name]["pieces"].items():
            file.seek(int(offset))
            file.write(bytes.fromhex(digits))
    return path


def change(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


class Machine(System):
    """A copy of a machine in a directory; what is a device there is an ordinary file, whose number is told to it.

    Args:
        root: An empty directory.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(str(root))
        self.root = root
        self.devices: dict[str, str] = {}
        self.inside: dict[str, str] = {}

    def look(self, path: str) -> Look | None:
        found = super().look(path)
        if found is None:
            return None
        device, inside = self.devices.get(path), self.inside.get(path, found.inside)
        return Look(True, False, device, inside) if device else found._replace(inside=inside)

    def write(self, path: str, text: str = "") -> Path:
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{text}\n", encoding="utf-8")
        return place

    def link(self, path: str, target: str) -> None:
        """A link to a path from the machine's root, relative as those of sysfs."""
        place = self.root / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to("../" * (path.count("/") - 1) + target.lstrip("/"))

    def block(self, directory: str, device: str, *, table: str | None = None, block_size: int = 512) -> str:
        """A whole disk in a directory of sysfs, and its device file; its name."""
        name = directory.rpartition("/")[2]
        self.write(f"{directory}/dev", device)
        self.write(f"{directory}/queue/logical_block_size", str(block_size))
        self.link(f"/sys/dev/block/{device}", directory)
        self.device(f"/dev/{name.replace('!', '/')}", device, table)
        return name

    def device(self, path: str, device: str, table: str | None = None) -> None:
        place = self.write(path)
        self.devices[path] = device
        if table:
            disk(table, place)

    def part(self, directory: str, name: str, device: str, number: int) -> None:
        """A partition in the directory of its disk, and its device file."""
        self.write(f"{directory}/{name}/dev", device)
        self.write(f"{directory}/{name}/partition", str(number))
        self.link(f"/sys/dev/block/{device}", f"{directory}/{name}")
        self.device(f"/dev/{name}", device)

    def mount(self, device: str, place: str, *, root: str = "/", type_: str = "vfat") -> None:
        """Something mounted, the last of all so far."""
        mounts = self.root / "proc/self/mountinfo"
        before = mounts.read_text(encoding="utf-8") if mounts.exists() else ""
        line = f"36 27 {device} {root} {place} rw,relatime shared:1 - {type_} /dev/whatever rw"
        self.write("/proc/self/mountinfo", f"{before}{line}")

    def file(self, path: str, device: str) -> None:
        """A file on a device."""
        self.write(path)
        self.inside[path] = device


PCI = "/sys/devices/pci0000:00"


def pci(machine: Machine, hid: str = "PNP0A08", uid: str = "0") -> None:
    """A PCI root as ACPI names it."""
    machine.write(f"{PCI}/firmware_node/hid", hid)
    machine.write(f"{PCI}/firmware_node/uid", uid)


def sata(root: Path, *, table: str = "gpt512", block_size: int = 512) -> Machine:
    """A machine with a SATA disk of two partitions, the first of them mounted."""
    machine = Machine(root)
    pci(machine)
    directory = f"{PCI}/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block/sda"
    machine.write("/sys/class/ata_port/ata3/port_no", "3")
    machine.link(f"{PCI}/0000:00:1f.2/driver", "/sys/bus/pci/drivers/ahci")
    machine.block(directory, "8:0", table=table, block_size=block_size)
    for number in (1, 2):
        machine.part(directory, f"sda{number}", f"8:{number}", number)
    machine.mount("8:2", "/", type_="ext4")
    machine.mount("8:1", "/boot/efi")
    machine.file("/boot/efi/EFI/debian/shimx64.efi", "8:1")
    return machine
