"""Arguments of both BSDs' ioctls, laid by hand."""

from efirt.values.guid import Guid
from tests.drivers.xen.raw import GUID, lay

BOOT = "Boot".encode("utf-16-le") + b"\0\0"


def variable(name: int, namesize: int, data: int = 0, datasize: int = 0, attrib: int = 0) -> bytes:
    return lay(56, (0, "Q", name), (8, "Q", namesize), (16, "16s", GUID), (32, "I", attrib), (40, "Q", data), (48, "Q", datasize))


def table(guid: Guid, buf: int = 0, buf_len: int = 0) -> bytes:
    return lay(40, (0, "Q", buf), (8, "16s", guid.raw), (32, "Q", buf_len))
