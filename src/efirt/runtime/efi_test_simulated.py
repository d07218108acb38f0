"""The composition ``efi_test:simulated``: a simulated firmware under a simulated Linux with the module efi_test."""

from efirt.annotation import Final, Mapping
from efirt.drivers import simulated
from efirt.drivers.efi_test.driver import EfiTestDriver
from efirt.drivers.efi_test.kernel import ALL_SERVICES, Manner, SimulatedEfiTest
from efirt.drivers.efi_test.opening import carries
from efirt.drivers.simulated import find
from efirt.ioctl.port import Port
from efirt.ioctl.simulated import SimulatedDevice
from efirt.ops import Driver
from efirt.ops.options import written
from efirt.runtime.switches import take
from efirt.wire.memory import AddressSpace

__all__ = ["carries", "find", "open_driver", "under_efi_test"]

_NAME: Final = "efi_test:simulated"


def under_efi_test(firmware: Driver, manner: Manner | None = None, name: str = _NAME) -> EfiTestDriver:
    """Put a simulated Linux with efi_test over any driver, as its firmware.

    Args:
        firmware: What answers.
        manner: What kind of Linux.
        name: What the result is called.
    """
    memory = AddressSpace()
    return EfiTestDriver(Port(SimulatedDevice(SimulatedEfiTest(firmware, memory, manner), memory)), name)


def open_driver(_argument: str = "", options: Mapping[str, str] | None = None) -> EfiTestDriver:
    """Open it.

    Args:
        options: ``rs`` (whether Linux runs with runtime services) and ``mask`` (whether efi_test tells which there are, as it does from
            Linux 5.11 on), each on or off; and what the driver ``simulated`` takes.

    Raises:
        ValueError: An option makes no sense.
    """
    rest = dict(options or {})
    given = take(_NAME, rest, ("rs", "mask"))
    manner = Manner(ALL_SERVICES if given.get("rs", True) else 0, given.get("mask", True))
    return under_efi_test(simulated.open_driver("", rest), manner, written(_NAME, options))
