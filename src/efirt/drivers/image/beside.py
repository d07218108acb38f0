"""A file or a directory that is not whole yet, beside the name it will have: it belongs to one process, and to nobody when that is gone.

Who makes one locks it, as long as it is open. What nobody has locked was left by a process that was killed, and who needs its name takes
it away. A name is given to nothing, and taken from nothing, but what is locked and still has it: so no process ever renames another's.

Source: Linux man-pages 6.03, open(2) (O_EXCL), flock(2) ("released ... when all such file descriptors have been closed").
"""

import os
from errno import EEXIST, ENOTDIR, ENOTEMPTY
from fcntl import LOCK_EX, LOCK_NB, flock
from stat import S_ISDIR

from efirt.annotation import Callable, Final, Self
from efirt.drivers.image.refusals import crowded

_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOUND: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_ENDING: Final = ".efirt-new"
_LONGEST: Final = 60
_SLOTS: Final = 100
_TRIES: Final = 20


class Open:
    """Something that is open until it is left, also where an interruption came before anybody had it.

    Attributes:
        descriptor: It; -1 when it was let go.
    """

    descriptor = -1

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, _error: type[BaseException] | None, *_more: object) -> None:
        """Let it go."""
        self.close()

    def __del__(self) -> None:
        """Let it go."""
        self.close()

    def close(self) -> None:
        """Let it go."""
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


class Beside(Open):
    """What is not whole yet, open and locked.

    Attributes:
        path: Its name for the time being.
        descriptor: It.
    """

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        super().__init__(descriptor)

    def __exit__(self, error: type[BaseException] | None, *_more: object) -> None:
        """Let it go; take it away first where it did not become whole."""
        try:
            if error is not None:
                self.drop()
        finally:
            self.close()

    def __del__(self) -> None:
        """Take it away where an interruption came before anybody had it."""
        if self.descriptor >= 0:
            self.drop()
            self.close()

    @property
    def is_ours(self) -> bool:
        """Whether nobody else has locked it, nor has taken it away before it was locked; where nothing can be locked, nobody does."""
        return _locked(self.descriptor) is not False and _is(self.descriptor, self.path)

    def replace(self, path: str) -> None:
        """Give it the name of another file, which is gone then; of directories an empty one only."""
        os.rename(self.path, path)  # noqa: PTH104 - pathlib costs 9 ms

    def appear(self, path: str) -> None:
        """Give it a name that nothing has.

        Raises:
            OSError: Something has; or it cannot be done.
        """
        try:
            os.link(self.path, path)  # refuses what is there, as rename would not
        except PermissionError:  # a filesystem on which a file has one name, and a directory
            if os.path.lexists(path):
                raise FileExistsError(EEXIST, os.strerror(EEXIST)) from None
            try:
                os.rename(self.path, path)  # noqa: PTH104
            except OSError as cause:
                raise OSError(EEXIST if cause.errno in {ENOTDIR, ENOTEMPTY} else cause.errno, cause.strerror) from None
            return
        os.unlink(self.path)  # noqa: PTH108

    def drop(self) -> None:
        """Take it away, as far as that goes, unless it has got its name."""
        try:
            if _is(self.descriptor, self.path):
                _remove(self.descriptor, self.path)
        except OSError:
            pass


def file_beside(path: str, name: str, mode: int) -> Beside:
    """An empty file in the directory of another one.

    Args:
        path: The other one.
        name: What it is called after.
        mode: Its rights.

    Raises:
        OSError: It cannot be made.
        DriverError: Too many are there.
    """
    return _made(path, name, lambda there: os.open(there, _FILE, mode))


def folder_beside(path: str, name: str) -> Beside:
    """An empty directory in the directory of another file; as :func:`file_beside`."""

    def make(there: str) -> int:
        os.mkdir(there)  # noqa: PTH102
        try:
            return os.open(there, _FOLDER)
        except FileNotFoundError:  # another took it for one that was left
            raise FileExistsError from None

    return _made(path, name, make)


def _made(path: str, name: str, make: Callable[[str], int]) -> Beside:
    folder = os.path.split(path)[0]
    for slot in range(_SLOTS):
        there = os.path.join(folder, f".{name[:_LONGEST]}{_ENDING}{slot or ''}")  # noqa: PTH118
        for _ in range(_TRIES):  # others may take it away, and make it again, between any two calls
            try:
                beside = Beside(there, make(there))
            except FileExistsError:
                if not _is_taken_away(there):
                    break
                continue
            if beside.is_ours:
                return beside
            beside.close()
    raise crowded(path, _ENDING)


def _is_taken_away(path: str) -> bool:
    """Take away what a killed process has left; whether the name is free now."""
    try:
        descriptor = os.open(path, _FOUND)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        if _locked(descriptor) and _is(descriptor, path):
            _remove(descriptor, path)
            return True
    except OSError:
        pass
    finally:
        os.close(descriptor)
    return False


def _locked(descriptor: int) -> bool | None:
    """Lock something; False where another has it, None where it cannot be locked at all."""
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is(descriptor: int, path: str) -> bool:
    """Whether what is open has this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except OSError:
        return False


def _remove(descriptor: int, path: str) -> None:
    if not S_ISDIR(os.fstat(descriptor).st_mode):
        os.unlink(path)  # noqa: PTH108
        return
    for name in os.listdir(descriptor):
        os.unlink(name, dir_fd=descriptor)
    os.rmdir(path)  # noqa: PTH106
