"""A process that passes raw bytes to a simulated kernel, and devices that refuse."""

import sys
from collections.abc import Callable, Mapping

import pytest

from efirt.errors import DriverError
from efirt.ioctl import device
from efirt.ioctl.device import Closed
from efirt.ioctl.simulated import Kernel
from efirt.wire.memory import AddressSpace, Allocator
from efirt.wire.memory import Mapping as Mapped

UNMAPPED = 0x1000


class Process:
    """Memory, and a kernel that looks into it.

    Attributes:
        after: The argument as it came back.
    """

    def __init__(self, kernel: Callable[[AddressSpace], Kernel]) -> None:
        self.memory = AddressSpace()
        self.kernel = kernel(self.memory)
        self.after = b""

    def put(self, data: bytes) -> Mapped:
        """Map memory that holds these bytes, and is no larger."""
        mapping = self.memory.map(len(data))
        self.memory.write(mapping.address, data)
        return mapping

    def ask(self, number: int, argument: bytes) -> int:
        """Make the ioctl: what the kernel returned."""
        place = self.put(argument)
        result = self.kernel.ioctl(number, place.address)
        self.after = place.read(place.size)
        return result

    def refuses(self, number: int, argument: bytes) -> int:
        """Make an ioctl that must be refused and must leave every byte of its argument: the kernel's number."""
        result = self.ask(number, argument)
        assert result
        assert self.after == argument
        return result


class Stubborn(Allocator):
    """A transport on which every ioctl is refused with one number."""

    def __init__(self, number: int) -> None:
        super().__init__(AddressSpace())
        self.refuses = number

    def ioctl(self, _number: int, _argument: bytearray) -> int:
        return self.refuses

    def close(self) -> None:
        """Hold nothing."""


class Machine(Stubborn):
    """A system whose device opens or not, and refuses every ioctl.

    Attributes:
        number: What opening it ends with; 0 where it opens.
        opened: The devices that were opened, and ``closed`` for each that was closed.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, platform: str, refuses: int = 2) -> None:
        super().__init__(refuses)
        self.number = 0
        self.opened: list[str] = []
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(device, "Device", self._open)

    def _open(self, path: str, reasons: Mapping[int, Closed]) -> "Machine":
        self.opened.append(path)
        if self.number:
            kind, why, advice = reasons.get(self.number, Closed(DriverError, "it cannot be opened", ""))
            raise kind(f"{path}: {why}", advice, os_errno=self.number)
        return self

    def close(self) -> None:
        self.opened.append("closed")
