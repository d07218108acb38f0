"""Files of firmware's memory: reading one, replacing it at once, and writing into it step by step.

Source: POSIX.1-2024, rename and fsync (a name changes at once; what was not synchronized may be lost); Linux man-pages 6.03, open(2),
rename(2), fsync(2) ("an explicit fsync on a file descriptor for the directory is also needed").
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import EEXIST

from efirt.annotation import Final, NamedTuple
from efirt.drivers.image.refusals import changed, refused
from efirt.errors import DriverError
from efirt.images.edk2_patch import Plan
from efirt.images.edk2_volume import Readable

_MAPPED: Final = 8 << 20
_PIECE: Final = 1 << 20
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Origin(NamedTuple):
    """Which file was read, and how it was then: who writes it looks whether it is still so."""

    device: int
    inode: int
    size: int
    changed_ns: int


def _origin(status: os.stat_result) -> Origin:
    return Origin(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def is_directory(path: str) -> bool:
    """Whether a directory is there."""
    return os.path.isdir(path)  # noqa: PTH112 - pathlib costs 9 ms


def is_there(path: str) -> bool:
    """Whether anything has this name."""
    return os.path.lexists(path)


def read(path: str) -> tuple[Readable, Origin]:
    """Read a file; a large one is mapped, and costs no memory until it is looked at.

    Raises:
        DriverError: It cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISBLK(status.st_mode):
                raise DriverError(f"{path} cannot be read: it is no file", "give the path of an image")
            size = os.lseek(descriptor, 0, os.SEEK_END)
            if size > _MAPPED:
                from mmap import ACCESS_READ, mmap  # noqa: PLC0415 - for large files only

                return memoryview(mmap(descriptor, size, access=ACCESS_READ)), _origin(status)
            data = os.pread(descriptor, size, 0)
            while len(data) < size and (more := os.pread(descriptor, size - len(data), len(data))):
                data += more
            return data, _origin(status)
        finally:
            os.close(descriptor)
    except OSError as cause:
        raise refused("read", path, cause) from None


class Writing:
    """A file that is being written, locked against everybody else.

    Attributes:
        path: Of the file itself, where a symbolic link leads to it.
    """

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def apply(self, plan: Plan) -> None:
        """Write into it, each step on the disk before the next begins; room for all of it is there before the first byte.

        Raises:
            DriverError: It cannot be written; what was written by then is one of the plan's states.
        """
        try:
            if (status := os.fstat(self._descriptor)).st_blocks * 512 < status.st_size:
                for patch in (patch for step in plan for patch in step):
                    os.posix_fallocate(self._descriptor, patch.offset, len(patch.data))
            for step in plan:
                for offset, data in step:
                    write_all(self._descriptor, data, offset)
                os.fsync(self._descriptor)
        except OSError as cause:
            raise refused("written", self.path, cause) from None

    def replace(self, pieces: Iterable[Readable]) -> Origin:
        """Put a new file in its place, which has its owner and its rights.

        Raises:
            DriverError: It cannot be done, and nothing was changed.
        """
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            what = f"has {status.st_nlink} names" if stat.S_ISREG(status.st_mode) else "is a device"
            raise DriverError(f"{self.path} {what}, so no new file can take its place at once", "write into it: in-place=yes")
        return write_new(self.path, pieces, status, self._descriptor)

    @property
    def origin(self) -> Origin:
        """How it is now."""
        return _origin(os.fstat(self._descriptor))


@contextmanager
def writing(path: str, origin: Origin | None, *, force: bool = False) -> Iterator[Writing]:
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
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as cause:
        raise refused("written", path, cause) from None
    try:
        if not force:
            from efirt.drivers.image.locks import take  # noqa: PLC0415 - for who writes

            take(descriptor, path)
        if origin is not None and (_origin(os.fstat(descriptor)) != origin or _origin(os.stat(path)) != origin):  # noqa: PTH116
            raise changed(path)
        yield Writing(path, descriptor)
    except FileNotFoundError:
        raise changed(path) from None
    finally:
        os.close(descriptor)


def write_new(path: str, pieces: Iterable[Readable], like: os.stat_result | None = None, pattern: int = -1) -> Origin:
    """Write a file beside the one of this name, then give it the name: at each moment the old one or the new one is there, whole.

    Args:
        path: Its name.
        pieces: Its bytes.
        like: The owner and the rights it shall have; None for a file that is not there yet, and then must not be.
        pattern: The open file whose labels it shall have.

    Raises:
        DriverError: It cannot be written, and nothing was changed.
    """
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.efirt-new")  # noqa: PTH118 - as above
    try:
        with suppress(FileNotFoundError):
            os.unlink(beside)  # noqa: PTH108 - as above; left by one that was killed
        descriptor = os.open(beside, _NEW, 0o600 if like else 0o666)
        try:
            _fill(descriptor, pieces, is_sparse=like is not None and like.st_blocks * 512 < like.st_size)
            if like is not None:
                _resemble(descriptor, like, pattern)
            os.fsync(descriptor)
            if like is None:
                _appear(beside, path)
            else:
                os.rename(beside, path)  # noqa: PTH104
            origin = _origin(os.fstat(descriptor))
        except BaseException:
            with suppress(OSError):
                os.unlink(beside)  # noqa: PTH108
            raise
        finally:
            os.close(descriptor)
        synchronize(folder)
    except OSError as cause:
        raise refused("written", path, cause) from None
    return origin


def _appear(beside: str, path: str) -> None:
    """Give a new file its name, unless that is taken."""
    try:
        os.link(beside, path)  # refuses what is there, as rename would not
    except PermissionError:  # a filesystem on which a file has one name
        if os.path.lexists(path):
            raise FileExistsError(EEXIST, os.strerror(EEXIST)) from None
        os.rename(beside, path)  # noqa: PTH104
        return
    os.unlink(beside)  # noqa: PTH108


def synchronize(folder: str) -> None:
    """Put a directory's names on the disk."""
    descriptor = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fill(descriptor: int, pieces: Iterable[Readable], *, is_sparse: bool) -> None:
    """Write a file from its beginning; where holes were wanted, whole pieces of zeros become such."""
    at = 0
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), _PIECE):
            part = view[start : start + _PIECE]
            if not is_sparse or any(bytes(part[:16])) or any(bytes(part)):
                write_all(descriptor, part, at)
            at += len(part)
    if is_sparse:
        os.ftruncate(descriptor, at)


def write_all(descriptor: int, data: Readable, offset: int) -> None:
    """Write all of it."""
    view = memoryview(data)
    while view:
        size = os.pwrite(descriptor, view, offset)
        view, offset = view[size:], offset + size


def _resemble(descriptor: int, like: os.stat_result, pattern: int) -> None:
    """Give a file the owner, the rights and the labels of another."""
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(pattern):
                with suppress(OSError):  # the system's own, which the new file has already, or must not have
                    os.setxattr(descriptor, name, os.getxattr(pattern, name))
