"""What is asked of the system about disks: looking at files, and reading them.

Source: POSIX.1-2024, stat, pread; Linux 6.1, Documentation/ABI/testing/sysfs-block.
"""

import os
import stat
from errno import EACCES, ENOENT, ENOTDIR, EPERM

from efirt.annotation import NamedTuple, Protocol
from efirt.errors import DriverError, PermissionDenied


class Look(NamedTuple):
    """What a file is.

    Attributes:
        is_block: Whether it is a block device.
        is_file: Whether it is an ordinary file.
        device: The number of a block device, ``8:1``.
        inside: The number of the file system it lies on.
    """

    is_block: bool
    is_file: bool
    device: str
    inside: str


class World(Protocol):
    """What is there."""

    def look(self, path: str) -> Look | None:
        """What a file is; None where there is none."""

    def real(self, path: str) -> str:
        """A path without links."""

    def names(self, path: str) -> tuple[str, ...]:
        """What is in a directory; nothing where there is none."""

    def text(self, path: str) -> str | None:
        """What a small file holds, without blanks around it; None where there is none."""

    def size(self, path: str) -> int:
        """How large a file or a disk is."""

    def read(self, path: str, offset: int, size: int) -> bytes:
        """Bytes of a file or a disk; fewer where it ends."""


class System:
    """This machine, or a copy of one.

    Every method raises :class:`~efirt.errors.DriverError` where the system refuses.

    Args:
        root: Where it begins; empty for this machine.
    """

    def __init__(self, root: str = "") -> None:
        self._root = os.path.realpath(root) if root else ""

    def look(self, path: str) -> Look | None:
        """What a file is; None where there is none."""
        try:
            status = os.stat(self._root + path)  # noqa: PTH116 - paths are text here, as sysfs' are
        except FileNotFoundError:
            return None
        except OSError as cause:
            raise _refused(path, cause) from None
        is_block = stat.S_ISBLK(status.st_mode)
        return Look(is_block, stat.S_ISREG(status.st_mode), _number(status.st_rdev), _number(status.st_dev))

    def real(self, path: str) -> str:
        """A path without links."""
        return os.path.realpath(self._root + path)[len(self._root) :] or "/"

    def names(self, path: str) -> tuple[str, ...]:
        """What is in a directory; nothing where there is none."""
        try:
            return tuple(sorted(os.listdir(self._root + path)))  # noqa: PTH208 - as above
        except OSError as cause:
            if cause.errno in {ENOENT, ENOTDIR}:
                return ()
            raise _refused(path, cause) from None

    def text(self, path: str) -> str | None:
        """What a small file holds, without blanks around it; None where there is none."""
        try:
            with open(self._root + path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - as above
                return file.read().strip()
        except OSError as cause:
            if cause.errno in {ENOENT, ENOTDIR}:
                return None
            raise _refused(path, cause) from None

    def size(self, path: str) -> int:
        """How large a file or a disk is."""
        try:
            with open(self._root + path, "rb", buffering=0) as file:  # noqa: PTH123 - as above
                return file.seek(0, os.SEEK_END)
        except OSError as cause:
            raise _refused(path, cause) from None

    def read(self, path: str, offset: int, size: int) -> bytes:
        """Bytes of a file or a disk; fewer where it ends."""
        try:
            with open(self._root + path, "rb") as file:  # noqa: PTH123 - as above
                file.seek(offset)
                return file.read(size)
        except OSError as cause:
            raise _refused(path, cause) from None


def _number(device: int) -> str:
    return f"{os.major(device)}:{os.minor(device)}"


def _refused(path: str, cause: OSError) -> DriverError:
    if cause.errno in {EACCES, EPERM}:
        return PermissionDenied(f"{path} is closed to this process", "run this as root", os_errno=cause.errno)
    return DriverError(f"{path} cannot be read: {cause.strerror}", os_errno=cause.errno)
