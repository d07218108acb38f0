"""Where Linux keeps the variables, and what is mounted there.

Source: Linux 6.1, Documentation/filesystems/proc.rst (mountinfo), drivers/firmware/efi/efi.c.
"""

import os
from errno import EACCES, ENOENT, EPERM

from efirt.annotation import Final
from efirt.drivers.efivarfs.driver import TYPES, Mount
from efirt.errors import DriverError, NoDriver, PermissionDenied

CHOOSE: Final = "EFIVARFS_PATH"
"""Another directory, as libefivar's programs take it."""

FIRMWARE: Final = "/sys/firmware/efi"
USUAL: Final = f"{FIRMWARE}/efivars"
_MOUNTS: Final = "/proc/self/mountinfo"
_NOT_EFI: Final = "this system was not booted through EFI, or runs without runtime services (efi=noruntime)"
_KERNEL: Final = "/sys/kernel"
_BIND: Final = "mount -t sysfs sysfs /sys; into a chroot, mount --rbind /sys ROOT/sys from outside"
_MOUNT: Final = f"mount -t efivarfs efivarfs {USUAL}"


def where(argument: str = "") -> str:
    """The directory that is meant: an argument, the environment's, or the usual one."""
    path = argument or os.environ.get(CHOOSE, "") or USUAL
    return path.rstrip("/") or "/"


def file_system(path: str) -> str:
    """The type of the file system that a directory is on; empty where it cannot be told.

    Raises:
        OSError: The directory cannot be looked at.
    """
    device = os.stat(path).st_dev  # noqa: PTH116 - pathlib costs 9 ms
    wanted = f"{os.major(device)}:{os.minor(device)}"
    try:
        with open(_MOUNTS, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - importing pathlib costs more than the read
            lines = file.read().splitlines()
    except OSError:
        # No /proc, as in a chroot: only an efivarfs is ever mounted there.
        return "efivarfs" if path == USUAL and device != os.stat(FIRMWARE).st_dev else ""  # noqa: PTH116 - pathlib costs 9 ms
    for line in lines:
        before, _, after = line.partition(" - ")
        if before.split()[2] == wanted:
            return after.split()[0]
    return ""


def find_mount(path: str) -> Mount:
    """A directory with variables.

    Raises:
        NoDriver: There is none, or nothing is mounted there.
        PermissionDenied: It is closed to this process.
        DriverError: It cannot be looked at.
    """
    try:
        kind = file_system(path)
    except OSError as cause:
        raise _absent(path, cause) from None
    if path == USUAL and kind not in TYPES:
        raise NoDriver(f"{path} is there, and no efivarfs is mounted on it", _MOUNT)
    return Mount(path, kind)


def _absent(path: str, cause: OSError) -> DriverError:
    number = cause.errno
    if number in {EACCES, EPERM}:
        return PermissionDenied(f"{path} is closed to this process", "run this as root", os_errno=number)
    if number != ENOENT:
        return DriverError(f"{path} cannot be read: {cause.strerror}", os_errno=number)
    if path != USUAL:
        return NoDriver(f"there is no directory {path}", "name one, such as efivarfs:/sys/firmware/efi/efivars", os_errno=number)
    if not os.path.isdir(_KERNEL):  # noqa: PTH112 - pathlib costs 9 ms
        return NoDriver("nothing is mounted on /sys", _BIND, os_errno=number)
    if not os.path.isdir(FIRMWARE):  # noqa: PTH112 - pathlib costs 9 ms
        return NoDriver(f"{FIRMWARE} is missing: {_NOT_EFI}", "boot it through EFI firmware", os_errno=number)
    why = "its kernel was built without it, or firmware has no variables at runtime"
    return NoDriver(f"{path} is missing: {why}", "look at what the kernel says: dmesg | grep -i efi", os_errno=number)
