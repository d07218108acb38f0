"""One file: what is in it, and what is to be done about it."""

from efirt.annotation import Final, NamedTuple
from efirt.drivers.image import port
from efirt.drivers.image.memory import EDK2, QCOW2
from efirt.drivers.image.qcow2 import is_disk
from efirt.drivers.image.reading import Read, read_bytes, read_directory
from efirt.errors import DecodeError, DriverError
from efirt.images.aws_dictionary import installed
from efirt.images.detect import FORMATS, detect, is_stranger, why_not
from efirt.images.edk2_check import Problem
from efirt.images.edk2_volume import Readable, is_volume
from efirt.images.edk2_write import LAYOUTS
from efirt.scan.plan import Found
from efirt.scan.row import MOST_DAMAGE, Row, Skipped
from efirt.values.guid import Guid
from efirt.views.certificate_update import BLOCKED, DAMAGED, Room, judged
from efirt.views.secure_boot import KEYS, SecureBoot

_LARGEST: Final = 128 << 20
_BEGINNING: Final = 1 << 16
_JSON: Final = "qemu-json"
_LIST: Final = b'"variables"'
_MEMBERS: Final = (b'"guid"', b'"attr"')
_QEMU: Final = b'{"version":2,"variables":['
_TOO_SHORT: Final = 5
_VARS: Final = "VARS"
_ENDINGS: Final = frozenset({"fd", "nvram"})
_RAW: Final = frozenset({"bin", "img", "raw", "rom", "qcow2", "json", "aws"})
_SIZES: Final = frozenset(one.file_size for one in LAYOUTS.values() if one.file_size & (one.file_size - 1))
"""Sizes of images that few other files have: those that are no power of two."""

_GUID_PLACE: Final = slice(16, 32)
_CODE: Final = frozenset(Guid.parse(text).raw for text in ("8c8ce578-8a3d-4f1c-9935-896185c32dd3", "5473c07a-3dcb-4dca-bd6f-1e9689e7349a"))
"""What a volume of a firmware's code has, EFI_FIRMWARE_FILE_SYSTEM2_GUID and 3, where one for variables has another GUID.

Source: edk2 c5aa7e7d, MdePkg/Include/Guid/FirmwareFileSystem2.h and FirmwareFileSystem3.h.
"""

_PLATFORM_DECIDES: Final = frozenset({"xapi"})
"""Formats of firmware that is told from outside whether Secure Boot is on."""


class Manner(NamedTuple):
    """How images are looked at.

    Attributes:
        now: The moment that expiry is told for, as ``2026-11-23T00:00:00Z``.
        dictionary: Path of the dictionary of Amazon's blobs; None for the installed one.
    """

    now: str
    dictionary: str | None = None


def looked_at(found: Found, manner: Manner) -> Row | Skipped:
    """Look at a file; whatever is in it, the answer is a row, or why there is none."""
    try:
        if found.is_directory:
            return _row(read_directory(found.path), manner)
        return _file(found, manner)
    except DriverError as cause:
        return Row(found.path, BLOCKED, _without(found.path, cause))
    except DecodeError as cause:
        return Row(found.path, DAMAGED, _without(found.path, cause), damage_count=1)
    except Exception as cause:  # noqa: BLE001 - one bad file is one row, also where the fault is ours
        return Row(
            found.path, DAMAGED, f"reading it failed with {type(cause).__name__}: {cause}; this is a defect of efirt", damage_count=1
        )


def _without(path: str, cause: DriverError | DecodeError) -> str:
    """A message without the path before it, which stands in the row already."""
    return cause.message.removeprefix(path).lstrip(", ")


