"""A transport on libxencall, which knows Linux, FreeBSD and NetBSD and each one's rules for hypercall memory.

Source: Xen 4.17, tools/include/xencall.h, tools/libs/call (symbol versions 1.0 are enough).
"""

import ctypes
import os

from efirt.drivers.xen.devices import PRIVCMD, open_first
from efirt.drivers.xen.system_errors import check_size, hypercall_error, open_error
from efirt.errors import DriverError

LIBRARY = "libxencall.so.1"


class LibraryMissing(DriverError):
    """libxencall is not installed; the raw transport may still do."""


class Buffer:
    """Memory from xencall_alloc_buffer.

    Attributes:
        address: Its virtual address.
        size: Bytes.
    """

    __slots__ = ("_view", "address", "size")

    def __init__(self, address: int, size: int) -> None:
        self.address = address
        self.size = size
        self._view = memoryview((ctypes.c_ubyte * size).from_address(address)).cast("B")

    def read(self, size: int) -> bytes:
        """Its first bytes."""
        return bytes(self._view[:size])

    def write(self, data: bytes | bytearray) -> None:
        """Replace its first bytes."""
        self._view[: len(data)] = data


def _load(library: str) -> ctypes.CDLL:
    try:
        lib = ctypes.CDLL(library, use_errno=True)
        _declare(lib)
    except (OSError, AttributeError) as cause:
        raise LibraryMissing(f"{library} cannot be loaded: {cause}", "install it (Debian: libxencall1)") from None
    return lib


def _declare(lib: ctypes.CDLL) -> None:
    lib.xencall_open.argtypes = (ctypes.c_void_p, ctypes.c_uint)
    lib.xencall_open.restype = ctypes.c_void_p
    lib.xencall_close.argtypes = (ctypes.c_void_p,)
    lib.xencall_alloc_buffer.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    lib.xencall_alloc_buffer.restype = ctypes.c_void_p
    lib.xencall_free_buffer.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    lib.xencall_free_buffer.restype = None
    lib.xencall1.argtypes = (ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint64)
    lib.xencall1.restype = ctypes.c_int


class LibxencallTransport:
    """Hypercalls by ``xencall1``.

    Raises:
        LibraryMissing: There is no such library.
        NoDriver: There is no device: this is not Xen.
        PermissionDenied: The device is closed to this process.

    Source: Xen 4.17, tools/include/xencall.h.
    """

    name = "libxencall"

    def __init__(self, library: str = LIBRARY, devices: tuple[str, ...] = PRIVCMD) -> None:
        self._lib = _load(library)
        # The library prints to standard error when it cannot open the device: find that out first.
        os.close(open_first(devices))
        self._handle = self._lib.xencall_open(None, 0)
        if not self._handle:
            number = ctypes.get_errno()
            raise open_error("the hypervisor's device, through libxencall,", OSError(number, os.strerror(number)))

    def allocate(self, size: int) -> Buffer:
        """Hypercall-safe memory, zeroed.

        Raises:
            DriverError: There is none left.
        """
        check_size(size)
        address = self._lib.xencall_alloc_buffer(self._handle, size)
        if not address:
            number = ctypes.get_errno()
            message = f"no {size} bytes of hypercall memory: {os.strerror(number)}"
            raise DriverError(message, "raise the limit of locked memory (ulimit -l), or ask for less", os_errno=number)
        return Buffer(address, size)

    def free(self, region: Buffer) -> None:
        """Give memory back."""
        self._lib.xencall_free_buffer(self._handle, region.address)

    def hypercall(self, number: int, address: int) -> None:
        """Make a hypercall with one argument.

        Raises:
            HypervisorError: It was refused.
        """
        ctypes.set_errno(0)
        if self._lib.xencall1(self._handle, number, address) < 0:
            raise hypercall_error(ctypes.get_errno())

    def close(self) -> None:
        """Close the library's handle."""
        handle, self._handle = self._handle, None
        if handle:
            self._lib.xencall_close(handle)
