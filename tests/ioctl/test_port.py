"""Where contents and addresses go, and what is allocated, freed and called."""

from collections.abc import Callable

import pytest

from efirt.errors import DriverError
from efirt.ioctl.port import Port
from efirt.ioctl.request import Buffer, Request
from efirt.wire.memory import AddressSpace, Mapping


class Recorder:
    """A transport that writes down what happens; a test hands in what the kernel does."""

    def __init__(self, kernel: Callable[[AddressSpace, bytearray], int] = lambda _memory, _argument: 0) -> None:
        self.memory = AddressSpace()
        self.events: list[str] = []
        self.seen: list[bytes] = []
        self._kernel = kernel

    def allocate(self, size: int) -> Mapping:
        if size > 1 << 20:
            raise DriverError(f"no {size} bytes")
        self.events.append(f"allocate {size}")
        return self.memory.map(size)

    def free(self, region: Mapping) -> None:
        self.events.append(f"free {region.size}")
        self.memory.unmap(region)

    def ioctl(self, number: int, argument: bytearray) -> int:
        self.events.append(f"ioctl {number}")
        self.seen.append(bytes(argument))
        return self._kernel(self.memory, argument)

    def close(self) -> None:
        self.events.append("close")


def address(data: bytes | bytearray, at: int = 0) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def test_contents_lie_where_the_pointers_lead() -> None:
    transport = Recorder()
    port = Port(transport)
    request = Request(7, bytearray(b"\xaa" * 20), (Buffer("a", 2, b"first", 5), Buffer("b", 12, b"", 3)))
    assert port.exchange(request) == 0
    assert transport.events == ["allocate 5", "allocate 3", "ioctl 7"]
    seen = transport.seen[0]
    assert (seen[:2], seen[10:12]) == (b"\xaa\xaa", b"\xaa\xaa")
    assert transport.memory.read(address(seen, 2), 5) == port.read("a", 5) == b"first"
    assert transport.memory.read(address(seen, 12), 3) == bytes(3)


def test_a_pointer_may_lie_in_memory_that_a_pointer_leads_to() -> None:
    transport = Recorder()
    request = Request(7, bytearray(8), (Buffer("array", 0, bytes(16), 16), Buffer("item", 8, b"item", 4, "array")))
    Port(transport).exchange(request)
    array = transport.memory.read(address(transport.seen[0]), 16)
    assert array[:8] == bytes(8)
    assert transport.memory.read(address(array, 8), 4) == b"item"


def test_what_the_kernel_leaves_is_read_and_its_number_given() -> None:
    def kernel(memory: AddressSpace, argument: bytearray) -> int:
        memory.write(address(argument), b"left")
        argument[8:] = b"told"
        return 22

    port = Port(Recorder(kernel))
    assert port.exchange(Request(1, bytearray(12), (Buffer("a", 0, b"", 4),))) == 22
    assert (port.read("a", 4), port.argument[8:]) == (b"left", b"told")


def test_memory_is_allocated_once_and_grown() -> None:
    transport = Recorder()
    port = Port(transport)
    for size in (10, 4, 10, 11, 0):
        port.exchange(Request(1, bytearray(8), (Buffer("a", 0, b"", size),)))
    assert [event for event in transport.events if event != "ioctl 1"] == ["allocate 10", "allocate 11", "free 10"]


def test_an_empty_buffer_has_an_address_too() -> None:
    transport = Recorder()
    Port(transport).exchange(Request(1, bytearray(8), (Buffer("a", 0, b"", 0),)))
    assert address(transport.seen[0])


def test_memory_that_cannot_be_had_leaves_what_there_was() -> None:
    transport = Recorder()
    port = Port(transport)
    port.exchange(Request(1, bytearray(8), (Buffer("a", 0, b"kept", 4),)))
    with pytest.raises(DriverError, match="no 2097152 bytes"):
        port.exchange(Request(1, bytearray(8), (Buffer("a", 0, b"", 2 << 20),)))
    assert port.read("a", 4) == b"kept"
    assert transport.events.count("ioctl 1") == 1


def test_closing_frees_everything_once_and_then_closes() -> None:
    transport = Recorder()
    port = Port(transport)
    port.exchange(Request(1, bytearray(16), (Buffer("a", 0, b"", 4), Buffer("b", 8, b"", 5))))
    transport.events.clear()
    port.close()
    port.close()
    assert sorted(transport.events[:2]) == ["free 4", "free 5"]
    assert transport.events[2:] == ["close", "close"]
