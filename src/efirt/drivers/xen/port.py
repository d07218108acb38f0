"""The memory of a hypercall, and the call: one operation and two buffers, allocated once and grown.

Source: Xen 4.17, tools/include/xencall.h (every pointer that Xen follows must be hypercall-safe memory).
"""

from efirt.abi.xen_platform import HYPERVISOR_platform_op, XenPlatformOp
from efirt.annotation import Any, Final, Protocol
from efirt.drivers.xen.codec import DATA, NAME, Request
from efirt.wire.memory import Memory, Region

_PAGE: Final = 4096
_OP: Final = 2
_POINTER_SIZE: Final = 8


class Transport(Protocol[Memory]):
    """What a port needs of a system: memory and one call.

    Attributes:
        name: What people call it.
    """

    name: str

    def allocate(self, size: int) -> Memory:
        """Hypercall-safe memory of at least ``size`` bytes.

        Raises:
            DriverError: There is none left.
        """

    def free(self, region: Memory) -> None:
        """Give memory back."""

    def hypercall(self, number: int, address: int) -> None:
        """Make a hypercall with one argument.

        Raises:
            HypervisorError: It was refused.
        """

    def close(self) -> None:
        """Give the way to the hypervisor back."""


class Port:
    """Exchanges hypercalls over a transport; not for several threads at once: the driver's lock guards it.

    Attributes:
        hypercalls: How many were made, the refused ones included.

    Source: Xen 4.17, xen/arch/x86/platform_hypercall.c (all 136 bytes of the operation are copied in).
    """

    def __init__(self, transport: Transport[Any]) -> None:
        self.hypercalls = 0
        self._transport = transport
        self._regions: dict[int, Region] = {}

    @property
    def name(self) -> str:
        """The transport's name."""
        return self._transport.name

    @property
    def op(self) -> bytes:
        """The operation as it came back."""
        return self._regions[_OP].read(XenPlatformOp.SIZE)

    def read(self, slot: int, size: int) -> bytes:
        """The first bytes of a buffer."""
        return self._regions[slot].read(size)

    def exchange(self, request: Request) -> None:
        """Put addresses and contents in place, and make the call; then :attr:`op` and :meth:`read` have what came back.

        Raises:
            HypervisorError: Xen refused it; nothing came back.
            DriverError: There is no memory for it.
        """
        for slot, at, contents, size in request.buffers:
            region = self._room(slot, size)
            region.write(contents)
            request.op[at : at + _POINTER_SIZE] = region.address.to_bytes(_POINTER_SIZE, "little")
        op = self._room(_OP, XenPlatformOp.SIZE)
        op.write(request.op)
        self.hypercalls += 1
        self._transport.hypercall(HYPERVISOR_platform_op, op.address)

    def close(self) -> None:
        """Free the buffers, then close the transport; again is harmless."""
        for slot in (NAME, DATA, _OP):
            region = self._regions.pop(slot, None)
            if region is not None:
                self._transport.free(region)
        self._transport.close()

    def _room(self, slot: int, size: int) -> Region:
        region = self._regions.get(slot)
        if region is None or region.size < size:
            grown = self._transport.allocate(-(-max(size, 1) // _PAGE) * _PAGE)
            if region is not None:
                self._transport.free(region)
            self._regions[slot] = region = grown
        return region
