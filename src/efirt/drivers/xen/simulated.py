"""The transport that ends at a simulated Xen instead of a real one."""

from efirt.drivers.xen.hypervisor import Hypervisor
from efirt.errors import HypervisorError
from efirt.wire.memory import AddressSpace, Allocator


class SimulatedTransport(Allocator):
    """Hypercalls into a :class:`~efirt.drivers.xen.hypervisor.Hypervisor`, from the same guest memory it looks into.

    Source: Xen 4.17, xen/include/public/errno.h (a hypercall returns 0 or a negative number of this list).
    """

    name = "simulated"

    def __init__(self, hypervisor: Hypervisor, memory: AddressSpace) -> None:
        super().__init__(memory)
        self._hypervisor = hypervisor

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
