"""What is looked at before the device is opened; the device of this machine never is."""

import errno
import os
import sys
from pathlib import Path

import pytest

from efirt.drivers.efi_test import opening
from efirt.drivers.efi_test.codec import CARRIED
from efirt.drivers.efi_test.driver import PATH
from efirt.errors import DriverError, NoDriver, NotCarried, PermissionDenied
from efirt.ops import OPERATIONS, GetVariable, Malformed, Probe, QueryCapsuleCapabilities
from efirt.ops.malformed import carries_malformed
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from tests.ioctl.scripted import Machine


class Linux(Machine):
    """A Linux with or without EFI, whose efi_test tells the mask."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(monkeypatch, "linux")
        self.efi = True
        monkeypatch.setattr(os.path, "isdir", lambda path: self.efi and path == "/sys/firmware/efi")

    def ioctl(self, number: int, argument: bytearray) -> int:
        assert number == 0x8004700C
        argument[:] = b"\xff\x3f\0\0"
        return 0


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Linux:
    return Linux(monkeypatch)


def test_it_opens_the_device_and_finds_what_the_kernel_tells(machine: Linux) -> None:
    assert opening.find() == (True, "/dev/efi_test reaches firmware with every service", "", None)
    assert machine.opened == [PATH, "closed"]


@pytest.mark.parametrize(
    ("number", "kind", "advice"),
    [
        (errno.ENOENT, NoDriver, "modprobe efi_test; .*Debian's, needs one built with CONFIG_EFI_TEST=m"),
        (errno.ENXIO, NoDriver, "modprobe efi_test"),
        (errno.EACCES, PermissionDenied, "CAP_SYS_ADMIN only; run this as root"),
        (errno.EPERM, PermissionDenied, "locked down .*; see /sys/kernel/security/lockdown, and use efivarfs"),
        (errno.EIO, DriverError, "it cannot be opened"),
    ],
)
def test_a_device_that_does_not_open_says_why_and_what_to_do(machine: Linux, number: int, kind: type[DriverError], advice: str) -> None:
    machine.number = number
    with pytest.raises(kind, match=advice):
        opening.open_driver()
    finding = opening.find()
    assert (finding.applies, finding.os_errno) == (False, number)


def test_where_there_is_no_efi_the_device_is_not_even_opened(machine: Linux) -> None:
    machine.efi = False
    with pytest.raises(NoDriver, match="/sys/firmware/efi is missing: this system was not booted through EFI"):
        opening.open_driver()
    assert machine.opened == []


def test_on_another_system_it_says_for_which_it_is(machine: Linux, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd14")
    finding = opening.find()
    assert finding == (
        False,
        "the driver efi_test speaks to Linux, and this is freebsd14",
        "use the driver of this system (efirt drivers)",
        None,
    )
    assert machine.opened == []


def test_an_argument_or_an_option_is_refused() -> None:
    with pytest.raises(ValueError, match="does not take the argument '/dev/x': write efi_test, or efi_test:simulated"):
        opening.open_driver("/dev/x")
    with pytest.raises(ValueError, match="does not take the option 'x'"):
        opening.open_driver("", {"x": "1"})


def test_what_it_carries_is_known_without_opening_it() -> None:
    carried, refused = opening.carries()
    assert carried == CARRIED | {Probe}
    assert carried | refused.keys() == {*OPERATIONS}
    assert carried.isdisjoint(refused)


@pytest.mark.parametrize(("hypervisor", "takes"), [("xen\n", False), ("kvm\n", True), (None, True)])
def test_under_xen_it_takes_no_pointers_that_are_null(
    machine: Linux, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hypervisor: str | None, takes: bool
) -> None:
    kind = tmp_path / "type"
    if hypervisor is not None:
        kind.write_text(hypervisor)
    monkeypatch.setattr(opening, "_HYPERVISOR", str(kind))
    driver = opening.open_driver()
    assert carries_malformed(driver) == takes
    if not takes:
        with pytest.raises(NotCarried, match="under Xen, Linux follows it"):
            driver.call_malformed(Malformed(GetVariable(Key("T", GLOBAL), 0), frozenset({"data"})))
    assert (QueryCapsuleCapabilities in driver.carried) == takes
    assert len(machine.opened) == 1
