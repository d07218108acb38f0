"""The device path of a program on a disk: of a file that is mounted here, or of one that is said to be there.

Source: UEFI 2.10 §3.1.2 (a path that begins with the partition), §10.3.5.
"""

from efirt.annotation import Final, NamedTuple
from efirt.disks import blocks, mounts
from efirt.disks.blocks import Place
from efirt.disks.partitions import Partition, Table
from efirt.disks.port import System, World
from efirt.disks.tables import decode_table
from efirt.payloads.device_path.media import FilePath
from efirt.payloads.device_path.path import DevicePath

_READ_BY_FIRMWARE: Final = frozenset({"vfat", "msdos"})
_FORBIDDEN: Final = frozenset('\0"*:<>?|')


class Located(NamedTuple):
    """A path, and what else is to be said of it.

    Attributes:
        path: It.
        remarks: Sentences.
    """

    path: DevicePath
    remarks: tuple[str, ...] = ()


def loader_node(text: str) -> FilePath:
    r"""A program's place on its partition: ``\EFI\debian\shimx64.efi``, also with slashes, and without the first one.

    Raises:
        ValueError: No file of a FAT file system can be called so.
    """
    name = "\\" + text.replace("/", "\\").lstrip("\\")
    if name == "\\" or name.endswith("\\") or _FORBIDDEN.intersection(name) or not name.isprintable():
        raise ValueError(rf"{text!r} names no program: write its path on the partition, such as \EFI\debian\shimx64.efi")
    return FilePath(name)


def of_file(path: str, *, full: bool = False, world: World | None = None) -> Located:
    """The path of a file that is mounted here.

    Args:
        path: The file.
        full: Whether the path begins with the hardware, rather than with the partition.
        world: Where to look; None for this machine.

    Raises:
        ValueError: There is no such file, or firmware cannot read what it is on.
        DecodeError: The disk's partition table is damaged.
        DriverError: This system refuses, or does not tell.
    """
    world = world or System()
    found = mounts.find(world, path)
    if "\\" in found.inner:
        raise ValueError(f"{path} has a backslash in its name, and to firmware that parts directories")
    place = blocks.find(world, found.mount.device, path)
    remarks: tuple[str, ...] = ()
    if found.mount.type not in _READ_BY_FIRMWARE:
        remarks = (f"{path} is on {found.mount.type}; firmware that is not made for it reads FAT only",)
    node = loader_node(found.inner)
    if place.number is None:
        return Located(_unpartitioned(world, place, node, path, full=full), remarks)
    return Located(_path(world, place, node, full=full), remarks)


def of_disk(disk: str, number: int | None, loader: str, *, full: bool = False, world: World | None = None) -> Located:
    """The path of a file on a disk.

    Args:
        disk: A disk, a partition, or a file that holds a disk.
        number: Which partition; None where the disk is one, or has a single EFI system partition.
        loader: The file's path there.
        full: As of :func:`of_file`.
        world: As there.

    Raises:
        ValueError: There is no such disk or partition, or firmware cannot read it.
        DecodeError: As of :func:`of_file`.
        DriverError: As there.
    """
    world = world or System()
    node = loader_node(loader)
    look = world.look(disk)
    if look is None or not (look.is_block or look.is_file):
        raise ValueError(f"{disk} is no disk: name a block device such as /dev/sda, or a file that holds a disk")
    if look.is_file:
        if full:
            raise ValueError(f"{disk} is a file, which says nothing of the hardware: leave out --full, or write the path with --path")
        table = _table(world, disk, None)
        return Located(DevicePath.of(_chosen(table, number, disk).node, node))
    place = blocks.find(world, look.device, disk)
    if place.number is not None and number not in {None, place.number}:
        raise ValueError(f"{disk} is partition {place.number}, not {number}: leave out the number, or name the whole disk")
    return Located(_path(world, place._replace(number=place.number if number is None else number), node, full=full))


def _unpartitioned(world: World, place: Place, loader: FilePath, path: str, *, full: bool) -> DevicePath:
    if not full:
        raise ValueError(
            f"{path} is on {place.name}, which has no partitions, so only its place in the hardware tells it from others: take --full"
        )
    from efirt.disks.hardware import nodes_of  # noqa: PLC0415 - as below

    return DevicePath.of(*nodes_of(world, place.sysfs), loader)


def _path(world: World, place: Place, loader: FilePath, *, full: bool) -> DevicePath:
    device = blocks.node_of(world, place)
    partition = _chosen(_table(world, device, blocks.block_size_of(world, place)), place.number, device)
    if not full:
        return DevicePath.of(partition.node, loader)
    from efirt.disks.hardware import nodes_of  # noqa: PLC0415 - a path from the partition on needs none of these

    return DevicePath.of(*nodes_of(world, place.sysfs), partition.node, loader)


def _table(world: World, disk: str, block_size: int | None) -> Table:
    return decode_table(disk, lambda offset, size: world.read(disk, offset, size), world.size(disk), block_size)


def _chosen(table: Table, number: int | None, disk: str) -> Partition:
    """The partition of a number; without one, the only one that is meant for this."""
    there = ", ".join(f"{one.number}{' (EFI system)' if one.is_system else ''}" for one in table.partitions) or "none"
    if number is not None:
        found = next((one for one in table.partitions if one.number == number), None)
        if found is None:
            raise ValueError(f"{disk} has no partition {number} that firmware knows; its {table.kind.upper()} has {there}")
        return found
    systems = [one for one in table.partitions if one.is_system]
    if len(systems) != 1:
        raise ValueError(
            f"{disk} has {len(systems) or 'no'} EFI system partitions: say which with --partition; its {table.kind.upper()} has {there}"
        )
    return systems[0]
