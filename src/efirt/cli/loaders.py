"""What an entry starts, and with what: a device path and bytes, of the words of a command line."""

from efirt.annotation import Final
from efirt.cli.call import Note
from efirt.cli.options import Arguments, Parser
from efirt.cli.reading import characters, contents, digits
from efirt.cli.refusals import UsageError
from efirt.payloads.device_path.media import HardDrive
from efirt.payloads.device_path.notation import number
from efirt.payloads.device_path.path import DevicePath
from efirt.payloads.load_option import LoadOption, arguments_as
from efirt.values.guid import Guid

_WAYS: Final = ("file", "disk", "partition_guid", "mbr_signature", "path")
_BESIDE: Final = {
    "loader": ("disk", "partition_guid", "mbr_signature"),
    "partition": ("disk", "partition_guid", "mbr_signature"),
    "start": ("partition_guid", "mbr_signature"),
    "size": ("partition_guid", "mbr_signature"),
    "full": ("file", "disk"),
    "efivar": ("path",),
}
"""An option to those of :data:`_WAYS` that it stands beside."""

_ADVICE: Final = {
    "full": "leave it out: an identity and a text say where a path begins",
    "efivar": "leave it out, or write the text with --path",
}
_NOT_ZERO: Final = {
    "partition": ("partition 0 is the whole disk, and the program is on a partition", "count from 1, as lsblk does"),
    "size": ("a partition of no blocks holds no program", "write its blocks, as fdisk -l shows them (Sectors)"),
    "mbr_signature": ("a disk without a signature has 0, which tells it from no other", "write the disk's own, as blkid shows it (PTUUID)"),
}
"""What the identity of a partition cannot have as 0, why, and what to do."""


def path_options(parser: Parser) -> None:
    """Add the ways to say what is started."""
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--file", metavar="PATH", help="a program on a partition that is mounted here, such as /boot/efi/EFI/debian/shimx64.efi"
    )
    way.add_argument("--disk", metavar="DEVICE", help="a disk, a partition, or a file that holds a disk; with --loader")
    way.add_argument("--partition-guid", metavar="GUID", help="a partition of a GPT; with --partition, --start, --size and --loader")
    way.add_argument("--mbr-signature", metavar="NUMBER", help="a disk of an MBR; with the same")
    way.add_argument("--path", metavar="TEXT", help="a device path as the UEFI shell writes it, or its exact text")
    parser.add_argument("--loader", metavar="PATH", help=r"the program on its partition: \EFI\debian\shimx64.efi, or with slashes")
    parser.add_argument("--partition", metavar="N", help="the partition's number (with --disk, default: its only EFI system partition)")
    parser.add_argument("--start", metavar="BLOCK", help="the partition's first block")
    parser.add_argument("--size", metavar="BLOCKS", help="how many blocks it has")
    parser.add_argument("--full", action="store_true", help="begin the path with the hardware, not with the partition")
    parser.add_argument("--efivar", action="store_true", help="the text of --path is efibootmgr's")


def data_options(parser: Parser) -> None:
    """Add the ways to say what the program that is started gets."""
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--args", metavar="TEXT", help="its arguments, in UTF-16 with a NUL, as Linux and most programs take them")
    way.add_argument("--args-ascii", metavar="TEXT", help="its arguments, a byte for each character and no NUL")
    way.add_argument("--args-hex", metavar="DIGITS", help="these bytes")
    way.add_argument("--args-file", metavar="FILE", help="what this file holds; - for standard input")


def path_of(given: Arguments) -> tuple[DevicePath | None, list[Note]]:
    """The device path that a command line says, None where it says nothing of one, and what is to be said of it.

    Raises:
        ValueError: It makes no sense, or is a part of one.
        EfirtError: This machine's disks cannot be looked at.
    """
    ways = [way for way in _WAYS if getattr(given, way) is not None]
    for option, beside in _BESIDE.items():
        if getattr(given, option) and not {*beside} & {*ways}:
            advice = _ADVICE.get(option, "say which partition it is about")
            raise UsageError(f"{_spelled(option)} stands beside {' or '.join(map(_spelled, beside))}", advice)
    if not ways:
        return None, []
    if given.path is not None:
        return DevicePath.parse(given.path, efivar=given.efivar), []
    from efirt.disks.loader import loader_node, of_disk, of_file  # noqa: PLC0415 - a path that is written out needs no disk

    if given.file is not None:
        located = of_file(given.file, full=given.full)
    elif given.disk is not None:
        partition = None if given.partition is None else _number("--partition", given.partition)
        located = of_disk(given.disk, partition, _needed(given, "loader"), full=given.full)
    else:
        return DevicePath.of(_partition(given), loader_node(_needed(given, "loader"))), []
    return located.path, [Note(remark) for remark in located.remarks]


def _partition(given: Arguments) -> HardDrive:
    partition, start, size = (_identity(given, option) for option in ("partition", "start", "size"))
    if given.partition_guid is not None:
        return HardDrive.gpt(partition, start, size, Guid.parse(given.partition_guid))
    return HardDrive.mbr(partition, start, size, _identity(given, "mbr_signature"))


def _identity(given: Arguments, option: str) -> int:
    value = _number(_spelled(option), _needed(given, option))
    if not value and option in _NOT_ZERO:
        why, advice = _NOT_ZERO[option]
        raise UsageError(f"{_spelled(option)} {getattr(given, option)}: {why}", advice)
    return value


def _needed(given: Arguments, option: str) -> str:
    value: str | None = getattr(given, option)
    if value is None:
        example = {"loader": r"\EFI\debian\shimx64.efi", "start": "0x800", "size": "0x100000"}.get(option, "1")
        raise UsageError(f"{_spelled(option)} is missing, and firmware looks for it", f"add {_spelled(option)} {example}")
    return value


def _number(option: str, text: str) -> int:
    try:
        return number(text)
    except ValueError as cause:
        raise UsageError(f"{option}: {cause}") from None


def _spelled(option: str) -> str:
    return "--" + option.replace("_", "-")


def has_data(given: Arguments) -> bool:
    """Whether a command line says what the program gets."""
    return any(getattr(given, way) is not None for way in ("args", "args_ascii", "args_hex", "args_file"))


def with_data(given: Arguments, option: LoadOption) -> LoadOption:
    """An entry with what a command line says that its program gets; as it is where that says nothing.

    Raises:
        ValueError: It makes no sense.
    """
    if given.args is not None:
        return option._replace(optional_data=arguments_as(characters("--args", given.args), "utf-16"))
    if given.args_ascii is not None:
        if not given.args_ascii.isascii():
            raise UsageError(f"--args-ascii {given.args_ascii!r} is not ASCII", "take --args, which writes UTF-16")
        return option._replace(optional_data=arguments_as(given.args_ascii, "ascii"))
    if given.args_hex is not None:
        return option._replace(optional_data=digits("--args-hex", given.args_hex))
    if given.args_file is not None:
        return option._replace(optional_data=contents("--args-file", given.args_file))
    return option
