"""The simulated NetBSD, driven with bytes laid by hand: what real NetBSD does, its traps included."""

import pytest

from efirt.drivers.netbsd.kernel import Manner, SimulatedNetbsd
from efirt.ops import CopyTable, GetNextVariableName, GetVariable, Reply, SetVariable
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.status import Status
from tests.drivers.xen.raw import at, lay
from tests.drivers.xen.scripted import Firmware
from tests.ioctl.bsd import BOOT, table, variable
from tests.ioctl.scripted import UNMAPPED, Process

TABLE, GET, NEXT, SET = 0xC0286501, 0xC0386504, 0xC0386505, 0xC0386507
ENOENT, EIO, ENOMEM, EACCES, EFAULT, ENODEV, EINVAL, ENOTTY = 2, 5, 12, 13, 14, 19, 22, 25
FOUND = Reply(Status.SUCCESS, b"abc", 3, Attributes(7))
ESRT = Guid.parse("b122a263-3661-4f68-9929-78f8b0d62180")


def process(firmware: Firmware, manner: Manner | None = None) -> Process:
    return Process(lambda memory: SimulatedNetbsd(firmware, memory, manner))


def test_without_room_there_must_be_no_pointer() -> None:
    ask = process(Firmware({GetVariable: Reply(Status.SUCCESS, b"", 0, Attributes(7))}))
    name, data = ask.put(BOOT), ask.put(b"zzzz")
    assert ask.refuses(GET, variable(name.address, 10, data.address, 0)) == EINVAL
    assert ask.refuses(GET, variable(name.address, 10, 0, 4)) == EFAULT
    assert ask.ask(GET, variable(name.address, 10, 0, 0)) == 0
    assert ask.after == variable(name.address, 10, 0, 0, 7)


@pytest.mark.parametrize(
    ("status", "number"), [(2**63 | 14, ENOENT), (2**63 | 9, ENOMEM), (2**63 | 26, EACCES), (2**63 | 15, EIO), (5, EIO)]
)
def test_any_other_status_is_its_number_and_nothing_comes_back(status: int, number: int) -> None:
    ask = process(Firmware({kind: Reply(Status(status), size=300) for kind in (GetVariable, SetVariable, GetNextVariableName)}))
    name, data = ask.put(BOOT), ask.put(b"zzzz")
    for call in (GET, SET, NEXT):
        assert ask.refuses(call, variable(name.address, 10, data.address, 4)) == number


@pytest.mark.parametrize("number", [GET, SET, NEXT])
def test_no_name_or_an_empty_one_is_refused(number: int) -> None:
    firmware = Firmware()
    ask = process(firmware)
    name = ask.put(BOOT)
    assert ask.refuses(number, variable(name.address, 0)) == EINVAL
    assert ask.refuses(number, variable(0, 10)) == EINVAL
    assert firmware.asked == []


def test_a_name_beyond_a_page_has_no_memory_where_it_is_read() -> None:
    firmware = Firmware({SetVariable: Reply(Status.SUCCESS), GetVariable: FOUND, GetNextVariableName: Reply(Status.NOT_FOUND)})
    ask = process(firmware)
    long, data = ask.put(b"L\0" * 2048 + b"\0\0"), ask.put(b"zzzz")
    for number in (GET, NEXT):
        assert ask.refuses(number, variable(long.address, 4098, data.address, 4)) == ENOMEM
    assert firmware.asked == []
    assert ask.ask(SET, variable(long.address, 4098, data.address, 4)) == 0


def test_a_buffer_that_is_not_there_is_a_fault_before_firmware_is_asked() -> None:
    firmware = Firmware({GetVariable: FOUND})
    ask = process(firmware)
    assert ask.refuses(GET, variable(ask.put(BOOT).address, 10, UNMAPPED, 4)) == EFAULT
    assert firmware.asked == []


def test_the_esrt_is_copied_as_far_as_there_is_room() -> None:
    esrt = lay(56, (0, "I", 1), (8, "Q", 1), (52, "I", 7))
    ask = process(Firmware({CopyTable: Reply(Status.SUCCESS, esrt + b"not of the table", 72)}))
    assert ask.ask(TABLE, table(ESRT)) == 0
    assert at(ask.after, 24, "Q") == 56
    room = ask.put(b"z" * 64)
    for size in (10, 56, 64):
        assert ask.ask(TABLE, table(ESRT, room.address, size)) == 0
        assert room.read(64) == esrt[:size] + b"z" * (64 - min(size, 56))
    assert ask.refuses(TABLE, table(ESRT, UNMAPPED, 4)) == EFAULT


@pytest.mark.parametrize(
    ("guid", "reply", "number"),
    [
        (GLOBAL, Reply(Status.SUCCESS, lay(16, (8, "Q", 1)), 16), ENOENT),
        (ESRT, Reply(Status.NOT_FOUND), ENOENT),
        (ESRT, Reply(Status.SUCCESS, lay(16, (8, "Q", 2)), 16), ENOENT),
        (ESRT, Reply(Status.SUCCESS, lay(16, (0, "I", 103), (8, "Q", 1)), 16), ENOENT),
        (ESRT, Reply(Status.DEVICE_ERROR), EIO),
    ],
)
def test_a_table_that_is_not_given_says_little(guid: Guid, reply: Reply, number: int) -> None:
    assert process(Firmware({CopyTable: reply})).refuses(TABLE, table(guid)) == number


def test_a_machine_that_looks_for_no_tables_says_so() -> None:
    assert process(Firmware(), Manner(tables=False)).refuses(TABLE, table(ESRT)) == ENODEV
