"""A simulated Linux's device for capsules over any firmware; it imports none of what it tests.

Source: Linux 6.1, drivers/firmware/efi/capsule-loader.c, capsule.c.
"""

from errno import EACCES, EBADF, EINTR, EINVAL, EIO, ENOSPC
from os import strerror

from efirt.annotation import Final
from efirt.drivers.efivarfs.kernel import number_of
from efirt.errors import DriverError
from efirt.ops.driver import Driver
from efirt.ops.miscellaneous import CapsuleHeader, QueryCapsuleCapabilities, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.values.guid import Guid
from efirt.values.status import Status

_PAGE: Final = 4096
_HEAD: Final = 28
_KNOWN: Final = 0x30000
_PERSIST: Final = 0x10000
_LIST_AT: Final = 0x7000_0000
_RESETS: Final = {0: "RESET_COLD", 1: "RESET_WARM"}


def _error(number: int) -> OSError:
    return OSError(number, strerror(number))


class _Upload:
    """What came through one descriptor.

    Attributes:
        content: The bytes.
        head: The head, once it was looked at and found good.
        reset: The reset that firmware wants.
        ended: Whether it was refused or handed over.
    """

    def __init__(self) -> None:
        self.content = b""
        self.head: CapsuleHeader | None = None
        self.reset = 0
        self.ended = False


class SimulatedLoader:
    """The device; every method can raise OSError.

    Args:
        firmware: What answers.
        root: Whether who asks may open it.

    Attributes:
        path: Where it is.
        log: What the kernel says of it to its log.
    """

    path = "/dev/efi_capsule_loader"

    def __init__(self, firmware: Driver, *, root: bool = True) -> None:
        self._firmware = firmware
        self._root = root
        self._uploads: dict[int, _Upload] = {}
        self._last = 2
        self._pending: int | None = None
        self.log: list[str] = []

    def open(self) -> int:
        """A descriptor."""
        if not self._root:
            raise _error(EACCES)
        self._last += 1
        self._uploads[self._last] = _Upload()
        return self._last

    def write(self, descriptor: int, content: bytes) -> int:
        """Write with one call, of which the rest of a page is taken."""
        upload = self._opened(descriptor)
        if not content:
            return 0
        if upload.ended:
            raise _error(EIO)
        taken = content[: _PAGE - len(upload.content) % _PAGE]
        upload.content += taken
        try:
            if upload.head is None and len(upload.content) >= _HEAD:
                self._look_at_head(upload)
            if upload.head is not None and len(upload.content) >= upload.head.image_size:
                self._submit(upload, upload.head)
        except OSError as cause:
            upload.ended = True
            if cause.errno == EINTR:  # os.write calls again by itself, and then the upload has ended
                raise _error(EIO) from None
            raise
        return len(taken)

    def close(self, descriptor: int) -> None:
        """Give a descriptor back; what is not complete is dropped without an error."""
        upload = self._opened(descriptor)
        del self._uploads[descriptor]
        if upload.content and not upload.ended:
            self.log.append("efi: capsule upload not complete")

    def _opened(self, descriptor: int) -> _Upload:
        if descriptor not in self._uploads:
            raise _error(EBADF)
        return self._uploads[descriptor]

    def _look_at_head(self, upload: _Upload) -> None:
        data = upload.content
        head_size, flags, size = (int.from_bytes(data[at : at + 4], "little") for at in (16, 20, 24))
        if not size:
            self._refuse("invalid capsule size", EINVAL)
        upload.reset = self._ask_about(CapsuleHeader(Guid(data[:16]), _HEAD, flags, _HEAD), size, "capsule not supported")
        if head_size:
            upload.head = CapsuleHeader(Guid(data[:16]), head_size, flags, size)

    def _ask_about(self, head: CapsuleHeader, size: int, told: str) -> int:
        if head.flags & ~_KNOWN:
            self._refuse(told, EINVAL)
        reply = self._ask(QueryCapsuleCapabilities((head,)))
        if reply.status != Status.SUCCESS or reply.capsule is None:
            self._refuse(told, number_of(reply.status))
        elif size <= reply.capsule.maximum_capsule_size:
            return reply.capsule.reset_type
        return self._refuse(told, ENOSPC)

    def _submit(self, upload: _Upload, head: CapsuleHeader) -> None:
        if len(upload.content) > head.image_size:
            self._refuse("capsule upload size exceeded header defined size", EINVAL)
        told = "capsule update failed"
        upload.reset = self._ask_about(head._replace(header_size=_HEAD, image_size=_HEAD), head.image_size, told)
        if self._pending not in {None, upload.reset}:
            self.log.append(f"efi: Conflicting capsule reset type {upload.reset} ({self._pending}).")
            self._refuse(told, EINVAL)
        status = self._ask(UpdateCapsule((upload.content,), _LIST_AT)).status
        if status != Status.SUCCESS:
            self._refuse(told, number_of(status))
        self._pending = upload.reset
        upload.ended = True
        way = f"uploaded capsule file with reboot type '{_RESETS.get(upload.reset, 'RESET_SHUTDOWN')}'"
        self.log.append(f"efi: Successfully {way if head.flags & _PERSIST else 'processed capsule file'}")

    def _refuse(self, told: str, number: int) -> int:
        self.log.append(f"efi: {told}")
        raise _error(number)

    def _ask(self, op: QueryCapsuleCapabilities | UpdateCapsule) -> Reply:
        try:
            return self._firmware.call(op)
        except DriverError:  # under Xen every refusal of the hypervisor's is one of firmware's
            return Reply(Status.UNSUPPORTED)
