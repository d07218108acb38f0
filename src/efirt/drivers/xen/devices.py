"""Where each system keeps the way to the hypervisor.

Source: Xen 4.17, tools/libs/call (linux.c, freebsd.c, netbsd.c).
"""

import os
import sys

from efirt.annotation import Final
from efirt.drivers.xen.system_errors import ABSENT, open_error

_ANYWHERE: Final = ("/dev/xen/privcmd",)
_BY_SYSTEM: Final = {
    "linux": ("/dev/xen/privcmd", "/proc/xen/privcmd"),
    "freebsd": ("/dev/xen/privcmd",),
    "netbsd": ("/kern/xen/privcmd",),
}
PRIVCMD: Final[tuple[str, ...]] = next((paths for system, paths in _BY_SYSTEM.items() if sys.platform.startswith(system)), _ANYWHERE)
HYPERCALL_MEMORY: Final = "/dev/xen/hypercall"
CAPABILITIES: Final = "/proc/xen/capabilities"


def open_first(paths: tuple[str, ...]) -> int:
    """Open the first device that is there, for reading and writing.

    Raises:
        NoDriver: None is there.
        PermissionDenied: It is closed to this process.
        DriverError: It fails in another way.
    """
    absent = []
    for path in paths:
        try:
            return os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as cause:
            if cause.errno not in ABSENT:
                raise open_error(path, cause) from None
            absent.append(cause)
    raise open_error(paths[0], absent[0])


def is_control_domain(path: str = CAPABILITIES) -> bool | None:
    """Whether the kernel says this is dom0; None where it does not say."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - importing pathlib costs more than the read
            return "control_d" in file.read()
    except OSError:
        return None
