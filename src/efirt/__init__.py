"""The firmware's runtime services from Python: UEFI variables, the clock and its alarm, tables, wherever they can be reached.

``open()`` finds the way: from a Xen dom0 by hypercall, or a simulated firmware behind a simulated Xen on any machine.
"""

from efirt.annotation import TYPE_CHECKING, Any
from efirt.errors import (
    AccessDenied,
    BufferTooSmall,
    DecodeError,
    DeviceError,
    DriverError,
    EfirtError,
    FirmwareError,
    HypervisorError,
    InvalidParameter,
    NoDriver,
    NoRoom,
    NotCarried,
    NotFound,
    NotReady,
    OutOfResources,
    PermissionDenied,
    Refused,
    ReplayMismatch,
    SecurityViolation,
    Unsupported,
    WriteProtected,
)
from efirt.later import imported
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key, Variable
from efirt.values.status import Status

if TYPE_CHECKING:
    from efirt.runtime.choice import reports as available_drivers
    from efirt.runtime.front import active, attach, detach
    from efirt.runtime.registry import open_runtime as open  # noqa: A004 - efirt.open reads as what it does
    from efirt.runtime.services import Runtime
    from efirt.views.boot import Boot

__version__ = "0.1.0"

_LAZY = {
    "Boot": ("efirt.views.boot", "Boot"),
    "Runtime": ("efirt.runtime.services", "Runtime"),
    "open": ("efirt.runtime.registry", "open_runtime"),
    "available_drivers": ("efirt.runtime.choice", "reports"),  # not "drivers": importing the room of that name would hide it
    "active": ("efirt.runtime.front", "active"),
    "attach": ("efirt.runtime.front", "attach"),
    "detach": ("efirt.runtime.front", "detach"),
}

__all__ = [
    "AccessDenied",
    "Attributes",
    "Boot",
    "BufferTooSmall",
    "DecodeError",
    "DeviceError",
    "DriverError",
    "EfiTime",
    "EfirtError",
    "FirmwareError",
    "Guid",
    "HypervisorError",
    "InvalidParameter",
    "Key",
    "NoDriver",
    "NoRoom",
    "NotCarried",
    "NotFound",
    "NotReady",
    "OutOfResources",
    "PermissionDenied",
    "Refused",
    "ReplayMismatch",
    "Runtime",
    "SecurityViolation",
    "Status",
    "Unsupported",
    "Variable",
    "WriteProtected",
    "active",
    "attach",
    "available_drivers",
    "detach",
    "open",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import what is behind the front door when it is first asked for."""
    if name not in _LAZY:
        message = f"module 'efirt' has no attribute {name!r}"
        raise AttributeError(message)
    module, attribute = _LAZY[name]
    value = getattr(imported(module), attribute)
    globals()[name] = value
    return value
