import pytest

from efirt.drivers.xen.refusals import explain
from efirt.errors import HypervisorError
from efirt.ops import FirmwareInfo, FirmwareInfoIndex, GetTime, GetVariable, Op, QueryVariableInfo, SetTime
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

GET = GetVariable(Key("A", GLOBAL))
QUERY = QueryVariableInfo(Attributes(7))


@pytest.mark.parametrize(
    ("op", "errno", "name", "why"),
    [
        (GET, 1, "EPERM", "this domain is not dom0, or Xen's security policy"),
        (GET, 5, "EIO", "the name changed in memory while Xen read it"),
        (GET, 12, "ENOMEM", "Xen has no memory for a name or a value of this size"),
        (GET, 13, "EACCES", "another version of the platform-op interface"),
        (GET, 14, "EFAULT", "could not read or write this process' memory"),
        (GET, 22, "EINVAL", "Xen does not take this call"),
        (GET, 38, "ENOSYS", "not booted through EFI"),
        (GET, 95, "EOPNOTSUPP", "efi=no-rs"),
        (GET, 61, "ENODATA", "Xen gives no reason"),
        (SetTime(EfiTime()), 22, "EINVAL", "Xen does not take these flags"),
        (QUERY, 22, "EINVAL", "the boot snapshot exists for attributes NV+BS+RT only"),
        (QUERY, 95, "EOPNOTSUPP", "firmware older than UEFI 2.0 cannot tell; or Xen runs with EFI"),
        (FirmwareInfo(FirmwareInfoIndex.MEM_INFO), 3, "ESRCH", "no entry of firmware's memory map holds this address"),
        (FirmwareInfo(FirmwareInfoIndex.PCI_ROM), 3, "ESRCH", "no option ROM of this PCI device"),
        (FirmwareInfo(FirmwareInfoIndex.APPLE_PROPERTIES), 61, "ENODATA", "no Apple device properties"),
        (FirmwareInfo(FirmwareInfoIndex.APPLE_PROPERTIES), 2, "ENOENT", "no Apple device properties"),
        (FirmwareInfo(99), 22, "EINVAL", "no firmware information under index 99"),
        (FirmwareInfo(FirmwareInfoIndex.VENDOR), 95, "EOPNOTSUPP", "efi=no-rs"),
    ],
)
def test_a_refusal_names_the_operation_xen_s_number_and_the_reason(op: Op, errno: int, name: str, why: str) -> None:
    refusal = explain(op, HypervisorError("refused", errno=errno, os_errno=1000))
    assert refusal.message.startswith(f"{type(op).__name__}: Xen refused the hypercall with {name}: ")
    assert why in refusal.message
    assert (refusal.errno, refusal.os_errno) == (errno, 1000)


def test_a_number_that_is_none_of_xen_s_is_this_system_s() -> None:
    refusal = explain(GetTime(), HypervisorError("refused", os_errno=40))
    assert "with number 40 of this system, which is none of Xen's: Xen gives no reason" in refusal.message
    assert explain(GetTime(), HypervisorError("refused", errno=77)).message.startswith("GetTime: Xen refused the hypercall with 77:")
