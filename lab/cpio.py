"""Writing a cpio archive as Linux wants it for an initramfs.

Source: Linux, Documentation/driver-api/early-userspace/buffer-format.rst: "newc" members, all numbers 8 hexadecimal digits.
"""

import stat
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

_ALIGNMENT = 4
_MERGED = ("bin", "lib", "lib64", "sbin")


class Entry(NamedTuple):
    """One member of an archive.

    Attributes:
        name: Path in the guest, with or without the leading slash.
        mode: Type and permissions, as in ``st_mode``.
        data: A file's contents, or where a symbolic link points.
        device: Major and minor number of a device node.
    """

    name: str
    mode: int
    data: bytes = b""
    device: tuple[int, int] = (0, 0)


def file(name: str, data: bytes | str, permissions: int = 0o644) -> Entry:
    """Make a regular file."""
    return Entry(name, stat.S_IFREG | permissions, data.encode() if isinstance(data, str) else data)


def link(name: str, target: str) -> Entry:
    """Make a symbolic link."""
    return Entry(name, stat.S_IFLNK | 0o777, target.encode())


def folder(name: str, permissions: int = 0o755) -> Entry:
    """Make a directory."""
    return Entry(name, stat.S_IFDIR | permissions)


def merged(name: str) -> str:
    """Give the name as it is where /bin, /lib, /lib64 and /sbin are links into /usr.

    The kernel would replace such a link by a directory when an archive says that it is one.
    """
    parts = PurePosixPath("/", name).parts[1:]
    return "/".join(("usr", *parts) if parts[0] in _MERGED and len(parts) > 1 else parts)


def _member(entry: Entry, inode: int) -> Iterator[bytes]:
    name = entry.name.strip("/").encode() + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    numbers = (inode, entry.mode, 0, 0, links, 0, len(entry.data), 0, 0, *entry.device, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % number for number in numbers) + name
    for part in (head, entry.data):
        yield part
        yield bytes(-len(part) % _ALIGNMENT)


def with_parents(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Put before each entry the directories it stands in, each once: the kernel makes none by itself."""
    made: set[str] = set()
    for entry in entries:
        parents = PurePosixPath(entry.name.strip("/")).parents
        for parent in map(str, reversed(parents[:-1])):
            if parent not in made:
                made.add(parent)
                yield folder(parent)
        if stat.S_ISDIR(entry.mode):
            made.add(entry.name.strip("/"))
        yield entry


def archive(entries: Iterable[Entry]) -> bytes:
    """Write the archive: its size is a multiple of four, so another one may follow."""
    trailer = Entry("TRAILER!!!", 0)
    members = (part for inode, entry in enumerate((*entries, trailer), 1) for part in _member(entry, inode))
    return b"".join(members)
