"""A transport on Linux's own device, for a dom0 without libxencall.

Source: Linux 6.1, drivers/xen/privcmd.c (privcmd_ioctl_hypercall), drivers/xen/privcmd-buf.c.
"""

import ctypes
import fcntl
import mmap
import os

from efirt.abi.linux_privcmd import IOCTL_PRIVCMD_HYPERCALL, PrivcmdHypercall
from efirt.drivers.xen.devices import HYPERCALL_MEMORY, PRIVCMD, open_first
from efirt.drivers.xen.system_errors import check_size, hypercall_error, open_error
from efirt.errors import DriverError

_MAP_LOCKED = 0x2000


class MappedBuffer:
    """Whole pages of hypercall-safe memory, mapped until :meth:`close`.

    A forked child does not inherit them, and soon has something else at their address. Python would unmap that together with the last
    reference, so one is held here, which only :meth:`close` gives back.

    Attributes:
        address: Its virtual address.
        size: Bytes.
    """

    __slots__ = ("_pages", "_pin", "address", "size")

    def __init__(self, pages: mmap.mmap) -> None:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(pages))
        self._pages = pages
        self._pin: ctypes.c_char | None = ctypes.c_char.from_buffer(pages)
        self.address = ctypes.addressof(self._pin)
        self.size = len(pages)

    def read(self, size: int) -> bytes:
        """Its first bytes."""
        return self._pages[:size]

    def write(self, data: bytes | bytearray) -> None:
        """Replace its first bytes."""
        self._pages[: len(data)] = bytes(data)

    def close(self) -> None:
        """Unmap it."""
        self._pin = None
        self._pages.close()
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(self._pages))


class PrivcmdTransport:
    """Hypercalls by ioctl.

    Raises:
        NoDriver: There is no device: this is not Xen.
        PermissionDenied: The device is closed to this process.

    Departs: where the kernel has no device for hypercall memory, locked private memory serves, as in libxencall.

    Source: Linux 6.1, include/uapi/xen/privcmd.h.
    """

    name = "privcmd"

    def __init__(self, devices: tuple[str, ...] = PRIVCMD, memory: str = HYPERCALL_MEMORY) -> None:
        self._fd = open_first(devices)
        self._memory = -1
        try:
            self._memory = os.open(memory, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            pass
        except OSError as cause:
            self.close()
            raise open_error(memory, cause) from None

    def allocate(self, size: int) -> MappedBuffer:
        """Hypercall-safe memory, zeroed; ``size`` is rounded up to whole pages.

        Raises:
            DriverError: There is none left.
        """
        check_size(size)
        size = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        try:
            if self._memory >= 0:
                return MappedBuffer(mmap.mmap(self._memory, size, mmap.MAP_SHARED))
            pages = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_LOCKED)
            pages.madvise(mmap.MADV_DONTFORK)
        except (OSError, OverflowError, ValueError) as cause:
            message = f"no {size} bytes of hypercall memory: {cause}"
            raise DriverError(message, "raise the limit of locked memory (ulimit -l), or ask for less") from None
        return MappedBuffer(pages)

    def free(self, region: MappedBuffer) -> None:
        """Give memory back."""
        region.close()

    def hypercall(self, number: int, address: int) -> None:
        """Make a hypercall with one argument.

        Raises:
            HypervisorError: It was refused.
        """
        argument = bytearray(PrivcmdHypercall.SIZE)
        PrivcmdHypercall.op.write(argument, number)
        PrivcmdHypercall.arg.write(argument, address.to_bytes(8, "little"))
        try:
            fcntl.ioctl(self._fd, IOCTL_PRIVCMD_HYPERCALL, bytes(argument))
        except OSError as cause:
            raise hypercall_error(cause.errno or 0) from None

    def close(self) -> None:
        """Close the devices; again is harmless."""
        for fd in (self._memory, self._fd):
            if fd >= 0:
                os.close(fd)
        self._memory = self._fd = -1
