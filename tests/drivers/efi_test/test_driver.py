"""The driver on a simulated Linux: what it makes of what comes back."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.drivers.efi_test.driver import EfiTestDriver
from efirt.drivers.efi_test.kernel import Manner
from efirt.drivers.simulated import open_driver as open_simulated
from efirt.errors import DriverError, NotCarried
from efirt.ioctl.port import Port
from efirt.ops import (
    CapsuleHeader,
    CopyTable,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTable,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Malformed,
    Op,
    Probe,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    Reply,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
    TimeCapabilities,
    UpdateCapsule,
    VariableInfo,
)
from efirt.ops.miscellaneous import CapsuleCapabilities
from efirt.runtime.efi_test_simulated import under_efi_test
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import decode_units, encode_char16
from tests.drivers.xen.scripted import Firmware
from tests.ioctl.scripted import Stubborn

UNITS = st.lists(st.integers(1, 0xFFFF), max_size=40).map(lambda units: b"".join(unit.to_bytes(2, "little") for unit in units))
KEYS = st.builds(Key, UNITS.map(decode_units), st.binary(min_size=16, max_size=16).map(Guid))
TIMES = st.binary(min_size=16, max_size=16).map(EfiTime.decode)
ATTRIBUTES = st.integers(0, 2**32 - 1).map(Attributes)
UNSAID = 2**64 - 1  # which no firmware says, since the driver takes it for "not asked"
STATUSES = st.integers(0, UNSAID - 1).map(Status)
WORD = st.integers(0, 2**32 - 1)
LONG = st.integers(0, 2**64 - 1)
KEY = Key("A", GLOBAL)
HEAD = CapsuleHeader(GLOBAL, 28, 0x10000, 0x1234)


def through_linux(op: Op, reply: Reply) -> Reply:
    """Ask, and check that firmware was asked exactly this."""
    firmware = Firmware({type(op): reply})
    answer = under_efi_test(firmware).call(op)
    assert firmware.asked == [op]
    return answer


@given(KEYS, st.binary(max_size=300), ATTRIBUTES)
def test_a_value_arrives(key: Key, data: bytes, attributes: Attributes) -> None:
    reply = Reply(Status.SUCCESS, data, len(data), attributes)
    assert through_linux(GetVariable(key, len(data) + 7), reply) == reply


@given(KEYS, st.integers(0, 2**40))
def test_the_size_that_is_needed_arrives_without_the_attributes(key: Key, needed: int) -> None:
    reply = Reply(Status.BUFFER_TOO_SMALL, size=needed, attributes=Attributes(7))
    assert through_linux(GetVariable(key, 5), reply) == Reply(Status.BUFFER_TOO_SMALL, size=needed)


@given(KEYS, st.binary(max_size=300), ATTRIBUTES, STATUSES)
def test_a_write_arrives_and_its_status_as_it_is(key: Key, data: bytes, attributes: Attributes, status: Status) -> None:
    assert through_linux(SetVariable(key, attributes, data), Reply(status)) == Reply(status)


@given(KEYS, KEYS)
def test_the_next_name_arrives_whatever_stood_behind_the_last(before: Key, after: Key) -> None:
    name = encode_char16(after.name)
    reply = Reply(Status.SUCCESS, name, len(name), key=after)
    assert through_linux(GetNextVariableName(before, 100), reply) == reply


@given(ATTRIBUTES, LONG, LONG, LONG)
def test_the_room_arrives(attributes: Attributes, maximum: int, remaining: int, largest: int) -> None:
    reply = Reply(Status.SUCCESS, storage=VariableInfo(maximum, remaining, largest))
    assert through_linux(QueryVariableInfo(attributes), reply) == reply


@given(TIMES, WORD, WORD, st.booleans())
def test_the_time_arrives(time: EfiTime, resolution: int, accuracy: int, zero: bool) -> None:
    reply = Reply(Status.SUCCESS, time=time, capabilities=TimeCapabilities(resolution, accuracy, zero))
    assert through_linux(GetTime(), reply) == reply


@given(TIMES, st.booleans(), st.booleans())
def test_the_alarm_arrives_but_not_whether_it_is_pending(time: EfiTime, enabled: bool, pending: bool) -> None:
    reply = Reply(Status.SUCCESS, time=time, enabled=enabled, pending=pending)
    assert through_linux(GetWakeupTime(), reply) == reply._replace(pending=None)


@given(TIMES, st.booleans(), STATUSES)
def test_a_clock_that_is_set_is_set_to_the_byte(time: EfiTime, enable: bool, status: Status) -> None:
    for op in (SetTime(time), SetWakeupTime(enable, time), SetWakeupTime(enable)):
        assert through_linux(op, Reply(status)) == Reply(status)


@given(WORD, LONG, st.integers(-(2**31), 2**31 - 1))
def test_the_count_and_what_capsules_may_be_arrive(count: int, largest: int, kind: int) -> None:
    assert through_linux(GetNextHighMonotonicCount(), Reply(Status.SUCCESS, count=count)).count == count
    caps = CapsuleCapabilities(largest, kind)
    for heads in ((), (HEAD,)):
        assert through_linux(QueryCapsuleCapabilities(heads), Reply(Status.SUCCESS, capsule=caps)).capsule == caps


@pytest.mark.parametrize(
    "op",
    [
        GetVariable(KEY),
        SetVariable(KEY, Attributes(7), b"x"),
        GetNextVariableName(),
        QueryVariableInfo(Attributes(7)),
        GetTime(),
        SetTime(EfiTime()),
        GetWakeupTime(),
        SetWakeupTime(False),
        GetNextHighMonotonicCount(),
        QueryCapsuleCapabilities((HEAD,)),
    ],
    ids=lambda op: type(op).__name__,
)
@pytest.mark.parametrize("status", [Status.WARN_STALE_DATA, Status.DEVICE_ERROR, Status(2**63 | 0x1234)], ids=str)
def test_any_other_status_arrives_alone(op: Op, status: Status) -> None:
    assert through_linux(op, Reply(status, count=3, size=9)) == Reply(status)


def test_one_call_leaves_nothing_behind_for_the_next() -> None:
    firmware = Firmware(
        {GetVariable: Reply(Status.SUCCESS, b"long value", 10, Attributes(7)), GetTime: Reply(Status.SUCCESS, time=EfiTime(9))}
    )
    driver = under_efi_test(firmware)
    assert driver.call(GetVariable(KEY, 10)).data == b"long value"
    firmware.answers[GetVariable] = Reply(Status.SUCCESS, b"", 0, None)
    assert driver.call(GetVariable(KEY, 10)) == Reply(Status.SUCCESS, b"", 0, Attributes(0))
    firmware.answers[GetTime] = Reply(Status.SUCCESS, capabilities=TimeCapabilities(1, 2, sets_to_zero=True))
    assert driver.call(GetTime()).time == EfiTime(time_zone=0)
    firmware.answers[GetTime] = Reply(Status.SUCCESS, time=EfiTime(9))
    assert driver.call(GetTime()).capabilities == (0, 0, False)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (Malformed(GetVariable(KEY), frozenset({"variable_name"})), Status.INVALID_PARAMETER),
        (Malformed(GetVariable(KEY), frozenset({"data_size"})), Status.INVALID_PARAMETER),
        (Malformed(GetVariable(Key("BootOrder", GLOBAL), 0), frozenset({"data"})), Status.BUFFER_TOO_SMALL),
        (Malformed(GetVariable(Key("BootOrder", GLOBAL)), frozenset({"attributes"})), Status.SUCCESS),
        (Malformed(SetVariable(KEY, Attributes(7), b"x"), frozenset({"variable_name"})), Status.INVALID_PARAMETER),
        (Malformed(GetNextVariableName(), frozenset({"variable_name_size"})), Status.INVALID_PARAMETER),
        (Malformed(GetNextVariableName(), frozenset({"variable_name"})), Status.INVALID_PARAMETER),
        (Malformed(GetTime(), frozenset({"time"})), Status.INVALID_PARAMETER),
        (Malformed(GetTime(), frozenset({"capabilities"})), Status.SUCCESS),
        (Malformed(GetWakeupTime(), frozenset({"pending"})), Status.INVALID_PARAMETER),
        (Malformed(GetNextHighMonotonicCount(), frozenset({"high_count"})), Status.INVALID_PARAMETER),
    ],
    ids=lambda value: type(value.op).__name__ if isinstance(value, Malformed) else None,
)
@pytest.mark.parametrize("warm", [False, True], ids=["first", "later"])
def test_firmware_says_what_it_thinks_of_a_null_pointer(asked: Malformed, status: Status, warm: bool) -> None:
    driver = under_efi_test(open_simulated())
    if warm:
        driver.call(asked.op)  # so that memory of an earlier call lies there
    reply = driver.call_malformed(asked)
    assert reply.status == status
    if status == Status.SUCCESS:
        whole = driver.call(asked.op)
        assert reply == whole._replace(attributes=None, capabilities=None)._replace(time=reply.time)
    if status == Status.BUFFER_TOO_SMALL:
        assert reply.size == 6


def test_what_has_no_road_has_none_with_null_pointers_either() -> None:
    with pytest.raises(NotCarried, match="UpdateCapsule is not carried by efi_test:simulated: efi_test has no number for it"):
        under_efi_test(Firmware()).call_malformed(Malformed(UpdateCapsule(()), frozenset({"capsule_header_array"})))


def test_what_has_no_road_says_where_there_is_one() -> None:
    for op in (GetTable(GLOBAL), CopyTable(GLOBAL), UpdateCapsule(())):
        with pytest.raises(NotCarried, match="the driver efivarfs"):
            under_efi_test(Firmware()).call(op)


def test_a_reset_that_comes_back_is_no_answer() -> None:
    firmware = Firmware({ResetSystem: Reply(Status.SUCCESS)})
    with pytest.raises(DriverError, match="firmware came back from it, and the machine runs on"):
        under_efi_test(firmware).call(ResetSystem(2, Status.NOT_FOUND, b"why\0"))
    assert firmware.asked == [ResetSystem(2, Status.NOT_FOUND, b"why\0")]


def test_a_size_that_firmware_makes_larger_beside_success_is_told() -> None:
    with pytest.raises(DriverError, match="gave more than there was room for"):
        through_linux(GetVariable(KEY, 4), Reply(Status.SUCCESS, b"abc", 9))


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        (Manner(), b"/dev/efi_test reaches firmware with every service"),
        (
            Manner(services=0x5B0),
            (
                b"/dev/efi_test reaches firmware without GetTime, SetTime, GetWakeupTime, SetWakeupTime, SetVariable, "
                b"GetNextHighMonotonicCount, UpdateCapsule, QueryCapsuleCapabilities, QueryVariableInfo"
            ),
        ),
        (Manner(tells=False), b"/dev/efi_test reaches firmware; this kernel does not tell which services there are"),
    ],
)
def test_the_probe_tells_which_services_there_are(manner: Manner, said: bytes) -> None:
    assert under_efi_test(Firmware(), manner).call(Probe()) == Reply(Status.SUCCESS, said)


@pytest.mark.parametrize(
    "ask",
    [
        lambda driver: driver.call(Probe()),
        lambda driver: driver.call(GetTime()),
        lambda driver: driver.call_malformed(Malformed(GetTime(), frozenset({"time"}))),
    ],
)
def test_a_kernel_without_runtime_services_is_asked_nothing_that_would_crash_it(ask: Callable[[EfiTestDriver], object]) -> None:
    driver = under_efi_test(Firmware({GetTime: Reply(Status.SUCCESS)}), Manner(services=0))
    for _ in range(2):
        with pytest.raises(
            DriverError, match=r"runs without EFI runtime services .*, and would crash if it were asked; boot with efi=runtime"
        ):
            ask(driver)


class Refusing(Stubborn):
    """A transport on which everything but the mask is refused."""

    def ioctl(self, number: int, argument: bytearray) -> int:
        if number != 0x8004700C:
            return super().ioctl(number, argument)
        argument[:] = b"\xff\x3f\0\0"
        return 0


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (14, "EFAULT: it could not read"),
        (22, "EINVAL: it did not ask firmware"),
        (12, "ENOMEM: it has no memory"),
        (25, "ENOTTY: its efi_test does not know it"),
        (1, "EPERM: it gives no reason"),
        (4242, "4242: it gives no reason"),
    ],
)
@pytest.mark.parametrize("op", [GetTime(), ResetSystem(0)], ids=lambda op: type(op).__name__)
def test_what_the_kernel_refuses_by_itself_has_its_number(number: int, why: str, op: Op) -> None:
    driver = EfiTestDriver(Port(Refusing(number)))
    with pytest.raises(DriverError, match=f"{type(op).__name__}: Linux refused it with {why}") as refusal:
        driver.call(op)
    assert refusal.value.os_errno == number
