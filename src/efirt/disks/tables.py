"""Reading a disk's partition table, of whichever kind it is.

Source: edk2 05fe752589, MdeModulePkg/Universal/Disk/PartitionDxe/Gpt.c (a GPT needs its protective MBR), Partition.c.
"""

from efirt.annotation import Final
from efirt.disks.gpt import decode_gpt, is_there
from efirt.disks.mbr import decode_mbr, is_protective
from efirt.disks.partitions import Read, Table

_SIZES: Final = (512, 4096)


def decode_table(where: str, read: Read, size: int, block_size: int | None) -> Table:
    """Read a disk's table.

    Args:
        where: What to call the disk.
        read: Reads of it.
        size: Its bytes.
        block_size: Bytes of a block; None to find out, as for a disk in a file.

    Raises:
        DecodeError: The table is damaged, or there is none.
        ValueError: Firmware could not tell the disk from others.
    """
    first = read(0, _SIZES[0])
    if not is_protective(where, first):
        return Table("mbr", decode_mbr(where, first))
    sizes = (block_size,) if block_size else _SIZES
    fitting = next((one for one in sizes if is_there(read, one)), sizes[0])
    return Table("gpt", decode_gpt(where, read, size // fitting, fitting))
