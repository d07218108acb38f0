"""The simulated FreeBSD, driven with bytes laid by hand: what real FreeBSD does, its traps included."""

import pytest

from efirt.drivers.freebsd.kernel import ESRT, MEMORY_ATTRIBUTES, PROPERTIES, Manner, SimulatedFreebsd
from efirt.ioctl.bsd_kernel import Panic
from efirt.ops import CopyTable, GetTime, GetVariable, GetWakeupTime, Reply, SetTime, SetVariable, SetWakeupTime
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.status import Status
from tests.drivers.xen.raw import TIME, at, lay
from tests.drivers.xen.scripted import Firmware
from tests.ioctl.bsd import BOOT, table, variable
from tests.ioctl.scripted import Process

TABLE, GET_TIME, SET_TIME, GET, NEXT, SET = 0xC0284501, 0x40104502, 0x80104503, 0xC0384504, 0xC0384505, 0xC0384506
GET_WAKE, SET_WAKE = 0x40144507, 0x80144508
ENOENT, ENXIO, ENOMEM, EFAULT, ENODEV, EINVAL, ENOTTY, EAGAIN, EDOOFUS = 2, 6, 12, 14, 19, 22, 25, 35, 88
FOUND = Reply(Status.SUCCESS, b"abc", 3, Attributes(7))
WHEN = EfiTime.decode(TIME)
HEAP = 0xA5


def process(firmware: Firmware, manner: Manner | None = None) -> Process:
    return Process(lambda memory: SimulatedFreebsd(firmware, memory, manner))


@pytest.mark.parametrize(("status", "number"), [(14, ENOENT), (9, EAGAIN), (26, EDOOFUS), (2, EINVAL)])
def test_any_other_error_is_its_number_and_nothing_comes_back(status: int, number: int) -> None:
    ask = process(Firmware({GetVariable: Reply(Status(2**63 | status), size=300)}))
    name, data = ask.put(BOOT), ask.put(b"zzzz")
    assert ask.refuses(GET, variable(name.address, 10, data.address, 4)) == number


def test_a_warning_is_taken_for_an_error() -> None:
    ask = process(Firmware({SetVariable: Reply(Status.WARN_WRITE_FAILURE)}))
    assert ask.refuses(SET, variable(ask.put(BOOT).address, 10)) == 78


def test_the_nul_of_a_name_without_any_room_is_looked_for_in_front_of_it() -> None:
    ask = process(Firmware())
    for number in (GET, SET):
        with pytest.raises(Panic, match="a name of 0 bytes"):
            ask.ask(number, variable(ask.put(BOOT).address, 0))


def test_a_size_that_firmware_makes_larger_copies_what_lies_behind() -> None:
    ask = process(Firmware({GetVariable: FOUND._replace(size=5)}))
    data = ask.put(bytes(8))
    assert ask.ask(GET, variable(ask.put(BOOT).address, 10, data.address, 8)) == 0
    assert data.read(8) == b"abc" + bytes([HEAP] * 2) + bytes(3)


def test_the_clock_is_read_and_set_with_any_bits() -> None:
    firmware = Firmware({GetTime: Reply(Status.SUCCESS, time=WHEN), SetTime: Reply(Status.SUCCESS)})
    ask = process(firmware)
    assert ask.ask(GET_TIME, b"z" * 16) == 0
    assert ask.after == TIME
    assert ask.ask(SET_TIME, b"\xff" * 16) == 0
    assert firmware.asked[1] == SetTime(EfiTime.decode(b"\xff" * 16))
    firmware.answers[SetTime] = Reply(Status.INVALID_PARAMETER)
    assert ask.refuses(SET_TIME, TIME) == EINVAL


def test_an_alarm_is_on_only_where_it_was_switched_on_here() -> None:
    firmware = Firmware({GetWakeupTime: Reply(Status.SUCCESS, time=WHEN, enabled=True, pending=True), SetWakeupTime: Reply(Status.SUCCESS)})
    ask = process(firmware)
    assert ask.ask(GET_WAKE, b"z" * 20) == 0
    assert ask.after == TIME + b"\0\1\0\0"
    assert ask.ask(SET_WAKE, TIME + b"\1\0\0\0") == 0
    assert ask.ask(GET_WAKE, bytes(20)) == 0
    assert ask.after == TIME + b"\1\1\0\0"
    assert SetWakeupTime(True, WHEN) in firmware.asked


def test_a_table_is_copied_with_what_lies_behind_it_in_the_kernel() -> None:
    esrt = lay(56, (0, "I", 1), (8, "Q", 1), (52, "I", 7))
    ask = process(Firmware({CopyTable: Reply(Status.SUCCESS, esrt, 56)}))
    assert ask.ask(TABLE, table(ESRT)) == 0
    assert at(ask.after, 24, "Q") == 56
    room = ask.put(bytes(64))
    assert ask.refuses(TABLE, table(ESRT, room.address, 55)) == EINVAL
    assert ask.ask(TABLE, table(ESRT, room.address, 56)) == 0
    assert room.read(64) == esrt + bytes(8)
    assert ask.ask(TABLE, table(ESRT, room.address, 64)) == 0
    assert room.read(64) == esrt + bytes([HEAP] * 8)


@pytest.mark.parametrize(
    ("guid", "data", "number"),
    [
        (GLOBAL, b"x", EINVAL),
        (ESRT, None, ENOENT),
        (PROPERTIES, None, ENOENT),
        (ESRT, lay(16, (8, "Q", 2)), ENODEV),
        (MEMORY_ATTRIBUTES, bytes(0x800001), ENOMEM),
    ],
)
def test_a_table_that_is_not_given_says_why(guid: Guid, data: bytes | None, number: int) -> None:
    reply = Reply(Status.NOT_FOUND) if data is None else Reply(Status.SUCCESS, data, len(data))
    assert process(Firmware({CopyTable: reply})).refuses(TABLE, table(guid)) == number


def test_in_a_dom0_less_is_carried_and_setting_the_clock_does_nothing() -> None:
    firmware = Firmware({GetTime: Reply(Status.SUCCESS, time=WHEN), SetTime: Reply(Status.SUCCESS)})
    ask = process(firmware, Manner(xen=True))
    assert ask.ask(SET_TIME, TIME) == 0
    assert firmware.asked == [GetTime()]
    for number, argument in ((GET_WAKE, bytes(20)), (SET_WAKE, bytes(20)), (TABLE, table(ESRT))):
        assert ask.refuses(number, argument) == ENXIO


def test_an_older_one_knows_neither_tables_nor_the_alarm() -> None:
    ask = process(Firmware({GetTime: Reply(Status.SUCCESS, time=WHEN)}), Manner(old=True))
    for number, argument in ((GET_WAKE, bytes(20)), (SET_WAKE, bytes(20)), (TABLE, table(ESRT))):
        assert ask.refuses(number, argument) == ENOTTY
    assert ask.ask(GET_TIME, bytes(16)) == 0
