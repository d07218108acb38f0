"""What Linux's error numbers mean on the way to a variable, and for whom they speak.

Source: Linux 6.1, drivers/firmware/efi/efi.c (efi_status_to_err), vars.c, fs/efivarfs/file.c, inode.c.
"""

from errno import EACCES, EEXIST, EINVAL, EIO, ENAMETOOLONG, ENOENT, ENOMEM, ENOSPC, EPERM, EROFS, errorcode
from os import strerror

from efirt.annotation import Final
from efirt.drivers.efivarfs.port import Refusal
from efirt.errors import DriverError, PermissionDenied
from efirt.values.status import Status

_SPOKEN: Final[dict[str, frozenset[int] | None]] = {"read": None, "write": None, "unlink": frozenset({EINVAL, ENOENT}), "hand over": None}
"""The steps in which firmware is asked, and the numbers with which it can speak; in any other the kernel speaks for itself."""

_STATUSES: Final = {
    EINVAL: Status.INVALID_PARAMETER,
    ENOSPC: Status.OUT_OF_RESOURCES,
    EIO: Status.DEVICE_ERROR,
    EROFS: Status.WRITE_PROTECTED,
    EACCES: Status.SECURITY_VIOLATION,
    ENOENT: Status.NOT_FOUND,
}


def status_of(refusal: Refusal) -> Status | None:
    """What firmware most likely said; None where the kernel said no by itself, or gives a number that stands for no status."""
    numbers = _SPOKEN.get(refusal.step, frozenset())
    return _STATUSES.get(refusal.number) if numbers is None or refusal.number in numbers else None


def error_of(asked: str, refusal: Refusal, path: str) -> DriverError:
    """Why the kernel did not pass a question on.

    Args:
        asked: What was to be done, as a sentence begins with it.
        refusal: What it said.
        path: Where the files are.
    """
    number = refusal.number
    told = f"{asked}: Linux refused to {refusal.step} it with {errorcode.get(number, number)}"
    if number == EPERM and refusal.step == "create":
        return PermissionDenied(f"{told}: it keeps this namespace to itself", "use another GUID", os_errno=number)
    if number == EPERM:
        why = "its file is immutable, and only CAP_LINUX_IMMUTABLE may change that"
        return PermissionDenied(f"{told}: {why}", "run this as root", os_errno=number)
    if number == EACCES:
        return PermissionDenied(f"{told}: {strerror(number)}", "run this as root", os_errno=number)
    if number == EROFS:
        return DriverError(f"{told}: {path} is mounted read-only", f"mount -o remount,rw {path}", os_errno=number)
    if number == EINVAL and refusal.step == "create":
        return DriverError(f"{told}: it takes no such name", "a name needs a character at least", os_errno=number)
    if number in {EEXIST, ENAMETOOLONG, ENOMEM}:
        return DriverError(f"{told}: {strerror(number)}", os_errno=number)
    return DriverError(f"{told}: {strerror(number)}", f"look whether {path} is still mounted", os_errno=number)
