"""A driver: one question, one call, no opinion."""

from efirt.annotation import Any, Callable, ClassVar, Final, Mapping, NamedTuple, Protocol, TypeAlias
from efirt.errors import NotCarried
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, QueryCapsuleCapabilities, ResetSystem, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable, FirmwareInfo, GetTable, Probe
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable

Op: TypeAlias = (
    GetVariable
    | SetVariable
    | GetNextVariableName
    | QueryVariableInfo
    | GetTime
    | SetTime
    | GetWakeupTime
    | SetWakeupTime
    | GetNextHighMonotonicCount
    | QueryCapsuleCapabilities
    | UpdateCapsule
    | ResetSystem
    | GetTable
    | CopyTable
    | FirmwareInfo
    | Probe
)

OPERATIONS: Final[tuple[type[Op], ...]] = (
    Probe,
    GetVariable,
    SetVariable,
    GetNextVariableName,
    QueryVariableInfo,
    GetTime,
    SetTime,
    GetWakeupTime,
    SetWakeupTime,
    GetNextHighMonotonicCount,
    QueryCapsuleCapabilities,
    UpdateCapsule,
    ResetSystem,
    GetTable,
    CopyTable,
    FirmwareInfo,
)
"""Every operation there is."""


class Driver(Protocol):
    """A road to a firmware.

    Attributes:
        name: What opens it, such as ``xen`` or ``xen:simulated``.
    """

    name: str

    @property
    def carried(self) -> frozenset[type[Op]]:
        """The operations it has a road for."""

    def call(self, op: Op) -> Reply:
        """Ask, and bring back the raw answer, whatever its status.

        Raises:
            DriverError: The question did not arrive (:class:`~efirt.errors.NotCarried`: there is no road for it).
            ValueError: The operation's values do not fit the road's fields.
        """

    def why_not(self, operation: type[Op]) -> str:
        """Why it has no road for an operation, as a sentence."""

    def close(self) -> None:
        """Give back what it holds; again is harmless."""


class Finding(NamedTuple):
    """Whether a driver applies here.

    Attributes:
        applies: Whether it can be used.
        reason: Why, or why not, as a sentence.
        advice: What would change that; may be empty.
        os_errno: The number this system gave with a "no"; None where it gave none.
    """

    applies: bool
    reason: str
    advice: str = ""
    os_errno: int | None = None


class Routes:
    """A dispatch table, which is also the list of what a driver carries.

    Attributes:
        NOT_CARRIED: Reasons, by operation, that :class:`~efirt.errors.NotCarried` gives.
    """

    NOT_CARRIED: ClassVar[Mapping[type[Op], str]] = {}

    def __init__(self, name: str, routes: Mapping[type[Op], Callable[[Any], Reply]]) -> None:
        self.name = name
        self._routes = dict(routes)

    @property
    def carried(self) -> frozenset[type[Op]]:
        """The operations it has a road for."""
        return frozenset(self._routes)

    def call(self, op: Op) -> Reply:
        """Ask, and bring back the raw answer.

        Raises:
            NotCarried: There is no road for it.
        """
        route = self._routes.get(type(op))
        if route is None:
            raise not_carried(self, type(op))
        return route(op)

    def why_not(self, operation: type[Op]) -> str:
        """Why it has no road for an operation, as a sentence."""
        return self.NOT_CARRIED.get(operation, f"the driver {self.name} has no road for it")

    def close(self) -> None:
        """Hold nothing, give back nothing."""


def not_carried(driver: Driver, operation: type[Op]) -> NotCarried:
    """The error for an operation that a driver has no road for."""
    return NotCarried(f"{operation.__name__} is not carried by {driver.name}: {driver.why_not(operation)}", operation=operation.__name__)
