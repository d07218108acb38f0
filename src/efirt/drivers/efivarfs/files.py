"""A directory of variables on this system, and the device for capsules.

Source: statfs(2) through Python's os.statvfs; Linux 6.9, fs/efivarfs/super.c (efivarfs_statfs).
"""

import os
from errno import EACCES, EROFS
from fcntl import ioctl

from efirt.abi.linux_fs import FS_IOC_GETFLAGS, FS_IOC_SETFLAGS
from efirt.annotation import Final
from efirt.drivers.efivarfs.port import Space

_MODE: Final = 0o644


class CapsuleLoader:
    """The device that takes capsules; every method can raise OSError.

    Attributes:
        path: Where it is.
    """

    def __init__(self, path: str = "/dev/efi_capsule_loader") -> None:
        self.path = path

    def open(self) -> int:
        """A descriptor."""
        return os.open(self.path, os.O_WRONLY | os.O_CLOEXEC)

    def write(self, descriptor: int, content: bytes) -> int:
        """Write with one call; how much was taken."""
        return os.write(descriptor, content)

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""
        os.close(descriptor)


class Directory:
    """A directory, held open, so that what is mounted over it later does not matter; every method can raise OSError."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def names(self) -> list[bytes]:
        """The names of all files."""
        return [os.fsencode(name) for name in os.listdir(self._descriptor)]  # noqa: PTH208 - pathlib knows no descriptors

    def open(self, name: bytes, flags: int) -> int:
        """A descriptor."""
        return os.open(name, flags | os.O_NOFOLLOW, _MODE, dir_fd=self._descriptor)

    def read(self, descriptor: int, size: int) -> bytes:
        """What a file holds from its beginning on, as far as so many bytes."""
        return os.pread(descriptor, size, 0)

    def write(self, descriptor: int, content: bytes) -> int:
        """Write with one call; how much was taken."""
        return os.write(descriptor, content)

    def size(self, descriptor: int) -> int:
        """A file's size."""
        return os.fstat(descriptor).st_size

    def flags(self, descriptor: int) -> int:
        """A file's flags."""
        return int.from_bytes(ioctl(descriptor, FS_IOC_GETFLAGS, bytes(8))[:4], "little")

    def set_flags(self, descriptor: int, flags: int) -> None:
        """Change them."""
        ioctl(descriptor, FS_IOC_SETFLAGS, flags.to_bytes(8, "little"))

    def unlink(self, name: bytes) -> None:
        """Take a file away."""
        os.unlink(name, dir_fd=self._descriptor)

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""
        os.close(descriptor)

    def space(self) -> Space | None:
        """Its room; None where the kernel does not say."""
        said = os.fstatvfs(self._descriptor)
        return Space(said.f_blocks * said.f_frsize, said.f_bfree * said.f_frsize) if said.f_blocks else None

    def closed(self) -> int:
        """The number with which this process cannot write here; 0 where it can."""
        if os.fstatvfs(self._descriptor).f_flag & os.ST_RDONLY:
            return EROFS
        return 0 if os.access(".", os.W_OK, dir_fd=self._descriptor) else EACCES

    def leave(self) -> None:
        """Give the directory back; again is harmless."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
