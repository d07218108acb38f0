"""Names to drivers: which there are, and opening one.

A name is ``NAME[:ARGUMENT][?OPTION=VALUE&...]``, such as ``xen``, ``xen:simulated?rs=off``, ``simulated?vars=OVMF_VARS.fd``.
"""

import os
import sys

from efirt.annotation import Any, Final, Mapping, NamedTuple
from efirt.errors import DriverError, NoDriver, PermissionDenied
from efirt.later import imported
from efirt.ops import Driver, Finding, Probe
from efirt.runtime.active import Stack
from efirt.runtime.services import Runtime

GROUP: Final = "efirt.drivers"
"""The entry point group in which other packages offer drivers."""

DISABLE: Final = "EFIRT_DISABLE"
"""Names of drivers to switch off, joined by commas; ``live`` is each that reaches a real machine's firmware."""


class Entry(NamedTuple):
    """A driver that can be opened by name.

    Attributes:
        name: Without an argument.
        summary: What it reaches, in a few words.
        module: A module with ``open_driver(argument, options) -> Driver`` and ``find() -> Finding``.
        live: Whether it reaches the firmware of the machine it runs on.
        probed: Whether opening it asks first if its firmware can be reached.
        may_be_elsewhere: Whether an argument can name what is not this machine's; its module's ``reaches_this_machine`` tells.
        system: How ``sys.platform`` begins on the one system it speaks to; empty where there are several.
    """

    name: str
    summary: str
    module: str
    live: bool
    probed: bool
    may_be_elsewhere: bool = False
    system: str = ""

    @property
    def is_for_this_system(self) -> bool:
        """Whether it could apply here."""
        return sys.platform.startswith(self.system)


BUILTIN: Final = (
    Entry("xen", "the firmware behind Xen, from its dom0, by hypercall", "efirt.drivers.xen.opening", live=True, probed=True),
    Entry(
        "efivarfs",
        "this machine's firmware, through Linux's files",
        "efirt.drivers.efivarfs.opening",
        live=True,
        probed=False,
        may_be_elsewhere=True,
        system="linux",
    ),
    Entry(
        "efi_test",
        "this machine's firmware, through Linux's efi_test",
        "efirt.drivers.efi_test.opening",
        live=True,
        probed=True,
        system="linux",
    ),
    Entry(
        "freebsd",
        "this machine's firmware, through FreeBSD's /dev/efi",
        "efirt.drivers.freebsd.opening",
        live=True,
        probed=False,
        system="freebsd",
    ),
    Entry(
        "netbsd",
        "this machine's firmware, through NetBSD's /dev/efi",
        "efirt.drivers.netbsd.opening",
        live=True,
        probed=False,
        system="netbsd",
    ),
    Entry("xen:simulated", "a simulated firmware behind a simulated Xen", "efirt.runtime.xen_simulated", live=False, probed=True),
    Entry(
        "efivarfs:simulated",
        "a simulated firmware under a simulated Linux",
        "efirt.runtime.efivarfs_simulated",
        live=False,
        probed=False,
    ),
    Entry(
        "efi_test:simulated",
        "a simulated firmware under a simulated Linux with efi_test",
        "efirt.runtime.efi_test_simulated",
        live=False,
        probed=True,
    ),
    Entry(
        "freebsd:simulated", "a simulated firmware under a simulated FreeBSD", "efirt.runtime.freebsd_simulated", live=False, probed=False
    ),
    Entry("netbsd:simulated", "a simulated firmware under a simulated NetBSD", "efirt.runtime.netbsd_simulated", live=False, probed=False),
    Entry("simulated", "a simulated firmware", "efirt.runtime.simulated", live=False, probed=False),
    Entry("image", "the variables in a file, as firmware shows them", "efirt.drivers.image.driver", live=False, probed=False),
    Entry("replay", "a recording of a driver's answers", "efirt.drivers.replay", live=False, probed=False),
)
"""The drivers that come with this package, in the order in which one is chosen."""


