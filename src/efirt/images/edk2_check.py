"""What is wrong with an image, and what each firmware would make of it.

Source: edk2 c5aa7e7d, OvmfPkg/Library/PlatformInitLib/Platform.c, PlatformValidateNvVarStore; OvmfPkg/VirtNorFlashDxe/VirtNorFlashFvb.c,
ValidateFvHeader; OvmfPkg/QemuFlashFvbServicesRuntimeDxe/FwBlockService.c, ValidateFvHeader and InitializeVariableFvHeader;
MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, Reclaim and VariableWriteServiceInitialize.
"""

from collections.abc import Iterator

from efirt.abi.edk2_variable import VAR_ADDED, VAR_HEADER_VALID_ONLY, EfiFirmwareVolumeHeader, VariableStoreHeader
from efirt.annotation import Final, NamedTuple
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_head import FV_ATTRIBUTES, FV_REVISION
from efirt.images.edk2_journal import Copy, Journal, working_header
from efirt.images.edk2_record import HALF_DELETED, NO_STATE, STATE_OFFSET, FlashRecord, name_of, name_problem
from efirt.images.edk2_volume import ARM_VIRT, has_checksum, is_erased, is_volume
from efirt.images.edk2_walk import DEAD

_REFUSED: Final = "OVMF that keeps its variables in memory (QEMU's -bios, TDX) refuses the store and begins an empty one"
_FORMATTED: Final = "ArmVirt's firmware formats the store at its next boot, and all variables are lost"
_ERASED: Final = "OVMF erases the volume at its next boot, and all variables are lost"
_HALF_READ: Final = (
    "firmware that reads its variables before it looks into its journal, as OVMF without SMM does, takes what is half written for them, "
    "and spoils more by what it writes then; repair keeps them"
)
_OTHER: Final = "firmware refuses it, or reads on without a look at it"
_SHORTEST_NAME: Final = 4

_MOST_KEPT: Final = 256
_sound: Final[set[tuple[object, ...]]] = set()
"""What headers of which nothing is to be said were looked at by: a fleet's are the same."""


class Problem(NamedTuple):
    """Something that is not as firmware leaves it.

    Attributes:
        offset: Where, in bytes from the file's beginning.
        what: A sentence.
        consequence: What comes of it, as a sentence.
        is_harmful: Whether variables can be lost by it, or older values come back.
    """

    offset: int
    what: str
    consequence: str
    is_harmful: bool = True


def problems(image: Edk2Image) -> tuple[Problem, ...]:
    """All that is wrong, in the order of the file; also what is harmless, such as the traces of an update that was interrupted.

    An image that was decoded with ``strict=False`` tells more.
    """
    if image.is_blank:
        return tuple(Problem(offset, what, "none: there is nothing to lose", is_harmful=False) for offset, what in image.damage)
    headers = _headers(image)
    if not headers and not image.damage and image.is_ordinary and image.is_clean:
        return tuple(sorted(_journal(image)))
    records = () if image.is_ordinary else (*_records(image), *_copies(image))
    found = [*headers, *records, *_tail(image), *_lost(image), *_journal(image)]
    told, places = {(problem.offset, problem.what) for problem in found}, {problem.offset for problem in headers}
    found += [Problem(*damage, _OTHER) for damage in image.damage if damage not in told and damage.offset not in places]
    return tuple(sorted(found))


def _headers(image: Edk2Image) -> list[Problem]:
    """What is wrong with the volume's header, its size, and the store's header."""
    volume, has_journal = image.volume, image.journal is not None
    seen = (image.head, volume, image.authenticated, image.store_size, len(image.flash), image.is_restored, has_journal)
    if seen in _sound:
        return []
    found = [*_header(image), *_cut(image), *_store(image)]
    if not found and len(_sound) < _MOST_KEPT:
        _sound.add(seen)
    return found


def _refusals(image: Edk2Image, *, by_ovmf: bool, by_arm: bool) -> str | None:
    """What the validators of the firmware that an image is for make of it; None where they do not mind."""
    is_arm = image.volume.areas is None or image.volume.areas == ARM_VIRT
    is_ovmf = image.volume.areas != ARM_VIRT
    told = [text for text, counts in ((_REFUSED, by_ovmf and is_ovmf), (_FORMATTED, by_arm and is_arm)) if counts]
    return "; ".join(told) if told else None


