"""Refuses everything that would reach the firmware or the clock of the machine the tests run on.

An audit hook sees what Python opens, lists, removes and loads; it cannot be taken out again. What it refuses, it also remembers, so that
code which swallows the refusal fails its test all the same. Setting the clock has no audit event, so those functions are replaced.

In the process of the tests a refusal is an exception. In a process they started, which finds `sitecustomize.py` beside this file through
PYTHONPATH, it is one line and exit status 97. Inside a machine of the lab (EFIRT_LAB is set) nothing is refused.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Final, NoReturn

EXIT_STATUS: Final = 97
LIVE_PLACES: Final = (
    "/dev/xen/",
    "/proc/xen/",
    "/kern/xen/",
    "/dev/efi",
    "/dev/mem",
    "/dev/rtc",
    "/sys/class/rtc/",
    "/sys/firmware/efi",
)
PATH_EVENTS: Final = frozenset({"open", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.truncate", "os.setxattr"})
LIVE_LIBRARIES: Final = "libxencall"
CLOCK_SETTERS: Final = frozenset({"adjtimex", "clock_adjtime", "clock_settime", "ntp_adjtime", "settimeofday", "stime"})


class LiveAccess(BaseException):
    """A test reached for this machine's firmware or clock; not an Exception, so that no `except Exception` takes it for an answer."""


refusals: Final[list[str]] = []  # what was refused in this process and not yet asked for
_raising_process: int | None = None
_installed = False


def install() -> None:
    """Refuse from now on, unless this is a machine of the lab."""
    global _installed  # noqa: PLW0603 # an audit hook is the whole process's, and so is this
    if _installed or os.environ.get("EFIRT_LAB"):
        return
    _installed = True
    setters = {name: _no_setter(name) for name in ("clock_settime", "clock_settime_ns") if hasattr(time, name)}
    vars(time).update(setters)
    sys.addaudithook(_audit)


def raise_here() -> None:
    """In this process raise and remember, instead of ending it; its forks end."""
    global _raising_process  # noqa: PLW0603 # as above
    _raising_process = os.getpid()


def take_refusals() -> list[str]:
    """Hand over what was refused since the last time."""
    taken = refusals.copy()
    refusals.clear()
    return taken


def _no_setter(name: str) -> Callable[..., NoReturn]:
    def setter(*_args: object) -> NoReturn:
        _refuse(f"time.{name}")

    return setter


def _audit(event: str, args: tuple[object, ...]) -> None:
    if event in PATH_EVENTS:
        if _is_live(args[0]):
            _refuse(f"{event} {args[0]!r}")
    elif event == "ctypes.dlopen":
        if LIVE_LIBRARIES in str(args[0]):
            _refuse(f"{event} {args[0]!r}")
    elif event == "ctypes.dlsym" and args[1] in CLOCK_SETTERS:
        _refuse(f"{event} {args[1]!r}")


def _is_live(target: object) -> bool:
    if isinstance(target, os.PathLike):
        target = os.fspath(target)
    if isinstance(target, bytes):
        target = os.fsdecode(target)
    if not isinstance(target, str):  # an open file descriptor: its own opening was asked about
        return False
    return any(name in target for name in ("xen", "efi", "mem", "rtc")) and os.path.abspath(target).startswith(LIVE_PLACES)  # noqa: PTH100 # resolve() opens nothing but costs much more


def _refuse(what: str) -> NoReturn:
    message = f"guard: refused {what}: tests never reach this machine's firmware or clock"
    if os.getpid() == _raising_process:
        refusals.append(what)
        raise LiveAccess(message)
    os.write(2, f"{message}\n".encode(errors="backslashreplace"))
    os._exit(EXIT_STATUS)
