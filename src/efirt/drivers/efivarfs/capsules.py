"""Capsules through Linux's device for them: what it takes, what it drops without a word, and what its refusals mean.

The head goes first and alone, so that a refusal says what was refused: Linux asks firmware about the kind of capsule as soon as it has the
head, and hands the capsule over when it has the last byte.

Source: Linux 6.1, drivers/firmware/efi/capsule-loader.c, capsule.c; UEFI 2.10 §8.5.3.
"""

from errno import EACCES, EINVAL, ENODEV, ENOENT, ENOSPC, EPERM, errorcode
from os import strerror

from efirt.annotation import Final, Protocol
from efirt.drivers.efivarfs.port import Refusal
from efirt.drivers.efivarfs.refusals import status_of
from efirt.errors import DriverError, NoDriver, NotCarried, PermissionDenied
from efirt.ops.miscellaneous import UpdateCapsule
from efirt.ops.reply import Reply
from efirt.payloads.capsule import PERSIST_ACROSS_RESET, POPULATE_SYSTEM_TABLE
from efirt.values.guid import Guid
from efirt.values.status import Status

_HEAD: Final = 28
_PASSED_ON: Final = PERSIST_ACROSS_RESET | POPULATE_SYSTEM_TABLE
"""Linux asks firmware about no capsule with another flag.

Source: Linux 6.1, drivers/firmware/efi/capsule.c, EFI_CAPSULE_SUPPORTED_FLAG_MASK.
"""


class Device(Protocol):
    """Linux's device for capsules; every method can raise OSError.

    Attributes:
        path: Where it is.
    """

    path: str

    def open(self) -> int:
        """A descriptor."""

    def write(self, descriptor: int, content: bytes) -> int:
        """Write with one call; how much was taken."""

    def close(self, descriptor: int) -> None:
        """Give a descriptor back."""


class Capsules:
    """UpdateCapsule.

    Args:
        device: Linux's.
    """

    def __init__(self, device: Device) -> None:
        self._device = device

    def update(self, op: UpdateCapsule, *, is_dom0: bool = False) -> Reply:
        """Hand a capsule to the kernel.

        Args:
            op: It.
            is_dom0: Whether Linux asks firmware through Xen.

        Raises:
            NotCarried: Linux would not hand this to firmware, or other bytes than these.
            NoDriver: The device is missing.
            PermissionDenied: It is root's.
            DriverError: Linux refused the capsule by its head, before firmware had it.
        """
        if op.scatter_gather_list:
            raise NotCarried("UpdateCapsule: Linux makes the scatter-gather list itself", "leave it 0", operation="UpdateCapsule")
        if len(op.capsules) != 1:
            message = f"UpdateCapsule: Linux hands firmware one capsule, and here are {len(op.capsules)}"
            raise NotCarried(message, "ask once for each", operation="UpdateCapsule")
        capsule = op.capsules[0]
        problem = _why_not_whole(capsule)
        if problem:
            raise NotCarried(f"UpdateCapsule: {problem}", "get the whole capsule again", operation="UpdateCapsule")
        try:
            self._hand_over(capsule)
        except Refusal as refusal:
            status = status_of(refusal)
            if status is None:
                raise _error(refusal, capsule, self._device.path, is_dom0=is_dom0) from None
            return Reply(status, os_errno=refusal.number)
        return Reply(Status.SUCCESS)

    def _hand_over(self, capsule: bytes) -> None:
        step = "open"
        try:
            descriptor = self._device.open()
            try:
                parts = [("take the head", capsule[:_HEAD]), ("hand over", capsule[_HEAD:])]
                if len(capsule) == _HEAD:  # one write is both
                    parts = [("hand over", capsule)]
                for step, part in parts:  # noqa: B007 - told below
                    rest = part
                    while rest:
                        rest = rest[self._device.write(descriptor, rest) :]
            finally:
                self._device.close(descriptor)
        except OSError as cause:
            raise Refusal(step, cause.errno or 0) from None


def _numbers(capsule: bytes) -> tuple[int, int, int]:
    head_size, flags, size = (int.from_bytes(capsule[at : at + 4], "little") for at in (16, 20, 24))
    return head_size, flags, size


def _why_not_whole(capsule: bytes) -> str:
    """Why Linux would drop these bytes without a word, or hand firmware others; empty where they are a whole capsule."""
    if len(capsule) < _HEAD:
        return f"a capsule's head has {_HEAD} bytes, and here are {len(capsule)}; Linux would drop them and report success"
    head_size, _, size = _numbers(capsule)
    if not head_size:
        return "its head says that it has 0 bytes; Linux takes such a head for none, and would read beside its memory for another"
    if size < _HEAD:
        return f"its head says {size} bytes for all of it, and has {_HEAD} itself"
    if size > len(capsule):
        return f"its head says {size} bytes, and here are {len(capsule)}; Linux would drop them and report success"
    if size < len(capsule):
        return f"its head says {size} bytes, and here are {len(capsule)}; Linux could hand over the former, and call that a failure"
    return ""


def _error(refusal: Refusal, capsule: bytes, path: str, *, is_dom0: bool) -> DriverError:
    number = refusal.number
    if refusal.step == "open":
        if number in {EACCES, EPERM}:
            return PermissionDenied(f"UpdateCapsule: {path} is closed to this process", "run this as root", os_errno=number)
        if number in {ENOENT, ENODEV}:
            return NoDriver(f"UpdateCapsule: {path} is missing", "load Linux's module for it: modprobe capsule-loader", os_errno=number)
    told = f"UpdateCapsule: Linux refused to {refusal.step} with {errorcode.get(number, number)}"
    if refusal.step != "take the head":
        return DriverError(f"{told}: {strerror(number)}", os_errno=number)
    _, flags, size = _numbers(capsule)
    kind = Guid(capsule[:16])
    if number == EINVAL and flags & ~_PASSED_ON:
        why = f"it asks firmware about no capsule with the flags 0x{flags & ~_PASSED_ON:x}"
        return DriverError(
            f"{told}: {why}",
            "of the flags in a capsule's upper half Linux passes on 0x10000 and 0x20000, of the lower half none",
            os_errno=number,
        )
    if number == EINVAL and is_dom0:
        return DriverError(f"{told}: Xen takes no capsules", "boot this machine without Xen", os_errno=number)
    if number == EINVAL:
        why = f"firmware takes no capsules of the kind {kind} with the flags 0x{flags:x}"
        return DriverError(f"{told}: {why}", "efirt esrt lists what it updates", os_errno=number)
    if number == ENOSPC:
        return DriverError(f"{told}: firmware takes no capsule of {size} bytes", os_errno=number)
    return DriverError(f"{told}: firmware, asked about capsules of the kind {kind}, failed", os_errno=number)
