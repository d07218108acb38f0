"""Real Linux, with and without Xen under it: the driver efivarfs on its file system of variables."""

import json

import pytest

from tests.real.conftest import Linux

pytestmark = [pytest.mark.lab, pytest.mark.xdist_group("lab-1")]

READ_CALLS = 1
"""read(2), of which each asks firmware twice: once for the size, once for the value."""


def test_the_scenario_of_the_other_drivers_holds(linux: Linux) -> None:
    scenario = linux.report["scenario"]
    assert scenario["status"] == 0, scenario["out"]
    assert "passed" in scenario["out"]


def test_a_simulated_linux_says_what_the_real_one_says(linux: Linux) -> None:
    real, simulated = linux.report["real"], linux.report["simulated"]
    assert {step: real[step] for step in real if real[step] != simulated[step]} == {}
    assert len(real) > 15


def test_a_value_is_read_with_one_read(linux: Linux) -> None:
    assert linux.report["reads"] == READ_CALLS


def test_what_is_written_is_there_after_a_remount(linux: Linux) -> None:
    assert linux.report["after remount"] == "07000000" + b"through a file".hex()


def test_a_variable_that_was_changed_is_immutable_again(linux: Linux) -> None:
    assert linux.report["flags"] == [0x10, 0x10]


def test_mounted_read_only_it_says_what_to_do(linux: Linux) -> None:
    step = linux.report["read-only"]
    assert step["status"] == 1
    assert "mount -o remount,rw /sys/firmware/efi/efivars" in step["err"]
    assert step["err"].count("\n") == 1


def test_in_a_chroot_the_menu_is_the_same_and_without_sys_it_says_what_to_mount(linux: Linux) -> None:
    said, menu = linux.report["chroot"], linux.report["menu"]
    assert menu["status"] == 0, menu["err"]
    assert "mount --rbind /sys ROOT/sys" in said["nothing"]["err"]
    assert [said[name]["out"] for name in ("sys", "sys and proc")] == [menu["out"], menu["out"]]


def test_where_nothing_is_mounted_it_says_how_to(linux: Linux) -> None:
    step = linux.report["unmounted"]
    assert step["status"] == 1
    assert "mount -t efivarfs efivarfs /sys/firmware/efi/efivars" in step["err"]


def test_another_user_reads_and_is_told_why_not_to_write(linux: Linux) -> None:
    assert linux.report["nobody reads"]["status"] == 0
    step = linux.report["nobody writes"]
    assert step["status"] == 1
    assert "root" in step["err"]


def test_a_full_store_is_told_as_that(linux: Linux) -> None:
    step = linux.report["full"]
    error = json.loads(step["err"])["error"]
    assert (step["status"], error["status"]) == (1, "EFI_OUT_OF_RESOURCES")
