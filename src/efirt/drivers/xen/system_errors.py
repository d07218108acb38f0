"""This system's error numbers in Xen's numbering.

Source: Xen 4.17, xen/include/public/errno.h; FreeBSD sys/xen/error.h (it translates by name, ENODATA to ENOENT).
"""

import errno

from efirt.abi.xen_errno import NUMBERS
from efirt.errors import DriverError, HypervisorError, NoDriver, PermissionDenied

_ALIASES = {"ENOTSUP": "EOPNOTSUPP", "EWOULDBLOCK": "EAGAIN", "EDEADLOCK": "EDEADLK"}
LARGEST = (1 << 32) - 1
"""Bytes that Xen takes in one buffer, at most; the kernel complains of more before Xen can."""

ABSENT = frozenset({errno.ENOENT, errno.ENXIO, errno.ENODEV})
"""How a system says that a device is not there."""


def hypercall_error(os_errno: int) -> HypervisorError:
    """The refusal behind the number that the system gave for a hypercall."""
    name = errno.errorcode.get(os_errno, "")
    number = NUMBERS.get(_ALIASES.get(name, name))
    return HypervisorError(f"hypercall refused: {name or os_errno}", errno=number, os_errno=os_errno)


def check_size(size: int) -> None:
    """Refuse a buffer that Xen would refuse.

    Raises:
        DriverError: It is larger than :data:`LARGEST`.
    """
    if size > LARGEST:
        raise DriverError(f"no {size} bytes of hypercall memory: Xen takes less than 4 GiB in one buffer", "ask for less")


def open_error(what: str, cause: OSError) -> DriverError:
    """Why a device did not open."""
    number = cause.errno or 0
    if number in ABSENT:
        message = f"this is not a Xen domain with a way to the hypervisor: {what} is missing"
        return NoDriver(message, "run this in dom0 of a Xen host", os_errno=number)
    if number in {errno.EACCES, errno.EPERM}:
        return PermissionDenied(f"{what} cannot be opened: {cause.strerror}", "run this as root", os_errno=number)
    return DriverError(f"{what} cannot be opened: {cause.strerror or cause}", os_errno=number)
