"""What a system says no to, as this package says it."""

from errno import EACCES, EBUSY, EDQUOT, EEXIST, EFBIG, ENOSPC, EPERM, EROFS, EXDEV

from efirt.annotation import Final
from efirt.errors import DriverError, PermissionDenied

_CLOSED: Final = frozenset({EACCES, EPERM, EROFS})
_FULL: Final = frozenset({ENOSPC, EDQUOT, EFBIG})
_MOUNTED: Final = frozenset({EBUSY, EXDEV})
_IN_PLACE: Final = "write into it: in-place=yes"


class Unsettled(DriverError):
    """A new file has its name, and nobody can say whether it has it still after a power failure."""


def refused(doing: str, path: str, cause: OSError, *, in_place: bool = False) -> DriverError:
    """Why a file cannot be read or written.

    Args:
        doing: What was to be done with it.
        path: Its name.
        cause: What the system says.
        in_place: Whether writing into it would be another way.
    """
    message = f"{path} cannot be {doing}: {cause.strerror or cause}"
    if cause.errno in _CLOSED:
        return PermissionDenied(message, f"ask as who owns it{', or ' + _IN_PLACE if in_place else ''}", os_errno=cause.errno)
    if cause.errno in _FULL:
        return DriverError(message, "nothing is lost: make room, and do it again", os_errno=cause.errno)
    if cause.errno == EEXIST:
        return DriverError(message, "name a file that is not there yet", os_errno=cause.errno)
    if cause.errno in _MOUNTED and in_place:
        return DriverError(message, _IN_PLACE, os_errno=cause.errno)
    return DriverError(message, os_errno=cause.errno)


def changed(path: str) -> DriverError:
    """A file is not any more what was read."""
    return DriverError(f"{path} was changed by somebody else since it was read, so nothing was written", "do it again")


def unsettled(path: str, cause: OSError) -> Unsettled:
    """A new file whose directory cannot be put on the disk."""
    message = f"{path} was written, and its directory cannot be put on the disk: {cause.strerror or cause}"
    return Unsettled(message, "after a power failure it may be the old one again: look at it then", os_errno=cause.errno)


def busy(path: str) -> DriverError:
    """A file that is written to as fast as it is read."""
    return DriverError(f"{path} changes while it is read", "try again when the machine that writes to it is at rest")


def unlabelled(path: str, name: str, cause: OSError) -> DriverError:
    """A file whose label no new file can get."""
    message = f"{path} has the label {name}, and a new file in its place cannot have it: {cause.strerror or cause}"
    return PermissionDenied(message, f"ask as who may give it, or {_IN_PLACE}", os_errno=cause.errno)


def crowded(path: str, ending: str) -> DriverError:
    """A file beside which there is no name left for a new one."""
    message = f"{path} cannot be written: too many unfinished files lie beside it"
    return DriverError(message, f"take away those whose name begins with a dot and has {ending} in it")


def occupied(path: str) -> DriverError:
    """A directory that another process has not let go for long."""
    message = f"{path} is in use: another process has locked it, as efirt does while it writes"
    return DriverError(message, "do it again when that has ended; force does not wait for it")
