"""What must hold on every driver, simulated or real: the same assertions on both sides."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from efirt import Attributes, EfiTime, Guid, HypervisorError, InvalidParameter, Key, NotCarried, NotFound, Refused, Status
from efirt.ops import (
    CopyTable,
    FirmwareInfo,
    FirmwareInfoIndex,
    GetNextVariableName,
    GetTable,
    GetVariable,
    GetWakeupTime,
    Op,
    Probe,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
    UpdateCapsule,
)
from efirt.runtime.services import Runtime

OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a01")
ALSO_OURS = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a02")
KEY = Key("EfirtScenario", OURS)
STORED = Attributes(7)
FIRMWARE_INFO_ERRNO = {5: 3, 6: 61, 7: 22}


@pytest.fixture(autouse=True)
def clean(runtime: Runtime) -> Iterator[None]:
    yield
    for key in list(runtime.names()):
        if key.guid in {OURS, ALSO_OURS}:
            runtime.delete(key, force=True)


def test_the_probe_says_that_runtime_services_can_be_reached(runtime: Runtime) -> None:
    assert runtime.call(Probe()).status == Status.SUCCESS


def test_every_listed_name_is_there_once_and_can_be_read(runtime: Runtime) -> None:
    names = list(runtime.names())
    assert len(names) == len(set(names)) > 5
    assert [variable.key for variable in runtime.variables()] == names
    assert Key("Timeout", Guid.parse("8be4df61-93ca-11d2-aa0d-00e098032b8c")) in names


def test_a_listing_with_data_costs_two_calls_a_variable_and_one(runtime: Runtime, needs_xen: None) -> None:
    list(runtime.variables())
    before = runtime.hypercalls
    count = len(list(runtime.variables()))
    assert before is not None
    assert runtime.hypercalls == before + 2 * count + 1


def test_a_variable_is_written_read_appended_overwritten_and_deleted(runtime: Runtime) -> None:
    runtime.set(KEY, b"one")
    assert runtime.get(KEY) == (KEY, STORED, b"one")
    runtime.append(KEY, b" two")
    assert runtime.get(KEY).data == b"one two"
    runtime.set(KEY, b"3")
    assert runtime.get(KEY).data == b"3"
    assert KEY in set(runtime.names())
    runtime.delete(KEY, force=True)
    assert KEY not in set(runtime.names())
    with pytest.raises(NotFound):
        runtime.get(KEY)
    with pytest.raises(NotFound):
        runtime.delete(KEY, force=True)


def test_appending_to_nothing_creates(runtime: Runtime) -> None:
    runtime.append(KEY, b"new")
    assert runtime.get(KEY) == (KEY, STORED, b"new")


def test_two_variables_of_one_name_under_two_guids_are_two(runtime: Runtime) -> None:
    other = Key(KEY.name, ALSO_OURS)
    runtime.set(KEY, b"mine")
    runtime.set(other, b"also mine")
    assert runtime.get(KEY).data == b"mine"
    runtime.delete(KEY, force=True)
    assert runtime.get(other).data == b"also mine"


def test_a_large_value_is_read_whole_though_the_first_buffer_is_too_small(runtime: Runtime) -> None:
    data = bytes(range(256)) * 60
    runtime.set(KEY, data)
    assert runtime.get(KEY).data == data


def test_a_name_beyond_ascii_and_a_long_one_come_back_as_they_are(runtime: Runtime, needs_any_name: None) -> None:
    for name in ("Grüße-日本-😀", "L" * 300):
        key = Key(name, OURS)
        runtime.set(key, b"x")
        assert key in set(runtime.names())
        assert runtime.get(key).data == b"x"


def test_a_buffer_too_small_tells_the_size_and_the_attributes_and_leaves_no_data(runtime: Runtime, needs_buffers: None) -> None:
    runtime.set(KEY, b"0123456789")
    reply = runtime.call(GetVariable(KEY, 4))
    attributes = None if runtime.name.startswith("efi_test") else STORED  # Linux keeps them back
    assert (reply.status, reply.size, reply.attributes, reply.data) == (Status.BUFFER_TOO_SMALL, 10, attributes, None)
    assert runtime.call(GetVariable(KEY, 10))[:4] == (Status.SUCCESS, b"0123456789", 10, STORED)


def test_a_name_buffer_too_small_tells_the_size(runtime: Runtime) -> None:
    reply = runtime.call(GetNextVariableName(room=2))
    assert reply.status == Status.BUFFER_TOO_SMALL
    first = runtime.call(GetNextVariableName(room=reply.size or 0))
    assert first.status == Status.SUCCESS
    assert first.key is not None
    assert reply.size == first.size == len(first.key.name) * 2 + 2


def test_the_name_after_one_that_is_not_there_is_an_invalid_parameter(runtime: Runtime) -> None:
    assert runtime.call(GetNextVariableName(KEY)).status == Status.INVALID_PARAMETER


def test_an_unknown_name_in_the_global_namespace_is_refused_by_firmware(runtime: Runtime) -> None:
    with pytest.raises(InvalidParameter, match="EFI_INVALID_PARAMETER"):
        runtime.set("NoSuchEfirtName", b"x")


@pytest.mark.parametrize(
    ("attributes", "status"),
    [(0x3, Status.INVALID_PARAMETER), (0x6, Status.INVALID_PARAMETER), (0x5, Status.INVALID_PARAMETER), (0x87, Status.INVALID_PARAMETER)],
)
def test_a_variable_that_cannot_exist_at_runtime_is_not_created(runtime: Runtime, attributes: int, status: Status) -> None:
    assert runtime.call(SetVariable(KEY, Attributes(attributes), b"x")).status == status
    assert runtime.call(GetVariable(KEY)).status == Status.NOT_FOUND


def test_other_attributes_than_the_stored_ones_are_refused_with_both_named(runtime: Runtime) -> None:
    runtime.set(KEY, b"x")
    reply = runtime.call(SetVariable(KEY, Attributes(0x3), b"y"))
    assert reply.status == Status.INVALID_PARAMETER
    with pytest.raises(InvalidParameter, match=r"exists with attributes NV\+BS\+RT"):
        runtime.set(KEY, b"y", attributes=0x6, force=True)
    assert runtime.get(KEY).data == b"x"


def test_the_guard_refuses_to_delete_what_linux_marks_immutable(runtime: Runtime) -> None:
    runtime.set(KEY, b"x")
    with pytest.raises(Refused):
        runtime.delete(KEY)
    assert runtime.get(KEY).data == b"x"


def test_the_room_of_the_store_shrinks_by_what_is_written(runtime: Runtime, settle: Callable[[], None]) -> None:
    settle()
    before = runtime.query()
    runtime.set(KEY, bytes(100))
    settle()
    after = runtime.query()
    assert after.maximum_storage_size == before.maximum_storage_size
    # A record has 60 bytes of header, then name and data, each padded to 4.
    assert before.remaining_storage_size - after.remaining_storage_size == 60 + 28 + 100


def test_query_asks_live_and_by_snapshot(runtime: Runtime, needs_xen: None) -> None:
    live, snapshot = runtime.query(), runtime.query(boot_snapshot=True)
    assert live.maximum_storage_size == snapshot.maximum_storage_size == 262044
    assert live.remaining_storage_size <= snapshot.remaining_storage_size
    assert runtime.query(0x47, boot_snapshot=True) == snapshot
    with pytest.raises(HypervisorError, match="boot snapshot exists for attributes NV") as refusal:
        runtime.query(0x6, boot_snapshot=True)
    assert refusal.value.errno == 22


def test_query_refuses_attributes_as_firmware_does(runtime: Runtime) -> None:
    for attributes, status in ((0, 2), (0x1, 2), (0x4, 2), (0x3, 2), (0x10, 3), (0x40, 2), (0xF, 3), (0x87, 0)):
        assert runtime.call(QueryVariableInfo(Attributes(attributes))).status & 0xFF == status, hex(attributes)


def test_setting_the_clock_moves_it_and_it_is_put_back(runtime: Runtime) -> None:
    before, began = runtime.clock(), time.monotonic()
    moved = EfiTime(2031, 5, 6, 7, 8, 9)
    try:
        runtime.set_time(moved)
        seen = runtime.clock().time
        assert moved.to_datetime() <= seen.to_datetime() <= moved.to_datetime() + timedelta(seconds=20)
    finally:
        back = before.time.to_datetime() + timedelta(seconds=round(time.monotonic() - began))
        restored = EfiTime.from_datetime(back)._replace(time_zone=before.time.time_zone, daylight=before.time.daylight)
        runtime.set_time(restored)
    assert abs(runtime.clock().time.to_datetime() - back) < timedelta(seconds=20)
    assert (before.capabilities is None) == runtime.name.startswith("freebsd")  # which keeps them to itself
    assert before.capabilities is None or before.capabilities.resolution == 1


def test_a_zone_is_kept_with_the_clock(runtime: Runtime) -> None:
    before = runtime.clock().time
    try:
        runtime.set_time(before._replace(time_zone=-60, daylight=3))
        kept = runtime.clock().time
        assert (kept.time_zone, kept.daylight) == (-60, 3)
        assert runtime.time().utcoffset() == timedelta(hours=1)
    finally:
        runtime.set_time(before)
    assert runtime.clock().time.time_zone == before.time_zone


@pytest.mark.parametrize(
    "wrong", [{"month": 13}, {"day": 0}, {"hour": 24}, {"second": 60}, {"year": 1997}, {"daylight": 4}, {"time_zone": 1441}]
)
def test_no_time_is_no_time_for_firmware(runtime: Runtime, wrong: dict[str, int]) -> None:
    before = runtime.clock().time
    assert runtime.call(SetTime(before._replace(**wrong))).status == Status.INVALID_PARAMETER
    assert runtime.clock().time.to_datetime() - before.to_datetime() < timedelta(seconds=20)


def test_the_alarm_is_set_read_and_switched_off(runtime: Runtime) -> None:
    alarm = runtime.clock().time.to_datetime() + timedelta(hours=2)
    runtime.set_wakeup(alarm)
    assert runtime.wakeup()[:2] == (True, False)
    read = runtime.wakeup().time
    assert read is not None
    assert read.to_datetime().replace(tzinfo=None) == alarm.replace(microsecond=0, tzinfo=None)
    runtime.set_wakeup(enable=False)
    off = runtime.call(GetWakeupTime())
    assert off.enabled is False
    # OVMF keeps the time of day, and takes today for its date once the alarm is off.
    assert off.time is not None
    assert off.time[3:6] == read[3:6]


def test_an_alarm_that_is_no_time_or_too_far_is_refused(runtime: Runtime) -> None:
    now = runtime.clock().time
    assert runtime.call(SetWakeupTime(enable=True, time=now._replace(minute=60))).status == Status.INVALID_PARAMETER
    far = EfiTime.from_datetime(now.to_datetime() + timedelta(days=3))._replace(time_zone=now.time_zone)
    assert runtime.call(SetWakeupTime(enable=True, time=far)).status == Status.UNSUPPORTED


def test_the_monotonic_count_rises(runtime: Runtime) -> None:
    first = runtime.monotonic()
    assert runtime.monotonic() == first + 1


@pytest.mark.parametrize(
    ("op", "reason"),
    [
        (QueryCapsuleCapabilities(()), "capsule"),
        (UpdateCapsule(()), "capsule"),
        (ResetSystem(0), "reset"),
        (GetTable(OURS), "table"),
        (CopyTable(OURS), "table"),
    ],
)
def test_what_xen_keeps_to_itself_is_not_carried_with_the_reason(runtime: Runtime, needs_xen: None, op: Op, reason: str) -> None:
    with pytest.raises(NotCarried, match=reason) as refusal:
        runtime.call(op)
    assert refusal.value.operation == type(op).__name__


def test_xen_tells_seven_facts_of_the_firmware(runtime: Runtime, needs_xen: None) -> None:
    for index in range(5):
        facts = runtime.call(FirmwareInfo(index, address=0x1000, size=0x1000)).facts
        assert facts is not None
        assert any(facts)
    information = runtime.info()
    assert information.vendor == "EDK II"
    assert information.revision == information.runtime_revision
    assert information.revision is not None
    assert information.revision >= 0x00020046
    assert not information.missing
    for index, errno in FIRMWARE_INFO_ERRNO.items():
        with pytest.raises(HypervisorError) as refusal:
            runtime.call(FirmwareInfo(index))
        assert refusal.value.errno == errno


def test_the_firmware_vendors_name_is_cut_to_the_buffer_without_a_nul(runtime: Runtime, needs_xen: None) -> None:
    assert runtime.call(FirmwareInfo(FirmwareInfoIndex.VENDOR, room=6)).data == "EDK".encode("utf-16-le")
