"""The partition table of PCs before EFI.

Source: UEFI 2.10 §5.2.1 (legacy MBR), §5.2.3 (protective MBR).
"""

from struct import Struct

from efirt.annotation import Final
from efirt.disks.partitions import MBR_SYSTEM, Partition
from efirt.errors import DecodeError
from efirt.payloads.device_path.media import HardDrive

_SIZE: Final = 512
_MAGIC: Final = b"\x55\xaa"
_MAGIC_AT: Final = 510
_SIGNATURE_AT: Final = 440
_ENTRIES_AT: Final = 446
_ENTRY: Final = Struct("<B3sB3sII")
_COUNT: Final = 4
_PROTECTIVE: Final = 0xEE
_MARKS: Final = frozenset({0x00, 0x80})
_NAME: Final = "name a disk that has one"
_EXTENDED: Final = frozenset({0x05, 0x0F, 0x85})


def _entries(where: str, block: bytes) -> list[tuple[int, int, int]]:
    """Type, first block and size of each of the four."""
    if len(block) < _SIZE or block[_MAGIC_AT:_SIZE] != _MAGIC:
        raise DecodeError(where, _MAGIC_AT, "there is no partition table: its first block does not end with 55 aa", _NAME)
    entries = [_ENTRY.unpack_from(block, _ENTRIES_AT + index * _ENTRY.size) for index in range(_COUNT)]
    if any(entry[0] not in _MARKS for entry in entries):
        raise DecodeError(where, _ENTRIES_AT, "there is no partition table: its first block is that of a file system", _NAME)
    return [(kind, start, size) for _, _, kind, _, start, size in entries]


def is_protective(where: str, block: bytes) -> bool:
    """Whether a disk's first block says that the table is a GPT.

    Raises:
        DecodeError: It says nothing of a table.
    """
    return any(kind == _PROTECTIVE for kind, _, _ in _entries(where, block))


def decode_mbr(where: str, block: bytes) -> tuple[Partition, ...]:
    """The partitions of a disk's first block; those within an extended one are not looked for, since firmware numbers them its own way.

    Raises:
        DecodeError: It holds no table.
        ValueError: It has no signature.
    """
    entries = _entries(where, block)
    signature = int.from_bytes(block[_SIGNATURE_AT : _SIGNATURE_AT + 4], "little")
    if not signature and any(kind for kind, _, _ in entries):
        why = "its MBR has no signature, so firmware could not tell this disk from others"
        raise ValueError(f"{where}: {why}; set one: sfdisk --disk-id {where} 0x12345678, with digits of your own")
    return tuple(
        Partition(number, HardDrive.mbr(number, start, size, signature), kind == MBR_SYSTEM)
        for number, (kind, start, size) in enumerate(entries, 1)
        if kind and size and kind not in _EXTENDED
    )
