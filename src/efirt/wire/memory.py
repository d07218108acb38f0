"""Memory that others follow addresses into, and a simulated address space: what is mapped can be read and written, anything else faults."""

from efirt.annotation import Final, Protocol, TypeVar
from efirt.errors import DriverError
from efirt.wire.text import nul_offset

_FIRST: Final = 0x7F00_0000_0000
_GAP: Final = 0x10000
_UNIT: Final = 2


class Region(Protocol):
    """Memory that stays where it is.

    Attributes:
        address: Where who looks into it finds it.
        size: Bytes.
    """

    address: int
    size: int

    def read(self, size: int) -> bytes:
        """Its first bytes."""

    def write(self, data: bytes | bytearray) -> None:
        """Replace its first bytes."""


Memory = TypeVar("Memory", bound=Region)


class Fault(Exception):
    """An address that is not mapped."""


class Mapping:
    """A mapped range.

    Attributes:
        address: Its first address.
        size: Bytes.
        memory: All of it.
        view: The same; what is assigned to a part has to be as large as the part.
    """

    __slots__ = ("address", "memory", "size", "view")

    def __init__(self, address: int, size: int) -> None:
        self.address = address
        self.size = size
        self.memory = bytearray(size)
        self.view = memoryview(self.memory)

    def read(self, size: int) -> bytes:
        """Its first bytes."""
        return bytes(self.view[:size])

    def write(self, data: bytes | bytearray) -> None:
        """Replace its first bytes.

        Raises:
            ValueError: There are more than fit.
        """
        self.view[: len(data)] = data


class AddressSpace:
    """Mapped ranges with unmapped gaps between them."""

    def __init__(self) -> None:
        self._mappings: list[Mapping] = []
        self._by_address: dict[int, Mapping] = {}
        self._next = _FIRST

    def map(self, size: int) -> Mapping:
        """Map a new range of ``size`` bytes, filled with zeros."""
        mapping = Mapping(self._next, size)
        self._next += -(-size // _GAP) * _GAP + _GAP
        self._mappings.append(mapping)
        self._by_address[mapping.address] = mapping
        return mapping

    def unmap(self, mapping: Mapping) -> None:
        """Take a range away."""
        self._mappings.remove(mapping)
        del self._by_address[mapping.address]

    def read(self, address: int, size: int) -> bytes:
        """Copy out of it.

        Raises:
            Fault: Not all of it is mapped.
        """
        if not size:
            return b""
        mapping, offset = self._find(address, size)
        return bytes(mapping.view[offset : offset + size])

    def write(self, address: int, data: bytes | bytearray) -> None:
        """Copy into it.

        Raises:
            Fault: Not all of it is mapped.
        """
        if not data:
            return
        mapping, offset = self._find(address, len(data))
        mapping.view[offset : offset + len(data)] = data

    def units_before_nul(self, address: int) -> int:
        """How many 16-bit units stand before the first that is 0.

        Raises:
            Fault: The mapped memory ends before it.
        """
        mapping, offset = self._find(address, _UNIT)
        end = nul_offset(mapping.memory, offset)
        if end < 0:
            message = f"no NUL behind {address:#x}"
            raise Fault(message)
        return (end - offset) // _UNIT

    def _find(self, address: int, size: int) -> tuple[Mapping, int]:
        begins = self._by_address.get(address)  # as nearly all do
        if begins is not None and size <= begins.size:
            return begins, 0
        for mapping in self._mappings:  # a caller maps a handful
            offset = address - mapping.address
            if 0 <= offset <= mapping.size - size:
                return mapping, offset
        message = f"{size} bytes at {address:#x}"
        raise Fault(message)


class Allocator:
    """Simulated memory for a port.

    Args:
        memory: Where it is mapped.
    """

    def __init__(self, memory: AddressSpace) -> None:
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
