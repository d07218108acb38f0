"""The composition ``xen:simulated``: a simulated firmware behind a simulated Xen."""

from efirt.annotation import Final, Mapping
from efirt.drivers import simulated
from efirt.drivers.xen.codec import CARRIED
from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.firmware_facts import Machine
from efirt.drivers.xen.hypervisor import Hypervisor, Switches
from efirt.drivers.xen.port import Port
from efirt.drivers.xen.simulated import SimulatedTransport
from efirt.ops import Driver, Finding, Op, Probe, QueryVariableInfo, Reply
from efirt.ops.options import check_known, is_on, written
from efirt.values.attributes import Attributes
from efirt.wire.memory import AddressSpace

NAME: Final = "xen:simulated"
_SWITCHES: Final = ("dom0", "policy", "efi", "rs")
_OTHER: Final = ("revision", "abi")
_STORED: Final = Attributes(0x7)
_USUAL: Final = Switches()


def _revision(text: str) -> int:
    """``2.70`` or ``2.7`` is 0x00020046, ``1.10`` is 0x0001000A, ``2.3.1`` is 0x0002001F."""
    parts = text.split(".")
    if 2 <= len(parts) <= 3 and all(part.isdecimal() for part in parts):  # noqa: PLR2004 - major, minor and perhaps a third
        minor = int(parts[1]) if len(parts[1]) > 1 else int(parts[1]) * 10
        minor += int(parts[2]) if len(parts) > 2 else 0  # noqa: PLR2004
        if int(parts[0]) <= 0xFFFF and minor <= 0xFFFF:  # noqa: PLR2004
            return int(parts[0]) << 16 | minor
    message = f"{text!r} is not a firmware revision: write it as 2.70 or 1.10"
    raise ValueError(message)


def _abi(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        message = f"{text!r} is not an interface version: write a hexadecimal number such as 0x03000001"
        raise ValueError(message) from None


def behind_xen(
    firmware: Driver,
    switches: Switches = _USUAL,
    machine: Machine | None = None,
    snapshot: Reply | None = None,
    name: str = NAME,
) -> XenDriver:
    """Put any driver behind a simulated Xen, as its firmware.

    Args:
        firmware: What answers.
        switches: What kind of host.
        machine: What firmware_info tells.
        snapshot: What firmware said of its store before boot services ended; asked now where it is not given.
        name: What the result is called.
    """
    memory = AddressSpace()
    boot = snapshot or (firmware.call(QueryVariableInfo(_STORED)) if QueryVariableInfo in firmware.carried else None)
    hypervisor = Hypervisor(firmware, memory, switches, machine, boot)
    return XenDriver(Port(SimulatedTransport(hypervisor, memory)), name, switches.dom0)


def open_driver(_argument: str = "", options: Mapping[str, str] | None = None) -> XenDriver:
    """Open it.

    Args:
        options: ``dom0``, ``policy``, ``efi``, ``rs`` (on or off), ``revision`` (such as 1.10), ``abi`` (the interface version Xen takes),
            and what the driver ``simulated`` takes.

    Raises:
        ValueError: An option makes no sense.
    """
    name = written(NAME, options)
    options = dict(options or {})
    check_known(NAME, options, (*_SWITCHES, *_OTHER, *simulated.OPTIONS))
    given = {name: options.pop(name) for name in (*_SWITCHES, *_OTHER) if name in options}
    switches = Switches(
        **{name: is_on(f"the switch {name} of xen:simulated is on or off", given[name]) for name in _SWITCHES if name in given}
    )
    if "abi" in given:
        switches = switches._replace(interface_version=_abi(given["abi"]))
    machine = Machine(revision=_revision(given["revision"])) if "revision" in given else Machine()
    return behind_xen(simulated.open_driver("", options), switches, machine, name=name)


def find() -> Finding:
    """It applies everywhere."""
    return Finding(applies=True, reason="needs nothing of this machine")


def carries() -> tuple[frozenset[type[Op]], Mapping[type[Op], str]]:
    """The operations with a road, and the reason for each without."""
    return CARRIED | {Probe}, XenDriver.NOT_CARRIED
