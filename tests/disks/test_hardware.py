"""Where a disk is in the hardware: each bus by the directories that Linux has for it."""

from pathlib import Path

import pytest

from efirt.disks.hardware import nodes_of
from efirt.payloads.device_path.path import DevicePath
from tests.disks.machines import PCI, Machine, pci

DISK = "0000:00:04.0"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    pci(made)
    return made


def text(machine: Machine, *parts: str) -> str:
    return str(DevicePath(nodes_of(machine, "/".join((PCI, *parts)))))


def test_a_virtio_disk_is_its_pci_function(machine: Machine) -> None:
    assert text(machine, DISK, "virtio1/block/vda") == "PciRoot(0x0)/Pci(0x4,0x0)"


def test_a_disk_of_a_virtio_scsi_controller_is_a_scsi_unit(machine: Machine) -> None:
    path = text(machine, DISK, "virtio1/host2/target2:0:3/2:0:3:1/block/sda")
    assert path == "PciRoot(0x0)/Pci(0x4,0x0)/Scsi(0x3,0x1)"


def test_a_disk_of_a_scsi_controller_is_a_scsi_unit(machine: Machine) -> None:
    assert text(machine, DISK, "host2/target2:0:3/2:0:3:1/block/sda") == "PciRoot(0x0)/Pci(0x4,0x0)/Scsi(0x3,0x1)"


def test_bridges_stand_between_the_root_and_the_function(machine: Machine) -> None:
    assert text(machine, "0000:00:1c.4", "0000:05:00.1", "virtio1/block/vda") == "PciRoot(0x0)/Pci(0x1C,0x4)/Pci(0x0,0x1)"


def test_a_root_has_the_number_that_acpi_gives_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    pci(machine, "PNP0A03", "17")
    assert text(machine, DISK, "virtio1/block/vda") == "PciRoot(0x11)/Pci(0x4,0x0)"


@pytest.mark.parametrize(("hid", "uid"), [("ACPI0016", "0"), ("PNP0A08", "PC00")])
def test_a_root_without_a_number_is_not_guessed(tmp_path: Path, hid: str, uid: str) -> None:
    machine = Machine(tmp_path)
    pci(machine, hid, uid)
    with pytest.raises(ValueError, match=f"{hid}.*leave out --full"):
        text(machine, DISK, "virtio1/block/vda")


def ata(machine: Machine, driver: str, *, channel: int = 0, target: int = 0) -> str:
    machine.write("/sys/class/ata_port/ata7/port_no", "2")
    machine.link(f"{PCI}/{DISK}/driver", f"/sys/bus/pci/drivers/{driver}")
    return text(machine, DISK, f"ata7/host6/target6:{channel}:{target}/6:{channel}:{target}:0/block/sda")


def test_a_sata_port_counts_from_zero(machine: Machine) -> None:
    assert ata(machine, "ahci").endswith("/Sata(0x1,0xFFFF,0x0)")


def test_a_disk_behind_a_port_multiplier_has_its_port(machine: Machine) -> None:
    machine.write("/sys/class/ata_link/link7.3/x")
    assert ata(machine, "ahci", channel=3).endswith("/Sata(0x1,0x3,0x0)")


def test_an_old_cable_has_a_channel_and_a_place(machine: Machine) -> None:
    assert ata(machine, "ata_piix", target=1).endswith("/Ata(Secondary,Slave,0x0)")


def test_a_port_that_is_not_told_is_not_guessed(machine: Machine) -> None:
    with pytest.raises(ValueError, match="does not tell its port"):
        text(machine, DISK, "ata9/host6/target6:0:0/6:0:0:0/block/sda")


def test_an_nvme_namespace_has_its_number_and_eui(machine: Machine) -> None:
    directory = f"{PCI}/{DISK}/nvme/nvme0/nvme0n1"
    machine.write(f"{directory}/nsid", "1")
    assert text(machine, DISK, "nvme/nvme0/nvme0n1").endswith("/NVMe(0x1,00-00-00-00-00-00-00-00)")
    machine.write(f"{directory}/eui", "00 25 38 53 5a 16 1d a9")
    assert text(machine, DISK, "nvme/nvme0/nvme0n1").endswith("/NVMe(0x1,A9-1D-16-5A-53-38-25-00)")


