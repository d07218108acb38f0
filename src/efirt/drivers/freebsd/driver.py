"""Operations through FreeBSD's /dev/efi."""

from efirt.annotation import Callable, ClassVar, Final
from efirt.drivers.freebsd import codec
from efirt.drivers.freebsd.refusals import ALONE, STATUSES, explain
from efirt.errors import DriverError
from efirt.ioctl.efiio_driver import EfiioDriver, succeeded
from efirt.ioctl.port import Port
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.driver import Op
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, QueryCapsuleCapabilities, ResetSystem, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.ops.tables import FirmwareInfo, GetTable
from efirt.ops.variables import QueryVariableInfo

_NO_NUMBER: Final = "FreeBSD's /dev/efi has no number for it"


class FreebsdDriver(EfiioDriver):
    """Variables, the clock, its alarm, and the tables whose size the kernel knows.

    Firmware's status comes back as an error number that can stand for several: the reply has the likeliest, and the number as
    ``os_errno``.
    """

    NOT_CARRIED: ClassVar = {
        **dict.fromkeys((QueryVariableInfo, GetNextHighMonotonicCount, QueryCapsuleCapabilities, UpdateCapsule), _NO_NUMBER),
        ResetSystem: "FreeBSD keeps the reset to itself (reboot, shutdown -p)",
        GetTable: "FreeBSD copies tables (CopyTable), and does not tell where they are",
        FirmwareInfo: "only Xen has this service",
    }
    STATUSES: ClassVar = STATUSES
    ALONE: ClassVar = ALONE

    def __init__(self, port: Port, name: str = "freebsd") -> None:
        more: dict[type[Op], Callable[..., Reply]] = {
            GetTime: self._get_time,
            SetTime: self._set_time,
            GetWakeupTime: self._get_wakeup,
            SetWakeupTime: self._set_wakeup,
        }
        super().__init__(name, port, codec.EFIIO, more)

    def explain(self, op: Op, number: int) -> DriverError:
        """Why FreeBSD refused by itself."""
        return explain(op, number)

    def _get_time(self, op: GetTime) -> Reply:
        return self.ask(op, codec.encode_get_time(op), codec.decode_get_time)

    def _set_time(self, op: SetTime) -> Reply:
        return self.ask(op, codec.encode_set_time(op), succeeded)

    def _get_wakeup(self, op: GetWakeupTime) -> Reply:
        return self.ask(op, codec.encode_get_wakeup(op), codec.decode_get_wakeup)

    def _set_wakeup(self, op: SetWakeupTime) -> Reply:
        return self.ask(op, codec.encode_set_wakeup(op), succeeded)
