"""The composition ``freebsd:simulated``: a simulated firmware under a simulated FreeBSD."""

from efirt.annotation import Final, Mapping
from efirt.drivers import simulated
from efirt.drivers.freebsd.driver import FreebsdDriver
from efirt.drivers.freebsd.kernel import Manner, SimulatedFreebsd
from efirt.drivers.freebsd.opening import carries
from efirt.drivers.simulated import find
from efirt.ioctl.port import Port
from efirt.ioctl.simulated import SimulatedDevice
from efirt.ops import Driver
from efirt.ops.options import written
from efirt.runtime.switches import take
from efirt.wire.memory import AddressSpace

__all__ = ["carries", "find", "open_driver", "under_freebsd"]

_NAME: Final = "freebsd:simulated"


def under_freebsd(firmware: Driver, manner: Manner | None = None, name: str = _NAME) -> FreebsdDriver:
    """Put a simulated FreeBSD over any driver, as its firmware.

    Args:
        firmware: What answers.
        manner: What kind of FreeBSD.
        name: What the result is called.
    """
    memory = AddressSpace()
    return FreebsdDriver(Port(SimulatedDevice(SimulatedFreebsd(firmware, memory, manner), memory)), name)


def open_driver(_argument: str = "", options: Mapping[str, str] | None = None) -> FreebsdDriver:
    """Open it.

    Args:
        options: ``xen`` (whether it is a Xen dom0) and ``old`` (whether its device knows neither tables nor the alarm), each on or off;
            and what the driver ``simulated`` takes.

    Raises:
        ValueError: An option makes no sense.
    """
    rest = dict(options or {})
    manner = Manner(**take(_NAME, rest, Manner._fields))
    return under_freebsd(simulated.open_driver("", rest), manner, written(_NAME, options))