def _file(found: Found, manner: Manner) -> Row | Skipped:
    path = found.path
    data, origin = port.read(path)
    if not found.is_named and len(data) > _LARGEST:
        return Skipped(path, "larger than any image")
    name = EDK2 if is_volume(data, 0) else detect(data)
    if name is None:
        if not found.is_named and not _is_meant_for_one(path, data):
            return Skipped(path, _kind(data))
        return Row(path, DAMAGED, f"this is no image of variables: {why_not(data)}", size=origin.size, damage_count=1)
    if name == QCOW2 and not found.is_named and is_disk(data):
        return Skipped(path, "disks")
    if name in FORMATS and FORMATS[name].is_single:
        why = f"it holds a single variable ({name}), and is no machine's image"
        return Row(path, BLOCKED, why, name, origin.size) if found.is_named else Skipped(path, "files of a single variable")
    if name == "aws" and manner.dictionary is None and installed() is None:
        return Row(path, BLOCKED, "its dictionary is not here: pip install 'efirt[aws]', or name one with --dictionary", name)
    if name == _JSON and not found.is_named:
        return _json(path, bytes(data), manner)
    return _row(read_bytes(path, data, name, manner.dictionary, strict=False), manner)


def _json(path: str, data: bytes, manner: Manner) -> Row | Skipped:
    """A file of JSON that nobody named, and which may hold anything."""
    is_list = _LIST in data or data.lstrip()[:1] == b"["
    is_like = (is_list and all(word in data for word in _MEMBERS)) or _begins_as_qemu_s(data)
    if not is_like and _LIST not in data:
        return Skipped(path, "of other kinds")
    try:
        return _row(read_bytes(path, data, _JSON), manner)
    except DecodeError:
        if not is_like:
            return Skipped(path, "of other kinds")
        raise


def _begins_as_qemu_s(data: bytes) -> bool:
    """Whether a file begins as QEMU writes a store, be it cut soon after."""
    beginning = b"".join(data[:_BEGINNING].split())[: len(_QEMU)]
    return len(beginning) >= _TOO_SHORT and (beginning == _QEMU or _QEMU.startswith(beginning))


def _is_meant_for_one(path: str, data: Readable) -> bool:
    """Whether a file that is no image was meant for one, as its name or its size says, and nothing else that goes by such a name."""
    name = path.rpartition("/")[2]
    stem, _, ending = name.rpartition(".")
    by_name = ending.lower() in _ENDINGS or (_VARS in name and (not stem or ending.lower() in _RAW))
    return (by_name or len(data) in _SIZES) and not is_stranger(data) and bytes(data[_GUID_PLACE]) not in _CODE


def _kind(data: Readable) -> str:
    """Which kind of file this is that is no image."""
    beginning = bytes(data[:_BEGINNING])
    if not beginning:
        return "empty"
    return "filled with one byte" if beginning == beginning[:1] * len(beginning) else "of other kinds"


def _row(read: Read, manner: Manner) -> Row:
    flash = read.flash
    room = None if flash is None else Room(flash.free, flash.reclaimable)
    variables = read.contents.variables if flash is None else flash.variables
    boot = SecureBoot.of(variables if flash is None else flash.among(KEYS), is_edk2=read.format not in _PLATFORM_DECIDES)
    result = judged(boot, manner.now, room, is_authenticated=flash is None or flash.authenticated)
    damage = read.problems + _unreadable(boot)
    verdict, reason = result.verdict, result.reason
    harmful = next((problem for problem in damage if problem.is_harmful), None) if damage else None
    if harmful is not None:
        verdict, reason = DAMAGED, f"at byte {harmful.offset}: {harmful.what}: {harmful.consequence}"
    told = damage[:MOST_DAMAGE]
    return Row(read.path, verdict, reason, read.format, read.size, len(variables), boot, result, room, told, len(damage))


def _unreadable(boot: SecureBoot) -> tuple[Problem, ...]:
    """The lists of keys that firmware cannot read."""
    if not (boot.kek.problem or boot.db.problem or boot.dbx.problem):
        return ()
    lists = (("KEK", boot.kek.problem), ("db", boot.db.problem), ("dbx", boot.dbx.problem))
    consequence = "firmware can read none of its keys, or stops at this place"
    return tuple(Problem(0, f"{name} makes no sense: {problem}", consequence) for name, problem in lists if problem)
