"""From one format to another: what is written, and exactly what is lost.

Source: UEFI 2.10 §8.2; the formats' own modules, and :mod:`efirt.images.writers` for who may write what.
"""

from efirt.annotation import NamedTuple
from efirt.images import directory
from efirt.images.contents import Contents
from efirt.images.detect import EDK2, FORMATS
from efirt.images.losses import Kept, lost, written
from efirt.images.writers import dissolved, gathered, strangers
from efirt.store import Record
from efirt.values.attributes import Attributes


class Conversion(NamedTuple):
    """Contents on their way to another format.

    Attributes:
        contents: What its ``encode`` is to be given.
        lost: What it will not say, each thing as it is named to a person.
        notes: What it will say, and the firmware that reads it will take otherwise.
    """

    contents: Contents
    lost: tuple[str, ...]
    notes: tuple[str, ...]


def converted(contents: Contents, source: str, target: str) -> Conversion:
    """Prepare contents of one format for another.

    Of variables with one key only the one that is found goes on. ``certdb`` is taken apart for formats that keep who may write with each
    variable, and put together for edk2. For edk2, what no authenticated store holds is left out here; whether there is room is not asked.

    Args:
        contents: What was read.
        source: The format it was read from: of :data:`efirt.images.detect.FORMATS`, ``edk2`` or ``directory``.
        target: The format it goes to; the same one changes nothing.
    """
    if source == target:
        return Conversion(contents, (), ())
    hidden = tuple(map(_hidden, contents.hidden))
    origin, maker = _maker(source), _maker(target)
    bound = dissolved(contents.variables)
    notes = strangers(bound.records, origin, maker) if origin and maker else ()
    if target == EDK2:
        storable = Contents(contents.variables, beside=contents.beside)
        bound = gathered(written(storable, _in_edk2))
        return Conversion(Contents(bound.records), (*hidden, *lost(storable, _in_edk2), *bound.lost), notes)
    ready = Contents(bound.records if maker else contents.variables, beside=contents.beside)
    cannot_say = directory.cannot_say if target == directory.NAME else FORMATS[target].codec.cannot_say
    return Conversion(ready, (*hidden, *(bound.lost if maker else ()), *cannot_say(ready)), notes)


def _hidden(record: Record) -> str:
    if not record.key.name:
        return f"variable {record.key}: a name is not empty, and firmware does not find it"
    return f"one of two variables {record.key}, which is not found"


def _maker(name: str) -> str:
    return EDK2 if name == EDK2 else FORMATS[name].maker if name in FORMATS else ""


def _in_edk2(record: Record) -> Kept:
    kept = Kept(record)
    if not record.attributes & Attributes.NV:
        return kept.refused("it is volatile, and flash holds none such")
    if not record.key.name or "\0" in record.key.name:
        return kept.refused("a name is not empty in flash, and has no NUL")
    return kept if record.data else kept.refused("a value is not empty in flash")
