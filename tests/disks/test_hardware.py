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


SUBSYSTEM = "/sys/devices/virtual/nvme-subsystem/nvme-subsys1"


def shared(machine: Machine) -> None:
    """Namespace 1 is reached through two controllers, and 2 through one of them: as Linux 6.1 shows QEMU's."""
    for number, function, ways in ((0, "0000:00:03.0", ("nvme1c0n1",)), (1, "0000:00:04.0", ("nvme1c1n1", "nvme1c1n2"))):
        controller = f"{PCI}/{function}/nvme/nvme{number}"
        for way in ways:
            machine.write(f"{controller}/{way}/nsid", "x")
        machine.link(f"{SUBSYSTEM}/nvme{number}", controller)
    for namespace in ("1", "2"):
        machine.write(f"{SUBSYSTEM}/nvme1n{namespace}/nsid", namespace)


def test_an_nvme_namespace_of_a_subsystem_is_found_by_the_only_controller_that_leads_to_it(machine: Machine) -> None:
    shared(machine)
    path = str(DevicePath(nodes_of(machine, f"{SUBSYSTEM}/nvme1n2")))
    assert path == "PciRoot(0x0)/Pci(0x4,0x0)/NVMe(0x2,00-00-00-00-00-00-00-00)"


def test_one_of_two_ways_to_an_nvme_namespace_is_not_chosen(machine: Machine) -> None:
    shared(machine)
    with pytest.raises(ValueError, match="through nvme0, nvme1, and a path leads through one"):
        nodes_of(machine, f"{SUBSYSTEM}/nvme1n1")
    machine.write(f"{SUBSYSTEM}/nvme1n3/nsid", "3")
    with pytest.raises(ValueError, match="through no controller"):
        nodes_of(machine, f"{SUBSYSTEM}/nvme1n3")


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


DEBUG = f"/sys/kernel/debug/usb/xhci/{DISK}/devices"


def slot(machine: Machine, number: str, name: str, port: int) -> None:
    """What the controller has of a device: Linux 6.1's line for a disk behind a hub in QEMU, with another port."""
    context = f"0x00000000557cd000: RS 00001 full-speed Ctx Entries 4 MEL 0 us Port# {port}/0 [TT Slot 9 Port# 8 TTT 0 Intr 0] Addr 2"
    machine.write(f"{DEBUG}/{number}/name", name)
    machine.write(f"{DEBUG}/{number}/slot-context", f"{context} State configured")


def test_the_ports_of_xhci_are_acpi_s(machine: Machine) -> None:
    machine.write(f"{PCI}/{DISK}/usb2/2-0:1.0/usb2-port1/firmware_node/adr", "0x00000005")
    slot(machine, "01", "2-1.4", 9)
    assert usb(machine, "xhci_hcd", "6:0:0:0").endswith("/USB(0x4,0x0)/USB(0x3,0x2)")


def test_a_port_that_acpi_calls_0_is_the_controller_s_own(machine: Machine) -> None:
    machine.write(f"{PCI}/{DISK}/usb2/2-0:1.0/usb2-port1/firmware_node/adr", "0x00000000")
    slot(machine, "02", "2-1.4", 7)
    assert usb(machine, "xhci_hcd", "6:0:0:0").endswith("/USB(0x6,0x0)/USB(0x3,0x2)")


def test_without_acpi_the_ports_of_xhci_are_the_controller_s_own(machine: Machine) -> None:
    slot(machine, "01", "2-1", 6)
    slot(machine, "02", "2-1.4", 7)
    assert usb(machine, "xhci_hcd", "6:0:0:0").endswith("/USB(0x6,0x0)/USB(0x3,0x2)")


@pytest.mark.parametrize(
    "context", [None, "", "RS 00001 Port 5/0 [TT Slot 9 Port# 8 TTT 0]", "RS 00001 Port# 0/0 [TT Slot 9 Port# 8 TTT 0]"]
)
def test_a_port_of_xhci_that_nobody_tells_is_not_guessed(machine: Machine, context: str | None) -> None:
    slot(machine, "01", "1-1.4", 5)
    if context is not None:
        machine.write(f"{DEBUG}/02/name", "2-1.4")
        machine.write(f"{DEBUG}/02/slot-context", context)
    with pytest.raises(ValueError, match=r"by speed, firmware by wire.*mount -t debugfs.*leave out --full"):
        usb(machine, "xhci_hcd", "6:0:0:0")


@pytest.mark.parametrize("parts", [("platform", "nvme/nvme0/nvme0n1"), (DISK, "virtio1/something/block/vda")])
def test_what_is_not_known_is_told_and_not_guessed(machine: Machine, parts: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="is not known here: leave out --full"):
        text(machine, *parts)


@pytest.mark.parametrize(
    ("directory", "why"),
    [
        (f"{PCI}/{DISK}/host0/port-0:0/end_device-0:0/target0:0:0/0:0:0:0/block/sda", "SAS disk.*another SasEx.*another Scsi"),
        (f"{PCI}/{DISK}/host0/port-0:0/expander-0:0/port-0:0:2/end_device-0:0:2/target0:0:0/0:0:0:0/block/sda", "SAS disk"),
        (f"{PCI}/{DISK}/host0/rport-0:0-1/target0:0:0/0:0:0:0/block/sda", "fibre channel"),
        (f"{PCI}/{DISK}/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0/nvme0n1", "Intel's VMD"),
        ("/sys/devices/virtual/nvme-fabrics/ctl/nvme0/nvme0n1", "in a network"),
        ("/sys/devices/virtual/block/loop0", "no hardware, but lies on no disk"),
    ],
)
def test_what_firmware_s_own_driver_names_is_refused_with_the_reason(machine: Machine, directory: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"{why}.*leave out --full"):
        nodes_of(machine, directory)
