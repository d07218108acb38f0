"""What a system says no to, as this package says it."""

from errno import EACCES, EDQUOT, EEXIST, EFBIG, ENOSPC, EPERM, EROFS

from efirt.annotation import Final
from efirt.errors import DriverError, PermissionDenied

_CLOSED: Final = frozenset({EACCES, EPERM, EROFS})
_FULL: Final = frozenset({ENOSPC, EDQUOT, EFBIG})


def refused(doing: str, path: str, cause: OSError) -> DriverError:
    """Why a file cannot be read or written."""
    message = f"{path} cannot be {doing}: {cause.strerror or cause}"
    if cause.errno in _CLOSED:
        return PermissionDenied(message, "ask as who owns it", os_errno=cause.errno)
    if cause.errno in _FULL:
        return DriverError(message, "nothing is lost: make room, and do it again", os_errno=cause.errno)
    if cause.errno == EEXIST:
        return DriverError(message, "name a file that is not there yet", os_errno=cause.errno)
    return DriverError(message, os_errno=cause.errno)


def changed(path: str) -> DriverError:
    """A file is not any more what was read."""
    return DriverError(f"{path} was changed by somebody else since it was read, so nothing was written", "do it again")
