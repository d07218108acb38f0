"""A device file of this system; the one place here that meets its ``OSError``.

Source: open(2), ioctl(2); Python 3.11, Modules/fcntlmodule.c (an argument that can be written is written back).
"""

import fcntl
import os
import sys
from ctypes import addressof, create_string_buffer, memmove, string_at
from errno import EIO

from efirt.annotation import Any, Callable, Final, Mapping, NamedTuple
from efirt.errors import DriverError, NoDriver

_LONGEST_32_BITS: Final = (1 << 32) - 1


class OwnMemory:
    """Bytes of this process that stay where they are.

    Attributes:
        address: Where they are.
        size: How many.
    """

    __slots__ = ("_bytes", "address", "size")

    def __init__(self, size: int) -> None:
        self._bytes = create_string_buffer(size)
        self.address = addressof(self._bytes)
        self.size = size

    def read(self, size: int) -> bytes:
        """Its first bytes."""
        return string_at(self.address, min(size, self.size))

    def write(self, data: bytes | bytearray) -> None:
        """Replace its first bytes.

        Raises:
            ValueError: There are more than fit.
        """
        if len(data) > self.size:
            message = f"{len(data)} bytes do not fit in {self.size}"
            raise ValueError(message)
        memmove(self.address, bytes(data), len(data))


class Closed(NamedTuple):
    """Why a device does not open.

    Attributes:
        kind: The error for it.
        why: As a sentence goes on behind the device's path and a colon.
        advice: What to do about it.
    """

    kind: type[DriverError]
    why: str
    advice: str


class Device:
    """An open device file.

    Args:
        path: Where it is.
        reasons: Why it does not open, by the number this system gives.
        ioctl: Makes the call.

    Raises:
        DriverError: It does not open; of the kind that ``reasons`` has for the number.
        NoDriver: This process is a 32-bit one, for which these structures are laid otherwise.
    """

    def __init__(self, path: str, reasons: Mapping[int, Closed], ioctl: Callable[..., Any] = fcntl.ioctl) -> None:
        if sys.maxsize <= _LONGEST_32_BITS:
            message = f"{path}: this is a 32-bit Python, and the device's structures are known for 64 bits"
            raise NoDriver(message, "use a 64-bit Python")
        self._ioctl = ioctl
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as cause:
            kind, why, advice = reasons.get(cause.errno or 0, Closed(DriverError, f"it cannot be opened ({cause.strerror})", ""))
            raise kind(f"{path}: {why}", advice, os_errno=cause.errno) from None

    def allocate(self, size: int) -> OwnMemory:
        """Memory of this process.

        Raises:
            DriverError: There is none left.
        """
        try:
            return OwnMemory(size)
        except (MemoryError, OverflowError, ValueError) as cause:
            raise DriverError(f"no {size} bytes of memory: {cause}", "ask for less") from None

    def free(self, _region: OwnMemory) -> None:
        """Let go of it: Python frees it with the last reference."""

    def ioctl(self, number: int, argument: bytearray) -> int:
        """Make the call, which may change the argument: 0, or the number of this system's error."""
        try:
            self._ioctl(self._fd, number, argument, True)
        except OSError as cause:
            return cause.errno or EIO
        return 0

    def close(self) -> None:
        """Close it; again is harmless."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
