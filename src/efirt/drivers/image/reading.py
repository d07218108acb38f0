"""Reading an image to look at it: any format, damaged ones too."""

from efirt.annotation import Final, NamedTuple
from efirt.drivers.image import folder
from efirt.drivers.image.listed import decoder
from efirt.drivers.image.memory import DIRECTORY, EDK2, QCOW2, Manner, decoded, named
from efirt.errors import DecodeError
from efirt.images.contents import Contents
from efirt.images.detect import FORMATS
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import Problem, problems
from efirt.images.edk2_volume import Readable

FLASH: Final = frozenset({EDK2, QCOW2})


class Read(NamedTuple):
    """An image.

    Attributes:
        path: Its file.
        format: ``edk2``, ``qcow2``, ``directory``, or one of :data:`efirt.images.detect.FORMATS`.
        size: Bytes of the file, unpacked where it was packed.
        listed: What it holds, where it is a list.
        flash: The flash it is; None where it is a list.
    """

    path: str
    format: str
    size: int
    listed: Contents
    flash: Edk2Image | None = None

    @property
    def contents(self) -> Contents:
        """What it holds."""
        return self.listed if self.flash is None else Contents(tuple(self.flash.variables), self.flash.damage)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong with it."""
        if self.flash is not None:
            return problems(self.flash)
        return tuple(Problem(damage.offset, damage.what, "it is not found, or not read") for damage in self.contents.damage)


def read_directory(path: str) -> Read:
    """Read a directory with a file for each variable.

    Raises:
        DriverError: It cannot be read.
    """
    from efirt.images.directory import decode_entries  # noqa: PLC0415 - rare

    contents = folder.read_folder(path)
    return Read(path, DIRECTORY, sum(len(data) for _, data in contents), decode_entries(contents))


def read_bytes(path: str, data: Readable, name: str, dictionary: str | None = None, *, strict: bool = True) -> Read:
    """Read a file's bytes, which are of this format.

    Raises:
        DriverError: They are packed, and cannot be unpacked.
        DecodeError: They are no image, or a damaged one.
    """
    if name == QCOW2:
        from efirt.drivers.image import qcow2  # noqa: PLC0415 - rare

        qcow2.check(path, data)
        data = qcow2.unpacked(path)
    if name in FLASH:
        flash = decoded(path, data, strict=strict)
        return Read(path, name, len(data), Contents(()), flash)
    try:
        contents_of = decoder(name, FORMATS[name].codec, Manner(dictionary=dictionary))
        return Read(path, name, len(data), contents_of(bytes(data)))
    except DecodeError as cause:
        raise named(path, cause) from None
