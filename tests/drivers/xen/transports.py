"""Transports that tests look into: what was allocated, freed and called, and when."""

from collections.abc import Callable
from struct import pack_into, unpack_from

from efirt.errors import DriverError

PAGE = 4096


class Region:
    """Memory that refuses to be touched once it was freed."""

    def __init__(self, address: int, size: int) -> None:
        self.address = address
        self.size = size
        self.freed = False
        self.memory = bytearray(size)

    def read(self, size: int) -> bytes:
        assert not self.freed, "read from freed memory"
        return bytes(self.memory[:size])

    def write(self, data: bytes | bytearray) -> None:
        assert not self.freed, "write to freed memory"
        assert len(data) <= self.size, "write beyond the memory"
        self.memory[: len(data)] = data


class Recorder:
    """A transport that writes down what happens, in order; a test hands in what the hypervisor does."""

    name = "recorder"

    def __init__(self, hypervisor: Callable[["Recorder", bytearray], None] = lambda _transport, _op: None) -> None:
        self.events: list[str] = []
        self.regions: list[Region] = []
        self.numbers: list[int] = []
        self.hypervisor = hypervisor
        self.room_left = 1 << 20

    def allocate(self, size: int) -> Region:
        if size > self.room_left:
            self.events.append(f"refuse {size}")
            message = f"no {size} bytes"
            raise DriverError(message)
        region = Region((len(self.regions) + 1) << 32 | 0x10, size)
        self.regions.append(region)
        self.events.append(f"allocate {size}")
        return region

    def free(self, region: Region) -> None:
        assert not region.freed, "freed twice"
        region.freed = True
        self.events.append(f"free {region.size}")

    def hypercall(self, number: int, address: int) -> None:
        self.events.append("call")
        self.numbers.append(number)
        self.hypervisor(self, self.at(address).memory)

    def close(self) -> None:
        self.events.append("close")

    def at(self, address: int) -> Region:
        region = next(region for region in self.regions if region.address == address)
        assert not region.freed, "the address of freed memory"
        return region

    def take(self) -> list[str]:
        taken, self.events = self.events, []
        return taken


def echoing(transport: Recorder, op: bytearray) -> None:
    """Answer GetVariable with the name itself as the value, found by the addresses in the operation."""
    name, _, data = unpack_from("<QQQ", op, 24)
    raw = bytes(transport.at(name).memory)
    value = raw[: next(at for at in range(0, len(raw), 2) if raw[at : at + 2] == b"\0\0")]
    transport.at(data).write(value)
    pack_into("<IQ", op, 12, 7, 0)
    pack_into("<Q", op, 32, len(value))