class Address(NamedTuple):
    """A driver's name, taken apart.

    Attributes:
        name: The driver.
        argument: What stands behind the colon.
        options: What stands behind the question mark.
    """

    name: str
    argument: str
    options: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Take ``NAME[:ARGUMENT][?OPTION=VALUE&...]`` apart.

        In the argument ``%3F`` is a question mark and ``%25`` a percent sign, in an option's value ``%26`` is an ampersand, too; any other
        percent sign is one.

        Raises:
            ValueError: An option has no value, or stands there twice.
        """
        head, _, tail = text.partition("?")
        name, _, argument = head.partition(":")
        options: dict[str, str] = {}
        for part in tail.split("&") if tail else ():
            option, equals, value = part.partition("=")
            if not option or not equals or option in options:
                message = f"{text!r} does not name a driver: write NAME:ARGUMENT?OPTION=VALUE&OPTION=VALUE, each option once"
                raise ValueError(f"{message}, and a question mark in a path as %3F")
            options[option] = _unescaped(value)
        return cls(name, _unescaped(argument), options)


def _unescaped(text: str) -> str:
    """A part of a driver's name without its escapes."""
    if "%" not in text:
        return text
    for code, character in (("%3F", "?"), ("%3f", "?"), ("%26", "&"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def entry_of(address: Address) -> Entry | None:
    """The built-in driver that a name opens; None where another package may have it."""
    full = f"{address.name}:{address.argument}"
    by_name = {entry.name: entry for entry in BUILTIN}
    return by_name.get(full) or by_name.get(address.name)


def _point(address: Address) -> Any:  # noqa: ANN401 - an EntryPoint, whose module is imported late
    points = foreign()
    return points.get(f"{address.name}:{address.argument}") or points.get(address.name)


def foreign() -> dict[str, Any]:
    """The drivers that other packages offer, by name."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - 38 ms, and only for names that are not built in

    return {point.name: point for point in entry_points(group=GROUP)}


def switched_off(name: str, *, live: bool) -> Finding | None:
    """The finding for a driver that the environment switches off; None when it does not."""
    words = {word.strip() for word in os.environ.get(DISABLE, "").split(",")}
    for word in (name, name.partition(":")[0]):
        if word in words:
            return Finding(applies=False, reason=f"switched off by {DISABLE}={os.environ[DISABLE]}", advice=f"take {word} out of {DISABLE}")
    if live and "live" in words:
        reason = f"switched off with every driver that reaches this machine's firmware by {DISABLE}={os.environ[DISABLE]}"
        return Finding(applies=False, reason=reason, advice=f"take live out of {DISABLE}, or use a simulated driver")
    return None


def open_driver(name: str, *, inactive: bool = False) -> Driver:
    """Open a driver by name.

    Args:
        name: As in the module's text.
        inactive: Open it also where its firmware cannot be reached, to learn what can still be told.

    Raises:
        NoDriver: There is none of this name, it is switched off, cannot be loaded, or does not apply here.
        PermissionDenied: It is closed to this process.
        ValueError: Its argument or options make no sense.
    """
    address = Address.parse(name)
    entry = entry_of(address)
    if entry is None:
        return _open_foreign(address)
    module = imported(entry.module)
    live = entry.live and not (entry.may_be_elsewhere and address.argument and not module.reaches_this_machine(address.argument))
    _refuse_switched_off(name, switched_off(f"{address.name}:{address.argument}" if address.argument else entry.name, live=live))
    driver: Driver = module.open_driver(address.argument, address.options)
    if entry.probed and not inactive:
        _probe(name, driver)
    return driver


def _refuse_switched_off(name: str, off: Finding | None) -> None:
    if off:
        message = f"the driver {name} is {off.reason}"
        raise NoDriver(message, off.advice)


def _open_foreign(address: Address) -> Driver:
    point = _point(address)
    if point is None:
        known = ", ".join([entry.name for entry in BUILTIN] + sorted(foreign()))
        message = f"there is no driver {address.name!r}"
        raise NoDriver(message, f"the drivers are {known}")
    _refuse_switched_off(point.name, switched_off(point.name, live=True))
    try:
        opener = point.load().open_driver
    except Exception as cause:
        message = f"the driver {point.name}, offered by {package(point)}, cannot be loaded: {cause}"
        raise NoDriver(message, f"update or remove {package(point)}") from cause
    driver: Driver = opener(address.argument, address.options)
    return driver


def package(point: Any) -> str:  # noqa: ANN401 - an EntryPoint, whose module is imported late
    """Who offers such a driver."""
    return f"the package {point.dist.name}" if point.dist else str(point.value)


def _probe(name: str, driver: Driver) -> None:
    try:
        driver.call(Probe())
    except BaseException as refusal:
        driver.close()
        if not isinstance(refusal, DriverError) or isinstance(refusal, PermissionDenied):
            raise
        message = f"the driver {name} does not apply here: {refusal.message}"
        raise NoDriver(message, refusal.advice, errno=refusal.errno, os_errno=refusal.os_errno) from refusal


def open_runtime(name: str | None = None, *, inactive: bool = False) -> Runtime:
    """Open a driver, the first that applies when none is named, and give it manners.

    Raises:
        NoDriver: As :func:`open_driver` and :func:`~efirt.runtime.choice.choose`.
        PermissionDenied: As :func:`open_driver`.
        ValueError: As :func:`open_driver`.
    """
    if name is None:
        from efirt.runtime.choice import open_chosen  # noqa: PLC0415 - who names a driver leaves no choice

        return Runtime(Stack().attach(open_chosen(inactive=inactive)))
    return Runtime(Stack().attach(open_driver(name, inactive=inactive)))
