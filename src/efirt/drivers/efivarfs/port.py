"""The files of an efivarfs, and what has to be done so that they can be written.

A variable of which Linux believes that machines need it has an immutable file. The flag is taken off for one write, and put back.

Source: Linux 6.1, fs/efivarfs/file.c, inode.c.
"""

from contextlib import contextmanager
from os import O_CLOEXEC, O_CREAT, O_EXCL, O_RDONLY, O_WRONLY

from efirt.abi.linux_fs import FS_IMMUTABLE_FL
from efirt.annotation import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST_ROOM: Final = (64 << 10) + 4
_EPERM: Final = 1


class Space(NamedTuple):
    """What the file system says of its room, in bytes.

    Attributes:
        total: All of it.
        free: What is left of it.
    """

    total: int
    free: int


class Files(Protocol):
    """A directory of variables as a kernel shows it; every method can raise OSError."""

    def names(self) -> "list[bytes]":
        """The names of all files."""

    def open(self, name: bytes, flags: int) -> int:
        """A descriptor."""

    def read(self, descriptor: int, size: int) -> bytes:
        """What a file holds from its beginning on, as far as so many bytes."""

    def write(self, descriptor: int, content: bytes) -> int:
        """Write with one call; how much was taken."""

    def size(self, descriptor: int) -> int:
        """A file's size."""

    def flags(self, descriptor: int) -> int:
        """A file's flags."""

    def set_flags(self, descriptor: int, flags: int) -> None:
        """Change them."""

    def unlink(self, name: bytes) -> None:
        """Take a file away."""

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""

    def space(self) -> Space | None:
        """Its room; None where the kernel does not say."""

    def closed(self) -> int:
        """The number with which this process cannot write here; 0 where it can."""


class Refusal(Exception):
    """What the kernel refused.

    Attributes:
        step: ``list``, ``open``, ``read``, ``create``, ``unlock``, ``write``, ``unlink`` or ``space``; of a capsule ``open``,
            ``take the head`` or ``hand over``.
        number: Its errno.
    """

    def __init__(self, step: str, number: int) -> None:
        super().__init__(step, number)
        self.step = step
        self.number = number


@contextmanager
def _as(step: str) -> "Iterator[None]":
    try:
        yield
    except OSError as cause:
        raise Refusal(step, cause.errno or 0) from None


class Port:
    """One directory.

    Each method raises :class:`Refusal`.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._room = _FIRST_ROOM

    def names(self) -> list[bytes]:
        """The names of all files, in the kernel's order."""
        with _as("list"):
            return self._files.names()

    def read(self, name: bytes) -> bytes:
        """What a file holds, with one read where it is not larger than any before: each read asks firmware twice."""
        descriptor = self._open(name, O_RDONLY, "open")
        try:
            while True:
                with _as("read"):
                    content = self._files.read(descriptor, self._room)
                if len(content) < self._room:
                    return content
                self._room *= 4
        finally:
            self._close(descriptor)

    def write(self, name: bytes, content: bytes) -> None:
        """Write a file that is there; one write is one SetVariable."""
        try:
            descriptor = self._open(name, O_WRONLY, "open")
        except Refusal as refusal:
            if refusal.number != _EPERM:
                raise
            with self._unlocked(name):
                self.write_open(self._open(name, O_WRONLY, "unlock"), content)
            return
        self.write_open(descriptor, content)

    def write_open(self, descriptor: int, content: bytes) -> None:
        """Write, and close."""
        try:
            with _as("write"):
                self._files.write(descriptor, content)
        finally:
            self._close(descriptor)

    def create(self, name: bytes, content: bytes) -> None:
        """Make a file and write it through the same descriptor, so that no kernel leaves an empty one behind.

        An empty one that a refused write leaves is taken away; that is one deletion more that firmware is asked for.
        """
        descriptor = self._open(name, O_WRONLY | O_CREAT | O_EXCL, "create")
        try:
            with _as("write"):
                self._files.write(descriptor, content)
        except Refusal:
            self._remove_empty(name, descriptor)
            raise
        finally:
            self._close(descriptor)

    def remove(self, name: bytes) -> None:
        """Take a file away, which deletes its variable."""
        try:
            with _as("unlink"):
                self._files.unlink(name)
        except Refusal as refusal:
            if refusal.number != _EPERM:
                raise
            with self._unlocked(name), _as("unlink"):
                self._files.unlink(name)

    def space(self) -> Space | None:
        """The room; None where the kernel does not say."""
        with _as("space"):
            return self._files.space()

    def closed(self) -> int:
        """The number with which this process cannot write here; 0 where it can."""
        with _as("space"):
            return self._files.closed()

    def is_immutable(self, name: bytes) -> bool:
        """Whether a file is marked immutable; firmware is not asked."""
        descriptor = self._open(name, O_RDONLY, "open")
        try:
            with _as("unlock"):
                return bool(self._files.flags(descriptor) & FS_IMMUTABLE_FL)
        finally:
            self._close(descriptor)

    def _open(self, name: bytes, flags: int, step: str) -> int:
        with _as(step):
            return self._files.open(name, flags | O_CLOEXEC)

    def _close(self, descriptor: int) -> None:
        with _as("close"):
            self._files.close(descriptor)

    @contextmanager
    def _unlocked(self, name: bytes) -> "Iterator[None]":
        descriptor = self._open(name, O_RDONLY, "open")
        try:
            with _as("unlock"):
                flags = self._files.flags(descriptor)
                self._files.set_flags(descriptor, flags & ~FS_IMMUTABLE_FL)
            try:
                yield
            finally:
                self._lock_again(descriptor, flags)
        finally:
            self._close(descriptor)

    def _lock_again(self, descriptor: int, flags: int) -> None:
        try:
            self._files.set_flags(descriptor, flags)
        except OSError:  # a variable that was deleted has no file any more, and a remount brings the flag back
            return

    def _remove_empty(self, name: bytes, descriptor: int) -> None:
        try:
            if self._files.size(descriptor) == 0:
                self._files.set_flags(descriptor, 0)
                self._files.unlink(name)
        except OSError:  # newer kernels take it away themselves
            return
