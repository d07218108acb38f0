"""What is known of a firmware, and what is told where it is not known."""

import pytest

import efirt
from efirt import DeviceError, Guid, Runtime, Status
from efirt.drivers.xen.firmware_facts import Machine
from efirt.ops import FirmwareFacts, FirmwareInfo, FirmwareInfoIndex, GetTable, Probe, Reply
from efirt.runtime.facts import TABLES
from efirt.runtime.xen_simulated import behind_xen
from tests.runtime.fakes import Scripted, plain

DONE = Reply(Status.SUCCESS)


def test_behind_xen_everything_is_known() -> None:
    with efirt.open("xen:simulated") as runtime:
        info = runtime.info()
    assert info.reachable
    assert info.driver == "xen:simulated"
    assert (info.revision, info.runtime_revision) == (0x00020046, 0x00020046)
    assert info.vendor
    assert info.table_count
    assert info.missing == {}


def test_elsewhere_each_unknown_has_its_reason(name: str) -> None:
    with efirt.open(name) as runtime:
        info = runtime.info()
    unknown = {member for member, value in info._asdict().items() if value is None}
    assert unknown == info.missing.keys()
    assert all(info.missing.values())


def test_without_runtime_services_xen_still_tells_what_it_knows() -> None:
    with efirt.open("xen:simulated?rs=off", inactive=True) as runtime:
        info = runtime.info()
    assert not info.reachable
    assert "efi=no-rs" in info.state
    assert info.revision == 0x00020046
    assert info.table_address is not None
    assert info.missing.keys() == {"runtime_revision", "vendor", "vendor_revision"}


def test_a_xen_that_was_not_booted_through_efi_knows_nothing_and_says_so() -> None:
    with efirt.open("xen:simulated?efi=off", inactive=True) as runtime:
        info = runtime.info()
    assert "not booted through EFI" in info.state
    assert len(info.missing) == 6


def test_a_vendor_name_that_xen_had_to_cut_is_shown_as_far_as_it_came() -> None:
    driver = behind_xen(plain(), machine=Machine(vendor="V" * 150))
    assert Runtime(driver).info().vendor == "V" * 100


def test_a_status_that_is_an_error_is_a_reason_and_not_zeros() -> None:
    def answer(op: FirmwareInfo) -> Reply:
        if op.index == FirmwareInfoIndex.VENDOR:
            return Reply(Status.DEVICE_ERROR)
        return Reply(Status.SUCCESS, facts=FirmwareFacts(revision=7, address=8, count=9))

    info = Runtime(Scripted({Probe: lambda _op: DONE, FirmwareInfo: answer})).info()
    assert (info.vendor, info.revision, info.table_count) == (None, 7, 9)
    assert info.missing == {"vendor": "firmware answered EFI_DEVICE_ERROR", "vendor_revision": "firmware answered EFI_DEVICE_ERROR"}


def test_tables_are_those_that_are_there() -> None:
    present = {TABLES["ESRT"]: 0x1000, TABLES["SMBIOS 3"]: 0x2000}

    def answer(op: GetTable) -> Reply:
        return Reply(Status.SUCCESS, address=present[op.guid]) if op.guid in present else Reply(Status.NOT_FOUND)

    tables = Runtime(Scripted({GetTable: answer})).tables()
    assert [(table.name, table.address) for table in tables] == [("SMBIOS 3", 0x2000), ("ESRT", 0x1000)]


def test_a_refusal_to_look_for_tables_is_not_taken_for_none() -> None:
    with pytest.raises(DeviceError, match=r"find the table ACPI 2.0: firmware answered EFI_DEVICE_ERROR"):
        Runtime(Scripted({GetTable: lambda _op: Reply(Status.DEVICE_ERROR)})).tables()


def test_behind_xen_tables_are_not_carried_and_it_says_why() -> None:
    with efirt.open("xen:simulated") as runtime, pytest.raises(efirt.NotCarried, match="keeps that memory out of a process' reach"):
        runtime.tables()


def test_table_names_are_of_different_guids() -> None:
    assert len(set(TABLES.values())) == len(TABLES)
    assert all(isinstance(guid, Guid) for guid in TABLES.values())
