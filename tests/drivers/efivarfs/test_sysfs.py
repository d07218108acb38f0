"""What sysfs tells, in a directory laid out as Linux lays it out."""

from pathlib import Path
from struct import pack

import pytest

from efirt.drivers.efivarfs.sysfs import ESRT, Sysfs
from efirt.errors import DecodeError, NotCarried
from efirt.ops import CopyTable, GetTable
from efirt.values.guid import Guid
from efirt.values.status import Status

ACPI = Guid.parse("8868e871-e4f1-11d3-bc22-0080c73c8881")
SMBIOS = Guid.parse("eb9d2d31-2d88-11d3-9a16-0090273fc14d")
FIRMWARE = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a09")
ENTRY = {
    "fw_class": str(FIRMWARE),
    "fw_type": "1",
    "fw_version": "65794",
    "lowest_supported_fw_version": "65793",
    "capsule_flags": "0xfe",
    "last_attempt_version": "65795",
    "last_attempt_status": "2",
}


@pytest.fixture
def sysfs(tmp_path: Path) -> Sysfs:
    (tmp_path / "systab").write_text("ACPI20=0x7f77e014\nACPI=0x7f77e000\n")
    entry = tmp_path / "esrt/entries/entry0"
    entry.mkdir(parents=True)
    for name, text in ENTRY.items():
        (entry / name).write_text(text + "\n")
    for name, number in (("fw_resource_count", 1), ("fw_resource_count_max", 7), ("fw_resource_version", 1)):
        (tmp_path / "esrt" / name).write_text(f"{number}\n")
    return Sysfs(str(tmp_path))


def test_a_table_of_systab_has_its_address(sysfs: Sysfs) -> None:
    assert sysfs.get_table(GetTable(ACPI)).address == 0x7F77E014
    assert sysfs.get_table(GetTable(SMBIOS)).status == Status.NOT_FOUND
    with pytest.raises(NotCarried, match="no others"):
        sysfs.get_table(GetTable(ESRT))


def test_the_esrt_comes_back_as_firmware_laid_it_out(sysfs: Sysfs) -> None:
    expected = pack("<IIQ", 1, 7, 1) + FIRMWARE.encode() + pack("<6I", 1, 65794, 65793, 0xFE, 65795, 2)
    reply = sysfs.copy_table(CopyTable(ESRT))
    assert (reply.status, reply.data, reply.size) == (Status.SUCCESS, expected, 16 + 40)
    with pytest.raises(NotCarried, match="ESRT"):
        sysfs.copy_table(CopyTable(ACPI))


def test_without_an_esrt_there_is_none(tmp_path: Path) -> None:
    assert Sysfs(str(tmp_path)).copy_table(CopyTable(ESRT)).status == Status.NOT_FOUND


def test_an_esrt_that_makes_no_sense_is_told(sysfs: Sysfs, tmp_path: Path) -> None:
    (tmp_path / "esrt/fw_resource_count").write_text("many")
    with pytest.raises(DecodeError, match="'many' is not a number"):
        sysfs.copy_table(CopyTable(ESRT))
