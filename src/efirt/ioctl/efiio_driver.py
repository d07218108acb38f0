"""Operations through a BSD's /dev/efi, where an error number stands in place of firmware's status."""

from efirt.annotation import Any, Callable, ClassVar, Final, Mapping
from efirt.errors import DriverError
from efirt.ioctl.driver import DeviceDriver
from efirt.ioctl.efiio import Efiio
from efirt.ioctl.port import Port
from efirt.ioctl.request import Answer, Request
from efirt.ops.driver import Op
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable, Probe
from efirt.ops.variables import GetNextVariableName, GetVariable, SetVariable
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status

PATH: Final = "/dev/efi"
_ANY: Final = Key("SecureBoot", GLOBAL)
_ENOENT: Final = 2


class EfiioDriver(DeviceDriver):
    """Variables and tables, with what one system adds.

    Attributes:
        STATUSES: The likeliest status behind each number that can be firmware's.
        ALONE: The numbers among them that stand for one status alone.
    """

    STATUSES: ClassVar[Mapping[int, Status]] = {}
    ALONE: ClassVar[frozenset[int]] = frozenset()

    def __init__(self, name: str, port: Port, codec: Efiio, more: Mapping[type[Op], Callable[[Any], Reply]] | None = None) -> None:
        routes: dict[type[Op], Callable[[Any], Reply]] = {
            Probe: self._probe,
            GetVariable: self._get,
            SetVariable: self._set,
            GetNextVariableName: self._next,
            CopyTable: self._copy_table,
        }
        super().__init__(name, port, routes | dict(more or {}))
        self._codec = codec

    def explain(self, op: Op, number: int) -> DriverError:
        """Why the kernel refused by itself.

        Args:
            op: What was asked.
            number: What it said.
        """
        return DriverError(f"{type(op).__name__}: the kernel refused it with error {number}", os_errno=number)

    def ask(self, op: Op, request: Request, decode: Callable[[Answer], Reply]) -> Reply:
        """Make one ioctl.

        Raises:
            DriverError: The kernel refused it by itself.
        """
        number = self.port.exchange(request)
        if not number:
            return decode(self.port)
        status = self.STATUSES.get(number)
        if status is None:
            raise self.explain(op, number)
        return Reply(status, os_errno=None if number in self.ALONE else number)

    def _probe(self, _op: Probe) -> Reply:
        """Ask for a variable that most machines have; any answer of firmware's will do."""
        self._get(GetVariable(_ANY, 1))
        return Reply(Status.SUCCESS, f"{PATH} reaches firmware".encode())

    def _get(self, op: GetVariable) -> Reply:
        return self.ask(op, self._codec.encode_get(op), lambda answer: self._codec.decode_get(op, answer))

    def _set(self, op: SetVariable) -> Reply:
        return self.ask(op, self._codec.encode_set(op), succeeded)

    def _next(self, op: GetNextVariableName) -> Reply:
        return self.ask(op, self._codec.encode_next(op), lambda answer: self._codec.decode_next(op, answer))

    def _copy_table(self, op: CopyTable) -> Reply:
        number = self.port.exchange(self._codec.encode_length(op))
        size = 0
        if not number:
            size = self._codec.decode_length(self.port)
            number = self.port.exchange(self._codec.encode_table(op, size))
        if number == _ENOENT:
            return Reply(Status.NOT_FOUND)
        if number:
            raise self.explain(op, number)
        data = self._codec.decode_table(size, self.port)
        return Reply(Status.SUCCESS, data, len(data))


def succeeded(_answer: Answer) -> Reply:
    """The reply that has nothing but its status."""
    return Reply(Status.SUCCESS)
