"""Operations through Linux's /dev/efi_test, which brings firmware's own status back."""

from errno import EFAULT, EINVAL, ENOMEM, ENOTTY, errorcode

from efirt.annotation import ClassVar, Final
from efirt.drivers.efi_test import codec
from efirt.errors import DriverError, NotCarried
from efirt.ioctl.driver import DeviceDriver
from efirt.ioctl.port import Port
from efirt.ops.driver import Op
from efirt.ops.malformed import Malformed
from efirt.ops.miscellaneous import QueryCapsuleCapabilities, ResetSystem, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable, FirmwareInfo, GetTable, Probe
from efirt.values.status import Status

PATH: Final = "/dev/efi_test"
_TABLES: Final = "efi_test calls runtime services, and tables are none; the driver efivarfs has what sysfs tells of them"
_SERVICES: Final = (
    "GetTime",
    "SetTime",
    "GetWakeupTime",
    "SetWakeupTime",
    "GetVariable",
    "GetNextVariableName",
    "SetVariable",
    "SetVirtualAddressMap",
    "ConvertPointer",
    "GetNextHighMonotonicCount",
    "ResetSystem",
    "UpdateCapsule",
    "QueryCapsuleCapabilities",
    "QueryVariableInfo",
)
"""By bit of the mask. Source: UEFI 2.10 §4.6.2."""

_WHY: Final = {
    EFAULT: "it could not read or write this process' memory",
    EINVAL: "it did not ask firmware",
    ENOMEM: "it has no memory for it",
    ENOTTY: "its efi_test does not know it",
}


class EfiTestDriver(DeviceDriver):
    """Every runtime service but UpdateCapsule, each with firmware's raw status, also with pointers that are NULL.

    Attributes:
        carries_malformed: Whether it takes such pointers.
    """

    NOT_CARRIED: ClassVar = {
        UpdateCapsule: "efi_test has no number for it; the driver efivarfs hands capsules to the kernel",
        GetTable: _TABLES,
        CopyTable: _TABLES,
        FirmwareInfo: "only Xen has this service",
    }

    carries_malformed: ClassVar = True

    def __init__(self, port: Port, name: str = "efi_test") -> None:
        super().__init__(name, port, dict.fromkeys(codec.CARRIED - self.NOT_CARRIED.keys(), self._exchange) | {Probe: self._probe})
        self._mask: int | None = None
        self._has_asked = False

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask with pointers that are NULL.

        Raises:
            NotCarried: Linux follows such a pointer itself, or there is no road for the operation.
            DriverError: As :meth:`~efirt.ioctl.driver.DeviceDriver.call`.
        """
        if type(asked.op) not in codec.CARRIED:
            return self.call(asked.op)
        if not self.carries_malformed:
            message = f"{type(asked.op).__name__} with a pointer that is NULL is not carried by {self.name}: under Xen, Linux follows it"
            raise NotCarried(message, operation=type(asked.op).__name__)
        with self.turn(type(asked.op).__name__):
            self._supported()
            number = self.port.exchange(codec.encode_malformed(asked))
            return codec.left_out(asked, self._read(asked.op, number, codec.Without(self.port, asked.null)))

    def _exchange(self, op: Op) -> Reply:
        self._supported()
        return self._read(op, self.port.exchange(codec.encode(op)), self.port)

    def _read(self, op: Op, number: int, answer: "Port | codec.Without") -> Reply:
        name = type(op).__name__
        if isinstance(op, ResetSystem) and not number:
            message = f"{name}: firmware came back from it, and the machine runs on"
            raise DriverError(message, "reboot with the system's own command")
        if not number:
            return codec.decode(op, answer)
        reply = codec.decode_refused(op, answer) if number == EINVAL and not isinstance(op, ResetSystem) else None
        if reply is None:
            why = _WHY.get(number, "it gives no reason")
            raise DriverError(f"{name}: Linux refused it with {errorcode.get(number, number)}: {why}", "look at dmesg", os_errno=number)
        if reply.status == Status.SUCCESS:
            raise DriverError(
                f"{name}: firmware says that it gave more than there was room for, and Linux keeps that back", os_errno=number
            )
        return reply

    def _probe(self, _op: Probe) -> Reply:
        mask = self._supported()
        if mask is None:
            return Reply(Status.SUCCESS, f"{PATH} reaches firmware; this kernel does not tell which services there are".encode())
        absent = [name for bit, name in enumerate(_SERVICES) if not mask >> bit & 1]
        said = f"without {', '.join(absent)}" if absent else "with every service"
        return Reply(Status.SUCCESS, f"{PATH} reaches firmware {said}".encode())

    def _supported(self) -> int | None:
        """The services there are, as a mask; None where the kernel does not tell, as before Linux 5.11.

        Raises:
            DriverError: There are none, and a kernel that is asked for one all the same crashes.
        """
        if not self._has_asked:
            number = self.port.exchange(codec.supported())
            self._mask = None if number else codec.decode_supported(self.port)
            self._has_asked = True
        if self._mask == 0:
            why = "Linux runs without EFI runtime services (efi=noruntime, a real-time kernel, or firmware that faulted)"
            raise DriverError(f"{why}, and would crash if it were asked", "boot with efi=runtime, and look at dmesg")
        return self._mask


class EfiTestUnderXen(EfiTestDriver):
    """The same in a dom0, where Linux hands each call to Xen: fewer of them, and none with a pointer that is NULL, which Linux follows.

    Source: seen on Linux 6.1 as a PVH dom0; Linux drivers/xen/efi.c (xen_efi_get_variable), arch/x86/xen/efi.c.
    """

    NOT_CARRIED: ClassVar = EfiTestDriver.NOT_CARRIED | {
        QueryCapsuleCapabilities: "Xen has numbers for the capsule services and never carried them out"
    }
    carries_malformed: ClassVar = False
