"""What went wrong, as people and programs are told."""

from efirt.annotation import Final, NamedTuple
from efirt.errors import DriverError, EfirtError, FirmwareError

SAID_NO: Final = 1
USAGE: Final = 2


class Failure(NamedTuple):
    """An error, without the exception.

    Attributes:
        kind: A word for programs: that of the exception, ``usage``, or ``internal``.
        status: Firmware's answer by name; None where firmware was not asked.
        errno: Xen's number where Xen refused, this system's for any other road; None where there is none.
        message: What happened, and why.
        advice: What to do about it; may be empty.
        exit_status: What the process ends with.
    """

    kind: str
    status: str | None
    errno: int | None
    message: str
    advice: str
    exit_status: int

    @property
    def line(self) -> str:
        """All of it for people."""
        return f"efirt: {self.message}" + (f"; {self.advice}" if self.advice else "")

    def record(self) -> dict[str, object]:
        """All of it for programs."""
        told = {"kind": self.kind, "status": self.status, "errno": self.errno, "message": self.message, "advice": self.advice}
        return {"error": told}


def failure_of(cause: Exception) -> Failure:
    """Sort an exception by whose fault it is."""
    if isinstance(cause, EfirtError):
        status = str(cause.status) if isinstance(cause, FirmwareError) else None
        errno = None
        if isinstance(cause, DriverError):
            errno = cause.os_errno if cause.errno is None else cause.errno
        return Failure(cause.kind, status, errno, cause.message, cause.advice, SAID_NO)
    if isinstance(cause, ValueError):
        return Failure("usage", None, None, str(cause), getattr(cause, "advice", ""), USAGE)
    message = f"{type(cause).__name__}: {cause}"
    return Failure("internal", None, None, message, "this is a defect; python -X dev -m efirt shows where", SAID_NO)
