"""A directory with a file for each variable: reading it, making one, and changing one of its files at once."""

import os

from efirt.annotation import Final, Sequence
from efirt.drivers.image.beside import folder_beside
from efirt.drivers.image.port import read
from efirt.drivers.image.refusals import refused
from efirt.drivers.image.replacing import fill, put_name, synchronize, write_new
from efirt.errors import DriverError

_FILE_LIMIT: Final = 1 << 20
_MOST: Final = 65536
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def read_folder(path: str) -> list[tuple[str, bytes]]:
    """The names and the contents of a directory's files; those whose name begins with a dot are none of it.

    A file that is taken away meanwhile is none of it, either.

    Raises:
        DriverError: It cannot be read.
    """
    try:
        names = [entry.name for entry in os.scandir(path) if not entry.name.startswith(".") and entry.is_file()]
    except OSError as cause:
        raise refused("read", path, cause) from None
    if len(names) > _MOST:
        raise DriverError(f"{path} has {len(names)} files, and no firmware so many variables", "name the directory itself")
    entries = ((name, read_entry(path, name)) for name in names)
    return [(name, data) for name, data in entries if data is not None]


def read_entry(path: str, name: str) -> bytes | None:
    """What a file of it holds; None where there is none.

    Raises:
        DriverError: It cannot be read.
    """
    place = os.path.join(path, name)  # noqa: PTH118 - pathlib costs 9 ms
    try:
        data, _ = read(place)
    except DriverError:
        if not os.path.lexists(place):
            return None
        raise
    if len(data) > _FILE_LIMIT:
        raise DriverError(f"{path} has the file {name!r} of {len(data)} bytes, and no variable is so large", "take it out")
    return bytes(data)


def create_folder(path: str, entries: Sequence[tuple[str, bytes]]) -> None:
    """Make a directory with these files: it has its name when all of them are in it and on the disk.

    Raises:
        DriverError: It is there already, or cannot be written; then nothing has its name that had not.
    """
    path = path.rstrip("/") or path
    try:
        with folder_beside(path, os.path.basename(path)) as new:  # noqa: PTH119
            for name, data in entries:
                _put(new.descriptor, name, data)
            os.fsync(new.descriptor)
            new.appear(path)
    except OSError as cause:
        raise refused("written", path, cause) from None
    put_name(path)


def _put(folder: int, name: str, data: bytes) -> None:
    """Make a file in a directory that nobody sees yet."""
    descriptor = os.open(name, _NEW, 0o666, dir_fd=folder)
    try:
        fill(descriptor, [data])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_entry(path: str, name: str, data: bytes | None) -> None:
    """Write a file of it, which keeps its owner, rights and labels; without data, take the file away.

    Raises:
        DriverError: It cannot be done, and nothing was changed.
    """
    target = os.path.join(path, name)  # noqa: PTH118
    try:
        if data is None:
            try:  # noqa: SIM105 - contextlib costs 2 ms with what it imports
                os.unlink(target)  # noqa: PTH108
            except FileNotFoundError:
                pass
            synchronize(path)
            return
        descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        write_new(target, [data or b""], beside="")
        return
    except OSError as cause:
        raise refused("written", target, cause) from None
    try:
        write_new(target, [data], os.fstat(descriptor), descriptor, "")
    finally:
        os.close(descriptor)
