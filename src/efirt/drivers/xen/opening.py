"""Opening the driver on this machine: libxencall, or Linux's own device where the library is absent."""

import sys
from collections.abc import Callable, Mapping

from efirt.annotation import Any, Final
from efirt.drivers.xen.codec import CARRIED
from efirt.drivers.xen.devices import is_control_domain
from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.libxencall import LibraryMissing, LibxencallTransport
from efirt.drivers.xen.port import Port, Transport
from efirt.drivers.xen.privcmd import PrivcmdTransport
from efirt.drivers.xen.probe import find as climb
from efirt.errors import DriverError, NoDriver
from efirt.ops import Finding, Op, Probe


def _libxencall() -> Transport[Any]:
    return LibxencallTransport()


def _privcmd() -> Transport[Any]:
    if not sys.platform.startswith("linux"):
        message = f"the transport privcmd speaks to Linux's device, and this is {sys.platform}"
        raise NoDriver(message, "use xen:libxencall")
    return PrivcmdTransport()


def _any_transport() -> Transport[Any]:
    try:
        return LibxencallTransport()
    except LibraryMissing:
        if not sys.platform.startswith("linux"):
            raise
        return PrivcmdTransport()


_TRANSPORTS: Final[Mapping[str, Callable[[], Transport[Any]]]] = {"libxencall": _libxencall, "privcmd": _privcmd}


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> XenDriver:
    """Open the way to the hypervisor.

    Args:
        argument: ``libxencall`` or ``privcmd``; empty for the first of them that is there.
        options: None are known.

    Raises:
        ValueError: There is no such transport or option.
        NoDriver: This is not Xen.
        PermissionDenied: The device is closed to this process.
        DriverError: The library is missing, or opening fails in another way.
    """
    if options:
        message = f"the driver xen has no option {next(iter(options))!r}"
        raise ValueError(message)
    if argument and argument not in _TRANSPORTS:
        message = f"the driver xen has no transport {argument!r}: write xen, xen:{', xen:'.join(_TRANSPORTS)}, or xen:simulated"
        raise ValueError(message)
    transport = _TRANSPORTS[argument]() if argument else _any_transport()
    name = f"xen:{argument}" if argument else "xen"
    return XenDriver(Port(transport), name, is_control_domain())


def find() -> Finding:
    """Whether this machine's firmware can be reached through Xen."""
    try:
        driver = open_driver()
        try:
            return climb(driver)
        finally:
            driver.close()
    except DriverError as refusal:
        return Finding(applies=False, reason=refusal.message, advice=refusal.advice, os_errno=refusal.os_errno)


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """The operations with a road, and the reason for each without."""
    return CARRIED | {Probe}, XenDriver.NOT_CARRIED
