"""The clock, the alarm, the counter and the room of the simulated Xen, driven with bytes laid by hand."""

import pytest

from efirt.drivers.xen.firmware_facts import Machine
from efirt.drivers.xen.hypervisor import Switches
from efirt.ops import (
    GetNextHighMonotonicCount,
    GetTime,
    GetWakeupTime,
    QueryVariableInfo,
    Reply,
    SetTime,
    SetWakeupTime,
    TimeCapabilities,
    VariableInfo,
)
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.status import Status
from tests.drivers.xen.raw import TIME, at, call
from tests.drivers.xen.scripted import Firmware, Guest

EINVAL, EOPNOTSUPP = 22, 95
NOON = EfiTime.decode(TIME)
OLD = Machine(revision=0x0001000A)
BROKEN = 2**63 | 7


@pytest.mark.parametrize("zero", [False, True])
def test_the_time_comes_with_all_its_bytes_and_what_the_clock_can_do(zero: bool) -> None:
    guest = Guest(Firmware({GetTime: Reply(Status.SUCCESS, time=NOON, capabilities=TimeCapabilities(2, 50_000_000, zero))}))
    assert guest.ask(call(1)) == 0
    assert guest.after == call(1, int(zero), (24, "16s", TIME), (40, "I", 2), (44, "I", 50_000_000))


def test_beside_an_error_the_time_is_what_firmware_left_and_the_capabilities_stay_out() -> None:
    reply = Reply(Status.DEVICE_ERROR, time=NOON, capabilities=TimeCapabilities(2, 3, sets_to_zero=True))
    guest = Guest(Firmware({GetTime: reply}))
    assert guest.ask(call(1)) == 0
    assert guest.after == call(1, 0, (16, "Q", BROKEN), (24, "16s", TIME))


def test_a_time_is_set_to_the_byte_and_unchecked() -> None:
    guest = Guest(Firmware({SetTime: Reply(Status.INVALID_PARAMETER)}))
    assert guest.ask(call(2, 0, (24, "16s", b"\xff" * 16))) == 0
    assert guest.firmware.asked == [SetTime(EfiTime.decode(b"\xff" * 16))]
    assert guest.after == call(2, 0, (16, "Q", 2**63 | 2), (24, "16s", b"\xff" * 16))


@pytest.mark.parametrize(("enabled", "pending", "misc"), [(False, False, 0), (True, False, 1), (False, True, 2), (True, True, 3)])
def test_the_alarm_comes_with_its_flags(enabled: bool, pending: bool, misc: int) -> None:
    guest = Guest(Firmware({GetWakeupTime: Reply(Status.SUCCESS, time=NOON, enabled=enabled, pending=pending)}))
    assert guest.ask(call(3)) == 0
    assert guest.after == call(3, misc, (24, "16s", TIME))


def test_beside_an_error_the_alarm_has_no_flags() -> None:
    guest = Guest(Firmware({GetWakeupTime: Reply(Status.DEVICE_ERROR, enabled=True, pending=True)}))
    assert guest.ask(call(3)) == 0
    assert guest.after == call(3, 0, (16, "Q", BROKEN))


@pytest.mark.parametrize(
    ("misc", "asked"),
    [
        (0, SetWakeupTime(enable=False, time=NOON)),
        (1, SetWakeupTime(enable=True, time=NOON)),
        (2, SetWakeupTime(enable=False)),
        (3, SetWakeupTime(enable=True)),
    ],
)
def test_the_alarm_is_set_by_two_flags_and_both_are_cleared_on_return(misc: int, asked: SetWakeupTime) -> None:
    guest = Guest(Firmware({SetWakeupTime: Reply(Status.SUCCESS)}))
    assert guest.ask(call(4, misc, (24, "16s", TIME))) == 0
    assert guest.firmware.asked == [asked]
    assert guest.after == call(4, 0, (24, "16s", TIME))


