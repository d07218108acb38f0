"""A simulated guest's address space: what is mapped can be read and written, anything else faults."""

from efirt.annotation import Final
from efirt.wire.text import nul_offset

_FIRST: Final = 0x7F00_0000_0000
_GAP: Final = 0x10000
_UNIT: Final = 2


class Fault(Exception):
    """An address that is not mapped."""


class Mapping:
    """A mapped range.

    Attributes:
        address: Its first address.
        size: Bytes.
    """

    __slots__ = ("address", "memory", "size")

    def __init__(self, address: int, size: int) -> None:
        self.address = address
        self.size = size
        self.memory = bytearray(size)

    def read(self, size: int) -> bytes:
        """Its first bytes."""
        return bytes(self.memory[:size])

    def write(self, data: bytes | bytearray) -> None:
        """Replace its first bytes.

        Raises:
            ValueError: There are more than fit.
        """
        memoryview(self.memory)[: len(data)] = data


class GuestMemory:
    """Mapped ranges with unmapped gaps between them."""

    def __init__(self) -> None:
        self._mappings: list[Mapping] = []
        self._next = _FIRST

    def map(self, size: int) -> Mapping:
        """Map a new range of ``size`` bytes, filled with zeros."""
        mapping = Mapping(self._next, size)
        self._next += -(-size // _GAP) * _GAP + _GAP
        self._mappings.append(mapping)
        return mapping

    def unmap(self, mapping: Mapping) -> None:
        """Take a range away."""
        self._mappings.remove(mapping)

    def read(self, address: int, size: int) -> bytes:
        """Copy from the guest.

        Raises:
            Fault: Not all of it is mapped.
        """
        if not size:
            return b""
        mapping, offset = self._find(address, size)
        return bytes(mapping.memory[offset : offset + size])

    def write(self, address: int, data: bytes | bytearray) -> None:
        """Copy to the guest.

        Raises:
            Fault: Not all of it is mapped.
        """
        if not data:
            return
        mapping, offset = self._find(address, len(data))
        mapping.memory[offset : offset + len(data)] = data

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
        for mapping in self._mappings:  # a caller maps a handful
            offset = address - mapping.address
            if 0 <= offset <= mapping.size - size:
                return mapping, offset
        message = f"{size} bytes at {address:#x}"
        raise Fault(message)
