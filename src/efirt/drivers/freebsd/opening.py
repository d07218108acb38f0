"""Opening FreeBSD's /dev/efi on this machine."""

from errno import EACCES, ENOENT, ENXIO, EPERM

from efirt.annotation import Final, Mapping
from efirt.drivers.freebsd.driver import FreebsdDriver
from efirt.errors import NoDriver, PermissionDenied
from efirt.ioctl.efiio_driver import PATH
from efirt.ioctl.opening import check_request, found
from efirt.ioctl.port import Port
from efirt.ops.driver import OPERATIONS, Finding, Op

NAME: Final = "freebsd"
_LOOK: Final = "look at sysctl machdep.bootmethod (UEFI), kenv efi.rt.disabled (not 1), and kldload efirt; in a Xen dom0, use xen"


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> FreebsdDriver:
    """Open it.

    Args:
        argument: None is known.
        options: None are known.

    Raises:
        ValueError: There is an argument or an option.
        NoDriver: This is not FreeBSD, or it has no such device.
        PermissionDenied: The device is closed to this process.
        DriverError: Opening fails in another way.
    """
    check_request(NAME, "FreeBSD", argument, options)
    from efirt.ioctl.device import Closed, Device  # noqa: PLC0415 - fcntl, which is not everywhere

    why = "FreeBSD makes it only where it was booted through UEFI, and has EFI runtime services"
    reasons = dict.fromkeys((ENOENT, ENXIO), Closed(NoDriver, why, _LOOK)) | dict.fromkeys(
        (EACCES, EPERM), Closed(PermissionDenied, "it is root's", "run this as root, outside of a jail")
    )
    return FreebsdDriver(Port(Device(PATH, reasons)))


def find() -> Finding:
    """Whether this machine's firmware can be reached through it."""
    return found(open_driver)


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """The operations with a road, and the reason for each without."""
    return frozenset(OPERATIONS) - FreebsdDriver.NOT_CARRIED.keys(), FreebsdDriver.NOT_CARRIED
