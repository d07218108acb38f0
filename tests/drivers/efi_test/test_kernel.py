"""The simulated Linux, driven with bytes laid by hand."""

import pytest

from efirt.drivers.efi_test.kernel import Manner, Oops, SimulatedEfiTest
from efirt.ops import (
    CapsuleHeader,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    GetWakeupTime,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    Reply,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
    TimeCapabilities,
    VariableInfo,
)
from efirt.ops.miscellaneous import CapsuleCapabilities
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.xen.raw import GUID, TIME, lay
from tests.drivers.xen.scripted import Firmware
from tests.ioctl.scripted import UNMAPPED, Process

GET, SET, GET_TIME, SET_TIME, GET_WAKE, SET_WAKE = 0xC0307001, 0x402C7002, 0x80187003, 0x40107004, 0x80207005, 0x40117006
NEXT, QUERY, COUNT, CAPSULES, RESET, MASK = 0xC0207007, 0x80247008, 0x80107009, 0x8028700A, 0x401C700B, 0x8004700C
ENOMEM, EFAULT, EINVAL, ENOTTY = 12, 14, 22, 25
BOOT = "Boot".encode("utf-16-le") + b"\0\0"
FOUND = Reply(Status.SUCCESS, b"abc", 3, Attributes(7))
WHEN = EfiTime.decode(TIME)
SIZE = (4).to_bytes(8, "little")


def process(firmware: Firmware, manner: Manner | None = None) -> Process:
    return Process(lambda memory: SimulatedEfiTest(firmware, memory, manner))


def test_a_value_goes_to_where_the_pointers_lead_and_the_argument_stays() -> None:
    firmware = Firmware({GetVariable: FOUND})
    ask = process(firmware)
    name, guid, attributes = ask.put(BOOT), ask.put(GUID), ask.put(b"zzzz")
    size, data, status = ask.put(SIZE), ask.put(b"zzzz"), ask.put(b"z" * 8)
    argument = lay(48, *((at * 8, "Q", where.address) for at, where in enumerate((name, guid, attributes, size, data, status))))
    assert ask.ask(GET, argument) == 0
    assert ask.after == argument
    assert (attributes.read(4), size.read(8)[:1], data.read(4), status.read(8)) == (b"\7\0\0\0", b"\3", b"abcz", bytes(8))
    assert firmware.asked == [GetVariable(Key("Boot", GLOBAL), 4)]


@pytest.mark.parametrize(
    ("reply", "size", "status"),
    [
        (Reply(Status.BUFFER_TOO_SMALL, size=9, attributes=Attributes(7)), 9, 2**63 | 5),
        (Reply(Status.NOT_FOUND, size=9), 4, 2**63 | 14),
        (Reply(Status.WARN_STALE_DATA, b"abc", 3), 4, 5),
    ],
)
def test_anything_but_success_is_einval_with_the_status_and_little_else(reply: Reply, size: int, status: int) -> None:
    ask = process(Firmware({GetVariable: reply}))
    name, guid, attributes = ask.put(BOOT), ask.put(GUID), ask.put(b"zzzz")
    room, data, said = ask.put(SIZE), ask.put(b"zzzz"), ask.put(bytes(8))
    argument = lay(48, *((at * 8, "Q", where.address) for at, where in enumerate((name, guid, attributes, room, data, said))))
    assert ask.ask(GET, argument) == EINVAL
    assert int.from_bytes(said.read(8), "little") == status
    assert (int.from_bytes(room.read(8), "little"), data.read(4), attributes.read(4)) == (size, b"zzzz", b"zzzz")


def test_a_success_that_says_more_than_there_was_room_for_is_kept_back() -> None:
    ask = process(Firmware({GetVariable: FOUND._replace(size=9)}))
    name, guid, attributes = ask.put(BOOT), ask.put(GUID), ask.put(b"zzzz")
    room, data, said = ask.put(SIZE), ask.put(b"zzzz"), ask.put(b"z" * 8)
    argument = lay(48, *((at * 8, "Q", where.address) for at, where in enumerate((name, guid, attributes, room, data, said))))
    assert ask.ask(GET, argument) == EINVAL
    assert (said.read(8), room.read(8), data.read(4)) == (bytes(8), SIZE, b"zzzz")


@pytest.mark.parametrize("broken", range(6))
def test_a_pointer_into_nothing_is_a_fault(broken: int) -> None:
    firmware = Firmware({GetVariable: FOUND})
    ask = process(firmware)
    addresses = [ask.put(data).address for data in (BOOT, GUID, b"zzzz", SIZE, b"zzzz", b"z" * 8)]
    addresses[broken] = UNMAPPED
    assert ask.ask(GET, lay(48, *((at * 8, "Q", address) for at, address in enumerate(addresses)))) == EFAULT
    assert len(firmware.asked) == (broken in {2, 4, 5})


def test_a_name_without_a_nul_is_a_fault() -> None:
    ask = process(Firmware({GetVariable: FOUND}))
    assert ask.ask(GET, lay(48, (0, "Q", ask.put(BOOT[:-2]).address))) == EFAULT


