"""A driver as the table of C functions that a kernel calls: what comes back fits the buffer that was handed over."""

from efirt.errors import NotCarried
from efirt.ops.driver import Driver, Op
from efirt.ops.malformed import Malformed, call_malformed
from efirt.ops.reply import Reply
from efirt.ops.variables import GetNextVariableName, GetVariable
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import decode_units, encode_char16, nul_offset


def text_before_nul(units: bytes) -> str:
    """The text that C sees in CHAR16 memory; all of it where there is no NUL."""
    end = nul_offset(units)
    return decode_units(units if end < 0 else units[:end])


class Services:
    """Firmware as a simulated kernel calls it.

    Args:
        firmware: What answers; a service that it does not carry is one that firmware does not have.
    """

    def __init__(self, firmware: Driver) -> None:
        self._firmware = firmware

    def ask(self, op: Op, null: frozenset[str] = frozenset()) -> Reply:
        """Call a service.

        Args:
            op: Which, and with what.
            null: The pointers among its parameters that are NULL, as in :class:`~efirt.ops.malformed.Malformed`.
        """
        try:
            return call_malformed(self._firmware, Malformed(op, null)) if null else self._firmware.call(op)
        except NotCarried:
            return Reply(Status.UNSUPPORTED)

    def get_variable(self, key: Key, room: int, null: frozenset[str] = frozenset()) -> Reply:
        """Call GetVariable: the reply always has a size, and data that fits."""
        reply = self.ask(GetVariable(key, room), null)
        data = b"" if reply.status.is_error or reply.data is None else reply.data
        if len(data) > room:  # a driver that knows no rooms
            return Reply(Status.BUFFER_TOO_SMALL, b"", len(data), reply.attributes)
        unsaid = room if reply.data is None else len(data)
        return reply._replace(data=data, size=unsaid if reply.size is None else reply.size)

    def next_name(self, key: Key, room: int, null: frozenset[str] = frozenset()) -> Reply:
        """Call GetNextVariableName: the reply always has a size, and a name in its data that fits."""
        reply = self.ask(GetNextVariableName(key, room), null)
        if reply.status.is_error:
            return reply._replace(data=b"", size=room if reply.size is None else reply.size)
        name = encode_char16(reply.key.name) if reply.data is None and reply.key is not None else reply.data or b""
        if len(name) > room:
            return Reply(Status.BUFFER_TOO_SMALL, b"", len(name))
        return reply._replace(data=name, size=len(name) if reply.size is None else reply.size)