def _header(image: Edk2Image) -> Iterator[Problem]:
    fields, head, base = EfiFirmwareVolumeHeader, image.head, image.volume.offset
    erased = _FORMATTED if image.volume.areas == ARM_VIRT else _ERASED
    if fields.Revision.read(head) != FV_REVISION:
        yield Problem(base + fields.Revision.offset, f"the volume's header has revision {fields.Revision.read(head)}, not 2", erased)
    if image.is_restored:
        yield Problem(base, "the volume's header is damaged, and its journal does not bring it back", f"{erased}; repair makes it anew")
    if not has_checksum(head, 0):
        yield Problem(base + fields.Checksum.offset, "the volume's header has a wrong checksum", erased)
    odd = [
        (fields.ZeroVector.offset, "the volume does not begin with zeros", any(fields.ZeroVector.read(head))),
        (fields.Attributes.offset, f"the volume's attributes are not {FV_ATTRIBUTES:#x}", fields.Attributes.read(head) != FV_ATTRIBUTES),
    ]
    refusals = _refusals(image, by_ovmf=True, by_arm=False)
    if refusals is not None:
        yield from (Problem(base + offset, what, refusals) for offset, what, is_so in odd if is_so)
    if image.volume.areas is None:
        what = f"the volume has {image.volume.size} bytes in blocks of {image.volume.block_size}, as no known platform's"
        consequence = "no journal was found in it, so what may wait there is not known"
        if image.journal is not None:
            consequence = "none: its journal was found, and is not written to"
        yield Problem(base + fields.FvLength.offset, what, consequence, is_harmful=False)


def _cut(image: Edk2Image) -> Iterator[Problem]:
    areas, base = image.volume.areas, image.volume.offset
    if areas is not None and base + areas.volume_size > len(image.flash):
        what = f"the volume says it has {areas.volume_size} bytes, and the file has {len(image.flash) - base}: it was cut"
        consequence = "firmware looks for its parts where there is nothing; repair makes anew what is behind the variables"
        yield Problem(base + EfiFirmwareVolumeHeader.FvLength.offset, what, consequence)


def _store(image: Edk2Image) -> Iterator[Problem]:
    offset = image.volume.offset + image.volume.header_size
    if not image.authenticated:
        consequence = _refusals(image, by_ovmf=True, by_arm=True)
        yield Problem(offset, "the records have no room for authentication", consequence or _OTHER)
    areas = image.volume.areas
    if areas is not None and image.store_size != areas.region_size - image.volume.header_size:
        what = f"the store says it has {image.store_size} bytes, and its region has {areas.region_size - image.volume.header_size}"
        consequence = _FORMATTED if areas == ARM_VIRT else "OVMF takes its region's size, or stops where it checks itself"
        yield Problem(offset + VariableStoreHeader.Size.offset, what, consequence)


def _records(image: Edk2Image) -> Iterator[Problem]:
    end = image.records_offset + image.room
    for one in image.records:
        for what, consequence, by_ovmf, by_arm in _oddities(one, end):
            told = [text for text in (consequence, _refusals(image, by_ovmf=by_ovmf, by_arm=by_arm)) if text]
            if told:
                yield Problem(one.offset, what, "; ".join(told))


def _oddities(one: FlashRecord, end: int) -> Iterator[tuple[str, str, bool, bool]]:
    """What of a record is not as it should be: a sentence, what comes of it anywhere, and whether OVMF's validator and ArmVirt's mind."""
    if one.is_header_only:
        yield "a record was never finished: there is only a header of it", "", True, one.state != NO_STATE
        return
    if one.state not in DEAD | {VAR_ADDED, HALF_DELETED}:
        yield f"a record has the state {one.state:#04x}, which no firmware writes", "", True, True
    if one.offset + one.header_size >= end:
        yield "a record's header reaches to the end of the region", "", False, True
    name_size, data_size = one.fields[-3], one.fields[-2]
    units = one.raw[one.header_size : one.header_size + name_size]
    problem = name_problem(name_of(units), name_size)
    if problem:
        has_end = units.endswith(b"\0\0") or one.state == VAR_HEADER_VALID_ONLY
        consequence = "" if one.state in DEAD else "nobody can ask for it by this name"
        yield f"a record's name {problem}", consequence, False, name_size % 2 > 0 or name_size < _SHORTEST_NAME or not has_end
    if one.raw[one.header_size + name_size + data_size :].strip(b"\xff"):
        yield "the bytes behind a record's value are not erased", "", True, False