def test_an_nvme_namespace_of_a_subsystem_is_found_by_its_only_controller(machine: Machine) -> None:
    subsystem = "/sys/devices/virtual/nvme-subsystem/nvme-subsys0"
    machine.write(f"{subsystem}/nvme0n1/nsid", "2")
    machine.write(f"{PCI}/{DISK}/nvme/nvme0/dev")
    machine.link(f"{subsystem}/nvme0", f"{PCI}/{DISK}/nvme/nvme0")
    path = str(DevicePath(nodes_of(machine, f"{subsystem}/nvme0n1")))
    assert path == "PciRoot(0x0)/Pci(0x4,0x0)/NVMe(0x2,00-00-00-00-00-00-00-00)"
    machine.link(f"{subsystem}/nvme1", f"{PCI}/{DISK}/nvme/nvme0")
    with pytest.raises(ValueError, match="nvme0, nvme1"):
        nodes_of(machine, f"{subsystem}/nvme0n1")


@pytest.mark.parametrize(("kind", "node"), [("MMC", "eMMC(0x1)"), ("SD", "SD(0x1)")])
def test_a_card_is_in_the_slot_of_its_controller(machine: Machine, kind: str, node: str) -> None:
    for host in ("mmc2", "mmc10"):
        machine.write(f"{PCI}/{DISK}/mmc_host/{host}/x")
    machine.write(f"{PCI}/{DISK}/mmc_host/mmc10/mmc10:0001/type", kind)
    assert text(machine, DISK, "mmc_host/mmc10/mmc10:0001/block/mmcblk0") == f"PciRoot(0x0)/Pci(0x4,0x0)/{node}"


def test_a_card_of_another_type_is_not_guessed(machine: Machine) -> None:
    machine.write(f"{PCI}/{DISK}/mmc_host/mmc0/mmc0:0001/type", "SDIO")
    with pytest.raises(ValueError, match="SDIO"):
        text(machine, DISK, "mmc_host/mmc0/mmc0:0001/block/mmcblk0")


def usb(machine: Machine, driver: str, *units: str) -> str:
    machine.link(f"{PCI}/{DISK}/driver", f"/sys/bus/pci/drivers/{driver}")
    device = f"{PCI}/{DISK}/usb2/2-1/2-1.4/2-1.4:1.2/host6/target6:0:0"
    for unit in units:
        machine.write(f"{device}/{unit}/x")
    return text(machine, DISK, f"usb2/2-1/2-1.4/2-1.4:1.2/host6/target6:0:0/{units[0]}/block/sdb")


def test_a_usb_disk_has_the_ports_on_its_way_and_its_interface(machine: Machine) -> None:
    assert usb(machine, "ehci-pci", "6:0:0:0") == "PciRoot(0x0)/Pci(0x4,0x0)/USB(0x0,0x0)/USB(0x3,0x2)"


def test_one_of_several_units_of_a_usb_disk_has_its_number(machine: Machine) -> None:
    assert usb(machine, "ehci-pci", "6:0:0:1", "6:0:0:0").endswith("/USB(0x3,0x2)/Unit(0x1)")


def test_the_ports_of_xhci_are_acpi_s_or_nobody_s(machine: Machine) -> None:
    with pytest.raises(ValueError, match="by speed, firmware by wire"):
        usb(machine, "xhci_hcd", "6:0:0:0")
    machine.write(f"{PCI}/{DISK}/usb2/2-0:1.0/usb2-port1/firmware_node/adr", "0x00000005")
    machine.root.joinpath(f"{PCI}/{DISK}/driver".lstrip("/")).unlink()
    assert usb(machine, "xhci_hcd", "6:0:0:0").endswith("/USB(0x4,0x0)/USB(0x3,0x2)")


@pytest.mark.parametrize(
    "parts",
    [
        ("vmd/pci10000:e0/10000:e0:06.0", "nvme/nvme0/nvme0n1"),
        (DISK, "host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0/block/sda"),
        (DISK, "virtio1/something/block/vda"),
    ],
)
def test_what_is_not_known_is_told_and_not_guessed(machine: Machine, parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="is not known here: leave out --full"):
        text(machine, *parts)


def test_a_disk_that_is_no_hardware_is_told(machine: Machine) -> None:
    with pytest.raises(ValueError, match="virtual/block/loop0 is not known here"):
        nodes_of(machine, "/sys/devices/virtual/block/loop0")
