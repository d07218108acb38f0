"""The composition ``netbsd:simulated``: a simulated firmware under a simulated NetBSD."""

from efirt.annotation import Final, Mapping
from efirt.drivers import simulated
from efirt.drivers.netbsd.driver import NetbsdDriver
from efirt.drivers.netbsd.kernel import Manner, SimulatedNetbsd
from efirt.drivers.netbsd.opening import carries
from efirt.drivers.simulated import find
from efirt.ioctl.port import Port
from efirt.ioctl.simulated import SimulatedDevice
from efirt.ops import Driver
from efirt.ops.options import written
from efirt.runtime.switches import take
from efirt.wire.memory import AddressSpace

__all__ = ["carries", "find", "open_driver", "under_netbsd"]

_NAME: Final = "netbsd:simulated"


def under_netbsd(firmware: Driver, manner: Manner | None = None, name: str = _NAME) -> NetbsdDriver:
    """Put a simulated NetBSD over any driver, as its firmware.

    Args:
        firmware: What answers.
        manner: What kind of NetBSD.
        name: What the result is called.
    """
    memory = AddressSpace()
    return NetbsdDriver(Port(SimulatedDevice(SimulatedNetbsd(firmware, memory, manner), memory)), name)


def open_driver(_argument: str = "", options: Mapping[str, str] | None = None) -> NetbsdDriver:
    """Open it.

    Args:
        options: ``tables`` (whether the machine's part of the kernel looks for tables), on or off; and what the driver ``simulated``
            takes.

    Raises:
        ValueError: An option makes no sense.
    """
    rest = dict(options or {})
    manner = Manner(**take(_NAME, rest, Manner._fields))
    return under_netbsd(simulated.open_driver("", rest), manner, written(_NAME, options))
