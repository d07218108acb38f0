"""A simulated NetBSD with a /dev/efi over any firmware, traps included.

It takes the very bytes of an ioctl from simulated memory. It knows the ABI and never the codec, so a mistake in one does not cancel
itself in the other.

Source: NetBSD sys/dev/efi.c.
"""

from efirt.abi import netbsd_efiio as abi
from efirt.abi.netbsd_errno import EINVAL, ENODEV, ENOENT, ENOMEM
from efirt.annotation import Callable, ClassVar, Final, Mapping, NamedTuple
from efirt.ioctl.bsd_kernel import BsdKernel, need
from efirt.ops.driver import Driver
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable
from efirt.ops.variables import SetVariable
from efirt.values.attributes import Attributes
from efirt.values.errno_tables import errno_for
from efirt.values.guid import Guid
from efirt.values.status import Status
from efirt.wire.memory import AddressSpace

_ESRT: Final = Guid.parse("b122a263-3661-4f68-9929-78f8b0d62180")
_VARNAME_MAXLENGTH: Final = 4096
_PAGE: Final = 4096
_HEAD: Final = 16
_ENTRY: Final = 40


class Manner(NamedTuple):
    """What kind of NetBSD it is.

    Attributes:
        tables: Whether the machine's part of the kernel looks for tables.
    """

    tables: bool = True


class SimulatedNetbsd(BsdKernel):
    """NetBSD's side of /dev/efi.

    Attributes:
        firmware: What it asks.
    """

    VAR: ClassVar = abi.EfiVarIoc

    def __init__(self, firmware: Driver, memory: AddressSpace, manner: Manner | None = None) -> None:
        super().__init__(firmware, memory)
        self._manner = manner or Manner()

    def calls(self) -> Mapping[int, Callable[[bytearray], None]]:
        """What the device knows."""
        return {
            abi.EFIIOC_GET_TABLE: self._get_table,
            abi.EFIIOC_VAR_GET: self._var_get,
            abi.EFIIOC_VAR_NEXT: self._var_next,
            abi.EFIIOC_VAR_SET: self._var_set,
        }

    def _var_get(self, argument: bytearray) -> None:
        address, room = self.VAR.data.read(argument), self.VAR.datasize.read(argument)
        need(not address or room, EINVAL)
        self._check(argument)
        key = self.key(argument)
        before = self.memory.read(address, room)
        reply = self.services.get_variable(key, room)
        given, size = _gives(reply), reply.size or 0
        if reply.attributes is not None:
            self.VAR.attrib.write(argument, reply.attributes)
        self.VAR.datasize.write(argument, size)
        if given:
            self.give(address, reply.data or b"", before, size)
        else:
            self.VAR.data.write(argument, 0)

    def _var_next(self, argument: bytearray) -> None:
        self._check(argument)
        self.next_name(argument, _gives)

    def _var_set(self, argument: bytearray) -> None:
        self._check(argument, most=None)
        key, attributes = self.key(argument), Attributes(self.VAR.attrib.read(argument))
        data = self.memory.read(self.VAR.data.read(argument), self.VAR.datasize.read(argument))
        status = self.services.ask(SetVariable(key, attributes, data)).status
        need(status == Status.SUCCESS, _number(status))

    def _check(self, argument: bytearray, most: int | None = _VARNAME_MAXLENGTH) -> None:
        size = self.VAR.namesize.read(argument)
        need(self.VAR.name.read(argument) and size, EINVAL)
        need(most is None or size <= most, ENOMEM)

    def _get_table(self, argument: bytearray) -> None:
        need(self._manner.tables, ENODEV)
        guid = Guid(abi.EfiGetTableIoc.uuid.read(argument))
        reply = self.services.ask(CopyTable(guid))
        need(reply.status == Status.SUCCESS, _number(reply.status))
        table = reply.data or b""
        count = int.from_bytes(table[:4], "little")
        need(guid == _ESRT and table[8:_HEAD] == (1).to_bytes(8, "little") and count <= (_PAGE - _HEAD) // _ENTRY, ENOENT)
        abi.EfiGetTableIoc.table_len.write(argument, _HEAD + _ENTRY * count)
        size = min(abi.EfiGetTableIoc.buf_len.read(argument), _HEAD + _ENTRY * count)
        self.memory.write(abi.EfiGetTableIoc.buf.read(argument), table[:size])


def _number(status: Status) -> int:
    return errno_for(status, "netbsd")[1]


def _gives(reply: Reply) -> bool:
    """Whether firmware gave what was asked for; where the buffer was too small, the call ends well without it."""
    need(reply.status in {Status.SUCCESS, Status.BUFFER_TOO_SMALL}, _number(reply.status))
    return reply.status == Status.SUCCESS
