"""Which files an audit looks at: what was named, what a pattern means, and what lies in directories.

Symbolic links that are named are followed, those met in a directory are not, so no walk goes in circles.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from time import monotonic

from efirt.annotation import Final, NamedTuple
from efirt.drivers.image.refusals import refused
from efirt.scan.row import Row, Skipped
from efirt.views.certificate_update import BLOCKED

_MAGIC: Final = frozenset("*?[")
_SYSTEMS_OWN: Final = ("/proc", "/sys")
_COUNTING_SECONDS: Final = 1.0
_SELDOM: Final = 256
_MARKS: Final = tuple(f"{name}-8be4df61-93ca-11d2-aa0d-00e098032b8c" for name in ("BootOrder", "SetupMode", "PK", "Timeout", "BootCurrent"))
"""Files that tell a directory like efivarfs: some variable that every machine has."""


class Found(NamedTuple):
    """A file to look at.

    Attributes:
        path: Its name.
        is_named: Whether somebody named it, be it by a pattern; one that is no image gets a row then.
        is_directory: Whether it is a directory with a file for each variable.
    """

    path: str
    is_named: bool = False
    is_directory: bool = False


def planned(paths: Iterable[str]) -> Iterator[Found | Row | Skipped]:
    """Find the files, one after another: those to look at, those that cannot be, and those that are none."""
    own = frozenset(_device(path) for path in _SYSTEMS_OWN) - {None}
    for path in paths:
        if _MAGIC.isdisjoint(path) or os.path.lexists(path):
            yield from _named(path, own)
            continue
        matches = 0
        for match in expanded(path):
            matches += 1
            yield from _named(match, own)
        if not matches:
            yield Row(path, BLOCKED, "no file has such a name")


def counted(paths: Iterable[str], is_over: Callable[[], bool]) -> int | None:
    """How many files there are to look at, roughly; None where that takes longer than a second to find out."""
    end = monotonic() + _COUNTING_SECONDS
    count = 0
    for count, _ in enumerate(planned(paths), 1):
        if count % _SELDOM == 0 and (is_over() or monotonic() > end):
            return None
    return count


def _named(path: str, own: frozenset[int | None]) -> Iterator[Found | Row | Skipped]:
    try:
        status = os.stat(path)  # noqa: PTH116 - pathlib makes an object of each path
    except (OSError, ValueError) as cause:
        yield _refused(path, cause)
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _walked(path, own)
    elif stat.S_ISREG(status.st_mode) or stat.S_ISBLK(status.st_mode):
        yield Found(path, is_named=True)
    else:
        yield Row(path, BLOCKED, f"it is {_what(status.st_mode)}, and no file")


def _what(mode: int) -> str:
    kinds = ((stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"), (stat.S_ISCHR, "a device"))
    return next((name for is_one, name in kinds if is_one(mode)), "something else")


def _refused(path: str, cause: OSError | ValueError) -> Row:
    """A row for what cannot be looked at."""
    if isinstance(cause, OSError):
        return Row(path, BLOCKED, refused("read", "it", cause).message)
    return Row(path, BLOCKED, f"it cannot be read: {cause}")


def _walked(path: str, own: frozenset[int | None]) -> Iterator[Found | Row | Skipped]:
    """All files below a directory."""
    waiting = [path]
    while waiting:
        folder = waiting.pop()
        if any(os.path.lexists(os.path.join(folder, mark)) for mark in _MARKS):  # noqa: PTH118
            yield Found(folder, is_directory=True)
            continue
        try:
            if own and os.stat(folder).st_dev in own:  # noqa: PTH116
                yield Skipped(folder, "the system's own")
                continue
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        yield Found(entry.path)
                    elif entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        yield Skipped(entry.path, "symbolic links" if entry.is_symlink() else "pipes, sockets and devices")
        except OSError as cause:
            yield _refused(folder, cause)


def _device(path: str) -> int | None:
    try:
        return os.stat(path).st_dev  # noqa: PTH116
    except OSError:
        return None


def expanded(pattern: str) -> Iterator[str]:
    """The names that a pattern means, as a shell would: ``*``, ``?`` and ``[]`` within a name, ``**`` for directories at any depth.

    Names that begin with a dot need a pattern that begins with one.
    """
    head, _, rest = pattern.partition("/")
    start = "/" if not head and pattern.startswith("/") else ""
    parts = [part for part in (rest if start else pattern).split("/") if part]
    yield from _matched(start, parts)


def _matched(folder: str, parts: list[str]) -> Iterator[str]:
    """The names below a directory that these parts of a pattern mean."""
    if not parts:
        if folder:
            yield folder
        return
    part, rest = parts[0], parts[1:]
    if part == "**" and not rest:
        yield folder or "."
    elif part == "**":
        for below in _tree(folder):
            yield from _matched(below, rest)
    elif _MAGIC.isdisjoint(part):
        below = os.path.join(folder, part)  # noqa: PTH118
        if os.path.lexists(below):
            yield from _matched(below, rest)
    else:
        for entry in _entries(folder):
            if fnmatchcase(entry.name, part) and (part.startswith(".") or not entry.name.startswith(".")) and (not rest or entry.is_dir()):
                yield from _matched(entry.path if folder else entry.name, rest)


def _tree(folder: str) -> Iterator[str]:
    """A directory and all below it, but for hidden ones and what symbolic links lead to."""
    waiting = [folder]
    while waiting:
        one = waiting.pop()
        yield one
        below = [entry for entry in _entries(one) if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")]
        waiting += [entry.path if one else entry.name for entry in reversed(below)]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """A directory's entries in the order of their names; one that cannot be read has none, as for a shell."""
    try:
        with os.scandir(folder or ".") as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
