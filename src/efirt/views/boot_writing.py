"""Carrying out a plan: write by write, and taken back where one fails."""

from efirt.errors import DriverError, EfirtError, NotCarried, NotFound, PermissionDenied, Refused, ReplayMismatch
from efirt.runtime.services import Runtime
from efirt.values.key import Variable
from efirt.views.boot_plan import Plan, Write


def check_unchanged(runtime: Runtime, plan: Plan) -> None:
    """Refuse to write over what somebody else has written since the plan was made.

    Raises:
        Refused: A variable is not as it was.
    """
    for write in plan.writes:
        is_known = write.before is not None or bool(write.after)  # one that could not be read may go all the same
        if is_known and _present(runtime, write) != write.before:
            raise Refused(f"{write.key.name} has changed since it was read; nothing was written", "look at the menu again, and plan anew")


def _present(runtime: Runtime, write: Write) -> Variable | None:
    try:
        return runtime.get(write.key)
    except NotFound:
        return None


def write_plan(runtime: Runtime, plan: Plan, *, force: bool = False) -> None:
    """Write all of it.

    Args:
        runtime: Where to.
        plan: What.
        force: Pass the guards.

    Raises:
        EfirtError: A write failed; those before it were taken back, or the message says which could not be.
        ValueError: A value is larger than firmware takes; the same.
    """
    done: list[Write] = []
    for write in plan.writes:
        try:
            _write(runtime, write, write.after, force=force)
        except EfirtError as cause:
            if isinstance(cause, DriverError) and _may_have_arrived(runtime, write, cause):
                done.append(write)
            cause.message += _taken_back(runtime, done)
            raise
        except ValueError as cause:
            raise ValueError(f"{cause}{_taken_back(runtime, done)}") from None
        done.append(write)


def _may_have_arrived(runtime: Runtime, write: Write, cause: DriverError) -> bool:
    """Whether a write whose answer did not come back may have been carried out all the same."""
    if isinstance(cause, NotCarried | PermissionDenied | ReplayMismatch):
        return False
    try:
        return _present(runtime, write) != write.before
    except EfirtError:
        return True


def _write(runtime: Runtime, write: Write, value: bytes, *, force: bool) -> None:
    if value:
        runtime.set(write.key, value, write.attributes, force=force)
        return
    try:
        runtime.delete(write.key, force=True)  # that it goes is what was asked for
    except NotFound:
        return


def _taken_back(runtime: Runtime, done: list[Write]) -> str:
    """Undo writes, the last one first; a sentence on how that went."""
    lost = []
    for write in reversed(done):
        if not write.before and not write.after:
            lost.append(f"{write.key.name} (it could not be read before)")
            continue
        try:
            _write(runtime, write, write.before.data if write.before else b"", force=True)
        except EfirtError as cause:
            lost.append(f"{write.key.name} ({cause.message})")
    if lost:
        return f"; and this could not be taken back: {', '.join(lost)}"
    return f"; what was written before it has been taken back: {', '.join(write.key.name for write in done)}" if done else ""
