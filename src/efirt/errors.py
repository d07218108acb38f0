"""Every exception, sorted by whose fault it is.

Yours: ``ValueError``. The firmware's: :class:`FirmwareError`. The road's: :class:`DriverError`. The bytes': :class:`DecodeError`.
A guard that stands in for the kernel's: :class:`Refused`. Nobody's: :class:`NoRoom`.
"""

from efirt.annotation import Any, ClassVar, Final
from efirt.values.attributes import Attributes
from efirt.values.status import Status


class EfirtError(Exception):
    """Anything this library raises on its own account, except for ``ValueError``.

    Attributes:
        kind: A word for programs, stable.
        message: What happened, and why.
        advice: What to do about it; may be empty.
        op: What was asked, where one operation was (:mod:`efirt.ops`).
        explanation: What the state of the machine tells of it, where somebody looked (:mod:`efirt.views.explain`).
    """

    kind: ClassVar[str] = "error"
    op: Any = None
    explanation: Any = None

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by content, since the constructors make a message of their arguments."""
        return _restored, (type(self), self.args), vars(self)

    def __str__(self) -> str:
        """What happened, why, and what to do."""
        return f"{self.message}; {self.advice}" if self.advice else self.message


def _restored(kind: type[EfirtError], args: tuple[Any, ...]) -> EfirtError:
    return kind.__new__(kind, *args)


class FirmwareError(EfirtError):
    """Firmware was asked, and said no.

    Attributes:
        status: Its answer.
        reply: All it left beside the status; None where the road gives no more.
        told: The part of the message that says what firmware answered, and why.
    """

    kind = "firmware"
    status: Status

    def __init__(self, status: Status, asked: str, why: str = "", advice: str = "", reply: object = None) -> None:
        self.told = f"firmware answered {status}" + (f" ({why})" if why else "")
        super().__init__(f"{asked}: {self.told}", advice)
        self.status = status
        self.reply = reply


class NotFound(FirmwareError):
    """No such variable is visible, or the end of the list."""


class InvalidParameter(FirmwareError):
    """A name, attributes, size or time that firmware does not take."""


class Unsupported(FirmwareError):
    """Firmware does not have this service, or not in this way."""


class BufferTooSmall(FirmwareError):
    """The answer does not fit.

    Attributes:
        needed: Bytes it needs.
        attributes: The variable's attributes where firmware gave them.
    """

    def __init__(self, status: Status, asked: str, why: str = "", advice: str = "", reply: object = None) -> None:
        super().__init__(status, asked, why, advice, reply)
        self.needed: int | None = getattr(reply, "size", None)
        self.attributes: Attributes | None = getattr(reply, "attributes", None)


class DeviceError(FirmwareError):
    """The hardware behind the service failed."""


class WriteProtected(FirmwareError):
    """This variable, or the whole store, cannot be written now."""


class OutOfResources(FirmwareError):
    """There is no room left in the store."""


class AccessDenied(FirmwareError):
    """A lock of the platform's stands before it."""


class SecurityViolation(FirmwareError):
    """The write was not signed, or not by whom it must be."""


class NotReady(FirmwareError):
    """Firmware is not ready for it yet."""


_BY_STATUS: Final[dict[int, type[FirmwareError]]] = {
    Status.NOT_FOUND: NotFound,
    Status.INVALID_PARAMETER: InvalidParameter,
    Status.UNSUPPORTED: Unsupported,
    Status.BUFFER_TOO_SMALL: BufferTooSmall,
    Status.DEVICE_ERROR: DeviceError,
    Status.WRITE_PROTECTED: WriteProtected,
    Status.OUT_OF_RESOURCES: OutOfResources,
    Status.ACCESS_DENIED: AccessDenied,
    Status.SECURITY_VIOLATION: SecurityViolation,
    Status.NOT_READY: NotReady,
}


def firmware_error(status: Status, asked: str, why: str = "", advice: str = "", reply: object = None) -> FirmwareError:
    """The exception for a status: its own class where it has one, else :class:`FirmwareError`."""
    return _BY_STATUS.get(status, FirmwareError)(status, asked, why, advice, reply)


class DriverError(EfirtError):
    """The question did not arrive, or no answer came back.

    Attributes:
        errno: The number the road's far end gave (Xen's own numbering for a hypervisor); None where there is none.
        os_errno: The number this system gave; None where there is none.
    """

    kind = "driver"

    def __init__(self, message: str, advice: str = "", *, errno: int | None = None, os_errno: int | None = None) -> None:
        super().__init__(message, advice)
        self.errno = errno
        self.os_errno = os_errno


class HypervisorError(DriverError):
    """Xen refused the hypercall itself; firmware was not asked."""

    kind = "hypervisor"


class NotCarried(DriverError):
    """This driver has no road for the operation.

    Attributes:
        operation: The operation's name.
    """

    kind = "not-carried"

    def __init__(self, message: str, advice: str = "", *, operation: str = "", errno: int | None = None) -> None:
        super().__init__(message, advice, errno=errno)
        self.operation = operation


class PermissionDenied(DriverError):
    """The road is there, and closed to this process."""

    kind = "permission"


class NoDriver(DriverError):
    """No driver is attached, applies here, or has the name; or it was closed."""

    kind = "no-driver"


class ReplayMismatch(DriverError):
    """A recording was asked what it does not hold, or not here."""

    kind = "replay"


class DecodeError(EfirtError):
    """Bytes that are not what they should be.

    Attributes:
        where: What was being read.
        offset: Bytes from its beginning; None where it is the whole that makes no sense.
    """

    kind = "decode"

    def __init__(self, where: str, offset: int | None, why: str, advice: str = "") -> None:
        super().__init__(f"{where}: {why}" if offset is None else f"{where}, at byte {offset}: {why}", advice)
        self.where = where
        self.offset = offset
        self.why = why


class NoRoom(EfirtError):
    """What was to be stored does not fit; nothing was changed.

    Attributes:
        needed: Bytes that all of it takes.
        room: Bytes there are.
    """

    kind = "no-room"

    def __init__(self, what: str, needed: int, room: int) -> None:
        super().__init__(f"{what} take {needed} bytes, and there is room for {room}", "delete what is not needed, or take a larger image")
        self.needed = needed
        self.room = room


class Refused(EfirtError):
    """A guard of this library's stopped a call that is known to end badly; ``force`` passes it."""

    kind = "refused"
