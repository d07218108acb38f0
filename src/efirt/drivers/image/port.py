"""Files of firmware's memory: reading one, replacing it at once, and writing into it step by step.

Source: POSIX.1-2024, rename and fsync (a name changes at once; what was not synchronized may be lost); Linux man-pages 6.03, open(2),
rename(2), fsync(2) ("an explicit fsync on a file descriptor for the directory is also needed").
"""

import os
import stat
from errno import EEXIST
from time import time_ns

from efirt.annotation import Final, Iterable, NamedTuple, Self
from efirt.drivers.image.refusals import busy, changed, refused, unlabelled, unsettled
from efirt.errors import DriverError
from efirt.images.edk2_patch import Plan
from efirt.images.edk2_volume import Readable

_MAPPED: Final = 8 << 20
_PIECE: Final = 1 << 20
TRIES: Final = 8
_RECENT_NS: Final = 2_000_000_000
_ACCESS_LIST: Final = "system.posix_acl_"
_OF_CONTENTS: Final = frozenset({"security.ima", "security.evm"})
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
    """Read a file as it is at one moment; a large one is mapped, costs no memory until it is looked at, and changes with the file.

    A running machine may write to it meanwhile. What was read counts where the file's time says that it was left alone, and where
    that is too young to tell, or it is a device, where the same was read twice.

    Raises:
        DriverError: It cannot be read, or does not stand still.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) and not stat.S_ISBLK(status.st_mode):
                raise DriverError(f"{path} cannot be read: it is no file", "give the path of an image")
            size = status.st_size if stat.S_ISREG(status.st_mode) else os.lseek(descriptor, 0, os.SEEK_END)
            if size > _MAPPED:
                from mmap import ACCESS_READ, mmap  # noqa: PLC0415 - for large files only

                os.pread(descriptor, _PIECE, 0)  # a disk that cannot read says so here; where it is mapped that ends the process
                return memoryview(mmap(descriptor, size, access=ACCESS_READ)), _origin(status)
            before = None
            for _ in range(TRIES):
                data = _contents(descriptor)
                origin, status = _origin(status), os.fstat(descriptor)
                if _origin(status) == origin and (_is_old(status) or data == before):
                    return data, origin
                before = data
            raise busy(path)
        finally:
            os.close(descriptor)
    except OSError as cause:
        raise refused("read", path, cause) from None


def _contents(descriptor: int) -> bytes:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    data = os.pread(descriptor, size, 0)
    while len(data) < size and (more := os.pread(descriptor, size - len(data), len(data))):
        data += more
    return data


def _is_old(status: os.stat_result) -> bool:
    """Whether a file's time tells that nobody writes to it just now."""
    return stat.S_ISREG(status.st_mode) and time_ns() - status.st_mtime_ns > _RECENT_NS


def was_left_alone(path: str, origin: Origin) -> bool:
    """Whether a file is for sure as it was when it was read."""
    status = os.stat(path)  # noqa: PTH116 - pathlib costs 9 ms
    return _origin(status) == origin and _is_old(status)


def in_use(path: str) -> bool:
    """Whether a running machine has locked a file to write to it; what cannot be asked is not in use."""
    from efirt.drivers.image.locks import is_written  # noqa: PLC0415 - for who asks

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return is_written(descriptor)
    finally:
        os.close(descriptor)


class Writing:
    """A file that is being written, locked against everybody else until it is left.

    Attributes:
        path: Of the file itself, where a symbolic link leads to it.
    """

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        """The file itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Let it go."""
        os.close(self._descriptor)

    def claim(self, origin: Origin | None, *, force: bool) -> None:
        """Lock it, unless forced not to heed locks, and see whether it is still what was read.

        Raises:
            DriverError: It is locked, or was changed.
        """
        if not force:
            from efirt.drivers.image.locks import take  # noqa: PLC0415 - for who writes

            take(self._descriptor, self.path)
        if origin is not None and not self._is(origin):
            raise changed(self.path)

    def _is(self, origin: Origin) -> bool:
        """Whether this is still the file of its name, and as it was read."""
        try:
            return self.origin == origin == _origin(os.stat(self.path))  # noqa: PTH116 - pathlib costs 9 ms
        except FileNotFoundError:
            return False

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
        file.__exit__()
        raise
    return file


def write_new(
    path: str, pieces: Iterable[Readable], like: os.stat_result | None = None, pattern: int = -1, beside: str | None = None
) -> Origin:
    """Write a file beside the one of this name, then give it the name: at each moment the old one or the new one is there, whole.

    Args:
        path: Its name.
        pieces: Its bytes.
        like: The owner and the rights it shall have; None for a file that is not there yet, and then must not be.
        pattern: The open file whose labels it shall have.
        beside: What it is called until it is whole; one for each name where None is given.

    Raises:
        DriverError: It cannot be written, and nothing was changed; or it was, and the disk did not say so.
    """
    folder, name = os.path.split(path)
    beside = os.path.join(folder, beside or f".{name}.efirt-new")  # noqa: PTH118 - as above
    try:
        _take_away(beside)  # left by one that was killed
        descriptor = os.open(beside, _NEW, 0o600 if like else 0o666)
    except OSError as cause:
        raise refused("written", path, cause, in_place=like is not None) from None
    try:
        try:
            _fill(descriptor, pieces, is_sparse=like is not None and like.st_blocks * 512 < like.st_size)
            if like is not None:
                _resemble(descriptor, like, pattern, path)
            os.fsync(descriptor)
            if like is None:
                _appear(beside, path)
            else:
                os.rename(beside, path)  # noqa: PTH104
        except BaseException:
            _take_away(beside)
            raise
        origin = _origin(os.fstat(descriptor))
    except OSError as cause:
        raise refused("written", path, cause, in_place=like is not None) from None
    finally:
        os.close(descriptor)
    try:
        synchronize(folder)
    except OSError as cause:
        raise unsettled(path, cause) from None
    return origin


def _take_away(path: str) -> None:
    """Take a name away, if it can be."""
    try:  # noqa: SIM105 - contextlib costs 2 ms with what it imports
        os.unlink(path)  # noqa: PTH108
    except OSError:
        pass


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
    at, zeros = 0, bytes(_PIECE if is_sparse else 0)
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), _PIECE):
            part = view[start : start + _PIECE]
            if not is_sparse or not zeros.startswith(bytes(part)):
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


def _resemble(descriptor: int, like: os.stat_result, pattern: int, path: str) -> None:
    """Give a file the owner, the labels, access lists among them, and the rights of another.

    Raises:
        DriverError: It cannot have one of the labels.
    """
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    if hasattr(os, "listxattr"):
        wanted, there = _labels(pattern), _labels(descriptor)
        for name in there.keys() - wanted.keys():
            if name.startswith(_ACCESS_LIST):  # the directory's, for what is made in it
                os.removexattr(descriptor, name)
        for name, value in wanted.items():
            if there.get(name) != value:
                try:
                    os.setxattr(descriptor, name, value)
                except OSError as cause:
                    raise unlabelled(path, name, cause) from None
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))


def _labels(descriptor: int) -> dict[str, bytes]:
    """A file's extended attributes, without those that are about its contents."""
    try:
        names = os.listxattr(descriptor)
    except OSError:  # a filesystem that knows none
        return {}
    return {name: os.getxattr(descriptor, name) for name in names if name not in _OF_CONTENTS}
