"""Opening the directory of variables on this machine, or any other: ``efivarfs``, ``efivarfs:PATH``."""

import sys
from collections.abc import Mapping
from errno import EACCES, EPERM

from efirt.annotation import Final
from efirt.drivers.efivarfs.driver import TYPES, EfivarfsDriver
from efirt.drivers.efivarfs.mounts import USUAL, file_system, find_mount, where
from efirt.errors import DriverError, NoDriver, PermissionDenied
from efirt.ops.driver import OPERATIONS, Finding, Op
from efirt.ops.miscellaneous import UpdateCapsule
from efirt.ops.tables import CopyTable, GetTable

NAME: Final = "efivarfs"


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> EfivarfsDriver:
    """Open it.

    Args:
        argument: A directory; where EFIVARFS_PATH says, or the usual place, when empty.
        options: None are known.

    Raises:
        ValueError: An option is given.
        NoDriver: This is not Linux, or nothing is mounted there.
        PermissionDenied: The directory is closed to this process.
        DriverError: It cannot be read.
    """
    if options:
        raise ValueError(f"the driver {NAME} has no option {next(iter(options))!r}")
    if not sys.platform.startswith("linux"):
        raise NoDriver(f"the driver {NAME} speaks to Linux, and this is {sys.platform}", "use the driver of this system (efirt drivers)")
    path = where(argument)
    mount = find_mount(path)
    from efirt.drivers.efivarfs.files import CapsuleLoader, Directory  # noqa: PLC0415 - fcntl, which is not everywhere
    from efirt.drivers.efivarfs.sysfs import Sysfs  # noqa: PLC0415

    try:
        files = Directory(path)
    except OSError as cause:
        if cause.errno in {EACCES, EPERM}:
            raise PermissionDenied(f"{path} is closed to this process", "run this as root", os_errno=cause.errno) from None
        raise DriverError(f"{path} cannot be opened: {cause.strerror}", "name a directory", os_errno=cause.errno) from None
    name = f"{NAME}:{argument}" if argument else NAME
    return EfivarfsDriver(files, mount, name, Sysfs(), CapsuleLoader()) if path == USUAL else EfivarfsDriver(files, mount, name)


def find() -> Finding:
    """Whether this machine's variables are mounted."""
    try:
        driver = open_driver()
    except DriverError as refusal:
        return Finding(applies=False, reason=refusal.message, advice=refusal.advice, os_errno=refusal.os_errno)
    driver.close()
    return Finding(applies=True, reason=f"variables are mounted on {driver.path}")


def reaches_this_machine(argument: str) -> bool:
    """Whether a directory holds a running firmware's variables, rather than copies of some."""
    try:
        return file_system(where(argument)) in TYPES
    except OSError:
        return True


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """The operations with a road, and the reason for each without."""
    own = {CopyTable, GetTable, UpdateCapsule}
    return frozenset(OPERATIONS) - EfivarfsDriver.NOT_CARRIED.keys() | own, {
        op: why for op, why in EfivarfsDriver.NOT_CARRIED.items() if op not in own
    }
