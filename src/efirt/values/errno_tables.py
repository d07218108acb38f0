"""EFI statuses as the error numbers that kernels make of them: asked for by name, since the kernels disagree."""

from efirt.annotation import Callable, Final, Mapping
from efirt.values.status import Status

ErrorNumber = tuple[str, int]

_SUCCESS: Final[ErrorNumber] = ("", 0)

_FREEBSD_MASK: Final = (1 << 62) - 1
_EDOOFUS: Final[ErrorNumber] = ("EDOOFUS", 88)
_FREEBSD: Final[tuple[ErrorNumber, ...]] = (
    _SUCCESS,
    ("ENOEXEC", 8),  # LOAD_ERROR
    ("EINVAL", 22),  # INVALID_PARAMETER
    ("ENOSYS", 78),  # UNSUPPORTED
    ("EMSGSIZE", 40),  # BAD_BUFFER_SIZE
    ("EOVERFLOW", 84),  # BUFFER_TOO_SMALL
    ("EBUSY", 16),  # NOT_READY
    ("EIO", 5),  # DEVICE_ERROR
    ("EROFS", 30),  # WRITE_PROTECTED
    ("EAGAIN", 35),  # OUT_OF_RESOURCES
    ("EIO", 5),  # VOLUME_CORRUPTED
    ("ENOSPC", 28),  # VOLUME_FULL
    ("ENXIO", 6),  # NO_MEDIA
    ("ESTALE", 70),  # MEDIA_CHANGED
    ("ENOENT", 2),  # NOT_FOUND
    ("EACCES", 13),  # ACCESS_DENIED
    ("ETIMEDOUT", 60),  # NO_RESPONSE
    ("EADDRNOTAVAIL", 49),  # NO_MAPPING
    ("ETIMEDOUT", 60),  # TIMEOUT
    _EDOOFUS,  # NOT_STARTED
    ("EALREADY", 37),  # ALREADY_STARTED
    ("ECANCELED", 85),  # ABORTED
    ("EPROTO", 92),  # ICMP_ERROR
    ("EPROTO", 92),  # TFTP_ERROR
    ("EPROTO", 92),  # PROTOCOL_ERROR
)

_LINUX: Final[Mapping[int, ErrorNumber]] = {
    Status.SUCCESS: _SUCCESS,
    Status.INVALID_PARAMETER: ("EINVAL", 22),
    Status.OUT_OF_RESOURCES: ("ENOSPC", 28),
    Status.DEVICE_ERROR: ("EIO", 5),
    Status.WRITE_PROTECTED: ("EROFS", 30),
    Status.SECURITY_VIOLATION: ("EACCES", 13),
    Status.NOT_FOUND: ("ENOENT", 2),
    Status.ABORTED: ("EINTR", 4),
}

_NETBSD: Final[Mapping[int, ErrorNumber]] = {
    Status.SUCCESS: _SUCCESS,
    Status.INVALID_PARAMETER: ("EINVAL", 22),
    Status.UNSUPPORTED: ("EOPNOTSUPP", 45),
    Status.BUFFER_TOO_SMALL: ("ERANGE", 34),
    Status.DEVICE_ERROR: ("EIO", 5),
    Status.WRITE_PROTECTED: ("EROFS", 30),
    Status.OUT_OF_RESOURCES: ("ENOMEM", 12),
    Status.NOT_FOUND: ("ENOENT", 2),
    Status.SECURITY_VIOLATION: ("EACCES", 13),
}


def _freebsd(status: int) -> ErrorNumber:
    # The two top bits are masked off, so a warning looks like the error of the same number.
    number = status & _FREEBSD_MASK
    return _FREEBSD[number] if number < len(_FREEBSD) else _EDOOFUS


def _linux(status: int) -> ErrorNumber:
    return _LINUX.get(status, ("EINVAL", 22))


def _netbsd(status: int) -> ErrorNumber:
    return _NETBSD.get(status, ("EIO", 5))


_BEHIND: Final = {"efivarfs": "linux", "freebsd": "freebsd", "netbsd": "netbsd"}
_EIO: Final = 5
_EINVAL: Final = 22
_NEVER_EINVAL: Final = frozenset({Status.SUCCESS, Status.NOT_FOUND})

_SYSTEMS: Final[Mapping[str, Callable[[int], ErrorNumber]]] = {"freebsd": _freebsd, "linux": _linux, "netbsd": _netbsd}


def errno_for(status: int, system: str) -> ErrorNumber:
    """The error that a program gets from a kernel where firmware answered a status: its name and number on that system.

    Success is an empty name and 0. None of the tables can be read backwards.

    Args:
        status: 0..=2**64-1, also a number without a name.
        system: ``freebsd``, ``linux`` or ``netbsd``.

    Raises:
        ValueError: There is no table for the system.

    Departs: what Linux makes of NOT_FOUND and of failed deletions on its way through efivarfs (EIO, EINVAL) is not in its table, but in
    :func:`may_stand_for`.

    Source: FreeBSD sys/dev/efidev/efirt.c (efi_status_to_errno); Linux 6.1, drivers/firmware/efi/efi.c (efi_status_to_err);
    NetBSD sys/dev/efi.c (efi_status_to_error).
    """
    table = _SYSTEMS.get(system)
    if table is None:
        message = f"there is no errno table for {system!r}: choose one of {', '.join(_SYSTEMS)}"
        raise ValueError(message)
    return table(int(status))


def system_behind(driver: str) -> str:
    """The system whose error numbers a driver brings back in place of statuses; empty where it brings the statuses.

    Args:
        driver: Its name, with its argument and options or without.
    """
    return _BEHIND.get(driver.partition("?")[0].partition(":")[0], "")


def may_stand_for(status: int, number: int, system: str, *, deleting: bool = False) -> bool:
    """Whether an error may stand for a status.

    Args:
        status: 0..=2**64-1.
        number: The error's number on that system.
        system: As :func:`errno_for` takes it.
        deleting: Whether a variable was to be deleted.

    Raises:
        ValueError: There is no table for the system.

    Source: as :func:`errno_for`; Linux 6.1, fs/efivarfs/file.c (NOT_FOUND is EIO), inode.c (whatever stops a deletion is EINVAL).
    """
    if errno_for(status, system)[1] == number:
        return True
    if system != "linux":
        return False
    if number == _EIO:
        return status == Status.NOT_FOUND
    return deleting and number == _EINVAL and status not in _NEVER_EINVAL
