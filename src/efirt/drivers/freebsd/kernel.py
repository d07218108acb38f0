"""A simulated FreeBSD with a /dev/efi over any firmware, traps included.

It takes the very bytes of an ioctl from simulated memory. It knows the ABI and never the codec, so a mistake in one does not cancel
itself in the other.

Source: FreeBSD sys/dev/efidev/efidev.c, sys/dev/efidev/efirt.c, sys/dev/xen/efi/pvefi.c.
"""

from efirt.abi import freebsd_efiio as abi
from efirt.abi.freebsd_errno import EINVAL, ENODEV, ENOENT, ENOMEM, ENXIO, EOVERFLOW
from efirt.annotation import Callable, ClassVar, Final, Mapping, NamedTuple
from efirt.ioctl.bsd_kernel import BsdKernel, Refusal, need
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.driver import Driver, Op
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable
from efirt.ops.variables import SetVariable
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.errno_tables import errno_for
from efirt.values.guid import Guid
from efirt.values.status import Status
from efirt.wire.memory import AddressSpace

ESRT: Final = Guid.parse("b122a263-3661-4f68-9929-78f8b0d62180")
PROPERTIES: Final = Guid.parse("880aaca3-4adc-4a04-9079-b747340825e5")
MEMORY_ATTRIBUTES: Final = Guid.parse("dcfa911d-26eb-469f-a220-38b7dc461220")
_KNOWN: Final = frozenset({ESRT, PROPERTIES, MEMORY_ATTRIBUTES})
_LARGEST_TABLE: Final = 0x800000
_HEAP: Final = b"\xa5"
_TIME_SIZE: Final = 16


class Manner(NamedTuple):
    """What kind of FreeBSD it is.

    Attributes:
        xen: Whether it is a Xen dom0, where pvefi stands in for the kernel's own road and carries less.
        old: Whether it is one whose device knows neither tables nor the alarm.
    """

    xen: bool = False
    old: bool = False


class SimulatedFreebsd(BsdKernel):
    """FreeBSD's side of /dev/efi.

    Attributes:
        firmware: What it asks.
    """

    VAR: ClassVar = abi.EfiVarIoc

    def __init__(self, firmware: Driver, memory: AddressSpace, manner: Manner | None = None) -> None:
        super().__init__(firmware, memory)
        self._manner = manner or Manner()
        self._acpi_alarm = False

    def calls(self) -> Mapping[int, Callable[[bytearray], None]]:
        """What the device knows."""
        first: dict[int, Callable[[bytearray], None]] = {
            abi.EFIIOC_GET_TIME: self._get_time,
            abi.EFIIOC_SET_TIME: self._set_time,
            abi.EFIIOC_VAR_GET: self._var_get,
            abi.EFIIOC_VAR_NEXT: self._var_next,
            abi.EFIIOC_VAR_SET: self._var_set,
        }
        if self._manner.old:
            return first
        later = {
            abi.EFIIOC_GET_TABLE: self._get_table,
            abi.EFIIOC_GET_WAKETIME: self._get_waketime,
            abi.EFIIOC_SET_WAKETIME: self._set_waketime,
        }
        return first | (dict.fromkeys(later, _no_member) if self._manner.xen else later)

    def _var_get(self, argument: bytearray) -> None:
        key, room = self.key(argument), self.VAR.datasize.read(argument)
        reply = self.services.get_variable(key, room)
        given, size = _gives(reply), reply.size or 0
        if reply.attributes is not None:
            self.VAR.attrib.write(argument, reply.attributes)
        self.VAR.datasize.write(argument, size)
        if given:
            self.give(self.VAR.data.read(argument), reply.data or b"", _HEAP * room, size)
        else:
            self.VAR.data.write(argument, 0)

    def _var_next(self, argument: bytearray) -> None:
        self.next_name(argument, _gives)

    def _var_set(self, argument: bytearray) -> None:
        data = self.memory.read(self.VAR.data.read(argument), self.VAR.datasize.read(argument))
        key, attributes = self.key(argument), Attributes(self.VAR.attrib.read(argument))
        self._ask(SetVariable(key, attributes, data))

    def _get_time(self, argument: bytearray) -> None:
        argument[:] = _time(self._ask(GetTime()))

    def _set_time(self, argument: bytearray) -> None:
        # Under Xen the call that pvefi makes is the other one: the clock stays as it is, and nobody is told.
        self._ask(GetTime() if self._manner.xen else SetTime(EfiTime.decode(bytes(argument))))

    def _get_waketime(self, argument: bytearray) -> None:
        reply = self._ask(GetWakeupTime())
        abi.EfiWaketimeIoc.waketime.write(argument, _time(reply))
        abi.EfiWaketimeIoc.enabled.write(argument, bool(reply.enabled) and self._acpi_alarm)
        abi.EfiWaketimeIoc.pending.write(argument, bool(reply.pending))

    def _set_waketime(self, argument: bytearray) -> None:
        enable = bool(abi.EfiWaketimeIoc.enabled.read(argument))
        self._ask(SetWakeupTime(enable, EfiTime.decode(abi.EfiWaketimeIoc.waketime.read(argument))))
        self._acpi_alarm = enable

    def _get_table(self, argument: bytearray) -> None:
        guid = Guid(abi.EfiGetTableIoc.uuid.read(argument))
        need(guid in _KNOWN, EINVAL)
        reply = self.services.ask(CopyTable(guid))
        need(not reply.status.is_error and reply.data is not None, ENOENT)
        table = reply.data or b""
        if guid == ESRT:
            need(table[8:16] == (1).to_bytes(8, "little"), ENODEV)
        need(len(table) <= _LARGEST_TABLE, ENOMEM)
        abi.EfiGetTableIoc.table_len.write(argument, len(table))
        address, room = abi.EfiGetTableIoc.buf.read(argument), abi.EfiGetTableIoc.buf_len.read(argument)
        if address:
            need(room >= len(table), EINVAL)
            self.memory.write(address, table.ljust(room, _HEAP))

    def _ask(self, op: Op) -> Reply:
        reply = self.services.ask(op)
        number = _number(reply.status)
        need(not number, number)
        return reply


def _number(status: Status) -> int:
    return errno_for(status, "freebsd")[1]


def _gives(reply: Reply) -> bool:
    """Whether firmware gave what was asked for; where the buffer was too small, the call ends well without it."""
    number = _number(reply.status)
    need(number in {0, EOVERFLOW}, number)
    return not number


def _no_member(_argument: bytearray) -> None:
    raise Refusal(ENXIO)


def _time(reply: Reply) -> bytes:
    return bytes(_TIME_SIZE) if reply.time is None else reply.time.encode()
