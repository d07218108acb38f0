"""The locks by which a running QEMU says that it uses a file: bytes 100 and on for what it does, 200 and on for what it lets nobody do.

Source: QEMU 10.0, block/file-posix.c (RAW_LOCK_PERM_BASE, RAW_LOCK_SHARED_BASE, raw_apply_lock_bytes, raw_check_lock_bytes),
include/block/block-common.h (BLK_PERM_*). A directory, of which QEMU knows nothing, is locked by Linux man-pages 6.03, flock(2).
"""

import fcntl
import os
from struct import calcsize, pack, unpack_from
from time import monotonic, sleep

from efirt.annotation import Final
from efirt.drivers.image.beside import Open
from efirt.drivers.image.refusals import occupied, refused
from efirt.errors import DriverError

_DONE: Final = 100
_UNSHARED: Final = 200
_READ, _WRITE, _RESIZE = 0, 1, 3
_OURS: Final = (_DONE + _READ, _DONE + _WRITE, _DONE + _RESIZE, _UNSHARED + _WRITE, _UNSHARED + _RESIZE)
_AGAINST: Final = (_UNSHARED + _READ, _UNSHARED + _WRITE, _UNSHARED + _RESIZE, _DONE + _WRITE, _DONE + _RESIZE)

_PATIENCE_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.005

_FLOCK: Final = "hhqqi0q"
_BY_DESCRIPTION: Final = hasattr(fcntl, "F_OFD_SETLK") and calcsize("P") == calcsize("q")
_ASK: Final = fcntl.F_OFD_GETLK if _BY_DESCRIPTION else fcntl.F_GETLK
_TAKE: Final = fcntl.F_OFD_SETLK if _BY_DESCRIPTION else fcntl.F_SETLK


def _flock(kind: int, byte: int) -> bytes:
    return pack(_FLOCK, kind, 0, byte, 1, 0)


def take(descriptor: int, path: str) -> None:
    """Lock a file as a QEMU that writes would, as long as it is open; a filesystem without locks is as good as unlocked, as for QEMU.

    Raises:
        DriverError: Another process has it.
    """
    try:
        for byte in _OURS:
            fcntl.fcntl(descriptor, _TAKE, _flock(fcntl.F_RDLCK, byte))
        held = [byte for byte in _AGAINST if _is_held(descriptor, byte)]
    except BlockingIOError:
        held = [_DONE]
    except OSError:
        return
    if held:
        message = f"{path} is in use: another process has locked it, as a running virtual machine does with its variables"
        raise DriverError(message, "shut the machine down first; force writes in spite of it, and one of both will lose what it wrote")


def is_written(descriptor: int) -> bool:
    """Whether another process has said that it writes to a file; where locks are not known, nobody has."""
    try:
        return _is_held(descriptor, _DONE + _WRITE)
    except OSError:
        return False


def _is_held(descriptor: int, byte: int) -> bool:
    answer = fcntl.fcntl(descriptor, _ASK, _flock(fcntl.F_WRLCK, byte))
    kind: int = unpack_from(_FLOCK, answer)[0]
    return kind != fcntl.F_UNLCK


class Locked(Open):
    """A directory whose files this process alone changes, of those that lock it.

    Args:
        path: Which.
        force: Whether not to heed that another process has locked it.

    Raises:
        DriverError: Another process has locked it, and keeps it for long.
    """

    def __init__(self, path: str, *, force: bool = False) -> None:
        super().__init__(-1)
        try:
            self.descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as cause:
            raise refused("written", path, cause) from None
        end = monotonic() + _PATIENCE_SECONDS
        while not force and self._is_others:
            if monotonic() > end:
                raise occupied(path)
            sleep(_PAUSE_SECONDS)

    @property
    def _is_others(self) -> bool:
        """Whether another process has locked it, or else lock it; on a filesystem without locks nobody has."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False
