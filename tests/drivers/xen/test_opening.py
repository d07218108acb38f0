import sys
from typing import NoReturn

import pytest

from efirt.drivers.xen import opening
from efirt.drivers.xen.codec import CARRIED
from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.hypervisor import Hypervisor, Switches
from efirt.drivers.xen.libxencall import LibraryMissing
from efirt.drivers.xen.simulated import SimulatedTransport
from efirt.drivers.xen.system_errors import LARGEST, check_size
from efirt.errors import DriverError, NoDriver, PermissionDenied
from efirt.ops import OPERATIONS, Probe
from efirt.wire.memory import AddressSpace
from tests.drivers.xen.scripted import Firmware


class Machine:
    """What is there to be opened on this machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.library: DriverError | Switches = LibraryMissing("libxencall.so.1 cannot be loaded")
        self.device: DriverError | Switches = NoDriver("this is not Xen", "run this in dom0")
        self.closed = 0
        monkeypatch.setattr(opening, "LibxencallTransport", lambda: self._open(self.library, "libxencall"))
        monkeypatch.setattr(opening, "PrivcmdTransport", lambda: self._open(self.device, "privcmd"))
        self.is_control_domain(None)

    def is_control_domain(self, said: bool | None) -> None:
        self._monkeypatch.setattr(opening, "is_control_domain", lambda: said)

    def _open(self, there: DriverError | Switches, name: str) -> SimulatedTransport:
        if isinstance(there, DriverError):
            raise there
        memory = AddressSpace()
        transport = SimulatedTransport(Hypervisor(Firmware(), memory, there), memory)
        transport.name = name
        self._monkeypatch.setattr(transport, "close", self._count)
        return transport

    def _count(self) -> None:
        self.closed += 1


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def transport_of(driver: XenDriver) -> str:
    return driver._port.name


def test_the_library_comes_first(machine: Machine) -> None:
    machine.library = machine.device = Switches()
    driver = opening.open_driver()
    assert (driver.name, transport_of(driver)) == ("xen", "libxencall")


def test_without_the_library_linux_s_own_device_serves(machine: Machine) -> None:
    machine.device = Switches()
    assert transport_of(opening.open_driver()) == "privcmd"


def test_elsewhere_than_on_linux_the_library_is_needed(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.device = Switches()
    monkeypatch.setattr(sys, "platform", "freebsd14")
    with pytest.raises(LibraryMissing):
        opening.open_driver()
    with pytest.raises(NoDriver, match="this is freebsd14; use xen:libxencall"):
        opening.open_driver("privcmd")


def test_a_library_that_finds_no_device_is_no_reason_to_try_another_way(machine: Machine) -> None:
    machine.library = PermissionDenied("closed")
    machine.device = Switches()
    with pytest.raises(PermissionDenied):
        opening.open_driver()


@pytest.mark.parametrize("name", ["libxencall", "privcmd"])
def test_a_transport_can_be_named(name: str, machine: Machine) -> None:
    machine.library = machine.device = Switches()
    driver = opening.open_driver(name)
    assert (driver.name, transport_of(driver)) == (f"xen:{name}", name)


def test_another_transport_or_any_option_is_refused(machine: Machine) -> None:
    with pytest.raises(ValueError, match="no transport 'tcp': write xen, xen:libxencall, xen:privcmd, or xen:simulated"):
        opening.open_driver("tcp")
    with pytest.raises(ValueError, match="no option 'speed'"):
        opening.open_driver("", {"speed": "fast"})


@pytest.mark.parametrize(
    ("switches", "control_domain", "reason"),
    [
        (Switches(), True, "dom0 of a Xen booted through EFI"),
        (Switches(), None, "dom0 of a Xen booted through EFI"),
        (Switches(dom0=False), False, "this domain is not dom0"),
        (Switches(policy=False), True, "Xen's security policy"),
        (Switches(dom0=False), None, "this domain is not dom0, or Xen's security policy"),
        (Switches(efi=False), True, "not booted through EFI"),
        (Switches(rs=False), True, "efi=no-rs"),
        (Switches(interface_version=4), True, "another version of the platform-op interface"),
    ],
)
def test_what_is_found_is_a_sentence_and_nothing_stays_open(
    switches: Switches, control_domain: bool | None, reason: str, machine: Machine
) -> None:
    machine.library = switches
    machine.is_control_domain(control_domain)
    finding = opening.find()
    assert finding.applies == (switches == Switches())
    assert reason in finding.reason
    assert bool(finding.advice) != finding.applies
    assert machine.closed == 1


@pytest.mark.parametrize("refusal", [NoDriver("this is not Xen", "run this in dom0"), PermissionDenied("closed", "run this as root")])
def test_what_does_not_open_is_a_finding_too(refusal: DriverError, machine: Machine) -> None:
    machine.library = refusal
    assert opening.find() == (False, refusal.message, refusal.advice, refusal.os_errno)


def test_a_ladder_that_breaks_is_a_finding_too(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(_transport: SimulatedTransport, _size: int) -> NoReturn:
        message = "no memory"
        raise DriverError(message, "ask for less")

    machine.library = Switches()
    monkeypatch.setattr(SimulatedTransport, "allocate", no_memory)
    assert opening.find() == (False, "no memory", "ask for less", None)
    assert machine.closed == 1


def test_what_it_carries_is_known_without_opening_it(machine: Machine) -> None:
    carried, refused = opening.carries()
    assert carried == CARRIED | {Probe}
    assert carried | refused.keys() == {*OPERATIONS}
    assert carried.isdisjoint(refused)


def test_a_buffer_that_xen_would_refuse_is_refused_before_the_kernel_complains() -> None:
    check_size(LARGEST)
    with pytest.raises(DriverError, match="less than 4 GiB in one buffer"):
        check_size(LARGEST + 1)
