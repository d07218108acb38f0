"""A firmware whose rules are loaded when something other than reading is asked of it."""

from efirt.annotation import TYPE_CHECKING, Callable
from efirt.firmware.facts import NOT_CARRIED
from efirt.firmware.reading import Reading
from efirt.ops.driver import OPERATIONS, Op
from efirt.ops.reply import Reply
from efirt.ops.tables import Probe
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo
from efirt.values.status import Status

if TYPE_CHECKING:
    from efirt.firmware.model import Firmware


class Sleeping:
    """Answers what :class:`~efirt.firmware.Firmware` does; it is not locked against threads.

    Attributes:
        reading: What answers until it is awake.

    Args:
        reading: Answers as long as it is only read.
        wake: Makes the firmware, with the same contents; called once.
        name: The driver's name.

    Source: as of what it loads.
    """

    def __init__(self, reading: Reading, wake: "Callable[[], Firmware]", name: str) -> None:
        self.name = name
        self.reading = reading
        self._wake = wake
        self._firmware: Firmware | None = None
        self._reads: dict[type[Op], Callable[..., Reply]] = {
            GetVariable: reading.get,
            GetNextVariableName: reading.next,
            QueryVariableInfo: reading.query,
            Probe: lambda _op: Reply(Status.SUCCESS),
        }

    @property
    def carried(self) -> frozenset[type[Op]]:
        """The operations it has a road for."""
        return frozenset(OPERATIONS) - NOT_CARRIED.keys()

    @property
    def is_awake(self) -> bool:
        """Whether the rules are loaded."""
        return self._firmware is not None

    def awake(self) -> "Firmware":
        """The firmware itself; from now on it answers."""
        if self._firmware is None:
            self._firmware = self._wake()
            self._reads = {}
        return self._firmware

    def call(self, op: Op) -> Reply:
        """Ask.

        Raises:
            NotCarried: There is no road for it.
        """
        read = self._reads.get(type(op))
        return self.awake().call(op) if read is None else read(op)

    def why_not(self, operation: type[Op]) -> str:
        """Why it has no road for an operation, as a sentence."""
        return self.awake().why_not(operation)
