"""Flash in a file, or in a qcow2 image: replaced by a compacted one, or written as edk2 writes its flash."""

from efirt.annotation import TYPE_CHECKING, Callable, Final, Iterator, Sequence, TypeVar
from efirt.drivers.image import port
from efirt.drivers.image.memory import EDK2, QCOW2, Held, Manner, decoded, refuse_volatile
from efirt.drivers.image.port import Origin
from efirt.drivers.image.refusals import Unsettled, busy, changed
from efirt.errors import DriverError
from efirt.images.edk2_patch import Plan, Step, applied
from efirt.images.edk2_volume import Readable
from efirt.store import Record

if TYPE_CHECKING:
    from efirt.drivers.image.writing import Writing
    from efirt.images.edk2 import Edk2Image

T = TypeVar("T")

_MAGIC: Final = b"QFI\xfb"


class Flash:
    """An edk2 image.

    Attributes:
        format: ``edk2`` or ``qcow2``.
        is_compacted: Whether a write leaves nothing dead behind.
    """

    def __init__(self, path: str, manner: Manner, data: Readable, origin: Origin) -> None:
        self.format = QCOW2 if data[:4] == _MAGIC else EDK2
        self.is_compacted = not manner.in_place
        self._path = path
        self._manner = manner
        self._written: Readable | None = None
        if self.format == QCOW2 and manner.in_place:
            raise DriverError(f"{path} is in the format qcow2, which cannot be written in place", "leave in-place=yes out")
        self._read(data, origin)

    def _read(self, data: Readable, origin: Origin) -> None:
        if self.format == QCOW2:
            from efirt.drivers.image import qcow2  # noqa: PLC0415 - rare

            qcow2.check(self._path, data)
            self.image, self._origin = decoded(self._path, qcow2.unpacked(self._path)), origin
        else:
            self.image, self._origin = _at_one_moment(self._path, data, origin)
        self._is_known = True

    @property
    def image(self) -> "Edk2Image":
        """As it was last read or written; what was written is read when somebody asks."""
        if self._written is not None:
            self.image = decoded(self._path, self._written)
        return self._image

    @image.setter
    def image(self, image: "Edk2Image") -> None:
        self._image, self._written = image, None

    @property
    def is_unsure(self) -> bool:
        """Whether the file may hold something else."""
        return not self._is_known

    def read_again(self) -> None:
        """Read the file."""
        self._read(*port.read(self._path))

    def held(self) -> Held:
        """What it holds."""
        image = self.image
        return Held(
            image.variables, image.used, image.half_deleted, image.store_size, image.record_header_size, authentication=image.authenticated
        )

    def save(self, records: Sequence[Record]) -> None:
        """Put these variables into it, and nothing else.

        Raises:
            DriverError: They cannot be written, and nothing was changed.
            NoRoom: They do not fit.
        """
        from efirt.drivers.image.writing import writing  # noqa: PLC0415 - for who writes

        refuse_volatile(self._path, records)
        with writing(self._path, self._origin if self._is_known else None, force=self._manner.force) as file:
            if self._is_known and self.format == EDK2:
                self._demand_unchanged()
            if self._manner.in_place:
                self._write_into(file, records)
            else:
                self._replace(file, records)

    def _demand_unchanged(self) -> None:
        """See whether nobody wrote to it, in times too short for the file's time to tell, or to a device, which has none.

        Raises:
            DriverError: Somebody did.
        """
        data, flash = port.read(self._path)[0], self.image.flash
        if data != flash if isinstance(flash, bytes) else decoded(self._path, data).records != self.image.records:
            raise changed(self._path)

    def _replace(self, file: "Writing", records: Sequence[Record]) -> None:
        from efirt.images.edk2_write import compaction, demand_none_lost  # noqa: PLC0415 - for who writes

        if not self._manner.force:
            self._stored(lambda: demand_none_lost(self.image))
        step = self._stored(lambda: compaction(self.image, records))
        flash = self.image.flash
        pieces: list[Readable] = [*_pieces(flash, step)]
        if isinstance(flash, bytes):
            pieces = [b"".join(pieces)]
        if self.format == QCOW2:
            from efirt.drivers.image import qcow2  # noqa: PLC0415 - rare

            qcow2.check(self._path, port.read(self._path)[0], write=True)
            self._put(file, [qcow2.packed(pieces)])
        else:
            self._put(file, pieces)
        if isinstance(flash, bytes):
            self._written = pieces[0]
        else:
            self.image = decoded(self._path, self._mapped())

    def _put(self, file: "Writing", pieces: Sequence[Readable]) -> None:
        try:
            self._origin = file.replace(pieces)
        except Unsettled:
            self._is_known = False
            raise
        self._is_known = True

    def _mapped(self) -> Readable:
        """What a large file holds now."""
        if self.format == QCOW2:
            from efirt.drivers.image import qcow2  # noqa: PLC0415 - rare

            return qcow2.unpacked(self._path)
        return port.read(self._path)[0]

    def _write_into(self, file: "Writing", records: Sequence[Record]) -> None:
        from efirt.images.edk2_in_place import recovery, removal, update  # noqa: PLC0415 - for who writes

        if not self._is_known:
            self.image = decoded(self._path, port.read(self._path)[0])
        self._is_known = False
        while plan := self._stored(lambda: recovery(self.image, force=self._manner.force)):
            self._apply(file, plan)
        old = {record.key: record for record in self.image.variables}
        for record in records:
            if old.pop(record.key, None) != record:
                storage = self._manner.hardware_error_storage
                self._apply(file, self._stored(lambda: update(self.image, record, hardware_error_storage=storage)))  # noqa: B023 - at once
        for key in old:
            self._apply(file, removal(self.image, key))
        self._origin, self._is_known = file.origin, True

    def _apply(self, file: "Writing", plan: Plan) -> None:
        file.apply(plan)
        flash = self.image.flash
        self.image = decoded(self._path, applied(flash, plan) if isinstance(flash, bytes) else self._mapped())

    def _stored(self, make: Callable[[], T]) -> T:
        """What is made, or why it cannot be."""
        try:
            return make()
        except ValueError as cause:
            raise DriverError(f"{self._path} cannot be written: {cause}") from None


def _pieces(flash: Readable, step: Step) -> Iterator[Readable]:
    """The file after a step whose patches do not overlap, piece by piece."""
    view, at = memoryview(flash), 0
    for offset, data in sorted(step):
        yield view[at:offset]
        yield data
        at = offset + len(data)
    yield view[at:]


def _at_one_moment(path: str, data: Readable, origin: Origin) -> "tuple[Edk2Image, Origin]":
    """Read flash, and where it is mapped see to it that it did not change meanwhile.

    Raises:
        DriverError: It changes all the time.
        DecodeError: It is damaged.
    """
    image = decoded(path, data)
    for _ in range(port.TRIES):
        if isinstance(image.flash, bytes) or port.was_left_alone(path, origin):
            return image, origin
        data, origin = port.read(path)
        before, image = image, decoded(path, data)
        if (image.head, image.records) == (before.head, before.records):
            return image, origin
    raise busy(path)
