"""efirt.abi.linux_fs against the system's header, by a C compiler."""

from efirt.abi import linux_fs
from tests.abi.compiler import differences, values

PREAMBLE = "#include <linux/fs.h>\n#include <linux/magic.h>\n"
NAMES = ("FS_IOC_GETFLAGS", "FS_IOC_SETFLAGS", "FS_IMMUTABLE_FL", "EFIVARFS_MAGIC")


def test_every_number_is_the_header_s() -> None:
    said = {name: getattr(linux_fs, name) for name in NAMES}
    assert differences(said, values(PREAMBLE, said)) == {}
