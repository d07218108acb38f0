"""A directory with a file for each variable: reading it, and changing one of its files at once."""

import os
from contextlib import suppress

from efirt.annotation import Final
from efirt.drivers.image.port import read, synchronize, write_new
from efirt.drivers.image.refusals import refused
from efirt.errors import DriverError

_FILE_LIMIT: Final = 1 << 20
_MOST: Final = 65536
_BESIDE: Final = ".efirt-new"


def read_folder(path: str) -> list[tuple[str, bytes]]:
    """The names and the contents of a directory's files; those whose name begins with a dot are none of it.

    Raises:
        DriverError: It cannot be read.
    """
    try:
        names = [entry.name for entry in os.scandir(path) if not entry.name.startswith(".") and entry.is_file()]
    except OSError as cause:
        raise refused("read", path, cause) from None
    if len(names) > _MOST:
        raise DriverError(f"{path} has {len(names)} files, and no firmware so many variables", "name the directory itself")
    entries = []
    for name in names:
        data, _ = read(os.path.join(path, name))  # noqa: PTH118 - pathlib costs 9 ms
        if len(data) > _FILE_LIMIT:
            raise DriverError(f"{path} has the file {name!r} of {len(data)} bytes, and no variable is so large", "take it out")
        entries.append((name, bytes(data)))
    return entries


def create_folder(path: str, entries: tuple[tuple[str, bytes], ...]) -> None:
    """Make a directory with these files.

    Raises:
        DriverError: It is there already, or cannot be written.
    """
    try:
        os.mkdir(path)  # noqa: PTH102
    except OSError as cause:
        raise refused("written", path, cause) from None
    for name, data in entries:
        write_entry(path, name, data)


def write_entry(path: str, name: str, data: bytes | None) -> None:
    """Write a file of it, which keeps its owner, rights and labels; without data, take the file away.

    Raises:
        DriverError: It cannot be done, and nothing was changed.
    """
    target = os.path.join(path, name)  # noqa: PTH118
    try:
        if data is None:
            with suppress(FileNotFoundError):
                os.unlink(target)  # noqa: PTH108
            synchronize(path)
            return
        descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        write_new(target, [data or b""], beside=_BESIDE)
        return
    except OSError as cause:
        raise refused("written", target, cause) from None
    try:
        write_new(target, [data], os.fstat(descriptor), descriptor, _BESIDE)
    finally:
        os.close(descriptor)
