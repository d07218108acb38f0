"""A new image with what can be had of one, and nothing that is wrong with it.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, Reclaim.
"""

from efirt.annotation import NamedTuple
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_check import Problem, problems
from efirt.images.edk2_head import whole_head
from efirt.images.edk2_volume import has_checksum
from efirt.images.edk2_write import compacted
from efirt.store import Record
from efirt.values.key import Key


class Repair(NamedTuple):
    """What became of an image.

    Attributes:
        data: The new file; the same bytes where nothing was wrong.
        records: The variables in it.
        solved: What was wrong and is not any more.
        left: What is wrong still, since it is how the image was made.
    """

    data: bytes
    records: tuple[Record, ...]
    solved: tuple[Problem, ...]
    left: tuple[Problem, ...]


def recoverable(image: Edk2Image) -> tuple[Record, ...]:
    """The variables that firmware finds, and those that it would find if no record was broken, in flash order."""
    if not image.lost:
        return tuple(image.variables)
    places, identities = {one.offset for one in image.lost}, {one.identity for one in image.lost}
    kept = [
        (one.offset, variable)
        for one, variable in zip(image.live, image.variables, strict=True)
        if one.offset not in places and one.identity not in identities
    ]
    found = [(one.offset, one.record) for one in image.lost]
    by_key: dict[Key, Record] = {}
    for _, record in sorted([*kept, *found], key=lambda one: one[0]):
        if record is not None:
            by_key.setdefault(record.key, record)
    return tuple(by_key.values())


def _completed(image: Edk2Image) -> Edk2Image:
    """The image with what a cut took away behind its variables, erased; and with its header as it must have been, if that was hit."""
    areas, base, flash = image.volume.areas, image.volume.offset, image.flash
    if areas is not None and base + areas.volume_size > len(flash):
        flash = bytes(flash).ljust(base + areas.volume_size, b"\xff")
    if image.is_restored or not has_checksum(image.head, 0):
        found = whole_head(flash, areas)
        if found is not None:
            at, head = found
            flash = bytes(flash[:at]) + head + bytes(flash[at + len(head) :])
    return image if flash is image.flash else Edk2Image.decode(flash, strict=False, areas=areas)


def repaired(image: Edk2Image) -> Repair:
    """Write the variables that firmware finds into a new image, and those behind a broken record, so that any firmware finds just these.

    Of two copies that are about to die the last is kept, as firmware reads it, and not the first, which it would keep itself. What was
    never finished, or lies behind the end of the list, is not a variable and is left out.

    Args:
        image: Decoded with ``strict=False``, so that damage does not stand in the way.

    Raises:
        NoRoom: A name that had no end needs room for one, and there is none.

    Departs: edk2 brings back the older of two copies that are about to die.
    """
    before = problems(image)
    if not before or image.is_blank:
        return Repair(image.encode(), tuple(image.variables), (), ())
    records = recoverable(image)
    data = compacted(_completed(image), records)
    after = problems(Edk2Image.decode(data, strict=False, areas=image.volume.areas))
    left = {problem.what for problem in after}
    return Repair(data, records, tuple(problem for problem in before if problem.what not in left), after)
