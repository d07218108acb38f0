"""The process' own stack of drivers, behind ``efirt.attach``, ``efirt.detach`` and ``efirt.active``."""

from efirt.ops import Driver
from efirt.runtime.active import STACK, Attachment
from efirt.runtime.registry import open_driver
from efirt.runtime.services import Runtime


def attach(driver: Driver | str, needs: Attachment | None = None) -> Attachment:
    """Make a driver the active one.

    Args:
        driver: A driver, which the attachment closes in the end, or the name of one to open.
        needs: An attachment that cannot leave before this one.

    Raises:
        NoDriver: There is none of this name, it does not apply here, or the attachment it needs has left.
    """
    return STACK.attach(open_driver(driver) if isinstance(driver, str) else driver, needs)


def detach(attachment: Attachment) -> None:
    """Take an attachment off the stack wherever it stands; again changes nothing.

    Raises:
        DriverError: Called from inside one of its own calls, or another attachment needs it.
    """
    attachment.detach()


def active() -> Runtime:
    """The active driver with manners; one that answers NoDriver when nothing is attached. It keeps the driver that is active now."""
    return Runtime(STACK.active)
