"""The memory of an ioctl, and the call: a few buffers, allocated once and grown."""

from efirt.annotation import Any, Final, Protocol
from efirt.ioctl.request import Request
from efirt.wire.memory import Memory, Region

_POINTER_SIZE: Final = 8


class Transport(Protocol[Memory]):
    """What a port needs of a system: memory and one call."""

    def allocate(self, size: int) -> Memory:
        """Memory of ``size`` bytes.

        Raises:
            DriverError: There is none left.
        """

    def free(self, region: Memory) -> None:
        """Give memory back."""

    def ioctl(self, number: int, argument: bytearray) -> int:
        """Make the call, which may change the argument: 0, or the number of an error."""

    def close(self) -> None:
        """Give the device back; again is harmless."""


class Port:
    """Exchanges ioctls over a transport; not for several threads at once: the driver's lock guards it.

    Source: ioctl(2) (an argument is copied as its number says; what it points to is the process' own memory).
    """

    def __init__(self, transport: Transport[Any]) -> None:
        self._transport = transport
        self._regions: dict[str, Region] = {}
        self._argument = b""

    @property
    def argument(self) -> bytes:
        """The structure as it came back."""
        return self._argument

    def read(self, slot: str, size: int) -> bytes:
        """The first bytes of a buffer."""
        return self._regions[slot].read(size)

    def exchange(self, request: Request) -> int:
        """Put addresses and contents in place, and make the call; then :attr:`argument` and :meth:`read` have what came back.

        Returns:
            0, or the number of the error with which the kernel refused it.

        Raises:
            DriverError: There is no memory for it.
        """
        contents = {"": request.argument}
        contents |= {buffer.slot: bytearray(buffer.contents) for buffer in request.buffers}
        for slot, at, _, size, within in request.buffers:
            address = self._room(slot, size).address
            contents[within][at : at + _POINTER_SIZE] = address.to_bytes(_POINTER_SIZE, "little")
        for buffer in request.buffers:
            self._regions[buffer.slot].write(contents[buffer.slot])
        number = self._transport.ioctl(request.number, request.argument)
        self._argument = bytes(request.argument)
        return number

    def close(self) -> None:
        """Free the buffers, then close the device; again is harmless."""
        while self._regions:
            _, region = self._regions.popitem()
            self._transport.free(region)
        self._transport.close()

    def _room(self, slot: str, size: int) -> Region:
        region = self._regions.get(slot)
        if region is None or region.size < size:
            grown = self._transport.allocate(size)
            if region is not None:
                self._transport.free(region)
            self._regions[slot] = region = grown
        return region
