"""The composition ``efivarfs:simulated``: a simulated firmware under a simulated Linux with an efivarfs."""

from collections.abc import Mapping

from efirt.annotation import Final
from efirt.drivers import simulated
from efirt.drivers.efivarfs.capsule_kernel import SimulatedLoader
from efirt.drivers.efivarfs.driver import EfivarfsDriver, Mount
from efirt.drivers.efivarfs.kernel import Manner, SimulatedKernel
from efirt.drivers.efivarfs.mounts import USUAL
from efirt.errors import NoDriver
from efirt.ops import OPERATIONS, Driver, Finding, Op, UpdateCapsule
from efirt.ops.options import is_on, written

_SWITCHES: Final = {"root": "root", "writable": "writable", "room": "tells_room", "placeholders": "keeps_empty"}


def under_linux(firmware: Driver, manner: Manner | None = None, name: str = "efivarfs:simulated") -> EfivarfsDriver:
    """Put a simulated Linux over any driver, as its firmware.

    Args:
        firmware: What answers.
        manner: What kind of Linux.
        name: What the result is called.

    Raises:
        NoDriver: Firmware has no variables at runtime, so nothing can be mounted.
    """
    try:
        kernel = SimulatedKernel(firmware, manner)
    except OSError as cause:
        message = f"{USUAL} cannot be mounted: {cause.strerror}; this firmware has no variables at runtime"
        raise NoDriver(message, "", os_errno=cause.errno) from None
    loader = SimulatedLoader(firmware, root=manner is None or manner.root)
    return EfivarfsDriver(kernel, Mount(USUAL, "efivarfs"), name, loader=loader)


def open_driver(_argument: str = "", options: Mapping[str, str] | None = None) -> EfivarfsDriver:
    """Open it.

    Args:
        options: ``root`` (whether who asks is), ``writable`` (how it is mounted), ``room`` (whether Linux tells the room, as it does from
            6.6 on), ``placeholders`` (whether a file that was never written stays, as up to 6.13), each on or off; and what the driver
            ``simulated`` takes.

    Raises:
        ValueError: An option makes no sense.
    """
    options = dict(options or {})
    name = written("efivarfs:simulated", options)
    given = {option: options.pop(option) for option in _SWITCHES if option in options}
    manner = Manner(
        **{_SWITCHES[option]: is_on(f"the switch {option} of efivarfs:simulated is on or off", value) for option, value in given.items()}
    )
    return under_linux(simulated.open_driver("", options), manner, name)


def find() -> Finding:
    """It applies everywhere."""
    return Finding(applies=True, reason="needs nothing of this machine")


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """The operations with a road, and the reason for each without."""
    return frozenset(OPERATIONS) - EfivarfsDriver.NOT_CARRIED.keys() | {UpdateCapsule}, {
        op: why for op, why in EfivarfsDriver.NOT_CARRIED.items() if op is not UpdateCapsule
    }
