"""An image in a file, opened: what variables it holds, and how others are put into it."""

from efirt.annotation import TYPE_CHECKING, Final, NamedTuple, Protocol, Sequence
from efirt.drivers.image import port
from efirt.errors import DecodeError, DriverError
from efirt.images.edk2_volume import Readable, is_volume
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key

if TYPE_CHECKING:
    from efirt.images.contents import Contents
    from efirt.images.edk2 import Edk2Image

EDK2: Final = "edk2"
QCOW2: Final = "qcow2"
DIRECTORY: Final = "directory"


class Held(NamedTuple):
    """What an image tells a firmware.

    Attributes:
        records: Its variables, in order.
        used: Bytes of all records, the dead too; None where the format has none such.
        half_deleted: Keys of records that an update had marked and not finished.
        store_size: Bytes of the region; None where the format has none.
        header_size: Bytes of a record's header.
        authentication: Whether there is room for it.
    """

    records: Sequence[Record]
    used: int | None = None
    half_deleted: frozenset[Key] = frozenset()
    store_size: int | None = None
    header_size: int = 60
    authentication: bool = True


class Memory(Protocol):
    """What each kind of file has.

    Attributes:
        format: Its name.
        is_compacted: Whether a write leaves nothing dead behind.
    """

    format: str
    is_compacted: bool

    def held(self) -> Held:
        """What it holds."""

    @property
    def is_unsure(self) -> bool:
        """Whether the file may hold something else, since a write failed half way; the next one puts it in order."""

    def read_again(self) -> None:
        """Read the file, of which nobody can say what it holds since :meth:`save` was interrupted.

        Raises:
            DriverError: It cannot be read.
            DecodeError: It is no image any more, or a damaged one.
        """

    def save(self, records: Sequence[Record]) -> None:
        """Put these variables into it, and nothing else.

        Raises:
            DriverError: They cannot be written, and nothing was changed.
            NoRoom: They do not fit.
        """


class Manner(NamedTuple):
    """How an image is to be opened.

    Attributes:
        in_place: Whether to write into the file instead of replacing it.
        force: Whether to write what another process has locked.
        dictionary: Path of the dictionary of Amazon's blobs; None for the installed one.
        hardware_error_storage: What is set aside for hardware error records where it is written in place, in bytes.
    """

    in_place: bool = False
    force: bool = False
    dictionary: str | None = None
    hardware_error_storage: int | None = None


def open_memory(path: str, manner: Manner) -> Memory:
    """Open an image of any format that can hold many variables.

    Raises:
        DriverError: It cannot be read, or not in this way.
        DecodeError: It has no such format, or is damaged.
    """
    if port.is_directory(path):
        from efirt.drivers.image.listed import Folder  # noqa: PLC0415 - a format is loaded where it is met

        return Folder(path, manner)
    data, origin = port.read(path)
    name = format_of(path, data)
    if name in {EDK2, QCOW2}:
        from efirt.drivers.image.flash import Flash  # noqa: PLC0415 - as above

        return Flash(path, manner, data, origin)
    from efirt.drivers.image.listed import Listed  # noqa: PLC0415 - as above

    return Listed(path, manner, data, origin, name)


def format_of(path: str, data: Readable) -> str:
    """The name of a file's format.

    Raises:
        DecodeError: It has none that is read here.
    """
    if is_volume(data, 0):  # without a look at all the other formats
        return EDK2
    from efirt.images.detect import detect, why_not  # noqa: PLC0415 - as above

    name = detect(data)
    if name is None:
        raise DecodeError(path, None, f"this is no image of variables: {why_not(data)}")
    return name


def decoded(path: str, data: Readable, *, strict: bool = True) -> "Edk2Image":
    """Read flash.

    Raises:
        DecodeError: It is damaged; the text names the file.
    """
    from efirt.images.edk2 import Edk2Image  # noqa: PLC0415 - as above

    try:
        return Edk2Image.decode(data, strict=strict)
    except DecodeError as cause:
        raise named(path, cause, repairable=strict) from None


def named(path: str, cause: DecodeError, *, repairable: bool = False) -> DecodeError:
    """The same refusal, with the file it is about."""
    advice = cause.advice or (f"efirt image repair {path} NEW.fd writes what can be had into a new file" if repairable else "")
    return DecodeError(f"{path}, {cause.where}", cause.offset, cause.why, advice)


def dictionary_of(manner: Manner) -> bytes:
    """The dictionary of Amazon's blobs; empty where there is none."""
    if manner.dictionary is not None:
        return bytes(port.read(manner.dictionary)[0])
    from efirt.images.aws_dictionary import installed  # noqa: PLC0415 - as above

    return installed() or b""


def volatile_among(records: Sequence[Record]) -> Record | None:
    """A variable that does not outlast a reset."""
    return next((record for record in records if not record.attributes & Attributes.NV), None)


def refuse_volatile(path: str, records: Sequence[Record]) -> None:
    """Refuse what flash does not hold.

    Raises:
        DriverError: One of them is volatile.
    """
    found = volatile_among(records)
    if found is not None:
        message = f"{found.key} is volatile, without NV, and {path} holds none such: it would be gone at once"
        raise DriverError(message, "give it the attribute NV")


def lost_by(contents: "Contents", sentences: Sequence[str], before: Sequence[str]) -> None:
    """Refuse to write what a format cannot say.

    Raises:
        DriverError: Something would be lost that was not before.
    """
    new = [sentence for sentence in sentences if sentence not in before]
    if new and contents.records:
        raise DriverError(f"this format cannot say {new[0]}", "nothing was changed")
