"""The driver on a simulated FreeBSD: what it makes of what comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from efirt.abi.freebsd_errno import NAMES
from efirt.drivers.freebsd import codec
from efirt.drivers.freebsd.driver import FreebsdDriver
from efirt.drivers.freebsd.kernel import ESRT, Manner
from efirt.drivers.freebsd.refusals import ALONE, STATUSES
from efirt.drivers.simulated import open_driver as open_simulated
from efirt.errors import DriverError, NotCarried
from efirt.ioctl.port import Port
from efirt.ioctl.request import Request
from efirt.ops import (
    CopyTable,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    Probe,
    QueryVariableInfo,
    Reply,
    ResetSystem,
    SetTime,
    SetVariable,
    SetWakeupTime,
)
from efirt.runtime.freebsd_simulated import under_freebsd
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.errno_tables import errno_for
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.xen.raw import TIME
from tests.drivers.xen.scripted import Firmware
from tests.ioctl.scripted import Stubborn

TIMES = st.binary(min_size=16, max_size=16).map(EfiTime.decode)
KEY = Key("A", GLOBAL)
WHEN = EfiTime.decode(TIME)
NAMED = [status for status in vars(Status).values() if isinstance(status, Status) and status]


def through_freebsd(op: Op, reply: Reply) -> Reply:
    firmware = Firmware({type(op): reply})
    answer = under_freebsd(firmware).call(op)
    assert firmware.asked == [op]
    return answer


@pytest.mark.parametrize(
    ("request_", "number", "argument"),
    [
        (codec.encode_get_time(GetTime()), 0x40104502, bytes(16)),
        (codec.encode_set_time(SetTime(WHEN)), 0x80104503, TIME),
        (codec.encode_get_wakeup(GetWakeupTime()), 0x40144507, bytes(20)),
        (codec.encode_set_wakeup(SetWakeupTime(True, WHEN)), 0x80144508, TIME + b"\1\0\0\0"),
        (codec.encode_set_wakeup(SetWakeupTime(False)), 0x80144508, bytes(20)),
    ],
)
def test_the_clock_and_its_alarm_are_these_bytes(request_: Request, number: int, argument: bytes) -> None:
    assert (request_.number, bytes(request_.argument), request_.buffers) == (number, argument, ())


@given(TIMES, st.booleans())
def test_times_arrive_to_the_byte(time: EfiTime, pending: bool) -> None:
    assert through_freebsd(GetTime(), Reply(Status.SUCCESS, time=time)) == Reply(Status.SUCCESS, time=time)
    for op in (SetTime(time), SetWakeupTime(True, time)):
        assert through_freebsd(op, Reply(Status.SUCCESS)) == Reply(Status.SUCCESS)
    alarm = Reply(Status.SUCCESS, time=time, enabled=False, pending=pending)
    assert through_freebsd(GetWakeupTime(), alarm) == alarm


def test_switching_the_alarm_off_needs_no_time_and_switching_it_on_does() -> None:
    firmware = Firmware({SetWakeupTime: Reply(Status.SUCCESS)})
    driver = under_freebsd(firmware)
    assert driver.call(SetWakeupTime(False)).status == Status.SUCCESS
    assert firmware.asked == [SetWakeupTime(False, EfiTime(time_zone=0))]
    with pytest.raises(NotCarried, match="FreeBSD hands firmware one always; name the time"):
        driver.call(SetWakeupTime(True))


@pytest.mark.parametrize("status", [status for status in NAMED if errno_for(status, "freebsd")[0] != "ENXIO"], ids=str)
def test_a_number_comes_back_as_the_status_or_as_the_likeliest_with_the_number(status: Status) -> None:
    _, number = errno_for(status, "freebsd")
    reply = through_freebsd(SetVariable(KEY, Attributes(7), b"x"), Reply(status))
    twins = [other for other in NAMED if errno_for(other, "freebsd")[1] == number]
    assert reply.status in twins
    assert reply == (Reply(status) if twins == [status] else Reply(STATUSES[number], os_errno=number))


@pytest.mark.parametrize(
    ("status", "likeliest"),
    [
        (Status.INCOMPATIBLE_VERSION, Status.SECURITY_VIOLATION),
        (Status.VOLUME_CORRUPTED, Status.DEVICE_ERROR),
        (Status.WARN_DELETE_FAILURE, Status.INVALID_PARAMETER),
        (Status.WARN_WRITE_FAILURE, Status.UNSUPPORTED),
        (Status.WARN_UNKNOWN_GLYPH, Status.LOAD_ERROR),
        (Status.NO_RESPONSE, Status.TIMEOUT),
        (Status.TFTP_ERROR, Status.PROTOCOL_ERROR),
        (Status(2**63 | 9999), Status.SECURITY_VIOLATION),
    ],
    ids=str,
)
def test_of_several_statuses_the_likeliest_is_told(status: Status, likeliest: Status) -> None:
    assert through_freebsd(SetVariable(KEY, Attributes(7), b"x"), Reply(status)).status == likeliest


def test_a_number_is_alone_where_one_status_alone_becomes_it() -> None:
    for number in STATUSES:
        twins = [other for other in NAMED if errno_for(other, "freebsd")[1] == number]
        assert (number in ALONE) == (len(twins) == 1), NAMES[number]


@pytest.mark.parametrize(
    ("manner", "why"), [(Manner(xen=True), "the driver xen carries the alarm"), (Manner(old=True), "does not know it yet")]
)
@pytest.mark.parametrize("op", [GetWakeupTime(), SetWakeupTime(False), CopyTable(ESRT)], ids=lambda op: type(op).__name__)
def test_what_a_kernel_has_no_road_for_is_not_carried_with_the_reason(manner: Manner, why: str, op: Op) -> None:
    with pytest.raises(NotCarried, match=f"{type(op).__name__} is not carried by /dev/efi here: .*{why}") as refusal:
        under_freebsd(open_simulated(), manner).call(op)
    assert refusal.value.operation == type(op).__name__


def test_a_table_whose_size_freebsd_does_not_know_is_not_carried() -> None:
    with pytest.raises(NotCarried, match="the tables whose size it knows"):
        under_freebsd(open_simulated()).call(CopyTable(GLOBAL))


def test_a_table_of_another_version_is_told() -> None:
    firmware = Firmware({CopyTable: Reply(Status.SUCCESS, bytes(16), 16)})
    with pytest.raises(DriverError, match="FreeBSD refused it with ENODEV: the table has a version") as refusal:
        under_freebsd(firmware).call(CopyTable(ESRT))
    assert refusal.value.os_errno == 19


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (6, "ENXIO: the kernel has no road for it, or none any more; .*in a dom0 use xen"),
        (14, "EFAULT: firmware touched memory that is not its own"),
        (25, "ENOTTY: this kernel's /dev/efi does not know it yet"),
        (45, "EOPNOTSUPP: Xen has its runtime services switched off"),
        (1, "EPERM: .*run this as root, in dom0"),
        (12, "ENOMEM: the kernel has no memory"),
        (99, "99: it gives no reason"),
    ],
)
@pytest.mark.parametrize("op", [GetVariable(KEY), GetTime(), Probe()], ids=lambda op: type(op).__name__)
def test_what_the_kernel_refuses_by_itself_has_its_reason_and_number(number: int, why: str, op: Op) -> None:
    driver = FreebsdDriver(Port(Stubborn(number)))
    with pytest.raises(DriverError, match=f"FreeBSD refused it with {why}") as refusal:
        driver.call(op)
    assert refusal.value.os_errno == number


def test_the_probe_is_content_with_any_answer_of_firmware_s() -> None:
    firmware = Firmware({GetVariable: Reply(Status.NOT_FOUND)})
    assert under_freebsd(firmware).call(Probe()) == Reply(Status.SUCCESS, b"/dev/efi reaches firmware")
    assert firmware.asked == [GetVariable(Key("SecureBoot", GLOBAL), 1)]


def test_what_has_no_road_says_so() -> None:
    driver = under_freebsd(Firmware())
    for op, why in ((QueryVariableInfo(Attributes(7)), "has no number for it"), (ResetSystem(0), "keeps the reset to itself")):
        with pytest.raises(NotCarried, match=why):
            driver.call(op)


def test_in_a_dom0_freebsd_says_that_it_set_the_clock_and_does_not() -> None:
    driver = under_freebsd(open_simulated(), Manner(xen=True))
    before = driver.call(GetTime()).time
    assert driver.call(SetTime(EfiTime(2031, 5, 6, 7, 8, 9))).status == Status.SUCCESS
    after = driver.call(GetTime()).time
    assert before is not None
    assert after is not None
    assert after.year == before.year != 2031
