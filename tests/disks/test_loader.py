"""The path of a program on a disk, however the disk is named."""

from pathlib import Path

import pytest

from efirt.disks.loader import loader_node, of_disk, of_file
from efirt.disks.port import Look, System
from efirt.errors import DriverError, PermissionDenied
from tests.disks.machines import PARTITION, PCI, Machine, change, disk, pci, sata

FILE = "/boot/efi/EFI/debian/shimx64.efi"
LOADER = r"\EFI\debian\shimx64.efi"
SHORT = rf"HD(1,GPT,{PARTITION.upper()},0x800,0x1000)/{LOADER}"


def test_a_file_on_its_mounted_partition_has_a_path(tmp_path: Path) -> None:
    located = of_file(FILE, world=sata(tmp_path))
    assert str(located.path) == SHORT
    assert located.remarks == ()


@pytest.mark.parametrize("words", [("/dev/sda", 1), ("/dev/sda1", None), ("/dev/sda1", 1), ("/dev/sda", None)])
def test_a_disk_and_a_partition_have_the_same_path(tmp_path: Path, words: tuple[str, int | None]) -> None:
    assert str(of_disk(*words, "EFI/debian/shimx64.efi", world=sata(tmp_path)).path) == SHORT


def test_a_full_path_begins_with_the_hardware(tmp_path: Path) -> None:
    full = of_file(FILE, full=True, world=sata(tmp_path))
    assert str(full.path) == f"PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x2,0xFFFF,0x0)/{SHORT}"


def test_an_mbr_and_blocks_of_4096_bytes_are_read(tmp_path: Path) -> None:
    assert str(of_file(FILE, world=sata(tmp_path / "a", table="mbr")).path) == rf"HD(1,MBR,0xDEADBEEF,0x800,0x1000)/{LOADER}"
    path = of_file(FILE, world=sata(tmp_path / "b", table="gpt4096", block_size=4096)).path
    assert str(path) == rf"HD(1,GPT,{PARTITION.upper()},0x100,0x200)/{LOADER}"


def test_a_disk_in_a_file_is_read(tmp_path: Path) -> None:
    images = [str(disk(table, tmp_path / f"{table}.img")) for table in ("gpt512", "gpt4096", "mbr")]
    assert all(str(of_disk(image, None, LOADER).path).startswith("HD(1,") for image in images)
    with pytest.raises(ValueError, match="nothing of the hardware"):
        of_disk(images[0], None, LOADER, full=True)


# The device paths in what `efibootmgr -c -d DISK -p 1 -l '\\EFI\\new.efi'` wrote.
BY_EFIBOOTMGR = {
    "gpt512": "04012a000100000000080000000000000010000000000000d4c3b2a111112222333344445555666602"
    "0204041e005c004500460049005c006e00650077002e0065006600690000007fff0400",
    "gpt4096": "04012a000100000000010000000000000002000000000000d4c3b2a111112222333344445555666602"
    "0204041e005c004500460049005c006e00650077002e0065006600690000007fff0400",
    "mbr": "04012a000100000000080000000000000010000000000000efbeadde00000000000000000000000001"
    "0104041e005c004500460049005c006e00650077002e0065006600690000007fff0400",
}


@pytest.mark.parametrize("table", BY_EFIBOOTMGR)
def test_a_path_is_that_of_efibootmgr(tmp_path: Path, table: str) -> None:
    located = of_disk(str(disk(table, tmp_path / "disk")), 1, r"\EFI\new.efi")
    assert located.path.encode().hex() == BY_EFIBOOTMGR[table]


