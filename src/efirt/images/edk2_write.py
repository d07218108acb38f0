"""Whole images: one that exists with other variables, or a new one.

Source: edk2 c5aa7e7d, OvmfPkg/Include/Fdf/VarStore.fdf.inc, ArmVirtPkg/VarStore.fdf.inc (the bytes of an empty volume);
MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, Reclaim (what a compacted one looks like), UpdateVariable (what is too much).
"""

from efirt.abi.edk2_ftw import COMPLETE, DESTINATION_COMPLETE
from efirt.abi.edk2_variable import VARIABLE_STORE_FORMATTED, VARIABLE_STORE_HEALTHY, VariableStoreHeader
from efirt.annotation import Final, Iterable, Iterator, Mapping, NamedTuple
from efirt.errors import NoRoom
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_journal import Journal, working_header
from efirt.images.edk2_patch import Patch, Step, patched
from efirt.images.edk2_record import encoded
from efirt.images.edk2_volume import ARM_VIRT, OVMF_2M, OVMF_4M, Areas, Readable, has_checksum
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key

_STORE: Final = VariableStoreHeader.layout()


class Layout(NamedTuple):
    """A kind of image.

    Attributes:
        areas: The parts of its volume, which is at the beginning.
        file_size: Of the whole file; what is behind the volume is zeros.
    """

    areas: Areas
    file_size: int


LAYOUTS: Final[Mapping[str, Layout]] = {
    "ovmf-4m": Layout(OVMF_4M, OVMF_4M.volume_size),
    "ovmf-2m": Layout(OVMF_2M, OVMF_2M.volume_size),
    "aavmf": Layout(ARM_VIRT, 0x4000000),
    "aavmf-unpadded": Layout(ARM_VIRT, ARM_VIRT.volume_size),
    "riscv-virt": Layout(ARM_VIRT, 0x2000000),
}
"""By name: ``OVMF_VARS_4M.fd``; ``OVMF_VARS.fd`` of builds with 1 or 2 MB; ``AAVMF_VARS.fd``, which QEMU wants as large as its flash;
the same as it was built; ``RISCV_VIRT_VARS.fd``.
"""


def created(layout: Layout, records: Iterable[Record] = (), *, authenticated: bool = True) -> bytes:
    """A new image.

    Args:
        layout: Its kind, of :data:`LAYOUTS`.
        records: Its variables, in order.
        authenticated: Whether records have room for authentication, as those of all firmware have that is built now.

    Raises:
        NoRoom: They do not fit.
        ValueError: One cannot be stored (:func:`~efirt.images.edk2_record.encoded`), or two have one key.
    """
    from efirt.images.edk2_head import empty_head  # noqa: PLC0415 - rare

    head = empty_head(layout.areas, authenticated=authenticated)
    room = layout.areas.region_size - len(head)
    volume = head + laid(records, room, authenticated=authenticated)
    volume = volume.ljust(layout.areas.work_offset, b"\xff") + working_header(layout.areas.work_size)
    return volume.ljust(layout.areas.volume_size, b"\xff").ljust(layout.file_size, b"\0")


def compacted(image: Edk2Image, records: Iterable[Record], *, hardware_error_storage: int | None = None) -> bytes:
    """An image with these variables and nothing else in its store; outside of that, and of the journal's areas, no byte is changed.

    Args:
        image: As it is now.
        records: The variables, in order.
        hardware_error_storage: What of the room is set aside for hardware error records, in bytes; None where all share it.

    Raises:
        NoRoom: They do not fit.
        ValueError: One cannot be stored (:func:`~efirt.images.edk2_record.encoded`), or two have one key.
    """
    return patched(image.flash, compaction(image, records, hardware_error_storage=hardware_error_storage))


