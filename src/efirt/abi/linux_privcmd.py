"""Linux's /dev/xen/privcmd.

Source: Linux 6.1, include/uapi/xen/privcmd.h; compared with a C compiler's reading in the test of this file.
"""

from efirt.annotation import Final
from efirt.wire.layout import CStruct, Field

IOCTL_PRIVCMD_HYPERCALL: Final = 0x00305000


class PrivcmdHypercall(CStruct):
    """The argument of IOCTL_PRIVCMD_HYPERCALL on a 64-bit kernel."""

    C_NAME = "struct privcmd_hypercall"
    SIZE = 48

    op = Field("Q", 0)
    arg = Field("40s", 8)
