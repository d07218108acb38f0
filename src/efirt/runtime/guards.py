"""Guards against writes that are known to end badly. The Linux kernel has them; a hypercall goes past the kernel.

Source: Linux 6.1, drivers/firmware/efi/vars.c (variable_validate), arch/x86/platform/efi/quirks.c (EFI_MIN_RESERVE),
fs/efivarfs/inode.c (efivarfs_get_inode).
"""

from efirt.annotation import Final
from efirt.errors import Refused
from efirt.ops import VariableInfo
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL, LINUX_CRASH
from efirt.values.key import Key

RESERVE: Final = 5120
"""Bytes that a write leaves free: boards exist that do not start with a fuller store."""

RECORD: Final = 64
"""Bytes that a variable takes beside its name and value, at most: edk2's header has 60, and a record ends at a multiple of 4."""

_DELETABLE: Final = frozenset(
    {"ConIn", "ConInDev", "ConOut", "ConOutDev", "ErrOut", "ErrOutDev", "Lang", "OsIndications", "PlatformLang", "Timeout"}
)
_DELETABLE_PREFIXES: Final = ("Boot", "Driver")
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_DIGITS: Final = 4
_KNOWN_BITS: Final = 0x7F


def _is_boot_option(name: str) -> bool:
    return name[:-_DIGITS] == "Boot" and _HEX.issuperset(name[-_DIGITS:])


def is_guarded(key: Key) -> bool:
    """Whether Linux marks a variable's file immutable: it is neither a boot setting nor a crash record."""
    return key.guid != LINUX_CRASH and not (key.guid == GLOBAL and (key.name in _DELETABLE or key.name.startswith(_DELETABLE_PREFIXES)))


def check_delete(key: Key) -> None:
    """Refuse to delete what Linux marks immutable.

    Raises:
        Refused: It is neither a boot setting nor a crash record.
    """
    if not is_guarded(key):
        return
    message = f"delete {key}: refused, since boards exist that no longer start without a variable of their own (Linux marks it immutable)"
    raise Refused(message, "if you know that this one can go, pass force=True (--force)")


def check_content(key: Key, data: bytes) -> None:
    """Refuse a malformed Boot#### or BootOrder.

    Raises:
        Refused: Firmware could not use it.
    """
    if key.guid != GLOBAL:
        return
    from efirt.payloads.boot_option import load_option_problem, order_problem  # noqa: PLC0415 - for the specification's variables only

    problem = None
    if _is_boot_option(key.name):
        problem = load_option_problem(data)
    elif key.name == "BootOrder":
        problem = order_problem(data)
    if problem:
        message = f"set {key.name}: refused, since firmware could not use it: {problem}"
        raise Refused(message, "mend the value; force=True (--force) writes it as it is")


def check_attributes(key: Key, attributes: Attributes) -> None:
    """Reject attributes that no firmware takes.

    Raises:
        ValueError: They make no sense.
    """
    problem = None
    if attributes & ~_KNOWN_BITS:
        problem = "no firmware is known to take a bit from 0x80 on, and Linux passes none"
    elif attributes & Attributes.RT and not attributes & Attributes.BS:
        problem = "RT (runtime access) needs BS (boot service access)"
    elif not attributes & (Attributes.BS | Attributes.RT):
        problem = "without BS or RT nobody could read it, and firmware takes this for a deletion"
    elif attributes & Attributes.AW and attributes & Attributes.AT:
        problem = "AW and AT exclude each other"
    elif attributes & Attributes.HR and not attributes & Attributes.NV:
        problem = "HR (hardware error record) needs NV (non-volatile)"
    if problem:
        message = f"set {key}: attributes {attributes} make no sense: {problem}; an ordinary variable has NV+BS+RT"
        raise ValueError(message)


def check_room(key: Key, size: int, stored: int, info: VariableInfo) -> None:
    """Refuse a value that is larger than firmware takes, or that leaves the store too full.

    Args:
        key: Which.
        size: Bytes of the value.
        stored: Bytes of name and value together.
        info: What firmware says of its store.

    Raises:
        ValueError: It is larger than firmware takes.
        Refused: It leaves less than :data:`RESERVE`.
    """
    largest = info.maximum_variable_size
    # Firmware cuts the largest size to what is left; only where more is left is it the limit of a single variable.
    if largest and stored > largest and info.remaining_storage_size - largest >= RESERVE:
        message = f"set {key}: {size} bytes are too many: this firmware takes at most {max(largest - (stored - size), 0)} under this name"
        raise ValueError(message)
    left = info.remaining_storage_size - stored - RECORD
    if left < RESERVE:
        free = f"{max(left, 0)} bytes free of {info.maximum_storage_size}"
        message = f"set {key}: refused, since it would leave {free}, and boards exist that need {RESERVE}"
        raise Refused(message, "delete what is not needed and reboot, so that firmware reclaims the room; or pass force=True (--force)")
