"""Opening NetBSD's /dev/efi on this machine."""

from errno import EACCES, EBUSY, ENODEV, ENOENT, ENXIO, EPERM

from efirt.annotation import Final, Mapping
from efirt.drivers.netbsd.driver import NetbsdDriver
from efirt.errors import DriverError, NoDriver, PermissionDenied
from efirt.ioctl.efiio_driver import PATH
from efirt.ioctl.opening import check_request, found
from efirt.ioctl.port import Port
from efirt.ops.driver import OPERATIONS, Finding, Op

NAME: Final = "netbsd"


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> NetbsdDriver:
    """Open it, which keeps everybody else out until it is closed.

    Args:
        argument: None is known.
        options: None are known.

    Raises:
        ValueError: There is an argument or an option.
        NoDriver: This is not NetBSD, or its kernel does not reach firmware.
        PermissionDenied: The device is closed to this process.
        DriverError: Somebody else has it open, or opening fails in another way.
    """
    check_request(NAME, "NetBSD", argument, options)
    from efirt.ioctl.device import Closed, Device  # noqa: PLC0415 - fcntl, which is not everywhere

    unbacked = "this kernel does not reach firmware: it was not booted through EFI, was built without EFI_RUNTIME, or is a Xen dom0"
    reasons = {
        ENOENT: Closed(NoDriver, "there is no such device", "make it (cd /dev && sh MAKEDEV efi), or update NetBSD"),
        ENXIO: Closed(NoDriver, unbacked, "boot it through EFI, with a kernel that has options EFI_RUNTIME; in a Xen dom0, use xen"),
        ENODEV: Closed(NoDriver, unbacked, "boot it through EFI, with a kernel that has options EFI_RUNTIME; in a Xen dom0, use xen"),
        EBUSY: Closed(DriverError, "another process has it open, and NetBSD lets in one at a time", "try again when it has ended"),
        EACCES: Closed(PermissionDenied, "it is root's", "run this as root"),
        EPERM: Closed(PermissionDenied, "it is root's", "run this as root"),
    }
    return NetbsdDriver(Port(Device(PATH, reasons)))


def find() -> Finding:
    """Whether this machine's firmware can be reached through it."""
    return found(open_driver)


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """The operations with a road, and the reason for each without."""
    return frozenset(OPERATIONS) - NetbsdDriver.NOT_CARRIED.keys(), NetbsdDriver.NOT_CARRIED
