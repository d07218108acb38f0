"""The compositions efi_test:simulated, freebsd:simulated and netbsd:simulated: their options, and any driver as their firmware."""

from collections.abc import Callable
from types import ModuleType

import pytest

import efirt
from efirt import NoDriver, NotCarried, Runtime, Status
from efirt.ops import OPERATIONS, CopyTable, Driver, GetTime, GetVariable, GetWakeupTime, Probe, SetTime
from efirt.runtime import efi_test_simulated, freebsd_simulated, netbsd_simulated
from efirt.runtime.efi_test_simulated import under_efi_test
from efirt.runtime.freebsd_simulated import under_freebsd
from efirt.runtime.netbsd_simulated import under_netbsd
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from tests.runtime.fakes import FOUND, Scripted, key, plain

MODULES = {"efi_test": efi_test_simulated, "freebsd": freebsd_simulated, "netbsd": netbsd_simulated}
UNDER: dict[str, Callable[..., Driver]] = {"efi_test": under_efi_test, "freebsd": under_freebsd, "netbsd": under_netbsd}
ESRT = Guid.parse("b122a263-3661-4f68-9929-78f8b0d62180")
EACH = pytest.mark.parametrize("system", MODULES)


@EACH
def test_what_it_says_it_carries_is_what_it_carries(system: str) -> None:
    module: ModuleType = MODULES[system]
    carried, refused = module.carries()
    assert carried | refused.keys() == frozenset(OPERATIONS)
    with efirt.open(f"{system}:simulated") as runtime:
        assert runtime.driver.carried == carried
    assert module.find().applies


@EACH
def test_any_driver_is_its_firmware_and_is_closed_with_it(system: str) -> None:
    firmware = plain()
    driver = UNDER[system](firmware, name="mine")
    assert driver.call(GetVariable(key("A"))) == FOUND
    assert Runtime(driver).name == "mine"
    driver.close()
    driver.close()
    assert firmware.closed == 1


@pytest.mark.parametrize("system", ["efi_test", "freebsd"])
def test_a_service_that_firmware_has_not_is_unsupported(system: str) -> None:
    assert UNDER[system](Scripted({})).call(GetTime()).status == Status.UNSUPPORTED


@EACH
def test_its_name_keeps_its_options_and_firmware_gets_those_that_are_its_own(system: str) -> None:
    name = f"{system}:simulated?profile=edk2"
    with efirt.open(name) as runtime:
        assert runtime.name == name
        assert runtime.get("BootOrder").data


@EACH
@pytest.mark.parametrize("option", ["nonsense=1", "profile=nonsense", "{}=maybe"])
def test_an_option_that_makes_no_sense_is_a_value_error(system: str, option: str) -> None:
    switch = {"efi_test": "rs", "freebsd": "xen", "netbsd": "tables"}[system]
    with pytest.raises(ValueError, match=r"option|profile|the switch .* is on or off"):
        efirt.open(f"{system}:simulated?{option.format(switch)}")


def test_a_linux_without_runtime_services_does_not_apply_and_says_why() -> None:
    with pytest.raises(NoDriver, match="runs without EFI runtime services"):
        efirt.open("efi_test:simulated?rs=off")
    with efirt.open("efi_test:simulated?rs=off", inactive=True) as runtime:
        assert "would crash" in runtime.info().state


def test_a_linux_that_does_not_tell_the_mask_is_asked_all_the_same() -> None:
    with efirt.open("efi_test:simulated?mask=off") as runtime:
        assert b"does not tell" in (runtime.call(Probe()).data or b"")
        assert runtime.get("BootOrder").data


def test_a_freebsd_in_a_dom0_lacks_the_alarm_and_keeps_its_clock() -> None:
    with efirt.open("freebsd:simulated?xen=on") as runtime:
        assert runtime.call(SetTime(EfiTime(2031, 1, 1))).status == Status.SUCCESS
        assert runtime.clock().time.year != 2031
        with pytest.raises(NotCarried, match="under Xen"):
            runtime.wakeup()


def test_an_older_freebsd_lacks_the_alarm_too() -> None:
    with efirt.open("freebsd:simulated?old=on") as runtime, pytest.raises(NotCarried, match="does not know it yet"):
        runtime.call(GetWakeupTime())


def test_a_netbsd_may_look_for_no_tables() -> None:
    with efirt.open("netbsd:simulated") as runtime:
        assert runtime.call(CopyTable(ESRT)).status == Status.NOT_FOUND
    with efirt.open("netbsd:simulated?tables=off") as runtime, pytest.raises(NotCarried, match="does not look for tables"):
        runtime.call(CopyTable(ESRT))
