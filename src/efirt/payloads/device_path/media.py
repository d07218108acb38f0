"""Nodes of type 4: the part of a medium that something is on.

Source: UEFI 2.10 §10.3.5; edk2 05fe752589, MdePkg/Library/UefiDevicePathLib/DevicePathToText.c.
"""

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.payloads.device_path.notation import DECIMAL, GUID, HEX, dump, number, words
from efirt.payloads.device_path.row import Members, char16_tail, row
from efirt.payloads.device_path.spelling import REQUIRED, Argument, Form, Spelling, named, plain, read_arguments
from efirt.payloads.device_path.vendor import DATA, vendor_spelling
from efirt.values.guid import Guid

MEDIA: Final = 4

MBR: Final = 1
GPT: Final = 2
_SIGNATURE_SIZE: Final = 16
_MBR_SIZE: Final = 4

VIRTUAL_DISK: Final = Guid.parse("77ab535a-45fc-624b-5560-f7b281d1f96e")
VIRTUAL_CD: Final = Guid.parse("3d5abd30-4175-87ce-6d64-d2ade523c4bb")
PERSISTENT_DISK: Final = Guid.parse("5cea02c9-4d07-69d3-269f-4496fbe096f9")
PERSISTENT_CD: Final = Guid.parse("08018188-42cd-bb48-100f-5387d53ded3d")


class HardDrive(NamedTuple):
    """A partition.

    Attributes:
        partition_number: 1 and on; 0 for the whole disk.
        start: Its first block.
        size: Blocks.
        signature: 16 bytes: GPT's GUID of the partition, or the disk's 4 bytes in the MBR and zeros.
        table_format: 1 MBR, 2 GPT.
        signature_type: 0 none, 1 MBR, 2 GPT.
    """

    partition_number: int
    start: int
    size: int
    signature: bytes
    table_format: int = GPT
    signature_type: int = GPT

    @classmethod
    def gpt(cls, partition_number: int, start: int, size: int, guid: Guid) -> Self:
        """A partition of a GPT."""
        return cls(partition_number, start, size, guid.raw)

    @classmethod
    def mbr(cls, partition_number: int, start: int, size: int, signature: int) -> Self:
        """A partition of an MBR; the signature is the disk's.

        Raises:
            ValueError: The signature has more than 32 bits.
        """
        return cls(partition_number, start, size, _mbr_bytes(signature), MBR, MBR)

    @property
    def partition_guid(self) -> Guid | None:
        """GPT's GUID of the partition; None where it is not of a GPT."""
        return Guid(self.signature) if self.signature_type == GPT else None

    @property
    def mbr_signature(self) -> int | None:
        """The disk's number in its MBR; None where it has no MBR alone."""
        return int.from_bytes(self.signature[:_MBR_SIZE], "little") if self.signature_type == MBR else None


class CdRom(NamedTuple):
    """An image to boot of a CD.

    Attributes:
        boot_entry: Its number in the boot catalogue.
        start: Its first block.
        size: Blocks.
    """

    boot_entry: int
    start: int
    size: int


class MediaVendor(NamedTuple):
    """Anything else, as its vendor says.

    Attributes:
        guid: What the vendor calls it.
        data: What the vendor says of it.
    """

    guid: Guid
    data: bytes = b""


class FilePath(NamedTuple):
    r"""A file, or a part of its path.

    Attributes:
        name: Such as ``\EFI\BOOT\BOOTX64.EFI``.
        ending: Bytes behind the name: a NUL, and whatever stands behind it.
    """

    name: str
    ending: bytes = b"\0\0"


class MediaProtocol(NamedTuple):
    """A protocol.

    Attributes:
        guid: Its GUID.
    """

    guid: Guid


class FirmwareFile(NamedTuple):
    """A file of a firmware volume.

    Attributes:
        guid: Its name.
    """

    guid: Guid


class FirmwareVolume(NamedTuple):
    """A firmware volume.

    Attributes:
        guid: Its name.
    """

    guid: Guid


class RelativeOffset(NamedTuple):
    """A range of bytes of what stands before.

    Attributes:
        start: Its first byte.
        end: Its last byte.
        reserved: 0.
    """

    start: int
    end: int
    reserved: int = 0


class RamDisk(NamedTuple):
    """A disk in memory.

    Attributes:
        start: Its first byte's address.
        end: Its last byte's address.
        guid: Of what type it is: :data:`VIRTUAL_DISK`, ...
        instance: Which of several, 0..=65535.
    """

    start: int
    end: int
    guid: Guid
    instance: int = 0


