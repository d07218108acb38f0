"""Where efivarfs is mounted, a write past it says so."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.fakes import OURS, over, simulated

NAME = f"Ours-{OURS}"
MOUNTED = """\
sysfs /sys sysfs rw 0 0
efivarfs /sys/firmware/efi/efivars efivarfs rw,nosuid 0 0
efivarfs /mnt/a\\040b\\134c efivarfs ro 0 0
short line
"""
NOTE = "efivarfs at {0} lists names as of its mount; to refresh: umount {0} && mount -t efivarfs efivarfs {0}"
NOTES = [NOTE.format("/sys/firmware/efi/efivars"), NOTE.format("/mnt/a b\\\\c")]


@pytest.fixture
def live(efirt: Cli) -> Cli:
    """A firmware whose driver says that it is the live one, and a mounted efivarfs."""
    efirt.opener = over(simulated("xen"))
    efirt.mounts.write_text(MOUNTED, encoding="utf-8")
    return efirt


def test_creating_and_deleting_leave_efivarfs_stale(live: Cli) -> None:
    said = "".join(f"efirt: note: {note}\n" for note in NOTES)
    assert live("set", NAME, "--text", "x") == (0, f"created {NAME}: NV+BS+RT, 1 bytes\n", said)
    assert live("delete", NAME, "--force").err == said


def test_for_programs_each_note_is_one_line(live: Cli) -> None:
    result = live("set", NAME, "--text", "x", "--json")
    assert [json.loads(line) for line in result.err.splitlines()] == [{"note": {"message": note}} for note in NOTES]
    assert result.json["action"] == "created"


def test_overwriting_and_appending_leave_the_names_as_they_are(live: Cli) -> None:
    live("set", NAME, "--text", "x")
    assert live("set", NAME, "--text", "y").err == ""
    assert live("set", NAME, "--text", "y", "--append").err == ""


def test_a_write_that_failed_leaves_nothing_stale(live: Cli) -> None:
    assert "note" not in live("delete", NAME, "--force").err


@pytest.mark.parametrize("name", ["xen:simulated", "simulated", "efivarfs"])
def test_a_driver_that_does_not_go_past_the_kernel_leaves_nothing_stale(efirt: Cli, name: str) -> None:
    efirt.mounts.write_text(MOUNTED, encoding="utf-8")
    assert efirt("set", NAME, "--text", "x", opener=over(simulated(name))).err == ""


@pytest.mark.parametrize("name", ["xen:privcmd", "xen:libxencall"])
def test_every_transport_of_xen_goes_past_the_kernel(live: Cli, name: str) -> None:
    assert "efivarfs" in live("set", NAME, "--text", "x", opener=over(simulated(name))).err


def test_where_nothing_tells_what_is_mounted_nothing_is_said(live: Cli, tmp_path: Path) -> None:
    live.mounts = tmp_path / "absent"
    assert live("set", NAME, "--text", "x").err == ""
