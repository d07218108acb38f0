"""Opening Linux's /dev/efi_test on this machine."""

import os
from errno import EACCES, ENODEV, ENOENT, ENXIO, EPERM

from efirt.annotation import Final, Mapping
from efirt.drivers.efi_test.codec import CARRIED
from efirt.drivers.efi_test.driver import PATH, EfiTestDriver, EfiTestUnderXen
from efirt.errors import NoDriver, PermissionDenied
from efirt.ioctl.opening import check_request, found
from efirt.ioctl.port import Port
from efirt.ops.driver import Finding, Op
from efirt.ops.tables import Probe

NAME: Final = "efi_test"
_FIRMWARE: Final = "/sys/firmware/efi"
_HYPERVISOR: Final = "/sys/hypervisor/type"
_MODULE: Final = "modprobe efi_test; a kernel without that module, such as Debian's, needs one built with CONFIG_EFI_TEST=m"


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> EfiTestDriver:
    """Open it.

    Args:
        argument: None is known.
        options: None are known.

    Raises:
        ValueError: There is an argument or an option.
        NoDriver: This is not Linux, it was not booted through EFI, or its kernel has no such device.
        PermissionDenied: The device is closed to this process.
        DriverError: Opening fails in another way.
    """
    check_request(NAME, "Linux", argument, options)
    if not os.path.isdir(_FIRMWARE):  # noqa: PTH112 - pathlib costs 9 ms
        # The module can be loaded here too, and would crash the kernel when it is asked anything.
        why = "this system was not booted through EFI"
        raise NoDriver(f"{_FIRMWARE} is missing: {why}", "boot it through EFI firmware")
    from efirt.ioctl.device import Closed, Device  # noqa: PLC0415 - fcntl, which is not everywhere

    absent = Closed(NoDriver, "this kernel has no such device", _MODULE)
    reasons = dict.fromkeys((ENOENT, ENXIO, ENODEV), absent) | {
        EACCES: Closed(PermissionDenied, "it is open to CAP_SYS_ADMIN only", "run this as root"),
        EPERM: Closed(
            PermissionDenied, "a kernel that is locked down opens it to nobody", "see /sys/kernel/security/lockdown, and use efivarfs"
        ),
    }
    return (EfiTestUnderXen if _is_xen() else EfiTestDriver)(Port(Device(PATH, reasons)))


def _is_xen() -> bool:
    """Whether Linux may proxy each call through Xen."""
    try:
        with open(_HYPERVISOR, "rb") as file:  # noqa: PTH123 - pathlib costs 9 ms
            return file.read(8).strip() == b"xen"
    except OSError:
        return False


def find() -> Finding:
    """Whether this machine's firmware can be reached through it."""
    return found(open_driver)


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """The operations with a road, and the reason for each without."""
    return CARRIED | {Probe}, EfiTestDriver.NOT_CARRIED
