"""Linux's numbers for a file's flags, of which efivarfs knows one.

The argument of both calls is 32 bits wide, though their numbers say a long.

Source: Linux 6.1, include/uapi/linux/fs.h, include/uapi/linux/magic.h; compared with a C compiler's reading in the test of this file.
"""

from efirt.annotation import Final

FS_IOC_GETFLAGS: Final = 0x80086601
FS_IOC_SETFLAGS: Final = 0x40086602
FS_IMMUTABLE_FL: Final = 0x00000010
EFIVARFS_MAGIC: Final = 0xDE5E81E4
