"""Why Xen refuses a hypercall, in sentences.

Source: Xen 4.17, xen/arch/x86/platform_hypercall.c, xen/common/efi/runtime.c, xen/xsm.
"""

from efirt.abi import xen_errno as xen
from efirt.annotation import Final
from efirt.errors import HypervisorError
from efirt.ops import FirmwareInfo, FirmwareInfoIndex, GetVariable, Op, QueryVariableInfo, SetVariable

_NAMES: Final = {number: name for name, number in xen.NUMBERS.items()}

NOT_EFI: Final = "Xen was not booted through EFI, or was built without EFI support"
NO_RUNTIME_SERVICES: Final = (
    "Xen runs with EFI runtime services switched off (efi=no-rs on its command line, or firmware refused its address map)"
)
NOT_DOM0: Final = "this domain is not dom0"
REFUSED_BY_POLICY: Final = "Xen's security policy (Flask) refuses platform operations to this domain"
NOT_DOM0_OR_REFUSED: Final = "this domain is not dom0, or Xen's security policy (Flask) refuses it platform operations"
OTHER_ABI: Final = "this Xen speaks another version of the platform-op interface"

ADVICE: Final = {
    NOT_EFI: "boot Xen as an EFI application (xen.efi, or multiboot2 from an EFI boot loader)",
    NO_RUNTIME_SERVICES: "remove no-rs (or rs=0) from efi= on Xen's command line and reboot, unless this board's firmware needs it",
    NOT_DOM0: "run this in dom0",
    REFUSED_BY_POLICY: "grant class xen permission 'firmware' to dom0's label",
    NOT_DOM0_OR_REFUSED: "run this in dom0; under Flask grant class xen permission 'firmware'",
    OTHER_ABI: "this needs a newer efirt, or a Xen whose XENPF_INTERFACE_VERSION is 0x03000001",
}

_ANY: Final = {
    xen.XEN_EPERM: NOT_DOM0_OR_REFUSED,
    xen.XEN_EACCES: OTHER_ABI,
    xen.XEN_EFAULT: "Xen could not read or write this process' memory",
    xen.XEN_ENOMEM: "Xen has no memory for a name or a value of this size",
    xen.XEN_EINVAL: "Xen does not take these flags",
    xen.XEN_ENOSYS: NOT_EFI,
    xen.XEN_EOPNOTSUPP: NO_RUNTIME_SERVICES,
    xen.XEN_EIO: "the name changed in memory while Xen read it",
}
_NOT_IN_MEMORY_MAP: Final = "no entry of firmware's memory map holds this address"
_NO_SUCH_ROM: Final = "firmware passed on no option ROM of this PCI device"
_NO_APPLE: Final = "firmware passed on no Apple device properties"
_OLD_FIRMWARE: Final = "firmware older than UEFI 2.0 cannot tell"


def _reason(op: Op, errno: int) -> str:
    if isinstance(op, FirmwareInfo):
        if errno == xen.XEN_ESRCH:
            return _NO_SUCH_ROM if op.index == FirmwareInfoIndex.PCI_ROM else _NOT_IN_MEMORY_MAP
        # FreeBSD has no number for this one and says "no such file" instead.
        if errno in {xen.XEN_ENODATA, xen.NUMBERS["ENOENT"]}:
            return _NO_APPLE
        if errno == xen.XEN_EINVAL:
            return f"Xen has no firmware information under index {op.index}"
    if isinstance(op, QueryVariableInfo):
        if errno == xen.XEN_EINVAL:
            return "the boot snapshot exists for attributes NV+BS+RT only"
        if errno == xen.XEN_EOPNOTSUPP:
            return f"{_OLD_FIRMWARE}; or {NO_RUNTIME_SERVICES}"
    if isinstance(op, GetVariable | SetVariable) and errno == xen.XEN_EINVAL:
        return "Xen does not take this call"
    return _ANY.get(errno, "Xen gives no reason")


def explain(op: Op, refusal: HypervisorError) -> HypervisorError:
    """The same refusal, with the operation, Xen's reason and what to do about it."""
    errno = refusal.errno or 0
    reason = _reason(op, errno)
    name = _NAMES.get(errno) or (str(errno) if errno else f"number {refusal.os_errno} of this system, which is none of Xen's")
    message = f"{type(op).__name__}: Xen refused the hypercall with {name}: {reason}"
    return HypervisorError(message, ADVICE.get(reason, ""), errno=refusal.errno, os_errno=refusal.os_errno)
