"""FreeBSD's error numbers, as far as /dev/efi gives them; the same on every system that this runs on.

Source: FreeBSD 14, sys/sys/errno.h; compared with a C compiler's reading, as far as other systems share them, in the test of this file.
"""

from efirt.annotation import Final

EPERM: Final = 1
ENOENT: Final = 2
EIO: Final = 5
ENXIO: Final = 6
ENOEXEC: Final = 8
ENOMEM: Final = 12
EACCES: Final = 13
EFAULT: Final = 14
EBUSY: Final = 16
ENODEV: Final = 19
EINVAL: Final = 22
ENOTTY: Final = 25
ENOSPC: Final = 28
EROFS: Final = 30
EAGAIN: Final = 35
EALREADY: Final = 37
EMSGSIZE: Final = 40
EOPNOTSUPP: Final = 45
EADDRNOTAVAIL: Final = 49
ETIMEDOUT: Final = 60
ESTALE: Final = 70
ENOSYS: Final = 78
EOVERFLOW: Final = 84
ECANCELED: Final = 85
EDOOFUS: Final = 88
EPROTO: Final = 92

NAMES: Final = {value: name for name, value in list(globals().items()) if isinstance(value, int)}
