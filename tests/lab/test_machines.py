"""The machines as data, and what is said of one that cannot boot here."""

import os
from pathlib import Path

import pytest

import lab
from lab import guest, hardware, kit, tools


@pytest.fixture
def nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EFIRT_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the only folder in which programs are found, with all of them in it."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in tools.NEEDED:
        (folder / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setattr(tools, "find", lambda name: str(folder / name) if os.access(folder / name, os.X_OK) else None)
    return folder


@pytest.mark.parametrize("name", lab.MACHINES)
def test_a_machine_has_a_kit_a_limit_and_something_to_start(name: str) -> None:
    machine = lab.MACHINES[name]
    assert machine.kit in lab.KITS
    assert machine.boots in hardware._STARTS
    assert machine.timeout_seconds > 0
    assert machine.summary


@pytest.mark.parametrize("name", lab.MACHINES)
def test_no_machine_spends_its_time_on_what_emulation_does_not_need(name: str) -> None:
    machine = lab.MACHINES[name]
    assert {"mitigations=off", "pmtmr=0"} <= set(machine.linux_options.split())
    assert "spec-ctrl=no" in machine.xen_options.split()
    assert ("+invtsc" in machine.qemu[1]) == ("dom0=pvh" in machine.xen_options)


@pytest.mark.parametrize("name", [name for name, parts in lab.KITS.items() if parts.kernel])
def test_a_kit_with_a_kernel_holds_what_a_guest_needs_and_no_cloud_kernel(name: str) -> None:
    parts = lab.KITS[name]
    assert {"busybox-static", "libc6", f"python{parts.python}-minimal", "libxencall1", "efibootmgr", "efivar"} <= set(parts.guest)
    assert "cloud" not in parts.kernel
    assert len(set(parts.guest)) == len(parts.guest)


def test_firmware_alone_needs_no_kernel_and_names_its_files() -> None:
    alone = [machine for machine in lab.MACHINES.values() if machine.boots == "shell"]
    assert len(alone) == 6
    assert all(machine.flash and not lab.KITS[machine.kit].kernel for machine in alone)


def test_the_machines_promised_are_there() -> None:
    assert {"xen-pv", "xen-pvh", "xen-no-rs", "linux", "firmware"} <= set(lab.MACHINES)


def test_a_machine_of_no_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"no machine is called 'vax'; there are xen-pv, "):
        lab.missing("vax")


def test_missing_programs_are_named_with_the_packages_to_install(nothing_cached: Path, programs: Path) -> None:
    (programs / "mcopy").unlink()
    (programs / "mmd").unlink()
    (programs / "qemu-system-x86_64").unlink()
    why = lab.missing("linux")
    assert why == "qemu-system-x86_64, mcopy, mmd not on this host: apt-get install --no-install-recommends qemu-system-x86 mtools"
    with pytest.raises(lab.Missing, match="apt-get install"):
        lab.run("linux", ["true"], out=nothing_cached)


def test_missing_packages_are_said_with_the_command_that_fetches_them(nothing_cached: Path, programs: Path) -> None:
    assert lab.missing("xen-pvh") == "the packages of machine xen-pvh are not in the cache: python -m lab fetch xen-pvh"
    assert not nothing_cached.exists()
    assert programs.exists()


def test_nothing_is_missing_when_programs_and_packages_are_there(nothing_cached: Path, programs: Path) -> None:
    (nothing_cached / kit._name(lab.KITS["debian-12"])).mkdir(parents=True)
    assert lab.missing("linux") is None
    assert lab.missing("firmware") is not None
    assert programs.exists()


def test_another_set_of_packages_has_another_place_in_the_cache() -> None:
    one = lab.KITS["debian-12"]
    assert kit._name(one) != kit._name(one._replace(guest=(*one.guest, "strace")))


def test_the_guest_has_a_console_node_an_init_and_one_who_is_nobody() -> None:
    there = {entry.name: entry for entry in guest.system("3.11", {"modules": {"efivarfs": b"module"}, "disks": {"nvme": b"disk"}})}
    assert there["dev/console"].device == (5, 1)
    assert there["init"].mode & 0o111
    assert b"nobody" in there["etc/passwd"].data
    assert there["lab/modules/00-efivarfs.ko"].data == b"module"
    assert there["lab/disks/00-nvme.ko"].data == b"disk"


def test_the_command_reaches_the_guest_with_the_name_of_its_machine() -> None:
    assert "EFIRT_LAB=xen-pv" in guest.command("xen-pv", "python3 -c 'a b'")
    assert guest.command("xen-pv", "python3 -c 'a b'").endswith("exec python3 -c 'a b'\n")