def compaction(image: Edk2Image, records: Iterable[Record], *, hardware_error_storage: int | None = None) -> Step:
    """What of an image :func:`compacted` changes, for who copies a large file in another way; these patches are safe in a new file only."""
    areas, base = image.volume.areas, image.volume.offset
    if areas is not None and image.is_blank:
        return (Patch(base, created(Layout(areas, areas.volume_size), records)),)
    room = image.room
    body = laid(records, room, authenticated=image.authenticated, hardware_error_storage=hardware_error_storage)
    patches = [Patch(base, (mended(image) + body).ljust(len(image.head) + room, b"\xff"))]
    if areas is not None and base + areas.volume_size <= len(image.flash):
        patches.append(Patch(base + areas.work_offset, working_header(areas.work_size).ljust(areas.work_size, b"\xff")))
        patches.append(Patch(base + areas.spare_offset, b"\xff" * areas.spare_size))
    if areas is None and image.journal is not None:
        patches += _finished(image.flash, image.journal)
    return tuple(patch for patch in patches if bytes(image.flash[patch.offset : patch.offset + len(patch.data)]) != patch.data)


def demand_none_lost(image: Edk2Image) -> None:
    """Refuse to write where that erases whole records behind a broken one.

    Raises:
        ValueError: There are such.
    """
    if image.lost:
        from efirt.images.edk2_lost import told  # noqa: PLC0415 - rare

        message = (
            f"{told(image.lost)}; writing erases them, while efirt image repair brings them back in a new file, and with force=yes "
            "it goes on without them"
        )
        raise ValueError(message)


def _finished(flash: Readable, journal: Journal) -> Iterator[Patch]:
    """The marks after which nothing waits in the journal of a volume of no known platform; what belongs elsewhere stays."""
    if journal.begun and not journal.is_strange:
        if journal.copy is not None:
            yield Patch(journal.record, bytes([flash[journal.record] & ~DESTINATION_COMPLETE]))
        yield Patch(journal.at, bytes([flash[journal.at] & ~COMPLETE]))


def laid(records: Iterable[Record], room: int, *, authenticated: bool, hardware_error_storage: int | None = None) -> bytes:
    """Records one after the other.

    Raises:
        NoRoom: They do not fit.
        ValueError: One cannot be stored, or two have one key.
    """
    keys: set[Key] = set()
    parts: list[bytes] = []
    errors = 0
    for record in records:
        if record.key in keys:
            message = f"{record.key} cannot be stored twice"
            raise ValueError(message)
        keys.add(record.key)
        parts.append(encoded(record, authenticated=authenticated))
        if record.attributes & Attributes.HR:
            errors += len(parts[-1])
    body = b"".join(parts)
    check_room(len(body), errors, room, hardware_error_storage)
    return body


def check_room(size: int, errors: int, room: int, hardware_error_storage: int | None = None) -> None:
    """See whether records fit, by edk2's count.

    Args:
        size: Bytes of all.
        errors: Bytes of those among them that are hardware error records.
        room: Bytes there are.
        hardware_error_storage: What of it is set aside for these; None where all share it.

    Raises:
        NoRoom: They do not.
    """
    if hardware_error_storage is not None:
        if errors > hardware_error_storage:
            raise NoRoom("the hardware error records", errors, hardware_error_storage)
        size, room = size - errors, room - hardware_error_storage
    if size > room:
        raise NoRoom("the variables", size, room)


def mended(image: Edk2Image) -> bytes:
    """The headers of an image as firmware wants them: the checksum right, the store healthy, its size not beyond its region."""
    at = image.volume.header_size
    signature = image.head[at : at + VariableStoreHeader.Signature.size]
    size = image.room + VariableStoreHeader.SIZE
    fixed = _STORE.pack(signature, size, VARIABLE_STORE_FORMATTED, VARIABLE_STORE_HEALTHY)
    reserved = VariableStoreHeader.State.offset + VariableStoreHeader.State.size
    head = image.head[:at]
    if not has_checksum(head, 0):
        from efirt.images.edk2_head import with_checksum  # noqa: PLC0415 - rare

        head = with_checksum(head)
    return head + fixed[:reserved] + image.head[at + reserved :]
