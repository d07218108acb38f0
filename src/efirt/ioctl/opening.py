"""What the drivers over a device file look at before they open it."""

import sys

from efirt.annotation import Callable, Mapping
from efirt.errors import DriverError, NoDriver
from efirt.ops.driver import Driver, Finding
from efirt.ops.tables import Probe


def check_request(name: str, system: str, argument: str, options: Mapping[str, str] | None) -> None:
    """Refuse what cannot be meant, and another system than the driver's.

    Args:
        name: The driver's.
        system: The system it speaks to, as people write it.
        argument: None is known.
        options: None are known.

    Raises:
        ValueError: There is an argument or an option.
        NoDriver: This is another system.
    """
    if argument or options:
        given = f"the argument {argument!r}" if argument else f"the option {next(iter(options or {}))!r}"
        raise ValueError(f"the driver {name} does not take {given}: write {name}, or {name}:simulated")
    if not sys.platform.startswith(system.lower()):
        raise NoDriver(f"the driver {name} speaks to {system}, and this is {sys.platform}", "use the driver of this system (efirt drivers)")


def found(opener: Callable[[], Driver]) -> Finding:
    """Whether a driver opens, and what it finds."""
    try:
        driver = opener()
        try:
            said = driver.call(Probe()).data or b""
        finally:
            driver.close()
    except DriverError as refusal:
        return Finding(applies=False, reason=refusal.message, advice=refusal.advice, os_errno=refusal.os_errno)
    return Finding(applies=True, reason=said.decode())
