"""What sysfs tells of this machine's firmware.

Source: Linux 6.1, drivers/firmware/efi/efi.c (systab), esrt.c; UEFI 2.10 §23.4 (the ESRT's layout).
"""

import os
from errno import EACCES, ENOENT, EPERM
from struct import pack

from efirt.annotation import Final
from efirt.drivers.efivarfs.mounts import FIRMWARE
from efirt.errors import DecodeError, DriverError, NoDriver, NotCarried, PermissionDenied
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable, GetTable
from efirt.values.guid import Guid
from efirt.values.status import Status

ESRT: Final = Guid.parse("b122a263-3661-4f68-9929-78f8b0d62180")
_SYSTAB: Final = {
    "ACPI20": Guid.parse("8868e871-e4f1-11d3-bc22-0080c73c8881"),
    "ACPI": Guid.parse("eb9d2d30-2d88-11d3-9a16-0090273fc14d"),
    "SMBIOS3": Guid.parse("f2fd1544-9794-4a2c-992e-e5bbcf20e394"),
    "SMBIOS": Guid.parse("eb9d2d31-2d88-11d3-9a16-0090273fc14d"),
}
LOCKDOWN: Final = "/sys/kernel/security/lockdown"
CAPABILITIES: Final = "/proc/xen/capabilities"
_ENTRY: Final = (
    "fw_type",
    "fw_version",
    "lowest_supported_fw_version",
    "capsule_flags",
    "last_attempt_version",
    "last_attempt_status",
)
_MOST_ENTRIES: Final = 128


def _said(path: str) -> str:
    """What a file of the kernel's says; nothing where it is not there, or closed."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - pathlib costs 9 ms
            return file.read()
    except OSError:
        return ""


class Sysfs:
    """This machine's.

    Args:
        firmware: Where sysfs keeps it.
        lockdown: Where Linux says how far it is locked down.
        capabilities: Where Linux says what Xen lets it do.
    """

    def __init__(self, firmware: str = FIRMWARE, *, lockdown: str = LOCKDOWN, capabilities: str = CAPABILITIES) -> None:
        self._firmware = firmware
        self._lockdown = lockdown
        self._capabilities = capabilities

    def lockdown(self) -> str:
        """How far Linux is locked down, ``integrity`` or ``confidentiality``; empty where it is not, or does not say.

        Source: Linux 6.1, security/lockdown/lockdown.c, lockdown_read: the mode in force stands in brackets.
        """
        mode = _said(self._lockdown).partition("[")[2].partition("]")[0]
        return "" if mode == "none" else mode

    def is_dom0(self) -> bool:
        """Whether Linux asks firmware through Xen.

        Source: Linux 6.1, drivers/xen/xenfs/super.c, capabilities_read.
        """
        return "control_d" in _said(self._capabilities)

    def get_table(self, op: GetTable) -> Reply:
        """Where a configuration table is, as far as Linux tells.

        Raises:
            NotCarried: It does not tell of this one.
            PermissionDenied: The file is root's.
            DriverError: It cannot be read.
        """
        if op.guid not in _SYSTAB.values():
            raise NotCarried(f"GetTable of {op.guid}: Linux tells where ACPI's and SMBIOS' tables are, no others", operation="GetTable")
        lines = (line.partition("=") for line in self._read("systab").splitlines())
        for name, _, value in lines:
            if _SYSTAB.get(name) == op.guid:
                return Reply(Status.SUCCESS, address=int(value, 16))
        return Reply(Status.NOT_FOUND)

    def copy_table(self, op: CopyTable) -> Reply:
        """The ESRT, put together again from what Linux took it apart to.

        Raises:
            NotCarried: It is another table.
            PermissionDenied: The files are root's.
            DriverError: They cannot be read.
        """
        if op.guid != ESRT:
            raise NotCarried(f"CopyTable of {op.guid}: Linux tells what is in the ESRT, and in no other", operation="CopyTable")
        if not os.path.isdir(f"{self._firmware}/esrt"):  # noqa: PTH112 - pathlib costs 9 ms
            return Reply(Status.NOT_FOUND)
        head = [self._number(f"esrt/{name}") for name in ("fw_resource_count", "fw_resource_count_max", "fw_resource_version")]
        count = min(head[0], _MOST_ENTRIES)
        data = pack("<IIQ", *head) + b"".join(map(self._entry, range(count)))
        return Reply(Status.SUCCESS, data, len(data))

    def _entry(self, number: int) -> bytes:
        where = f"esrt/entries/entry{number}"
        kind = Guid.parse(self._read(f"{where}/fw_class").strip())
        return kind.encode() + pack("<6I", *(self._number(f"{where}/{name}") for name in _ENTRY))

    def _number(self, name: str) -> int:
        text = self._read(name).strip()
        try:
            return int(text, 0)
        except ValueError:
            raise DecodeError(f"{self._firmware}/{name}", None, f"{text!r} is not a number") from None

    def _read(self, name: str) -> str:
        path = f"{self._firmware}/{name}"
        try:
            with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123 - importing pathlib costs more than the read
                return file.read()
        except OSError as cause:
            raise _refused(path, cause) from None


def _refused(path: str, cause: OSError) -> DriverError:
    if cause.errno in {EACCES, EPERM}:
        return PermissionDenied(f"{path} is closed to this process", "run this as root", os_errno=cause.errno)
    if cause.errno == ENOENT:
        return NoDriver(f"{path} is missing", "this kernel does not offer it", os_errno=cause.errno)
    return DriverError(f"{path}: {cause.strerror}", os_errno=cause.errno)
