"""What was looked at already, in a file, so that an audit that was interrupted goes on where it stopped.

The file is JSON lines: a head, then a line for each image. It is only ever appended to; a last line that was cut short does not count.
"""

import fcntl
import os
from collections.abc import Iterable
from hashlib import blake2b
from json import dumps, loads
from sys import intern

from efirt.annotation import Final, NamedTuple, Self
from efirt.drivers.image.refusals import refused
from efirt.errors import DecodeError, DriverError

_HEAD: Final = {"efirt_audit": 1}


class Stamp(NamedTuple):
    """How a file was when it was looked at; another inode, size or time is another file."""

    inode: int
    size: int
    changed_ns: int


class Done(NamedTuple):
    """What came of a file.

    Attributes:
        path: Its name.
        stamp: How it was.
        verdict: The row's; None for one that had no row.
        why: Why it had none; empty where it had one.
    """

    path: str
    stamp: Stamp
    verdict: str | None
    why: str = ""


def stamp_of(path: str) -> Stamp | None:
    """How a file is now; None where that cannot be told."""
    try:
        status = os.stat(path)  # noqa: PTH116 - pathlib makes an object of each path
    except (OSError, ValueError):
        return None
    return Stamp(status.st_ino, status.st_size, status.st_mtime_ns)


class State:
    """The file, open; what stands in it takes a few bytes of memory for each image.

    Attributes:
        is_fresh: Whether nothing was looked at before.
    """

    def __init__(self, path: str, descriptor: int, known: dict[bytes, tuple[bytes, str | None, str]]) -> None:
        self.is_fresh = not known
        self._path = path
        self._descriptor = descriptor
        self._known = known

    @classmethod
    def open(cls, path: str) -> Self:
        """Open the file, or begin a new one.

        Raises:
            DriverError: It cannot be opened, or another audit has it.
            DecodeError: It is something else.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK, 0o666)
            try:
                _lock(path, descriptor)
                known, end = _read(path, descriptor)
                if end != os.fstat(descriptor).st_size:
                    os.ftruncate(descriptor, end)
                if not end:
                    os.write(descriptor, f"{dumps(_HEAD)}\n".encode())
            except BaseException:
                os.close(descriptor)
                raise
        except OSError as cause:
            raise refused("used", path, cause) from None
        return cls(path, descriptor, known)

    def find(self, path: str, stamp: Stamp) -> Done | None:
        """What came of a file that was so; None where it was not looked at."""
        found = self._known.get(_digest(path))
        return Done(path, stamp, *found[1:]) if found is not None and found[0] == _digest(stamp) else None

    def add(self, done: Iterable[Done]) -> None:
        """Write down what was looked at.

        Raises:
            DriverError: It cannot be written.
        """
        lines = [dumps({"path": one.path, **one.stamp._asdict(), "verdict": one.verdict, "why": one.why}) for one in done]
        if lines:
            data = memoryview("".join(f"{line}\n" for line in lines).encode())
            try:
                while data:
                    data = data[os.write(self._descriptor, data) :]
            except OSError as cause:
                raise refused("written", self._path, cause) from None

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)


def _lock(path: str, descriptor: int) -> None:
    """Keep other audits away, as long as this process lives; those that it starts do not hold the lock after it."""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise DriverError(f"{path} is in use by another audit", "wait for it, or name another file") from None


def _digest(what: object) -> bytes:
    return blake2b(repr(what).encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _read(path: str, descriptor: int) -> tuple[dict[bytes, tuple[bytes, str | None, str]], int]:
    """What stands in a file, and where the last whole line ends."""
    known: dict[bytes, tuple[bytes, str | None, str]] = {}
    end = 0
    with os.fdopen(descriptor, "rb", closefd=False) as file:  # to close any would give up the lock
        for number, line in enumerate(file):
            if not line.endswith(b"\n"):
                if not number:
                    raise _foreign(path)
                break
            try:
                told = loads(line)
                if number:
                    stamp = Stamp(told["inode"], told["size"], told["changed_ns"])
                    known[_digest(told["path"])] = _digest(stamp), told["verdict"] and intern(told["verdict"]), intern(told["why"])
                elif told != _HEAD:
                    raise _foreign(path)
            except (ValueError, KeyError, TypeError):
                if not number:
                    raise _foreign(path) from None
                break  # written by half; what is behind it is looked at again
            end += len(line)
    return known, end


def _foreign(path: str) -> DecodeError:
    return DecodeError(path, None, "this is not what an audit wrote down of itself", "name a file that is not there yet")
