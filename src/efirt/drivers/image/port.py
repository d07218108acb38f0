"""Files of firmware's memory, read; :mod:`~efirt.drivers.image.writing` writes them.

Source: POSIX.1-2024, open and fstat; Linux man-pages 6.03, mmap(2), pread(2), lseek(2), inode(7).
"""

import os
import stat
from errno import ENXIO
from time import time_ns

from efirt.annotation import Final, NamedTuple
from efirt.drivers.image.refusals import busy, refused
from efirt.errors import DriverError
from efirt.images.edk2_volume import Readable

_MAPPED: Final = 8 << 20
_PIECE: Final = 1 << 20
_BLOCK: Final = 512
TRIES: Final = 8
_RECENT_NS: Final = 2_000_000_000


class Origin(NamedTuple):
    """Which file was read, and how it was then: who writes it looks whether it is still so."""

    device: int
    inode: int
    size: int
    changed_ns: int


def origin_of(status: os.stat_result) -> Origin:
    """What the system says of a file."""
    return Origin(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def is_directory(path: str) -> bool:
    """Whether a directory is there."""
    return os.path.isdir(path)  # noqa: PTH112 - pathlib costs 9 ms


def is_there(path: str) -> bool:
    """Whether anything has this name."""
    return os.path.lexists(path)


def read(path: str) -> tuple[Readable, Origin]:
    """Read a file as it is at one moment; a large one is mapped, costs no memory until it is looked at, and may change with the file.

    A running machine may write to it meanwhile. What was read counts where the file's time says that it was left alone, and where
    that is too young to tell, or it is a device, where the same was read twice.

    Raises:
        DriverError: It cannot be read, or does not stand still.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            is_file = stat.S_ISREG(status.st_mode)
            if not is_file and not stat.S_ISBLK(status.st_mode):
                raise DriverError(f"{path} cannot be read: it is no file", "give the path of an image")
            size = (is_file and status.st_size) or os.lseek(descriptor, 0, os.SEEK_END)  # a file of the kernel's own says 0, and refuses
            if size > _MAPPED:
                has_holes = is_file and status.st_blocks * _BLOCK < size
                whole = _without_holes(descriptor, size) if has_holes else None
                return _mapped(descriptor, size) if whole is None else whole, origin_of(status)
            before = None
            for _ in range(TRIES):
                data = _contents(descriptor, size)
                origin, status = origin_of(status), os.fstat(descriptor)
                is_same = status.st_mtime_ns == origin.changed_ns and status.st_size == origin.size  # an open file stays the same one
                if is_same and (_is_old(status) or data == before):
                    return data, origin
                before = data
                size = status.st_size if is_file else size
            raise busy(path)
        finally:
            os.close(descriptor)
    except OSError as cause:
        raise refused("read", path, cause) from None


def _mapped(descriptor: int, size: int) -> memoryview:
    """A large file, of which nothing is copied."""
    from mmap import ACCESS_READ, mmap  # noqa: PLC0415 - for large files only

    os.pread(descriptor, _PIECE, 0)  # a disk that cannot read says so here; where it is mapped that ends the process
    return memoryview(mmap(descriptor, size, access=ACCESS_READ))


def _without_holes(descriptor: int, size: int) -> memoryview | None:
    """A large file with holes, which take no memory here either; None where that cannot be had.

    Mapped, a hole that is looked at needs room on a tmpfs, and where there is none the process ends.
    """
    from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap  # noqa: PLC0415 - for large files only

    try:
        whole = memoryview(mmap(-1, size, MAP_PRIVATE | MAP_ANONYMOUS))
        os.lseek(descriptor, 0, os.SEEK_HOLE)
    except (AttributeError, OSError):  # a system without these, or a size that is beyond its memory
        return None
    at = 0
    while at < size:
        try:
            begin = os.lseek(descriptor, at, os.SEEK_DATA)
        except OSError as cause:
            if cause.errno != ENXIO:  # else there is none behind
                raise
            break
        at = min(os.lseek(descriptor, begin, os.SEEK_HOLE), size)
        while begin < at:
            count = os.preadv(descriptor, [whole[begin : min(begin + _PIECE, at)]], begin)
            if not count:
                break
            begin += count
    return whole


def _contents(descriptor: int, size: int) -> bytes:
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
    return origin_of(status) == origin and _is_old(status)


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
