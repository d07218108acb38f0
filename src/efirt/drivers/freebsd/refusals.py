"""What FreeBSD's error numbers mean on the way to firmware.

Source: FreeBSD sys/dev/efidev/efirt.c (efi_status_to_errno, efi_enter), sys/dev/efidev/efidev.c, sys/dev/xen/efi/pvefi.c.
"""

from efirt.abi import freebsd_errno as abi
from efirt.annotation import Final
from efirt.errors import DriverError, NotCarried
from efirt.ops.clock import GetWakeupTime, SetWakeupTime
from efirt.ops.driver import Op
from efirt.ops.tables import CopyTable
from efirt.values.status import Status

STATUSES: Final = {
    abi.ENOEXEC: Status.LOAD_ERROR,
    abi.EINVAL: Status.INVALID_PARAMETER,
    abi.ENOSYS: Status.UNSUPPORTED,
    abi.EMSGSIZE: Status.BAD_BUFFER_SIZE,
    abi.EOVERFLOW: Status.BUFFER_TOO_SMALL,
    abi.EBUSY: Status.NOT_READY,
    abi.EIO: Status.DEVICE_ERROR,
    abi.EROFS: Status.WRITE_PROTECTED,
    abi.EAGAIN: Status.OUT_OF_RESOURCES,
    abi.ENOSPC: Status.VOLUME_FULL,
    abi.ESTALE: Status.MEDIA_CHANGED,
    abi.ENOENT: Status.NOT_FOUND,
    abi.EACCES: Status.ACCESS_DENIED,
    abi.EADDRNOTAVAIL: Status.NO_MAPPING,
    abi.ETIMEDOUT: Status.TIMEOUT,
    abi.EALREADY: Status.ALREADY_STARTED,
    abi.ECANCELED: Status.ABORTED,
    abi.EPROTO: Status.PROTOCOL_ERROR,
    abi.EDOOFUS: Status.SECURITY_VIOLATION,
}
"""The likeliest status behind each number; ENXIO is the kernel's own, since no variable has a medium."""

ALONE: Final = frozenset(
    {abi.EROFS, abi.EAGAIN, abi.ENOSPC, abi.ESTALE, abi.ENOENT, abi.EACCES, abi.EADDRNOTAVAIL, abi.EALREADY, abi.ECANCELED}
)
"""Numbers that stand for one status alone. Errors up to 7 do not: FreeBSD drops what tells them from the warnings of their numbers."""

_EXTRA: Final = (GetWakeupTime, SetWakeupTime, CopyTable)
_WHY: Final = {
    abi.ENXIO: ("the kernel has no road for it, or none any more", "look whether efirt is loaded (kldstat), and dmesg; in a dom0 use xen"),
    abi.EFAULT: ("firmware touched memory that is not its own, and the kernel stopped it", "look at dmesg, and at the machine's firmware"),
    abi.ENOTTY: ("this kernel's /dev/efi does not know it yet", "update FreeBSD"),
    abi.EOPNOTSUPP: ("Xen has its runtime services switched off (efi=no-rs)", "look at Xen's command line"),
    abi.EPERM: ("the kernel, or Xen under it, does not let this process", "run this as root, in dom0"),
    abi.ENOMEM: ("the kernel has no memory for it", "ask for less"),
    abi.ENODEV: ("the table has a version that the kernel does not know", "update FreeBSD"),
}
_NOT_CARRIED: Final = {
    abi.ENXIO: "under Xen, FreeBSD carries variables and the clock only; the driver xen carries the alarm",
    abi.ENOTTY: "this kernel's /dev/efi does not know it yet",
    abi.EINVAL: "FreeBSD copies the tables whose size it knows, such as the ESRT, and not this one",
}


def explain(op: Op, number: int) -> DriverError:
    """The error for a call that FreeBSD refused by itself.

    Args:
        op: What was asked.
        number: What the kernel said.
    """
    name = type(op).__name__
    if isinstance(op, _EXTRA) and number in _NOT_CARRIED:
        return NotCarried(f"{name} is not carried by /dev/efi here: {_NOT_CARRIED[number]}", operation=name, errno=number)
    why, advice = _WHY.get(number, ("it gives no reason", "look at dmesg"))
    return DriverError(f"{name}: FreeBSD refused it with {abi.NAMES.get(number, number)}: {why}", advice, os_errno=number)
