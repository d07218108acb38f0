"""New files, and new ones in the place of others: at each moment the old one or the new one has the name, whole.

Source: POSIX.1-2024, rename and fsync (a name changes at once; what was not synchronized may be lost); Linux man-pages 6.03, rename(2),
fsync(2) ("an explicit fsync on a file descriptor for the directory is also needed").
"""

import os

from efirt.annotation import Final, Iterable
from efirt.drivers.image.beside import file_beside
from efirt.drivers.image.likeness import resemble
from efirt.drivers.image.port import Origin, origin_of
from efirt.drivers.image.refusals import refused, unsettled
from efirt.images.edk2_volume import Readable

_PIECE: Final = 1 << 20
_ZEROS: Final = bytes(_PIECE)


def write_new(
    path: str, pieces: Iterable[Readable], like: os.stat_result | None = None, pattern: int = -1, beside: str | None = None
) -> Origin:
    """Write a file beside the one of this name, then give it the name: at each moment the old one or the new one is there, whole.

    Args:
        path: Its name.
        pieces: Its bytes.
        like: The owner and the rights it shall have; None for a file that is not there yet, and then must not be.
        pattern: The open file whose labels it shall have.
        beside: What it is called after until it is whole; the name itself where None is given.

    Raises:
        DriverError: It cannot be written, and nothing was changed; or it was, and the disk did not say so.
    """
    name = os.path.basename(path) if beside is None else beside  # noqa: PTH119 - pathlib costs 9 ms
    try:
        with file_beside(path, name, 0o600 if like else 0o666) as new:
            fill(new.descriptor, pieces, is_sparse=like is None or like.st_blocks * 512 < like.st_size)
            if like is not None:
                resemble(new.descriptor, like, pattern, path)
            os.fsync(new.descriptor)
            if like is None:
                new.appear(path)
            else:
                new.replace(path)
            origin = origin_of(os.fstat(new.descriptor))
    except OSError as cause:
        raise refused("written", path, cause, in_place=like is not None) from None
    put_name(path)
    return origin


def put_name(path: str) -> None:
    """Put a new file's name on the disk.

    Raises:
        DriverError: It has its name, and the disk did not say so.
    """
    try:
        synchronize(os.path.dirname(path))  # noqa: PTH120 - pathlib costs 9 ms
    except OSError as cause:
        raise unsettled(path, cause) from None


def synchronize(folder: str) -> None:
    """Put a directory's names on the disk."""
    descriptor = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fill(descriptor: int, pieces: Iterable[Readable], *, is_sparse: bool = True) -> None:
    """Write a file from its beginning; where holes are wanted, whole pieces of zeros become such, if the filesystem has any."""
    at = 0
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), _PIECE):
            part = view[start : start + _PIECE]
            if not is_sparse or part[0] or len(part) < _PIECE or bytes(part) != _ZEROS:
                write_all(descriptor, part, at)
            at += len(part)
    if os.fstat(descriptor).st_size < at:
        os.ftruncate(descriptor, at)


def write_all(descriptor: int, data: Readable, offset: int) -> None:
    """Write all of it."""
    view = memoryview(data)
    while view:
        size = os.pwrite(descriptor, view, offset)
        view, offset = view[size:], offset + size
