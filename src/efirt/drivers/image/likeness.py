"""A file that is to stand in the place of another: its owner, its labels, its rights.

Source: Linux man-pages 6.03, xattr(7), acl(5); Linux v6.12, Documentation/ABI/testing/evm (what is about a file's contents).
"""

import os
import stat

from efirt.annotation import Final
from efirt.drivers.image.refusals import unlabelled

_ACCESS_LIST: Final = "system.posix_acl_"
_OF_CONTENTS: Final = frozenset({"security.ima", "security.evm"})


def resemble(descriptor: int, like: os.stat_result, pattern: int, path: str) -> None:
    """Give a file the owner, the labels, access lists among them, and the rights of another.

    Raises:
        DriverError: It cannot have one of the labels.
    """
    now = os.fstat(descriptor)
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        os.fchown(descriptor, like.st_uid, like.st_gid)
    if hasattr(os, "listxattr"):
        wanted, there = _labels(pattern), _labels(descriptor)
        for name in there.keys() - wanted.keys():
            if name.startswith(_ACCESS_LIST):  # the directory's, for what is made in it
                os.removexattr(descriptor, name)
        for name, value in wanted.items():
            if there.get(name) != value:
                try:
                    os.setxattr(descriptor, name, value)
                except OSError as cause:
                    raise unlabelled(path, name, cause) from None
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))


def _labels(descriptor: int) -> dict[str, bytes]:
    """A file's extended attributes, without those that are about its contents."""
    try:
        names = os.listxattr(descriptor)
    except OSError:  # a filesystem that knows none
        return {}
    return {name: os.getxattr(descriptor, name) for name in names if name not in _OF_CONTENTS}
