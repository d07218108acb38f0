"""Formats that are lists of variables: a whole file that is written anew, or a directory with a file for each."""

import os

from efirt.annotation import TYPE_CHECKING, Callable, Iterable, Sequence
from efirt.drivers.image import folder, port
from efirt.drivers.image.memory import DIRECTORY, Held, Manner, dictionary_of, lost_by, named
from efirt.drivers.image.port import Origin
from efirt.drivers.image.refusals import Unsettled, changed
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
        self._origin: Origin | None = origin  # None where it is not known
        form = FORMATS[name]
        if form.is_single:
            advice = f"set a variable to what is in it: efirt set NAME --file {path}"
            raise DriverError(f"{path} holds {form.summary}, and is no image", advice)
        if manner.in_place:
            raise DriverError(f"{path} is in the format {name}, which cannot be written in place", "leave in-place=yes out")
        self._maker = form.maker
        self._codec = form.codec
        self._read(data)

    def _read(self, data: Readable) -> None:
        try:
            self.contents = decoder(self.format, self._codec, self._manner)(bytes(data))
        except DecodeError as cause:
            raise named(self._path, cause) from None

    @property
    def is_unsure(self) -> bool:
        """Whether the file may hold something else."""
        return self._origin is None

    def read_again(self) -> None:
        """Read the file."""
        data, self._origin = port.read(self._path)
        self._read(data)

    def held(self) -> Held:
        """What it holds."""
        return Held(_noted(self.contents, self._maker))

    def save(self, records: Sequence[Record]) -> None:
        """Put these variables into it, and nothing else.

        Raises:
            DriverError: They cannot be written, and nothing was changed.
        """
        if self.contents.hidden and not self._manner.force:
            key = self.contents.hidden[0].key
            what = f"{key} more than once" if key.name else f"a variable of {key.guid} without a name"
            message = f"{self._path} cannot be written: it has {what}, and writing would leave out what is not found"
            raise DriverError(message, "efirt image check tells all such; force=yes goes on without them; nothing was changed")
        records = dissolved(records).records if self._maker else tuple(records)
        contents = self.contents._replace(records=records, damage=())
        lost_by(contents, self._codec.cannot_say(contents), self._codec.cannot_say(self.contents))
        try:
            data = encoder(self.format, self._codec, self._manner)(contents)
        except ValueError as cause:
            raise DriverError(f"{self._path} cannot be written: {cause}", "nothing was changed") from None
        from efirt.drivers.image.writing import writing  # noqa: PLC0415 - for who writes

        with writing(self._path, self._origin, force=self._manner.force) as file:
            try:
                self._origin = file.replace([data])
            except Unsettled:
                self._origin = None
                raise
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
        self._force = manner.force
        if manner.in_place:
            raise DriverError(f"{path} is a directory, which cannot be written in place", "leave in-place=yes out")
        self.read_again()

    @property
    def is_unsure(self) -> bool:
        """Whether files may hold something else."""
        return bool(self._tried)

    def read_again(self) -> None:
        """Read the directory."""
        self._files: dict[str, bytes | None] = dict(folder.read_folder(self._path))
        self._tried: dict[str, list[bytes | None]] = {}  # of writes that failed, what the files may hold by now
        self.contents = directory.decode_entries((name, data) for name, data in self._files.items() if data is not None)
        self._places = directory.strange_names(self._files)

    def held(self) -> Held:
        """What it holds."""
        return Held(self.contents.variables)

    def save(self, records: Sequence[Record]) -> None:
        """Put these variables into it, each file at once; those of other names stay, and so does what others have changed there.

        Raises:
            DriverError: They cannot be written, or somebody else has changed one of them. Where they cannot, of several files some may
                be; the next write puts all in order.
        """
        contents = Contents(tuple(records))
        lost_by(contents, [sentence for sentence in directory.cannot_say(contents) if "order" not in sentence], ())
        old, new = (self._named(directory.encode_entries(one)) for one in (self.contents, contents))
        names = self._tried.keys() | {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        from efirt.drivers.image.locks import Locked  # noqa: PLC0415 - for who writes

        with Locked(self._path, force=self._force):
            self._demand_unchanged(names)
            for name in names:
                self._tried.setdefault(name, []).append(new.get(name))
            for name in sorted(names, key=lambda name: (name not in new, name)):
                folder.write_entry(self._path, name, new.get(name))
        self._files.update((name, new.get(name)) for name in names)
        self.contents, self._tried = contents, {}

    def _named(self, entries: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
        """The same under the names that the files have here."""
        return {self._places.get(name, name): data for name, data in entries}

    def _demand_unchanged(self, names: Iterable[str]) -> None:
        """See whether these files are what was read, or what this process has made of them.

        Raises:
            DriverError: Somebody else has made something else of one.
        """
        for name in names:
            if folder.read_entry(self._path, name) not in [self._files.get(name), *self._tried.get(name, ())]:
                raise changed(os.path.join(self._path, name))  # noqa: PTH118 - pathlib costs 9 ms
