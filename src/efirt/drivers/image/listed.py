"""Formats that are lists of variables: a whole file that is written anew, or a directory with a file for each."""

from collections.abc import Callable, Sequence

from efirt.annotation import TYPE_CHECKING
from efirt.drivers.image import folder, port
from efirt.drivers.image.memory import DIRECTORY, Held, Manner, dictionary_of, lost_by, named
from efirt.drivers.image.port import Origin
from efirt.errors import DecodeError, DriverError
from efirt.images import directory
from efirt.images.contents import Contents
from efirt.images.detect import FORMATS
from efirt.images.edk2_volume import Readable
from efirt.images.writers import dissolved, gathered
from efirt.store import Record

if TYPE_CHECKING:
    from efirt.images.detect import Codec


def decoder(name: str, codec: "Codec", manner: Manner) -> Callable[[bytes], Contents]:
    """What reads a format, with the dictionary where it needs one."""
    if name != "aws":
        return codec.decode
    from efirt.images import aws  # noqa: PLC0415 - has a second argument

    return lambda data: aws.decode(data, dictionary_of(manner))


def encoder(name: str, codec: "Codec", manner: Manner) -> Callable[[Contents], bytes]:
    """What writes a format, with the dictionary where it needs one."""
    if name != "aws":
        return codec.encode
    from efirt.images import aws  # noqa: PLC0415 - as above

    return lambda contents: aws.encode(contents, dictionary_of(manner))


def _noted(contents: Contents, maker: str) -> tuple[Record, ...]:
    """The variables as a firmware holds them that keeps who may write private ones in one place."""
    records = contents.variables
    return gathered(records).records if maker and any(record.digest for record in records) else records


class Listed:
    """A file that is a list of variables.

    Attributes:
        format: Its name.
        is_compacted: That there is nothing dead in it.
    """

    def __init__(self, path: str, manner: Manner, data: Readable, origin: Origin, name: str) -> None:
        self.format = name
        self.is_compacted = True
        self._path = path
        self._manner = manner
        self._origin = origin
        form = FORMATS[name]
        if form.is_single:
            raise DriverError(f"{path} holds {form.summary}, and is no image", f"set a variable to what is in it: efirt set --file {path}")
        if manner.in_place:
            raise DriverError(f"{path} is in the format {name}, which cannot be written in place", "leave in-place=yes out")
        self._maker = form.maker
        self._codec = form.codec
        try:
            self.contents = decoder(name, self._codec, manner)(bytes(data))
        except DecodeError as cause:
            raise named(path, cause) from None

    def held(self) -> Held:
        """What it holds."""
        return Held(_noted(self.contents, self._maker))

    def save(self, records: Sequence[Record]) -> None:
        """Put these variables into it, and nothing else.

        Raises:
            DriverError: They cannot be written, and nothing was changed.
        """
        records = dissolved(records).records if self._maker else tuple(records)
        contents = self.contents._replace(records=records, damage=())
        lost_by(contents, self._codec.cannot_say(contents), self._codec.cannot_say(self.contents))
        try:
            data = encoder(self.format, self._codec, self._manner)(contents)
        except ValueError as cause:
            raise DriverError(f"{self._path} cannot be written: {cause}", "nothing was changed") from None
        with port.writing(self._path, self._origin, force=self._manner.force) as file:
            self._origin = file.replace([data])
        self.contents = contents._replace(source=data)


class Folder:
    """A directory with a file for each variable.

    Attributes:
        format: Its name.
        is_compacted: That there is nothing dead in it.
    """

    def __init__(self, path: str, manner: Manner) -> None:
        self.format = DIRECTORY
        self.is_compacted = True
        self._path = path
        if manner.in_place:
            raise DriverError(f"{path} is a directory, which cannot be written in place", "leave in-place=yes out")
        self.contents = directory.decode_entries(folder.read_folder(path))
        self._unsure: set[str] = set()  # of a write that failed, the files it may or may not have written

    def held(self) -> Held:
        """What it holds."""
        return Held(self.contents.variables)

    def save(self, records: Sequence[Record]) -> None:
        """Put these variables into it, each file at once; those of other names stay.

        Raises:
            DriverError: They cannot be written. Of several files some may be; the next write puts all in order.
        """
        contents = Contents(tuple(records))
        lost_by(contents, [sentence for sentence in directory.cannot_say(contents) if "order" not in sentence], ())
        old, new = (dict(directory.encode_entries(one)) for one in (self.contents, contents))
        self._unsure |= {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        for name in sorted(self._unsure, key=lambda name: (name not in new, name)):
            folder.write_entry(self._path, name, new.get(name))
        self.contents, self._unsure = contents, set()
