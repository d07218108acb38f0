"""Flash in a file, or in a qcow2 image: replaced by a compacted one, or written as edk2 writes its flash."""

from collections.abc import Callable, Iterator, Sequence

from efirt.annotation import Final, TypeVar
from efirt.drivers.image import port
from efirt.drivers.image.memory import EDK2, QCOW2, Held, Manner, decoded, refuse_volatile
from efirt.drivers.image.port import Origin, Writing
from efirt.errors import DriverError
from efirt.images.edk2_patch import Plan, Step, applied
from efirt.images.edk2_volume import Readable
from efirt.store import Record

T = TypeVar("T")

_MAGIC: Final = b"QFI\xfb"


class Flash:
    """An edk2 image.

    Attributes:
        format: ``edk2`` or ``qcow2``.
        is_compacted: Whether a write leaves nothing dead behind.
        image: As it was last read or written.
    """

    def __init__(self, path: str, manner: Manner, data: Readable, origin: Origin) -> None:
        self.format = QCOW2 if data[:4] == _MAGIC else EDK2
        self.is_compacted = not manner.in_place
        self._path = path
        self._manner = manner
        self._origin = origin
        self._is_known = True
        if self.format == QCOW2:
            from efirt.drivers.image import qcow2  # noqa: PLC0415 - rare

            if manner.in_place:
                raise DriverError(f"{path} is in the format qcow2, which cannot be written in place", "leave in-place=yes out")
            qcow2.check(path, data)
            data = qcow2.unpacked(path)
        self.image = decoded(path, data)

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
        refuse_volatile(self._path, records)
        if self._manner.in_place:
            with port.writing(self._path, self._origin if self._is_known else None, force=self._manner.force) as file:
                self._write_into(file, records)
        else:
            self._replace(records)

    def _replace(self, records: Sequence[Record]) -> None:
        from efirt.images.edk2_write import compaction  # noqa: PLC0415 - for who writes

        step = self._stored(lambda: compaction(self.image, records))
        pieces = _pieces(self.image.flash, step)
        if self.format == QCOW2:
            from efirt.drivers.image import qcow2  # noqa: PLC0415 - rare

            data = b"".join(pieces)
            qcow2.check(self._path, port.read(self._path)[0], write=True)
            with port.writing(self._path, self._origin, force=self._manner.force) as file:
                self._origin = file.replace([qcow2.packed(data)])
            self.image = decoded(self._path, data)
            return
        with port.writing(self._path, self._origin, force=self._manner.force) as file:
            self._origin = file.replace(pieces)
        flash = self.image.flash
        self.image = decoded(self._path, b"".join(_pieces(flash, step)) if isinstance(flash, bytes) else port.read(self._path)[0])

    def _write_into(self, file: Writing, records: Sequence[Record]) -> None:
        from efirt.images.edk2_in_place import recovery, removal, update  # noqa: PLC0415 - for who writes

        if not self._is_known:
            self.image = decoded(self._path, port.read(self._path)[0])
        self._is_known = False
        while plan := self._stored(lambda: recovery(self.image)):
            self._apply(file, plan)
        old = {record.key: record for record in self.image.variables}
        for record in records:
            if old.pop(record.key, None) != record:
                storage = self._manner.hardware_error_storage
                self._apply(file, self._stored(lambda: update(self.image, record, hardware_error_storage=storage)))  # noqa: B023 - at once
        for key in old:
            self._apply(file, removal(self.image, key))
        self._origin, self._is_known = file.origin, True

    def _apply(self, file: Writing, plan: Plan) -> None:
        file.apply(plan)
        flash = self.image.flash  # a mapped one has changed already
        self.image = decoded(self._path, applied(flash, plan) if isinstance(flash, bytes) else flash)

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
