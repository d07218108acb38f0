"""Variables and tables as FreeBSD's and NetBSD's /dev/efi take them: the same structures under other numbers.

Source: FreeBSD sys/dev/efidev/efidev.c, sys/sys/efiio.h; NetBSD sys/dev/efi.c, sys/sys/efiio.h.
"""

from efirt.annotation import Any, Final, NamedTuple
from efirt.errors import NotCarried
from efirt.ioctl.request import Answer, Buffer, Request, check_size
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable
from efirt.ops.variables import GetNextVariableName, GetVariable, SetVariable
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import decode_units, encode_char16, nul_offset

_NAME: Final = "name"
_DATA: Final = "data"
_TABLE: Final = "table"
_LARGEST_TABLE: Final = 8 << 20
_UNIT: Final = 2


class Efiio(NamedTuple):
    """The codec, for one system's header.

    Attributes:
        var_get: The number of VAR_GET.
        var_next: That of VAR_NEXT.
        var_set: That of VAR_SET.
        get_table: That of GET_TABLE.
        var: The structure of the first three.
        table: The structure of the last.
    """

    var_get: int
    var_next: int
    var_set: int
    get_table: int
    var: Any
    table: Any

    def encode_get(self, op: GetVariable) -> Request:
        """Ask for a value.

        Raises:
            NotCarried: The room for it is more than a kernel should be asked to allocate.
        """
        check_size(op, op.room, "a value")
        argument = self._variable(op.key)
        self.var.datasize.write(argument, op.room)
        # Without room NetBSD wants no buffer either.
        data = (Buffer(_DATA, self.var.data.offset, b"", op.room),) if op.room else ()
        return Request(self.var_get, argument, (self._name(op, argument), *data))

    def decode_get(self, op: GetVariable, answer: Answer) -> Reply:
        """What came back for it: where the buffer was too small the call succeeds, and takes the pointer away."""
        argument = answer.argument
        size, attributes = self.var.datasize.read(argument), self.var.attrib.read(argument)
        if not self.var.data.read(argument) and (op.room or size):
            return Reply(Status.BUFFER_TOO_SMALL, size=size, attributes=Attributes(attributes) if attributes else None)
        data = answer.read(_DATA, min(size, op.room)) if op.room else b""
        return Reply(Status.SUCCESS, data, size, Attributes(attributes))

    def encode_set(self, op: SetVariable) -> Request:
        """Write a value.

        Raises:
            NotCarried: It is more than a kernel should be asked to allocate.
        """
        check_size(op, len(op.data), "a value")
        argument = self._variable(op.key)
        self.var.attrib.write(argument, op.attributes)
        self.var.datasize.write(argument, len(op.data))
        data = (Buffer(_DATA, self.var.data.offset, op.data, len(op.data)),) if op.data else ()
        return Request(self.var_set, argument, (self._name(op, argument), *data))

    def encode_next(self, op: GetNextVariableName) -> Request:
        """Ask for the name after one.

        Raises:
            NotCarried: The room for it is more than a kernel should be asked to allocate, or none.
        """
        check_size(op, op.room, "a name")
        if op.room < _UNIT:
            message = f"GetNextVariableName is not carried with room for {op.room} bytes: the kernel looks for a NUL in front of them"
            raise NotCarried(message, "ask with two at least", operation="GetNextVariableName")
        argument = self._variable(op.key)
        self.var.namesize.write(argument, op.room)
        name = encode_char16(op.key.name)[: op.room].ljust(op.room, b"\0")
        return Request(self.var_next, argument, (Buffer(_NAME, self.var.name.offset, name, op.room),))

    def decode_next(self, op: GetNextVariableName, answer: Answer) -> Reply:
        """What came back for it: the kernel copies as much as firmware says; what lies behind is what was asked with."""
        argument = answer.argument
        size = self.var.namesize.read(argument)
        if not self.var.name.read(argument):
            return Reply(Status.BUFFER_TOO_SMALL, size=size)
        data = answer.read(_NAME, min(size, op.room))
        end = nul_offset(data)
        if end < 0:
            return Reply(Status.SUCCESS, data, size)
        key = Key(decode_units(data[:end]), Guid(self.var.vendor.read(argument)))
        return Reply(Status.SUCCESS, data[: end + _UNIT], size, key=key)

    def encode_length(self, op: CopyTable) -> Request:
        """Ask how large a table is."""
        argument = bytearray(self.table.SIZE)
        self.table.uuid.write(argument, op.guid.raw)
        return Request(self.get_table, argument)

    def decode_length(self, answer: Answer) -> int:
        """How large it is."""
        return int(self.table.table_len.read(answer.argument))

    def encode_table(self, op: CopyTable, size: int) -> Request:
        """Ask for a table, with exactly the room that it needs: given more, FreeBSD copies memory of its own behind it.

        Raises:
            NotCarried: It is larger than any.
        """
        check_size(op, size, "a table", _LARGEST_TABLE)
        request = self.encode_length(op)
        self.table.buf_len.write(request.argument, size)
        return request._replace(buffers=(Buffer(_TABLE, self.table.buf.offset, b"", size),))

    def decode_table(self, size: int, answer: Answer) -> bytes:
        """The table, or as much of it as there was room for."""
        return answer.read(_TABLE, min(size, self.decode_length(answer)))

    def _variable(self, key: Key) -> bytearray:
        argument = bytearray(self.var.SIZE)
        self.var.vendor.write(argument, key.guid.raw)
        return argument

    def _name(self, op: GetVariable | SetVariable, argument: bytearray) -> Buffer:
        """The name with its NUL, and its size in bytes, whatever FreeBSD's header says of the unit."""
        name = encode_char16(op.key.name)
        check_size(op, len(name), "a name")
        self.var.namesize.write(argument, len(name))
        return Buffer(_NAME, self.var.name.offset, name, len(name))
