"""Writing into a file step by step, and putting another in its place, while nobody else may.

Source: POSIX.1-2024, fsync (what was not synchronized may be lost); Linux man-pages 6.03, posix_fallocate(3).
"""

import os
import stat

from efirt.annotation import TYPE_CHECKING, Iterable
from efirt.drivers.image import replacing
from efirt.drivers.image.beside import Open
from efirt.drivers.image.port import Origin, origin_of
from efirt.drivers.image.refusals import changed, refused
from efirt.drivers.image.replacing import write_all
from efirt.errors import DriverError
from efirt.images.edk2_volume import Readable

if TYPE_CHECKING:
    from efirt.images.edk2_patch import Plan


class Writing(Open):
    """A file that is being written, locked against everybody else until it is left.

    Attributes:
        path: Of the file itself, where a symbolic link leads to it.
    """

    def __init__(self, path: str, descriptor: int) -> None:
        super().__init__(descriptor)
        self.path = path

    def claim(self, origin: Origin | None, *, force: bool) -> None:
        """Lock it, unless forced not to heed locks, and see whether it is still what was read.

        Raises:
            DriverError: It is locked, or was changed.
        """
        if not force:
            from efirt.drivers.image.locks import take  # noqa: PLC0415 - for who writes

            take(self.descriptor, self.path)
        if not self._is(origin):
            raise changed(self.path)

    def _is(self, origin: Origin | None) -> bool:
        """Whether this is still the file of its name, and as it was read."""
        ours = self.origin
        try:
            return ours == origin_of(os.stat(self.path)) and origin in {None, ours}  # noqa: PTH116 - pathlib costs 9 ms
        except FileNotFoundError:
            return False

    def apply(self, plan: "Plan") -> None:
        """Write into it, each step on the disk before the next begins; room for all of it is there before the first byte.

        Raises:
            DriverError: It cannot be written; what was written by then is one of the plan's states.
        """
        try:
            if (status := os.fstat(self.descriptor)).st_blocks * 512 < status.st_size:
                for patch in (patch for step in plan for patch in step):
                    os.posix_fallocate(self.descriptor, patch.offset, len(patch.data))
            for step in plan:
                for offset, data in step:
                    write_all(self.descriptor, data, offset)
                os.fsync(self.descriptor)
        except OSError as cause:
            raise refused("written", self.path, cause) from None

    def replace(self, pieces: Iterable[Readable]) -> Origin:
        """Put a new file in its place, which has its owner and its rights.

        Raises:
            DriverError: It cannot be done, and nothing was changed.
        """
        status = os.fstat(self.descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            what = f"has {status.st_nlink} names" if stat.S_ISREG(status.st_mode) else "is a device"
            raise DriverError(f"{self.path} {what}, so no new file can take its place at once", "write into it: in-place=yes")
        return replacing.write_new(self.path, pieces, status, self.descriptor)

    @property
    def origin(self) -> Origin:
        """How it is now."""
        return origin_of(os.fstat(self.descriptor))


def writing(path: str, origin: Origin | None, *, force: bool = False) -> Writing:
    """Open a file to write it.

    Args:
        path: Which; a symbolic link is followed.
        origin: How it was when it was read; None for any.
        force: Whether to write also what another process has locked.

    Raises:
        DriverError: It cannot be opened, is locked, or was changed meanwhile.
    """
    path = os.path.realpath(path)
    try:
        file = Writing(path, os.open(path, os.O_RDWR | os.O_CLOEXEC))
    except OSError as cause:
        raise refused("written", path, cause) from None
    try:
        file.claim(origin, force=force)
    except BaseException:
        file.close()
        raise
    return file
