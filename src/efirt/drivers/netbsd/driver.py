"""Operations through NetBSD's /dev/efi."""

from efirt.abi import netbsd_errno as abi
from efirt.annotation import ClassVar, Final
from efirt.drivers.netbsd import codec
from efirt.errors import DriverError, NotCarried
from efirt.ioctl.efiio_driver import EfiioDriver
from efirt.ioctl.port import Port
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.driver import Op
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, QueryCapsuleCapabilities, ResetSystem, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable, FirmwareInfo, GetTable
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo
from efirt.values.guid import Guid
from efirt.values.status import Status

ESRT: Final = Guid.parse("b122a263-3661-4f68-9929-78f8b0d62180")
_NO_NUMBER: Final = "NetBSD's /dev/efi has no number for it"
_CLOCK: Final = "NetBSD's /dev/efi has no number for the clock, which the kernel keeps to itself (date)"
_WHY: Final = {
    abi.EFAULT: "it could not read or write this process' memory",
    abi.ENODEV: "this machine's part of the kernel does not look for tables",
    abi.ENOTTY: "this kernel's /dev/efi does not know it",
}


class NetbsdDriver(EfiioDriver):
    """Variables, and the ESRT.

    Firmware's status comes back as an error number. EIO stands for many: the reply then has the likeliest, and the number as ``os_errno``.

    Source: NetBSD sys/dev/efi.c (efi_status_to_error).
    """

    NOT_CARRIED: ClassVar = {
        **dict.fromkeys((GetTime, SetTime), _CLOCK),
        **dict.fromkeys(
            (GetWakeupTime, SetWakeupTime, QueryVariableInfo, GetNextHighMonotonicCount, QueryCapsuleCapabilities, UpdateCapsule),
            _NO_NUMBER,
        ),
        ResetSystem: "NetBSD keeps the reset to itself (reboot, poweroff)",
        GetTable: "NetBSD copies the ESRT (CopyTable), and does not tell where tables are",
        FirmwareInfo: "only Xen has this service",
    }
    STATUSES: ClassVar = {
        abi.EINVAL: Status.INVALID_PARAMETER,
        abi.EOPNOTSUPP: Status.UNSUPPORTED,
        abi.ERANGE: Status.BUFFER_TOO_SMALL,
        abi.EIO: Status.DEVICE_ERROR,
        abi.EROFS: Status.WRITE_PROTECTED,
        abi.ENOMEM: Status.OUT_OF_RESOURCES,
        abi.ENOENT: Status.NOT_FOUND,
        abi.EACCES: Status.SECURITY_VIOLATION,
    }
    ALONE: ClassVar = frozenset(STATUSES) - {abi.EIO}

    def __init__(self, port: Port, name: str = "netbsd") -> None:
        super().__init__(name, port, codec.EFIIO)

    def call(self, op: Op) -> Reply:
        """Ask, unless NetBSD would refuse it for a reason that its answer does not tell.

        Raises:
            NotCarried: As :meth:`~efirt.ioctl.driver.DeviceDriver.call`; the name is too long, or it is another table than the ESRT.
        """
        if isinstance(op, GetVariable | GetNextVariableName):
            codec.check_name(op)
        elif isinstance(op, CopyTable) and op.guid != ESRT:
            message = f"CopyTable is not carried by {self.name} for {op.guid}: NetBSD copies the ESRT, and no other table"
            raise NotCarried(message, operation="CopyTable")
        return super().call(op)

    def explain(self, op: Op, number: int) -> DriverError:
        """Why NetBSD refused by itself."""
        name = type(op).__name__
        why = _WHY.get(number, "it gives no reason")
        if isinstance(op, CopyTable) and number in {abi.ENODEV, abi.ENOTTY}:
            return NotCarried(f"{name} is not carried by /dev/efi here: {why}", operation=name, errno=number)
        return DriverError(f"{name}: NetBSD refused it with {abi.NAMES.get(number, number)}: {why}", "look at dmesg", os_errno=number)
