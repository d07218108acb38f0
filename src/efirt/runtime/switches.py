"""Options in a simulated driver's name that are on or off."""

from efirt.annotation import Iterable
from efirt.ops.options import is_on


def take(driver: str, options: dict[str, str], names: Iterable[str]) -> dict[str, bool]:
    """Take the switches out of a driver's options; those that are left are the firmware's.

    Args:
        driver: Its name.
        options: What is given, which loses what is taken.
        names: The switches there are.

    Raises:
        ValueError: One is neither on nor off.
    """
    return {name: is_on(f"the switch {name} of {driver} is on or off", options.pop(name)) for name in names if name in options}
