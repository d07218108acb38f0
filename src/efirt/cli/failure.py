"""What went wrong, as people and programs are told."""

import sys

from efirt.annotation import TYPE_CHECKING, Final, NamedTuple
from efirt.errors import DriverError, EfirtError, FirmwareError

if TYPE_CHECKING:
    from efirt.runtime.services import Runtime
    from efirt.views.explain import Explanation

SAID_NO: Final = 1
USAGE: Final = 2
_MORE: Final = 2
"""How many reasons are told to people behind the first."""


class Failure(NamedTuple):
    """An error, without the exception.

    Attributes:
        kind: A word for programs: that of the exception, ``usage``, or ``internal``.
        status: Firmware's answer by name; None where firmware was not asked.
        errno: Xen's number where Xen refused, this system's for any other road; None where there is none.
        message: What happened, and why.
        advice: What to do about it; may be empty.
        exit_status: What the process ends with.
        explanation: What the state of the machine tells of it; None where nobody could look.
    """

    kind: str
    status: str | None
    errno: int | None
    message: str
    advice: str
    exit_status: int
    explanation: "Explanation | None" = None

    @property
    def line(self) -> str:
        """What happened, the likeliest reason, and what to do about it, for people."""
        return f"efirt: {self.message}" + (f"; {self.advice}" if self.advice else "")

    @property
    def more(self) -> tuple[str, ...]:
        """A line for each of the next reasons."""
        reasons = self.explanation.reasons[1 : _MORE + 1] if self.explanation else ()
        word = "also" if self.explanation and self.explanation.is_certain else "or"
        return tuple(f"efirt:   {word} {one.why}" + (f"; {one.advice}" if one.advice else "") for one in reasons)

    def record(self) -> dict[str, object]:
        """All of it for programs."""
        told: dict[str, object] = {
            "kind": self.kind,
            "status": self.status,
            "errno": self.errno,
            "message": self.message,
            "advice": self.advice,
        }
        if self.explanation is not None:
            told["explanation"] = self.explanation.record()
        return {"error": told}


def failure_of(cause: Exception) -> Failure:
    """Sort an exception by whose fault it is."""
    if isinstance(cause, EfirtError):
        status = str(cause.status) if isinstance(cause, FirmwareError) else None
        errno = cause.explanation.errno if cause.explanation is not None else None
        if isinstance(cause, DriverError):
            errno = cause.os_errno if cause.errno is None else cause.errno
        return Failure(cause.kind, status, errno, cause.message, cause.advice, SAID_NO, cause.explanation)
    if isinstance(cause, ValueError):
        return Failure("usage", None, None, str(cause), getattr(cause, "advice", ""), USAGE)
    message = f"{type(cause).__name__}: {cause}"
    return Failure("internal", None, None, message, "this is a defect; python -X dev -m efirt shows where", SAID_NO)


def look_into(runtime: "Runtime", cause: EfirtError) -> None:
    """Have an error say what the state of the machine tells of it; whatever goes wrong with that, the error stays what it is."""
    try:
        from efirt.views.explain import explained  # noqa: PLC0415 - for a command that fails

        explained(runtime, cause)
    except Exception:
        if sys.flags.dev_mode:
            raise
