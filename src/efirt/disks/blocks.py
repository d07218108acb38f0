"""Which disk a block device is on, and which of its partitions it is: with arrays and mappings on top.

Source: Linux 6.1, Documentation/ABI/testing/sysfs-block, sysfs-block-dm; Documentation/admin-guide/md.rst; multipath-tools and kpartx
(a mapping's UUID begins with what made it).
"""

from efirt.annotation import Final, NamedTuple
from efirt.disks.port import World
from efirt.errors import DriverError

_BLOCKS: Final = "/sys/dev/block"
_USUAL: Final = 512
_HIDDEN: Final = {"LVM": "a logical volume", "CRYPT": "encrypted"}


class Place(NamedTuple):
    """A disk, or a part of one.

    Attributes:
        sysfs: The disk's directory in sysfs.
        number: The partition's; None for the whole disk.
    """

    sysfs: str
    number: int | None = None

    @property
    def name(self) -> str:
        """What Linux calls the disk."""
        return self.sysfs.rpartition("/")[2].replace("!", "/")


def find(world: World, device: str, name: str) -> Place:
    """What a block device is.

    Args:
        world: Where to look.
        device: Its number.
        name: What to call it.

    Raises:
        ValueError: Firmware cannot read it, or it lies on several disks.
        DriverError: This system does not tell.
    """
    sysfs = world.real(f"{_BLOCKS}/{device}")
    if world.look(f"{sysfs}/dev") is None:
        raise DriverError(
            f"{name}: {_BLOCKS} has no {device}, so it lies on no disk, or /sys is not mounted here", "mount -t sysfs sysfs /sys"
        )
    number = world.text(f"{sysfs}/partition")
    if number is not None:
        return Place(sysfs.rpartition("/")[0], int(number))
    if world.look(f"{sysfs}/md") is not None:
        _check_array(world, sysfs, name)
    mapping = world.text(f"{sysfs}/dm/uuid")
    return Place(sysfs) if mapping is None else _mapped(world, sysfs, mapping, name)


def _check_array(world: World, sysfs: str, name: str) -> None:
    """Refuse an array of partitions: firmware knows its members, and each by itself."""
    members = world.names(f"{sysfs}/slaves")
    parts = [member for member in members if world.text(f"{sysfs}/slaves/{member}/partition") is not None]
    if not parts:
        return
    level = world.text(f"{sysfs}/md/level") or "array"
    if level != "raid1":
        raise ValueError(f"{name} is {level} of {', '.join(members)}, which firmware cannot read: put the loader on a plain partition")
    each = " and ".join(f"--disk /dev/{part}" for part in parts)
    raise ValueError(
        f"{name} is a mirror of {', '.join(parts)}, and firmware knows each by itself: add an entry for each, with {each}, and --loader"
    )


def _mapped(world: World, sysfs: str, mapping: str, name: str) -> Place:
    maker, _, rest = mapping.partition("-")
    if maker in _HIDDEN:
        raise ValueError(f"{name} is {_HIDDEN[maker]}, which firmware cannot read: put the loader on a plain partition")
    if maker == "mpath":
        return Place(sysfs)
    members = world.names(f"{sysfs}/slaves")
    if maker.startswith("part") and maker[4:].isdecimal() and len(members) == 1 and rest:
        return Place(world.real(f"{sysfs}/slaves/{members[0]}"), int(maker[4:]))
    why = f"its UUID is {mapping!r}, and it lies on {', '.join(members) or 'nothing'}"
    raise ValueError(f"{name} is a mapping of which nobody here knows how firmware sees it ({why}): name the disk below it with --disk")


def node_of(world: World, place: Place) -> str:
    """The device file of a disk.

    Raises:
        DriverError: There is none.
    """
    device = world.text(f"{place.sysfs}/dev")
    for node in (f"/dev/{place.name}", f"/dev/block/{device}"):
        look = world.look(node)
        if look and look.is_block and look.device == device:
            return node
    raise DriverError(f"/dev/{place.name} is not there, so its partition table cannot be read", "mount -t devtmpfs devtmpfs /dev")


def block_size_of(world: World, place: Place) -> int:
    """How large a block of a disk is, in bytes."""
    text = world.text(f"{place.sysfs}/queue/logical_block_size")
    return int(text) if text and text.isdecimal() else _USUAL
