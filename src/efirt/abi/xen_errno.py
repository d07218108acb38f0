"""Xen's own error numbers, which are the same on every guest system.

Source: Xen 4.17, xen/include/public/errno.h; compared with a C compiler's reading in the test of this file.
"""

from efirt.annotation import Final

XEN_EPERM: Final = 1
XEN_ESRCH: Final = 3
XEN_EIO: Final = 5
XEN_ENOMEM: Final = 12
XEN_EACCES: Final = 13
XEN_EFAULT: Final = 14
XEN_EINVAL: Final = 22
XEN_ENOSYS: Final = 38
XEN_ENODATA: Final = 61
XEN_EOPNOTSUPP: Final = 95

NUMBERS: Final = {
    "EPERM": XEN_EPERM,
    "ENOENT": 2,
    "ESRCH": XEN_ESRCH,
    "EINTR": 4,
    "EIO": XEN_EIO,
    "ENXIO": 6,
    "E2BIG": 7,
    "ENOEXEC": 8,
    "EBADF": 9,
    "ECHILD": 10,
    "EAGAIN": 11,
    "ENOMEM": XEN_ENOMEM,
    "EACCES": XEN_EACCES,
    "EFAULT": XEN_EFAULT,
    "EBUSY": 16,
    "EEXIST": 17,
    "EXDEV": 18,
    "ENODEV": 19,
    "ENOTDIR": 20,
    "EISDIR": 21,
    "EINVAL": XEN_EINVAL,
    "ENFILE": 23,
    "EMFILE": 24,
    "ENOSPC": 28,
    "EROFS": 30,
    "EMLINK": 31,
    "EDOM": 33,
    "ERANGE": 34,
    "EDEADLK": 35,
    "ENAMETOOLONG": 36,
    "ENOLCK": 37,
    "ENOSYS": XEN_ENOSYS,
    "ENOTEMPTY": 39,
    "ENODATA": XEN_ENODATA,
    "ETIME": 62,
    "EBADMSG": 74,
    "EOVERFLOW": 75,
    "EILSEQ": 84,
    "ERESTART": 85,
    "ENOTSOCK": 88,
    "EMSGSIZE": 90,
    "EOPNOTSUPP": XEN_EOPNOTSUPP,
    "EADDRINUSE": 98,
    "EADDRNOTAVAIL": 99,
    "ENOBUFS": 105,
    "EISCONN": 106,
    "ENOTCONN": 107,
    "ETIMEDOUT": 110,
    "ECONNREFUSED": 111,
}
"""Name to number, without the two names that are another's alias."""