@pytest.mark.parametrize(("status", "count"), [(Status.SUCCESS, 0xFFFFFFFF), (Status.OUT_OF_RESOURCES, 7)])
def test_the_count_comes_in_the_flags_also_beside_an_error(status: Status, count: int) -> None:
    guest = Guest(Firmware({GetNextHighMonotonicCount: Reply(status, count=count)}))
    assert guest.ask(call(5)) == 0
    assert guest.after == call(5, count, (16, "Q", int(status)))


STORAGE = VariableInfo(2**40, 2**33 + 1, 2**32)
NUMBERS = ((32, "Q", 2**40), (40, "Q", 2**33 + 1), (48, "Q", 2**32))
SNAPSHOT = Reply(Status.SUCCESS, storage=STORAGE)


def test_the_room_is_asked_of_firmware_and_told_also_beside_an_error() -> None:
    guest = Guest(Firmware({QueryVariableInfo: Reply(Status.DEVICE_ERROR, storage=STORAGE)}), snapshot=Reply(Status.SUCCESS))
    assert guest.ask(call(9, 0, (24, "I", 0xFFFFFFFF), (32, "Q", 1), (40, "Q", 1), (48, "Q", 1))) == 0
    assert guest.after == call(9, 0, (16, "Q", BROKEN), (24, "I", 0xFFFFFFFF), *NUMBERS)
    assert guest.firmware.asked == [QueryVariableInfo(Attributes(0xFFFFFFFF))]


def test_without_an_answer_the_room_is_zero_and_not_what_stood_there() -> None:
    guest = Guest(Firmware({QueryVariableInfo: Reply(Status.INVALID_PARAMETER)}))
    assert guest.ask(call(9, 0, (24, "I", 7), (32, "Q", 1), (40, "Q", 1), (48, "Q", 1))) == 0
    assert guest.after == call(9, 0, (16, "Q", 2**63 | 2), (24, "I", 7))


@pytest.mark.parametrize("attributes", [7, 0x47])
def test_the_snapshot_is_told_without_asking_firmware(attributes: int) -> None:
    guest = Guest(snapshot=SNAPSHOT)
    assert guest.ask(call(9, 1, (24, "I", attributes))) == 0
    assert guest.after == call(9, 1, (24, "I", attributes), *NUMBERS)
    assert guest.firmware.asked == []


@pytest.mark.parametrize("attributes", [0, 1, 3, 6, 0xF, 0x27, 0x40, 0x80000007])
def test_there_is_one_snapshot_for_one_kind_of_variable(attributes: int) -> None:
    assert Guest(snapshot=SNAPSHOT).refuses(call(9, 1, (24, "I", attributes))) == EINVAL
    assert Guest(machine=OLD).refuses(call(9, 1, (24, "I", attributes))) == EINVAL


def test_a_snapshot_that_failed_at_boot_tells_how() -> None:
    guest = Guest(snapshot=Reply(Status.DEVICE_ERROR))
    assert guest.ask(call(9, 1, (24, "I", 7), (32, "Q", 1))) == 0
    assert guest.after == call(9, 1, (16, "Q", BROKEN), (24, "I", 7))


@pytest.mark.parametrize("snapshot", [None, SNAPSHOT])
def test_firmware_before_uefi_2_has_no_snapshot_and_cannot_be_asked(snapshot: Reply | None) -> None:
    guest = Guest(machine=OLD, snapshot=snapshot)
    assert guest.ask(call(9, 1, (24, "I", 7))) == 0
    assert at(guest.after, 16, "Q") == 2**63 | 25
    assert guest.after[32:56] == bytes(24)
    assert guest.refuses(call(9, 0, (24, "I", 7))) == EOPNOTSUPP


def test_the_snapshot_stands_behind_the_gate_too() -> None:
    assert Guest(switches=Switches(rs=False), snapshot=SNAPSHOT).refuses(call(9, 1, (24, "I", 7))) == EOPNOTSUPP
