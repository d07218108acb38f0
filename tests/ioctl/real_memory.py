"""This process' own memory where a simulated kernel expects a simulated one, and the ioctl that hands it over."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

from efirt.ioctl.device import Device
from efirt.ioctl.port import Port
from efirt.ioctl.simulated import Kernel
from efirt.wire.memory import AddressSpace, Fault


class RealMemory(AddressSpace):
    """It follows addresses into this process, so only those that were handed over may be followed."""

    def read(self, address: int, size: int) -> bytes:
        if size and not address:
            raise Fault("NULL")
        return ctypes.string_at(address, size) if size else b""

    def write(self, address: int, data: bytes | bytearray) -> None:
        if data and not address:
            raise Fault("NULL")
        ctypes.memmove(address, bytes(data), len(data))

    def units_before_nul(self, address: int) -> int:
        units = 0
        while ctypes.c_uint16.from_address(address + 2 * units).value:
            units += 1
        return units


def port_to(kernel: Callable[[AddressSpace], Kernel], path: Path) -> Port:
    """Open a file as a device whose ioctl ends at a simulated kernel that looks into real memory."""
    path.write_bytes(b"")
    ours = kernel(RealMemory())

    def ioctl(_fd: int, number: int, argument: bytearray, mutate: bool) -> int:
        assert mutate
        place = (ctypes.c_char * len(argument)).from_buffer(argument)
        result = ours.ioctl(number, ctypes.addressof(place))
        if result:
            raise OSError(result, os.strerror(result))
        return 0

    return Port(Device(str(path), {}, ioctl))
