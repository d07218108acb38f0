"""Opening the BSDs' devices; the device of this machine never is."""

import errno
from types import ModuleType

import pytest

from efirt.drivers.freebsd import opening as freebsd
from efirt.drivers.netbsd import opening as netbsd
from efirt.errors import DriverError, NoDriver, PermissionDenied
from efirt.ops import OPERATIONS
from tests.ioctl.scripted import Machine

BOTH = pytest.mark.parametrize(("opening", "platform"), [(freebsd, "freebsd14"), (netbsd, "netbsd10")], ids=["freebsd", "netbsd"])


@BOTH
def test_it_opens_the_device_asks_something_and_closes_it(opening: ModuleType, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, platform)
    assert opening.find() == (True, "/dev/efi reaches firmware", "", None)
    assert machine.opened == ["/dev/efi", "closed"]


@BOTH
def test_a_device_behind_which_is_nothing_does_not_apply(opening: ModuleType, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, platform)
    machine.refuses = errno.ENXIO
    finding = opening.find()
    assert (finding.applies, finding.os_errno) == (False, errno.ENXIO)
    assert machine.opened == ["/dev/efi", "closed"]


@pytest.mark.parametrize(
    ("opening", "platform", "number", "kind", "advice"),
    [
        (
            freebsd,
            "freebsd14",
            errno.ENOENT,
            NoDriver,
            "only where it was booted through UEFI.*machdep.bootmethod.*kldload efirt.*dom0, use xen",
        ),
        (freebsd, "freebsd14", errno.EACCES, PermissionDenied, "run this as root, outside of a jail"),
        (freebsd, "freebsd14", errno.EIO, DriverError, "it cannot be opened"),
        (netbsd, "netbsd10", errno.ENOENT, NoDriver, "MAKEDEV efi"),
        (netbsd, "netbsd10", errno.ENXIO, NoDriver, "does not reach firmware.*options EFI_RUNTIME; in a Xen dom0, use xen"),
        (netbsd, "netbsd10", errno.EBUSY, DriverError, "another process has it open.*one at a time; try again"),
        (netbsd, "netbsd10", errno.EPERM, PermissionDenied, "run this as root"),
    ],
)
def test_a_device_that_does_not_open_says_why_and_what_to_do(  # noqa: PLR0913, PLR0917 - a row of the table
    opening: ModuleType,
    platform: str,
    number: int,
    kind: type[DriverError],
    advice: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(monkeypatch, platform)
    machine.number = number
    with pytest.raises(kind, match=f"/dev/efi: .*{advice}"):
        opening.open_driver()
    finding = opening.find()
    assert (finding.applies, finding.os_errno) == (False, number)


@BOTH
def test_on_another_system_it_says_for_which_it_is(opening: ModuleType, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, "linux")
    with pytest.raises(
        NoDriver, match=rf"the driver {opening.NAME} speaks to (Free|Net)BSD, and this is linux; use the driver of this system"
    ):
        opening.open_driver()
    assert machine.opened == []


@BOTH
def test_an_argument_or_an_option_is_refused(opening: ModuleType, platform: str) -> None:
    with pytest.raises(ValueError, match=f"does not take the argument '/dev/x': write {opening.NAME}, or {opening.NAME}:simulated"):
        opening.open_driver("/dev/x")
    with pytest.raises(ValueError, match="does not take the option 'x'"):
        opening.open_driver("", {"x": "1"})


@BOTH
def test_what_it_carries_is_known_without_opening_it(opening: ModuleType, platform: str) -> None:
    carried, refused = opening.carries()
    assert carried | refused.keys() == {*OPERATIONS}
    assert carried.isdisjoint(refused)
