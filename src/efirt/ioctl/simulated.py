"""The transport that ends at a simulated kernel instead of this system's."""

from efirt.annotation import Protocol
from efirt.ops.driver import Driver
from efirt.wire.memory import AddressSpace, Allocator


class Kernel(Protocol):
    """A simulated kernel with one device.

    Attributes:
        firmware: What it asks.
    """

    @property
    def firmware(self) -> Driver:
        """What it asks."""

    def ioctl(self, number: int, address: int) -> int:
        """Carry an ioctl out whose argument is at an address of the process: 0, or the number of an error."""


class SimulatedDevice(Allocator):
    """Ioctls into a simulated kernel, from the same memory that it looks into.

    Source: ioctl(2).
    """

    def __init__(self, kernel: Kernel, memory: AddressSpace) -> None:
        super().__init__(memory)
        self._kernel = kernel

    def ioctl(self, number: int, argument: bytearray) -> int:
        """Make the call, which may change the argument: 0, or the number of an error."""
        place = self._memory.map(len(argument))
        try:
            place.write(argument)
            result = self._kernel.ioctl(number, place.address)
            argument[:] = place.read(len(argument))
            return result
        finally:
            self._memory.unmap(place)

    def close(self) -> None:
        """Switch the machine off."""
        self._kernel.firmware.close()