def test_a_buffer_larger_than_the_kernel_allocates_is_refused() -> None:
    firmware = Firmware({GetVariable: FOUND})
    ask = process(firmware)
    name, room, data = ask.put(BOOT), ask.put((5 << 20).to_bytes(8, "little")), ask.put(b"z")
    assert ask.ask(GET, lay(48, (0, "Q", name.address), (24, "Q", room.address), (32, "Q", data.address))) == ENOMEM
    assert firmware.asked == []


def test_a_write_is_handed_over() -> None:
    firmware = Firmware({SetVariable: Reply(Status.SECURITY_VIOLATION)})
    ask = process(firmware)
    name, guid, data, said = ask.put(BOOT), ask.put(GUID), ask.put(b"value"), ask.put(bytes(8))
    head = ((0, "Q", name.address), (8, "Q", guid.address), (16, "I", 0x47))
    assert ask.ask(SET, lay(44, *head, (20, "Q", 5), (28, "Q", data.address), (36, "Q", said.address))) == EINVAL
    assert int.from_bytes(said.read(8), "little") == 2**63 | 26
    assert firmware.asked == [SetVariable(Key("Boot", GLOBAL), Attributes(0x47), b"value")]
    assert ask.ask(SET, lay(44, *head, (20, "Q", 6), (28, "Q", data.address), (36, "Q", said.address))) == EFAULT
    assert ask.ask(SET, lay(44, *head, (20, "Q", 5 << 20), (28, "Q", data.address), (36, "Q", said.address))) == ENOMEM
    assert ask.ask(SET, lay(44, head[0], (28, "Q", data.address), (36, "Q", said.address))) == EFAULT
    assert len(firmware.asked) == 1


def test_the_whole_buffer_of_a_name_comes_back_and_more_of_the_old_name_goes_in_than_its_size_says() -> None:
    firmware = Firmware({GetNextVariableName: Reply(Status.SUCCESS, b"C\0\0\0", 2, key=Key("C", IMAGE_SECURITY))})
    ask = process(firmware)
    size, name, guid, said = ask.put(SIZE), ask.put(BOOT + b"behind"), ask.put(GUID), ask.put(b"z" * 8)
    argument = lay(32, *((at * 8, "Q", where.address) for at, where in enumerate((size, name, guid, said))))
    assert ask.ask(NEXT, argument) == 0
    assert (name.read(16), guid.read(16)) == (b"C\0\0\0" + BOOT[4:] + b"behind", IMAGE_SECURITY.raw)
    assert (size.read(1), said.read(8)) == (b"\2", bytes(8))
    assert firmware.asked == [GetNextVariableName(Key("Boot", GLOBAL), 4)]
    assert ask.ask(NEXT, lay(32, (0, "Q", size.address), (8, "Q", ask.put(b"A\0B\0").address), (24, "Q", said.address))) == EFAULT


def test_a_name_that_does_not_fit_tells_its_size() -> None:
    ask = process(Firmware({GetNextVariableName: Reply(Status.BUFFER_TOO_SMALL, size=300)}))
    size, name, guid, said = ask.put(SIZE), ask.put(bytes(4)), ask.put(GUID), ask.put(b"z" * 8)
    assert ask.ask(NEXT, lay(32, *((at * 8, "Q", where.address) for at, where in enumerate((size, name, guid, said))))) == EINVAL
    assert (int.from_bytes(size.read(8), "little"), name.read(4), guid.read(16)) == (300, bytes(4), GUID)


def test_the_clock_and_its_capabilities_are_stored_and_may_be_left_out() -> None:
    ask = process(Firmware({GetTime: Reply(Status.SUCCESS, time=WHEN, capabilities=TimeCapabilities(2, 3, sets_to_zero=True))}))
    time, can, said = ask.put(bytes(16)), ask.put(b"z" * 12), ask.put(b"z" * 8)
    assert ask.ask(GET_TIME, lay(24, (0, "Q", time.address), (8, "Q", can.address), (16, "Q", said.address))) == 0
    assert (time.read(16), can.read(12), said.read(8)) == (TIME, lay(12, (0, "I", 2), (4, "I", 3), (8, "B", 1)), bytes(8))


def test_times_are_set_to_the_byte_and_an_alarm_needs_none() -> None:
    firmware = Firmware({SetTime: Reply(Status.SUCCESS), SetWakeupTime: Reply(Status.SUCCESS)})
    ask = process(firmware)
    time, said = ask.put(TIME), ask.put(b"z" * 8)
    assert ask.ask(SET_TIME, lay(16, (0, "Q", time.address), (8, "Q", said.address))) == 0
    assert ask.ask(SET_WAKE, lay(17, (0, "B", 1), (1, "Q", time.address), (9, "Q", said.address))) == 0
    assert ask.ask(SET_WAKE, lay(17, (9, "Q", said.address))) == 0
    assert ask.ask(SET_TIME, lay(16, (8, "Q", said.address))) == EFAULT
    assert firmware.asked == [SetTime(WHEN), SetWakeupTime(True, WHEN), SetWakeupTime(False)]


