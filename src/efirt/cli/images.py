"""Reading and writing images for the verbs behind ``image``: any format, damaged ones too."""

from collections.abc import Iterator

from efirt.annotation import Final
from efirt.cli.call import Note
from efirt.cli.options import Parser
from efirt.cli.refusals import UsageError
from efirt.drivers.image import folder, port
from efirt.drivers.image.listed import encoder
from efirt.drivers.image.memory import DIRECTORY, EDK2, QCOW2, Manner, format_of
from efirt.drivers.image.reading import FLASH, Read, read_bytes, read_directory
from efirt.drivers.image.replacing import write_new
from efirt.images.contents import Contents
from efirt.images.detect import FORMATS
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_volume import Readable

__all__ = ["FLASH", "NAMES", "Read", "dictionary_option", "in_use", "read", "read_flash", "write", "write_flash"]

NAMES: Final = (EDK2, QCOW2, DIRECTORY, *FORMATS)
"""The formats that can be read and written."""


def dictionary_option(parser: Parser) -> None:
    """Add the dictionary of Amazon's blobs."""
    parser.add_argument("--dictionary", metavar="FILE", help="the dictionary of the format aws (default: the one of the package uefivars)")


def read(path: str, name: str | None = None, dictionary: str | None = None, *, strict: bool = True) -> Read:
    """Read an image.

    Args:
        path: A file or a directory.
        name: Its format; None to find out.
        dictionary: Path of the dictionary of Amazon's blobs; None for the installed one.
        strict: Whether damage that firmware would refuse is an error.

    Raises:
        DriverError: It cannot be read.
        DecodeError: It is no image, or a damaged one.
    """
    if name is not None and name not in NAMES:
        raise UsageError(f"there is no format {name!r}", f"the formats are {', '.join(NAMES)}")
    if port.is_directory(path):
        return read_directory(path)
    if name == DIRECTORY:
        raise UsageError(f"{path} is no directory")
    data, _ = port.read(path)
    return read_bytes(path, data, name or format_of(path, data), dictionary, strict=strict)


def in_use(path: str) -> Iterator[Note]:
    """Say so where a running machine writes to an image."""
    if port.in_use(path):
        yield Note(f"{path} is in use: the running machine may change it at any time, and this is how it was at one moment")


def read_flash(path: str, *, strict: bool = True) -> tuple[Read, Edk2Image]:
    """Read a flash image.

    Raises:
        UsageError: It has another format.
        DecodeError: It is no image, or a damaged one.
    """
    found = read(path, strict=strict)
    if found.flash is None:
        raise UsageError(f"{path} has the format {found.format}, and this is about flash", f"efirt image convert {path} NEW.fd makes such")
    return found, found.flash


def write(path: str, name: str, contents: Contents, dictionary: str | None = None) -> int:
    """Write a list of variables into a new file; how many bytes that are.

    Raises:
        UsageError: The format cannot hold just these.
        DriverError: It cannot be written, or is there already.
    """
    try:
        if name == DIRECTORY:
            from efirt.images.directory import encode_entries  # noqa: PLC0415 - rare

            entries = encode_entries(contents)
            folder.create_folder(path, entries)
            return sum(len(data) for _, data in entries)
        data = encoder(name, FORMATS[name].codec, Manner(dictionary=dictionary))(contents)
    except ValueError as cause:
        raise UsageError(f"{path} cannot be written as {name}: {cause}") from None
    write_new(path, [data])
    return len(data)


def write_flash(path: str, name: str, data: Readable) -> None:
    """Write flash into a new file.

    Raises:
        DriverError: It cannot be written, or is there already.
    """
    if name == QCOW2:
        from efirt.drivers.image import qcow2  # noqa: PLC0415 - rare

        data = qcow2.packed([data])
    write_new(path, [data])
