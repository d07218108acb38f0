"""Whether runtime services can be reached through Xen, and if not, why: one rung after another.

Source: Xen 4.17, xen/arch/x86/platform_hypercall.c and xen/common/efi/runtime.c (the order in which each test refuses).
"""

from efirt.abi import xen_errno as xen
from efirt.drivers.xen import refusals
from efirt.drivers.xen.driver import XenDriver
from efirt.errors import HypervisorError
from efirt.ops import Finding, FirmwareInfo, FirmwareInfoIndex
from efirt.values.revision import revision_text


def _refused(driver: XenDriver) -> str:
    if driver.control_domain is None:
        return refusals.NOT_DOM0_OR_REFUSED
    return refusals.REFUSED_BY_POLICY if driver.control_domain else refusals.NOT_DOM0


def _reason(driver: XenDriver, refusal: HypervisorError) -> Finding:
    reasons = {
        xen.XEN_EPERM: _refused(driver),
        xen.XEN_ENOSYS: refusals.NOT_EFI,
        xen.XEN_EACCES: refusals.OTHER_ABI,
        xen.XEN_EOPNOTSUPP: refusals.NO_RUNTIME_SERVICES,
    }
    reason = reasons.get(refusal.errno or 0)
    return Finding(applies=False, reason=reason, advice=refusals.ADVICE[reason]) if reason else Finding(applies=False, reason=str(refusal))


def find(driver: XenDriver) -> Finding:
    """Climb the ladder: is this dom0, was it booted through EFI, are runtime services on."""
    try:
        table = driver.call(FirmwareInfo(FirmwareInfoIndex.CONFIG_TABLE)).facts
        version = driver.call(FirmwareInfo(FirmwareInfoIndex.RT_VERSION)).facts
    except HypervisorError as refusal:
        return _reason(driver, refusal)
    entries = table.count if table else 0
    revision = version.revision if version else 0
    sentence = f"dom0 of a Xen booted through EFI; runtime services {revision_text(revision)}, {entries} configuration tables"
    return Finding(applies=True, reason=sentence)