def test_whether_an_alarm_is_pending_is_not_stored() -> None:
    ask = process(Firmware({GetWakeupTime: Reply(Status.SUCCESS, time=WHEN, enabled=True, pending=True)}))
    enabled, pending, time, said = ask.put(b"z"), ask.put(b"z"), ask.put(bytes(16)), ask.put(b"z" * 8)
    argument = lay(32, *((at * 8, "Q", where.address) for at, where in enumerate((enabled, pending, time, said))))
    assert ask.ask(GET_WAKE, argument) == 0
    assert (enabled.read(1), pending.read(1), time.read(16)) == (b"\1", b"z", TIME)


def test_the_count_is_stored_on_success_only() -> None:
    firmware = Firmware({GetNextHighMonotonicCount: Reply(Status.SUCCESS, count=7)})
    ask = process(firmware)
    count, said = ask.put(b"zzzz"), ask.put(b"z" * 8)
    argument = lay(16, (0, "Q", count.address), (8, "Q", said.address))
    assert ask.ask(COUNT, argument) == 0
    assert count.read(4) == b"\7\0\0\0"
    firmware.answers[GetNextHighMonotonicCount] = Reply(Status.OUT_OF_RESOURCES, count=8)
    assert ask.ask(COUNT, argument) == EINVAL
    assert count.read(4) == b"\7\0\0\0"


def test_the_room_is_stored_in_three_places() -> None:
    firmware = Firmware({QueryVariableInfo: Reply(Status.SUCCESS, storage=VariableInfo(3, 2, 1))})
    ask = process(firmware)
    places = [ask.put(b"z" * 8) for _ in range(4)]
    argument = lay(36, (0, "I", 7), *((4 + at * 8, "Q", where.address) for at, where in enumerate(places)))
    assert ask.ask(QUERY, argument) == 0
    assert [int.from_bytes(where.read(8), "little") for where in places] == [3, 2, 1, 0]
    assert firmware.asked == [QueryVariableInfo(Attributes(7))]


def test_one_capsule_s_head_is_handed_over_through_its_pointer() -> None:
    firmware = Firmware({QueryCapsuleCapabilities: Reply(Status.SUCCESS, capsule=CapsuleCapabilities(2**33, -1))})
    ask = process(firmware)
    head = ask.put(GUID + lay(12, (0, "I", 28), (4, "I", 0x10000), (8, "I", 99)))
    array, largest, kind, said = ask.put(head.address.to_bytes(8, "little")), ask.put(bytes(8)), ask.put(bytes(4)), ask.put(b"z" * 8)
    pointers = ((0, "Q", array.address), (16, "Q", largest.address), (24, "Q", kind.address), (32, "Q", said.address))
    assert ask.ask(CAPSULES, lay(40, (8, "Q", 1), *pointers)) == 0
    assert (largest.read(8), kind.read(4)) == ((2**33).to_bytes(8, "little"), b"\xff" * 4)
    assert firmware.asked == [QueryCapsuleCapabilities((CapsuleHeader(GLOBAL, 28, 0x10000, 99),))]
    assert ask.ask(CAPSULES, lay(40, (8, "Q", 2), *pointers)) == EFAULT
    assert ask.ask(CAPSULES, lay(40, (8, "Q", 2**64 - 1), *pointers)) == EINVAL


def test_a_second_capsule_would_be_read_off_the_kernel_s_stack() -> None:
    ask = process(Firmware({QueryCapsuleCapabilities: Reply(Status.SUCCESS)}))
    head = ask.put(bytes(28)).address.to_bytes(8, "little")
    with pytest.raises(Oops, match="behind an array of one"):
        ask.ask(CAPSULES, lay(40, (0, "Q", ask.put(head * 2).address), (8, "Q", 2)))


def test_a_reset_is_handed_over_and_says_nothing() -> None:
    firmware = Firmware({ResetSystem: Reply(Status.UNSUPPORTED)})
    ask = process(firmware)
    data = ask.put(b"why\0")
    assert ask.ask(RESET, lay(28, (0, "i", -1), (4, "Q", 2**63 | 7), (12, "Q", 4), (20, "Q", data.address))) == 0
    assert firmware.asked == [ResetSystem(-1, Status.DEVICE_ERROR, b"why\0")]


def test_the_mask_is_told_from_some_kernel_on() -> None:
    ask = process(Firmware(), Manner(services=0x5B0))
    assert ask.ask(MASK, bytes(4)) == 0
    assert ask.after == b"\xb0\5\0\0"
    assert process(Firmware(), Manner(tells=False)).refuses(MASK, bytes(4)) == ENOTTY
    assert process(Firmware()).refuses(0x7001, b"") == ENOTTY


def test_a_kernel_without_runtime_services_calls_through_null() -> None:
    with pytest.raises(Oops, match="no runtime services"):
        process(Firmware({GetTime: Reply(Status.SUCCESS)}), Manner(services=0)).ask(GET_TIME, bytes(24))


def test_an_argument_that_is_not_all_there_is_a_fault() -> None:
    assert process(Firmware()).refuses(GET, bytes(47)) == EFAULT
