"""The transport that ends at a simulated Xen instead of a real one."""

from efirt.drivers.xen.guest_memory import GuestMemory, Mapping
from efirt.drivers.xen.hypervisor import Hypervisor
from efirt.errors import DriverError, HypervisorError


class SimulatedTransport:
    """Hypercalls into a :class:`~efirt.drivers.xen.hypervisor.Hypervisor`, from the same guest memory it looks into.

    Source: Xen 4.17, xen/include/public/errno.h (a hypercall returns 0 or a negative number of this list).
    """

    name = "simulated"

    def __init__(self, hypervisor: Hypervisor, memory: GuestMemory) -> None:
        self._hypervisor = hypervisor
        self._memory = memory

    def allocate(self, size: int) -> Mapping:
        """Map fresh memory.

        Raises:
            DriverError: There is none left.
        """
        try:
            return self._memory.map(size)
        except (MemoryError, OverflowError):
            message = f"no {size} bytes of simulated memory"
            raise DriverError(message, "ask for less") from None

    def free(self, region: Mapping) -> None:
        """Unmap it."""
        self._memory.unmap(region)

    def hypercall(self, number: int, address: int) -> None:
        """Make a hypercall with one argument.

        Raises:
            HypervisorError: It was refused.
        """
        result = self._hypervisor.hypercall(number, address)
        if result < 0:
            message = f"hypercall refused: {-result}"
            raise HypervisorError(message, errno=-result)

    def close(self) -> None:
        """Hold nothing, give back nothing."""