_RAM_DISKS: Final = {
    VIRTUAL_DISK: "VirtualDisk",
    VIRTUAL_CD: "VirtualCD",
    PERSISTENT_DISK: "PersistentVirtualDisk",
    PERSISTENT_CD: "PersistentVirtualCD",
}
_RAM_DISK_BY_NAME: Final = named(_RAM_DISKS)
_RAM_DISK: Final = (Argument("start", HEX), Argument("end", HEX), Argument("instance", DECIMAL, 0), Argument("guid", GUID))
_RANGE: Final = (Argument("start", HEX, 0), Argument("size", HEX, 0))
_RANGE_COUNT: Final = len(_RANGE)
_TABLES: Final = words({MBR: "MBR", GPT: "GPT"})


def _write_hard_drive(node: HardDrive, form: Form) -> str:
    where = "" if form.is_young_short else f",0x{node.start:X},0x{node.size:X}"
    if node.signature_type == MBR:
        return f"HD({node.partition_number},MBR,0x{node.mbr_signature:08X}{where})"
    if node.partition_guid:
        return f"HD({node.partition_number},GPT,{GUID.write(node.partition_guid)}{where})"
    return f"HD({node.partition_number},{node.signature_type},0{where})"


def _read_hard_drive(_name: str, inner: str) -> dict[str, Any]:
    partition, word, signature, *where = [part.strip() for part in inner.split(",")] + ["", ""]
    if not signature or len(where) > _RANGE_COUNT + 2:
        raise ValueError("a partition has a number, a type, a signature, a first block and a size: write HD(1,GPT,GUID,0x800,0x100000)")
    members = read_arguments(_RANGE, ",".join(where[:-2])) | {"partition_number": number(partition or "0")}
    kind = _TABLES.read(word or "GPT")
    if kind == GPT:
        return members | {"signature": GUID.read(signature).raw, "table_format": GPT, "signature_type": GPT}
    return members | {"signature": _signature_bytes(kind, signature), "table_format": kind, "signature_type": kind}


def _signature_bytes(kind: int, text: str) -> bytes:
    if len(text) == 2 * _SIGNATURE_SIZE:
        return dump(text)
    return _mbr_bytes(number(text)) if kind == MBR else number(text).to_bytes(_SIGNATURE_SIZE, "little")


def _mbr_bytes(signature: int) -> bytes:
    if signature >> 8 * _MBR_SIZE:
        raise ValueError(f"the signature of an MBR has 32 bits, and {signature:#x} has not: write 0x and the 8 digits of blkid's PTUUID")
    return signature.to_bytes(_SIGNATURE_SIZE, "little")


def _write_file(node: FilePath, _form: Form) -> str:
    return node.name


def _write_ram_disk(node: RamDisk, _form: Form) -> str:
    name = _RAM_DISKS.get(node.guid)
    what = f"0x{node.start:X},0x{node.end:X},{node.instance}"
    return f"{name}({what})" if name else f"RamDisk({what},{GUID.write(node.guid)})"


def _read_ram_disk(name: str, inner: str) -> dict[str, Any]:
    if name == "ramdisk":
        return read_arguments(_RAM_DISK, inner)
    return {"guid": _RAM_DISK_BY_NAME[name]} | read_arguments(_RAM_DISK[:3], inner)


ROWS: Final = (
    row(
        MEDIA,
        1,
        HardDrive,
        "partition_number:I start:Q size:Q signature:16s table_format:B signature_type:B",
        Spelling(("HD",), _write_hard_drive, _read_hard_drive),
    ),
    row(
        MEDIA,
        2,
        CdRom,
        "boot_entry:I start:Q size:Q",
        plain("CDROM", Argument("boot_entry", HEX, 0), Argument("start", HEX, REQUIRED, True), Argument("size", HEX, REQUIRED, True)),
    ),
    row(MEDIA, 3, MediaVendor, Members("guid:G", DATA), vendor_spelling("VenMedia")),
    row(
        MEDIA,
        4,
        FilePath,
        Members("", char16_tail("name")),
        Spelling(("File",), _write_file, lambda _name, inner: {"name": inner}, lambda node: f"File({node.name})"),
    ),
    row(MEDIA, 5, MediaProtocol, "guid:G", plain("Media", Argument("guid", GUID))),
    row(MEDIA, 6, FirmwareFile, "guid:G", plain("FvFile", Argument("guid", GUID))),
    row(MEDIA, 7, FirmwareVolume, "guid:G", plain("Fv", Argument("guid", GUID), also=("FvVol",))),
    row(MEDIA, 8, RelativeOffset, "reserved:I start:Q end:Q", plain("Offset", Argument("start", HEX), Argument("end", HEX))),
    row(
        MEDIA,
        9,
        RamDisk,
        "start:Q end:Q guid:G instance:H",
        Spelling(("RamDisk", *_RAM_DISKS.values()), _write_ram_disk, _read_ram_disk),
    ),
)
