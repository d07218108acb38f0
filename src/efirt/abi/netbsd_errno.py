"""NetBSD's error numbers, as far as /dev/efi gives them; the same on every system that this runs on.

Source: NetBSD 10, sys/sys/errno.h; compared with a C compiler's reading, as far as other systems share them, in the test of this file.
"""

from efirt.annotation import Final

EPERM: Final = 1
ENOENT: Final = 2
EIO: Final = 5
ENXIO: Final = 6
ENOMEM: Final = 12
EACCES: Final = 13
EFAULT: Final = 14
EBUSY: Final = 16
ENODEV: Final = 19
EINVAL: Final = 22
ENOTTY: Final = 25
EROFS: Final = 30
ERANGE: Final = 34
EOPNOTSUPP: Final = 45

NAMES: Final = {value: name for name, value in list(globals().items()) if isinstance(value, int)}
