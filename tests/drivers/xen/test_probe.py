"""The ladder: each reason why runtime services cannot be reached is a sentence of its own."""

import pytest

from efirt.drivers.xen import refusals
from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.firmware_facts import Machine
from efirt.drivers.xen.hypervisor import Switches
from efirt.drivers.xen.port import Port
from efirt.drivers.xen.probe import find
from efirt.errors import HypervisorError
from efirt.ops import FirmwareInfo
from efirt.values.revision import revision_text
from tests.drivers.xen.scripted import Firmware, simulated
from tests.drivers.xen.transports import Recorder


def refusing(errno: int | None, control_domain: bool | None) -> XenDriver:
    def refuse(_transport: Recorder, _op: bytearray) -> None:
        message = "refused"
        raise HypervisorError(message, errno=errno, os_errno=40)

    return XenDriver(Port(Recorder(refuse)), control_domain=control_domain)


@pytest.mark.parametrize(
    ("switches", "reason"),
    [
        (Switches(dom0=False, efi=False), refusals.NOT_DOM0),
        (Switches(policy=False, efi=False), refusals.REFUSED_BY_POLICY),
        (Switches(efi=False, rs=False), refusals.NOT_EFI),
        (Switches(rs=False), refusals.NO_RUNTIME_SERVICES),
        (Switches(interface_version=0x03000002, dom0=False, efi=False), refusals.OTHER_ABI),
    ],
)
def test_each_rung_that_is_missing_is_told_with_what_to_do(switches: Switches, reason: str) -> None:
    finding = find(simulated(Firmware(), switches))
    assert (finding.applies, finding.reason) == (False, reason)
    assert finding.advice == refusals.ADVICE[reason] != ""


def test_the_sentences_differ() -> None:
    assert len({*refusals.ADVICE}) == len({*refusals.ADVICE.values()}) == 6


def test_where_the_system_does_not_say_whether_it_is_dom0_both_reasons_are_told() -> None:
    assert find(refusing(1, control_domain=None)).reason == refusals.NOT_DOM0_OR_REFUSED


@pytest.mark.parametrize("errno", [14, 77, None])
def test_any_other_refusal_is_told_as_it_is(errno: int | None) -> None:
    finding = find(refusing(errno, control_domain=True))
    assert not finding.applies
    assert finding.reason.startswith("FirmwareInfo: Xen refused the hypercall with ")


def test_the_top_of_the_ladder_tells_what_is_there() -> None:
    driver = simulated(Firmware(), machine=Machine(revision=0x00020064, table_count=3))
    finding = find(driver)
    assert finding.applies
    assert finding.reason == "dom0 of a Xen booted through EFI; runtime services 2.10, 3 configuration tables"


def test_the_ladder_asks_xen_only_and_never_firmware() -> None:
    firmware = Firmware()
    driver = simulated(firmware)
    assert find(driver).applies
    assert firmware.asked == []
    assert driver.hypercalls == 2
    assert FirmwareInfo in driver.carried


@pytest.mark.parametrize(
    ("revision", "text"),
    [
        (0x00020000, "2.0"),
        (0x0002000A, "2.1"),
        (0x0002001F, "2.3.1"),
        (0x00020046, "2.7"),
        (0x00020064, "2.10"),
        (0x0001000A, "1.10"),
        (0x00010002, "1.02"),
        (0, "0.00"),
    ],
)
def test_a_revision_is_written_as_people_do(revision: int, text: str) -> None:
    assert revision_text(revision) == text
