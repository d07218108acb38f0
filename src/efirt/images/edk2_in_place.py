"""Changing an image where it lies, so that after a cut at any byte, and after more of them while that is recovered, nothing is lost.

edk2's own order, with three differences that its readers do not notice: older copies of a variable die before a new one is begun, and of
copies that are about to die the last one lives on when all variables are written anew, as two cuts in a row need; and torn bytes behind the
last record are erased where they are, where edk2 writes all variables anew.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable and Reclaim.
"""

from efirt.abi.edk2_variable import VAR_ADDED, VAR_DELETED, VAR_IN_DELETED_TRANSITION, VARIABLE_DATA
from efirt.annotation import Final
from efirt.images.edk2 import Edk2Image
from efirt.images.edk2_patch import Patch, Plan
from efirt.images.edk2_record import NO_STATE, STATE_OFFSET, FlashRecord, encoded
from efirt.images.edk2_rewriting import journal_recovery, rewriting
from efirt.images.edk2_volume import erased_from
from efirt.images.edk2_write import check_room, demand_none_lost
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key

_LIKE_A_HEADER: Final = chr(VARIABLE_DATA)


def update(image: Edk2Image, record: Record, *, hardware_error_storage: int | None = None) -> Plan:
    """The steps that create a variable or give it another value; none where it is just so.

    Args:
        image: As the file is now, nothing left to recover.
        record: The variable as it shall be: an appended value is the whole of it.
        hardware_error_storage: What of the room is set aside for hardware error records, in bytes; None where all share it.

    Raises:
        NoRoom: It does not fit, not even where the dead are.
        ValueError: Something is to be recovered first, or the variable cannot be stored (:func:`~efirt.images.edk2_record.encoded`).

    Departs: a variable whose name begins with the code unit 0x55AA is written together with all the others, since its name, behind a
        header that was not finished, would be taken for the next header.
    """
    _demand_settled(image)
    raw = encoded(record, authenticated=image.authenticated)
    old = _found(image, record.key)
    surplus = () if old is None else tuple(_dead(one) for one in image.surplus if one.identity == old.identity)
    first: Plan = (surplus,) if surplus else ()
    if old is not None and old.record == record:
        return first
    living = [one for one in image.live if one is not old]
    if not _fits_behind(image, record, len(raw), hardware_error_storage) or record.key.name.startswith(_LIKE_A_HEADER):
        check_room(*_sizes(image, record, len(raw)), image.room, hardware_error_storage)
        return (*first, *rewriting(image, _body(living) + raw))
    end = image.records_offset + image.used
    body = Patch(end, raw[:STATE_OFFSET] + bytes([NO_STATE]) + raw[STATE_OFFSET + 1 :])
    added = Patch(end + STATE_OFFSET, bytes([VAR_ADDED]))
    if old is None:
        return ((body,), (added,))
    dying = () if old.state != VAR_ADDED else (_state(old, VAR_IN_DELETED_TRANSITION),)
    return (*first, (*dying, body), (added,), (_state(old, VAR_IN_DELETED_TRANSITION & VAR_DELETED),))


def removal(image: Edk2Image, key: Key) -> Plan:
    """The steps that delete a variable.

    Raises:
        KeyError: There is none of this key.
        ValueError: Something is to be recovered first.
    """
    _demand_settled(image)
    old = _found(image, key)
    if old is None:
        raise KeyError(key)
    surplus = tuple(_dead(one) for one in image.surplus if one.identity == old.identity)
    return (*((surplus,) if surplus else ()), (_dead(old),))


def recovery(image: Edk2Image, *, force: bool = False) -> Plan:
    """The next steps that bring an image to rest: apply them, decode it again and ask again, until there are none.

    In this order: an interrupted write of whole blocks is finished or called off; of two copies of a variable the older dies; what was
    begun behind the last record and never finished is erased. A header that was never finished and has records behind it stays.

    Args:
        image: As the file is now.
        force: Whether to erase also what no interrupted write leaves: whole records behind a broken one.

    Raises:
        ValueError: It cannot be brought to rest in place, and why: write a new file (:func:`~efirt.images.edk2_write.compacted`).

    Departs: edk2 writes all variables anew for a torn end, by way of its journal, of which its builds without SMM make nothing good when it
        is interrupted in turn (docs/real-firmware.md). In a file a few bytes can be erased alone.
    """
    if image.is_blank:
        message = "there is no store in it yet, so it cannot be changed in place: write a new file"
        raise ValueError(message)
    if not force:
        demand_none_lost(image)
    steps = journal_recovery(image)
    if steps:
        return steps
    surplus = tuple(_dead(one) for one in image.surplus)
    if surplus:
        return (surplus,)
    torn = _torn(image)
    return ((torn,),) if torn.data else ()


def _demand_settled(image: Edk2Image) -> None:
    journal = image.journal
    is_idle = journal is None or journal.is_idle or journal.is_full or (image.volume.areas is None and not journal.begun)
    if image.is_blank or not image.is_clean or not is_idle:
        message = "the image was left in the middle of a write: apply recovery() until it gives no steps"
        raise ValueError(message)


def _torn(image: Edk2Image) -> Patch:
    """What was begun behind the last record that was finished, erased: whichever of these bytes are, a reader ends there or before."""
    begin, end = image.records_offset + image.used, image.records_offset + image.room
    for one in reversed(image.records):
        if not one.is_header_only:
            break
        begin = one.offset
    return Patch(begin, b"\xff" * (erased_from(image.flash, begin, end) - begin))


def _found(image: Edk2Image, key: Key) -> FlashRecord | None:
    pairs = zip(image.live, image.variables, strict=True)
    return next((one for one, variable in pairs if variable.key == key), None)


def _fits_behind(image: Edk2Image, record: Record, size: int, hardware_error_storage: int | None) -> bool:
    """Whether a record fits behind all others, the dead too, as firmware counts them."""
    used, room = image.used, image.room
    if hardware_error_storage is not None:
        errors = sum(one.size for one in image.records if one.has(Attributes.HR))
        is_error = bool(record.attributes & Attributes.HR)
        used, room = (errors, hardware_error_storage) if is_error else (used - errors, room - hardware_error_storage)
    return used + size <= room and image.used + size <= image.room


def _sizes(image: Edk2Image, record: Record, size: int) -> tuple[int, int]:
    """Bytes that the living and a new record take together, and of these the hardware error records'."""
    living = [(one.size, kept.attributes) for one, kept in zip(image.live, image.variables, strict=True) if kept.key != record.key]
    every = [*living, (size, record.attributes)]
    return sum(size for size, _ in every), sum(size for size, attributes in every if attributes & Attributes.HR)


def _body(living: list[FlashRecord]) -> bytes:
    """Living records as firmware copies them together: those that are about to die come last, and live."""
    ordered = sorted(living, key=lambda one: one.state != VAR_ADDED)
    added = bytes([VAR_ADDED])
    return b"".join(one.raw[:STATE_OFFSET] + added + one.raw[STATE_OFFSET + 1 :] for one in ordered)


def _state(flash_record: FlashRecord, mask: int) -> Patch:
    return Patch(flash_record.offset + STATE_OFFSET, bytes([flash_record.state & mask]))


def _dead(flash_record: FlashRecord) -> Patch:
    return _state(flash_record, VAR_DELETED)
