"""efirt.abi.linux_privcmd against the header that Xen's tools use, by a C compiler."""

from efirt.abi.linux_privcmd import IOCTL_PRIVCMD_HYPERCALL, PrivcmdHypercall
from tests.abi.compiler import differences, header, layout, values

PREAMBLE = "#include <sys/ioctl.h>\n#include <xen/xen.h>\n#include <xen/sys/privcmd.h>\n"


def test_the_argument_and_the_number_are_the_header_s() -> None:
    header("sys/privcmd.h")
    said = layout(PrivcmdHypercall) | {"IOCTL_PRIVCMD_HYPERCALL": IOCTL_PRIVCMD_HYPERCALL}
    assert differences(said, values(PREAMBLE, said)) == {}