def _copies(image: Edk2Image) -> Iterator[Problem]:
    living = {one.identity: one for one in image.live}
    lost: set[bytes] = set()
    for one in image.surplus:
        live = living.get(one.identity)
        if live is None:
            continue
        differs = one.raw[STATE_OFFSET + 1 :] != live.raw[STATE_OFFSET + 1 :]
        key = live.record.key if live.record is not None else ""
        if one.state == VAR_ADDED:
            what = f"{key} stands here alive again, and is not found"
            yield Problem(one.offset, what, "deleting it brings this one to light" if differs else "it takes room", is_harmful=differs)
        elif live.state == VAR_ADDED:
            yield Problem(one.offset, f"an older copy of {key} did not die yet", "none: firmware takes the newer one", is_harmful=False)
        elif one.identity not in lost:
            lost.add(one.identity)
            yield _older_comes_back(image, one, key=str(key), differs=differs)
    for one, variable in zip(image.live, image.variables, strict=True):
        if one.state == HALF_DELETED and one.identity not in lost:
            what = f"an update of {variable.key} was interrupted before its new value was there"
            yield Problem(one.offset, what, "none: the value before it counts", is_harmful=False)


def _older_comes_back(image: Edk2Image, one: FlashRecord, *, key: str, differs: bool) -> Problem:
    what = f"two copies of {key} are about to die, and none is alive"
    if not differs:
        return Problem(one.offset, what, "none: they say the same", is_harmful=False)
    if not image.is_clean:
        return Problem(
            one.offset, f"{what}; and the end of the list is torn", "a boot of edk2 brings back the older value; repair keeps the newer"
        )
    return Problem(one.offset, what, "when edk2 next writes all variables anew, it brings back the older value; repair keeps the newer")


def _tail(image: Edk2Image) -> Iterator[Problem]:
    if not image.is_clean:
        end = image.records_offset + image.used
        refusals = _refusals(image, by_ovmf=True, by_arm=False)
        consequence = "edk2 writes all variables anew at its next boot"
        yield Problem(
            end,
            "behind the last record not all bytes are erased",
            f"{consequence}; {refusals}" if refusals else consequence,
            bool(refusals),
        )


def _lost(image: Edk2Image) -> Iterator[Problem]:
    if image.lost:
        from efirt.images.edk2_lost import told  # noqa: PLC0415 - rare

        consequence = "firmware erases them when it next writes all variables anew, as it does at its next boot; repair brings them back"
        yield Problem(image.lost[0].offset, told(image.lost), consequence)


def _journal(image: Edk2Image) -> Iterator[Problem]:
    areas, journal = image.volume.areas, image.journal
    if journal is None:
        return
    yield from _interrupted(image, journal)
    if areas is None:
        return
    work, spare = image.volume.offset + areas.work_offset, image.volume.offset + areas.spare_offset
    if not journal.is_valid:
        has_copy = image.flash[spare : spare + len(working_header(areas.work_size))] == working_header(areas.work_size)
        consequence = "firmware takes the one in the spare area" if has_copy else "firmware begins a new one"
        yield Problem(work, "the journal's head is not whole", f"none: {consequence}", is_harmful=False)
        return
    if not journal.is_clean:
        what = "behind the journal's last entry not all bytes are erased"
        if journal.copy is None:
            yield Problem(journal.at, what, "firmware begins a new journal", is_harmful=False)
        else:
            lost = "firmware begins a new journal by way of the spare area, where the variables are: a cut then loses them all"
            yield Problem(journal.at, f"{what}, and variables wait in the spare area", lost)
    elif journal.is_idle and not is_erased(image.flash, spare, spare + areas.spare_size):
        yield Problem(spare, "the spare area is not erased", "none: firmware does so before it uses it", is_harmful=False)


def _unfinished(image: Edk2Image, copy: Copy) -> str | None:
    """What comes of blocks that wait in the spare area, as was seen of real firmware; None where they are in their place, too."""
    flash, base = image.flash, image.volume.offset
    if bytes(flash[copy.target : copy.target + copy.size]) == bytes(flash[copy.source : copy.source + copy.size]):
        return None
    if not is_volume(flash, base) or not has_checksum(flash, base):
        return f"{_FORMATTED if image.volume.areas == ARM_VIRT else _ERASED}; repair keeps them"
    return _HALF_READ


def _interrupted(image: Edk2Image, journal: Journal) -> Iterator[Problem]:
    """What a write of whole blocks left behind."""
    if journal.copy is not None:
        what = "writing all variables anew was interrupted; they stand in the spare area"
        consequence = _unfinished(image, journal.copy)
        yield Problem(journal.at, what, consequence or "none: they are in their place, too", is_harmful=consequence is not None)
    elif journal.is_strange:
        yield Problem(
            journal.at, "blocks wait in the spare area that do not belong to the variables", "firmware finishes it", is_harmful=False
        )
    elif journal.begun:
        what = "writing all variables anew was interrupted " + ("just before its last mark" if journal.is_written else "before it began")
        yield Problem(journal.at, what, "none: firmware " + ("sets it" if journal.is_written else "calls it off"), is_harmful=False)