def test_a_link_and_a_bind_mount_lead_to_the_same_file(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    machine.link("/boot/loader.efi", FILE)
    assert str(of_file("/boot/loader.efi", world=machine).path) == SHORT
    machine.mount("8:1", "/mnt/bound", root="/EFI/debian")
    machine.file("/mnt/bound/shimx64.efi", "8:1")
    assert str(of_file("/mnt/bound/shimx64.efi", world=machine).path) == SHORT


def test_a_place_with_blanks_is_found(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    machine.mount("8:1", r"/mnt/my\040esp")
    machine.file("/mnt/my esp/a.efi", "8:1")
    assert str(of_file("/mnt/my esp/a.efi", world=machine).path).endswith(r"/\a.efi")


def test_the_innermost_mount_of_the_device_counts(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    machine.mount("8:1", "/boot")
    assert str(of_file(FILE, world=machine).path) == SHORT


def test_a_file_system_that_firmware_may_not_read_is_remarked(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    machine.file("/boot/vmlinuz", "8:2")
    (remark,) = of_file("/boot/vmlinuz", world=machine).remarks
    assert "ext4" in remark


def test_what_is_no_file_or_lies_on_no_disk_is_told(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    for path in ("/boot/efi/EFI", "/boot/efi/none.efi"):
        with pytest.raises(ValueError, match="is no file"):
            of_file(path, world=machine)
    machine.file("/run/a.efi", "0:44")
    with pytest.raises(ValueError, match="is /proc mounted here"):
        of_file("/run/a.efi", world=machine)
    machine.mount("0:44", "/run", type_="tmpfs")
    with pytest.raises(DriverError, match="has no 0:44"):
        of_file("/run/a.efi", world=machine)


def test_a_name_with_a_backslash_is_not_taken_for_two(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    machine.file(r"/boot/efi/a\b.efi", "8:1")
    with pytest.raises(ValueError, match="backslash"):
        of_file(r"/boot/efi/a\b.efi", world=machine)


@pytest.mark.parametrize("name", ["EFI/a.efi", "/EFI/a.efi", r"\EFI\a.efi", r"EFI\a.efi", r"\\EFI\a.efi"])
def test_a_loader_is_named_with_slashes_of_either_kind(name: str) -> None:
    assert loader_node(name).name == r"\EFI\a.efi"


@pytest.mark.parametrize("name", ["", "/", "EFI/", "a:b", "a\nb", 'x"', "a\0b", "\u202e.efi"])
def test_what_names_no_program_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="names no program"):
        loader_node(name)


def test_a_partition_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    with pytest.raises(ValueError, match=r"no partition 7 .* its GPT has 1 \(EFI system\), 2"):
        of_disk("/dev/sda", 7, LOADER, world=machine)
    with pytest.raises(ValueError, match="is partition 2, not 1"):
        of_disk("/dev/sda2", 1, LOADER, world=machine)
    with pytest.raises(ValueError, match="is no disk"):
        of_disk("/dev/none", 1, LOADER, world=machine)


def test_one_of_several_system_partitions_is_not_chosen(tmp_path: Path) -> None:
    machine = sata(tmp_path, table="mbr")
    change(tmp_path / "dev/sda", 446 + 32 + 4, b"\xef")
    with pytest.raises(ValueError, match="has 2 EFI system partitions"):
        of_disk("/dev/sda", None, LOADER, world=machine)
    change(tmp_path / "dev/sda", 446 + 4, b"\x83")
    assert str(of_disk("/dev/sda", None, LOADER, world=machine).path).startswith("HD(3,")
    change(tmp_path / "dev/sda", 446 + 32 + 4, b"\x83")
    with pytest.raises(ValueError, match="has no EFI system partitions"):
        of_disk("/dev/sda", None, LOADER, world=machine)


def test_a_disk_without_partitions_is_found_by_its_place_only(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    machine.mount("8:0", "/media/stick")
    machine.file("/media/stick/a.efi", "8:0")
    with pytest.raises(ValueError, match="take --full"):
        of_file("/media/stick/a.efi", world=machine)
    path = of_file("/media/stick/a.efi", full=True, world=machine).path
    assert str(path) == r"PciRoot(0x0)/Pci(0x1F,0x2)/Sata(0x2,0xFFFF,0x0)/\a.efi"


def test_a_device_file_that_is_missing_or_another_is_not_read(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    machine.devices["/dev/sda"] = "8:16"
    with pytest.raises(DriverError, match="/dev/sda is not there"):
        of_file(FILE, world=machine)
    machine.device("/dev/block/8:0", "8:0", "gpt512")
    assert str(of_file(FILE, world=machine).path) == SHORT


def test_a_device_that_is_closed_says_so(tmp_path: Path) -> None:
    machine = sata(tmp_path)

    class Closed(Machine):
        def read(self, path: str, offset: int, size: int) -> bytes:
            raise PermissionDenied(f"{path} is closed to this process", "run this as root")

    machine.__class__ = Closed
    with pytest.raises(PermissionDenied, match="run this as root"):
        of_file(FILE, world=machine)


def test_a_system_that_refuses_is_told(tmp_path: Path) -> None:
    system = System(str(tmp_path))
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(DriverError, match="loop cannot be read"):
        system.look("/loop")
    with pytest.raises(DriverError, match="loop cannot be read"):
        system.text("/loop")
    with pytest.raises(DriverError, match="loop cannot be read"):
        system.names("/loop")
    for ask in (system.size, lambda path: system.read(path, 0, 1)):
        with pytest.raises(DriverError, match="/none cannot be read"):
            ask("/none")
    (tmp_path / "file").write_bytes(b"abc\n")
    assert system.look("/none") is None
    assert system.names("/none") == system.names("/file") == ()
    assert (system.text("/file"), system.text("/file/x"), system.size("/file"), system.read("/file", 1, 9)) == ("abc", None, 4, b"bc\n")
    assert system.look("/file") == Look(False, True, "0:0", System().look(str(tmp_path)).inside)  # type: ignore[union-attr]


def mapped(machine: Machine, name: str, device: str, uuid: str, *below: str) -> None:
    """A mapping on top of other devices, mounted on /esp."""
    directory = f"/sys/devices/virtual/block/{name}"
    machine.block(directory, device, table="gpt512")
    machine.write(f"{directory}/dm/uuid", uuid)
    for one in below:
        machine.link(f"{directory}/slaves/{one.rpartition('/')[2]}", one)
    machine.mount(device, "/esp")
    machine.file("/esp/a.efi", device)


DISK = f"{PCI}/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block/sda"


def test_a_partition_of_a_multipath_device_is_found(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    mapped(machine, "dm-0", "253:0", "mpath-3600", DISK)
    mapped(machine, "dm-1", "253:1", "part1-mpath-3600", "/sys/devices/virtual/block/dm-0")
    assert str(of_file("/esp/a.efi", world=machine).path) == SHORT.replace(LOADER, r"\a.efi")
    assert str(of_disk("/dev/dm-0", 1, LOADER, world=machine).path) == SHORT
    assert of_disk("/dev/dm-0", 1, LOADER, full=True, world=machine).path == of_file(FILE, full=True, world=machine).path
    machine.link("/sys/devices/virtual/block/dm-0/slaves/sdb", DISK)
    with pytest.raises(ValueError, match="through sda, sdb, and a path leads through one; leave out --full"):
        of_disk("/dev/dm-0", 1, LOADER, full=True, world=machine)


@pytest.mark.parametrize(
    ("uuid", "word"),
    [("LVM-abc", "a logical volume"), ("CRYPT-LUKS2-x", "is encrypted"), ("", "nobody here knows"), ("partX-a", "nobody here")],
)
def test_a_mapping_that_firmware_cannot_read_is_told(tmp_path: Path, uuid: str, word: str) -> None:
    machine = sata(tmp_path)
    mapped(machine, "dm-0", "253:0", uuid, DISK)
    with pytest.raises(ValueError, match=word):
        of_file("/esp/a.efi", world=machine)


def array(machine: Machine, level: str, *members: str) -> None:
    directory = "/sys/devices/virtual/block/md0"
    machine.block(directory, "9:0", table="gpt512")
    machine.write(f"{directory}/md/level", level)
    for one in members:
        machine.link(f"{directory}/slaves/{one.rpartition('/')[2]}", one)
    machine.mount("9:0", "/esp")
    machine.file("/esp/a.efi", "9:0")


def test_a_mirror_of_partitions_is_told_with_an_entry_for_each(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    array(machine, "raid1", f"{DISK}/sda1", f"{DISK}/sda2")
    with pytest.raises(ValueError, match=r"mirror of sda1, sda2.*--disk /dev/sda1 and --disk /dev/sda2"):
        of_file("/esp/a.efi", world=machine)


def test_an_array_that_is_no_mirror_cannot_be_read_by_firmware(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    array(machine, "raid5", f"{DISK}/sda1", f"{DISK}/sda2")
    with pytest.raises(ValueError, match=r"a.efi is raid5 of sda1, sda2"):
        of_file("/esp/a.efi", world=machine)


def test_a_partition_of_an_array_of_disks_is_found_in_the_array_s_table(tmp_path: Path) -> None:
    machine = sata(tmp_path)
    array(machine, "raid1", DISK)
    machine.part("/sys/devices/virtual/block/md0", "md0p1", "259:1", 1)
    machine.mount("259:1", "/esp2")
    machine.file("/esp2/a.efi", "259:1")
    assert str(of_file("/esp2/a.efi", world=machine).path) == SHORT.replace(LOADER, r"\a.efi")
    with pytest.raises(ValueError, match="leave out --full"):
        of_file("/esp2/a.efi", full=True, world=machine)


def test_a_name_with_an_exclamation_mark_is_one_with_a_slash(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    pci(machine)
    directory = f"{PCI}/0000:00:05.0/cciss0/block/cciss!c0d0"
    machine.block(directory, "104:0", table="gpt512")
    assert str(of_disk("/dev/cciss/c0d0", 1, LOADER, world=machine).path) == SHORT
