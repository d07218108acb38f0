"""What can be looked up that decides what firmware does with a variable. Nothing here writes, and no failure leaves it."""

from collections.abc import Callable, Mapping
from functools import partial

from efirt.annotation import Any, Final, NamedTuple
from efirt.errors import EfirtError, NotFound
from efirt.firmware.namespaces import CERTIFICATES
from efirt.firmware.properties import PROPERTIES, services_of
from efirt.ops import CopyTable, Driver, QueryVariableInfo, Reply, SetVariable, VariableInfo
from efirt.ops.road import Road, road_to
from efirt.runtime.services import Runtime
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key, Variable
from efirt.values.status import Status

MODES: Final = ("SetupMode", "AuditMode", "DeployedMode", "SecureBoot")
STORED: Final = Attributes(0x07)
BOOKS: Final = Key("certdb", CERTIFICATES)
_SIGNED: Final = Attributes(0x27)
_ERRORS: Final = Attributes(0x0F)


class State(NamedTuple):
    """A machine, as far as one variable depends on it; None for what is not told.

    Attributes:
        key: Which variable.
        variable: It; None where it is not visible, or cannot be read.
        is_there: Whether it is visible.
        unread: Why it cannot be told, as a sentence; empty where it can.
        road: What lies on the way to it.
        unwritable: Why the driver carries no writes, as a sentence; empty where it does.
        modes: Those of :data:`MODES` that are there.
        has_platform_key: Whether there is a PK.
        has_exchange_keys: Whether there is a KEK.
        books_size: Bytes of edk2's list of who may write which private variable; 0 where there is none to be seen.
        storage: The room for variables of NV+BS+RT.
        authenticates: Whether firmware has authenticated variables.
        keeps_errors: Whether firmware has set storage aside for hardware error records.
        services: The services it says it has while an operating system runs, EFI_RT_SUPPORTED_* bits.
    """

    key: Key
    variable: Variable | None = None
    is_there: bool | None = None
    unread: str = ""
    road: Road = Road()
    unwritable: str = ""
    modes: Mapping[str, int] = {}
    has_platform_key: bool | None = None
    has_exchange_keys: bool | None = None
    books_size: int = 0
    storage: VariableInfo | None = None
    authenticates: bool | None = None
    keeps_errors: bool | None = None
    services: int | None = None

    @property
    def is_setup(self) -> bool | None:
        """Whether nobody owns the platform."""
        mode = self.modes.get("SetupMode")
        return None if mode is None else mode == 1

    def record(self) -> dict[str, Any]:
        """What it says, for programs."""
        storage = self.storage
        return {
            "exists": self.is_there,
            "attributes": int(self.variable.attributes) if self.variable else None,
            "size": len(self.variable.data) if self.variable else None,
            "modes": dict(self.modes),
            "platform_key": self.has_platform_key,
            "free": storage.remaining_storage_size if storage else None,
            "authenticated_variables": self.authenticates,
            "read_only": bool(self.unwritable or self.road.closed),
            "immutable": self.road.immutable,
            "lockdown": self.road.lockdown or None,
            "dom0": self.road.is_dom0,
        }


def state_of(runtime: Runtime, key: Key) -> State:
    """Look up what can be looked up.

    Args:
        runtime: Where.
        key: The variable it is about.
    """
    driver = runtime.driver
    variable, is_there, unread = _variable(runtime, key)
    modes = {name: value for name in MODES if (value := _byte(runtime, Key(name, GLOBAL))) is not None}
    answered = _tried(partial(_room, runtime, STORED))
    return State(
        key,
        variable,
        is_there,
        unread,
        _tried(partial(road_to, driver, key)) or Road(),
        _unwritable(driver),
        modes,
        _variable(runtime, Key("PK", GLOBAL))[1],
        _variable(runtime, Key("KEK", GLOBAL))[1],
        _size(runtime, BOOKS) if variable and variable.attributes & Attributes.AT else 0,
        answered.storage if answered else None,
        _authenticates(runtime, answered, modes),
        _kind_is_known(runtime, answered, _ERRORS),
        _services(runtime),
    )


def state_without_asking(runtime: Runtime, key: Key, *, is_there: bool | None = None, services: bool = False) -> State:
    """Look up what lies on the way, and ask firmware nothing.

    Args:
        runtime: Where.
        key: The variable it is about.
        is_there: Whether it is visible, as far as that is known already.
        services: Look at firmware's table of its services, too, which takes no call to firmware.
    """
    driver = runtime.driver
    state = State(key, is_there=is_there, road=_tried(partial(road_to, driver, key)) or Road(), unwritable=_unwritable(driver))
    return state._replace(services=_services(runtime)) if services else state


def _unwritable(driver: Driver) -> str:
    return "" if SetVariable in driver.carried else driver.why_not(SetVariable)


def _tried(look: "Callable[[], Any]") -> Any:  # noqa: ANN401 - whatever is looked at
    """What is found; None where that fails, for whatever reason: the first error is the one to tell."""
    try:
        return look()
    except (EfirtError, ValueError, OSError):
        return None


def _variable(runtime: Runtime, key: Key) -> tuple[Variable | None, bool | None, str]:
    try:
        return runtime.get(key), True, ""
    except NotFound:
        return None, False, ""
    except (EfirtError, ValueError, OSError) as cause:
        return None, None, str(cause)


def _byte(runtime: Runtime, key: Key) -> int | None:
    variable = _variable(runtime, key)[0]
    return variable.data[0] if variable is not None and variable.data else None


def _size(runtime: Runtime, key: Key) -> int:
    variable = _variable(runtime, key)[0]
    return len(variable.data) if variable is not None else 0


def _room(runtime: Runtime, attributes: Attributes) -> Reply | None:
    return runtime.call(QueryVariableInfo(attributes)) if QueryVariableInfo in runtime.driver.carried else None


def _kind_is_known(runtime: Runtime, answered: Reply | None, attributes: Attributes) -> bool | None:
    """Whether firmware tells the room for a kind of variables; None where it tells of no kind."""
    if answered is None or answered.status.is_error:
        return None
    reply = _tried(partial(_room, runtime, attributes))
    if reply is None or (reply.status.is_error and reply.status not in {Status.UNSUPPORTED, Status.INVALID_PARAMETER}):
        return None
    return not reply.status.is_error


def _authenticates(runtime: Runtime, answered: Reply | None, modes: Mapping[str, int]) -> bool | None:
    is_known = _kind_is_known(runtime, answered, _SIGNED)
    return True if is_known is None and "SetupMode" in modes else is_known


def _services(runtime: Runtime) -> int | None:
    if CopyTable not in runtime.driver.carried:
        return None
    reply = _tried(lambda: runtime.call(CopyTable(PROPERTIES)))
    return services_of(reply.data or b"") if reply is not None and not reply.status.is_error else None
