"""What a Runtime does on every driver."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from efirt import (
    Attributes,
    DriverError,
    EfiTime,
    FirmwareError,
    InvalidParameter,
    Key,
    NotCarried,
    NotFound,
    Status,
    Unsupported,
    Variable,
)
from efirt.ops import (
    GetNextHighMonotonicCount,
    GetTable,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Probe,
    QueryVariableInfo,
    Reply,
    SetTime,
    SetVariable,
    SetWakeupTime,
    VariableInfo,
)
from efirt.runtime.services import Runtime
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from tests.runtime.fakes import FOUND, OURS, Scripted, answering, key

A = key("RuntimeA")
PLAIN = Attributes(7)
TIME = EfiTime(2026, 11, 22, 19, 47, 23)


def test_what_is_set_is_got(runtime: Runtime) -> None:
    runtime.set(A, b"value")
    assert runtime.get(A) == Variable(A, PLAIN, b"value")


def test_a_value_of_bytes_like_objects_is_taken(runtime: Runtime) -> None:
    for value in (bytearray(b"abc"), memoryview(b"abcdef")[::2]):
        runtime.set(A, value)  # type: ignore[arg-type] # what a caller may do all the same
        assert len(runtime.get(A).data) == 3


def test_a_number_is_no_value(runtime: Runtime) -> None:
    with pytest.raises(TypeError):
        runtime.set(A, 5, force=True)  # type: ignore[arg-type] # bytes(5) would be five zeros
    with pytest.raises(NotFound):
        runtime.get(A)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("BootOrder", Key("BootOrder", GLOBAL)),
        ("Boot00AF", Key("Boot00AF", GLOBAL)),
        ("db", Key("db", IMAGE_SECURITY)),
        ("PK", Key("PK", GLOBAL)),
        ("Unheard", Key("Unheard", GLOBAL)),
        (f"RuntimeA-{OURS}", A),
        (f"RuntimeA-{str(OURS).upper()}", A),
        (f"with-dashes-{OURS}", key("with-dashes")),
        ("dump-type0-1-2-3-C", Key("dump-type0-1-2-3-C", GLOBAL)),
    ],
)
def test_text_means_a_key(text: str, meant: Key) -> None:
    driver = answering(FOUND, for_=GetVariable)
    assert Runtime(driver).get(text).key == meant
    assert driver.asked == [GetVariable(meant)]


def test_every_method_takes_text_and_keys(runtime: Runtime) -> None:
    for spelled in (A, str(A)):
        runtime.set(spelled, b"x")
        runtime.append(spelled, b"y")
        assert runtime.get(spelled).data == b"xy"
        runtime.delete(spelled, force=True)


def test_setting_without_attributes_means_nv_bs_rt() -> None:
    driver = answering(Reply(Status.SUCCESS), for_=SetVariable)
    Runtime(driver).set(A, b"x")
    assert driver.asked == [SetVariable(A, PLAIN, b"x")]


def test_a_volatile_variable_cannot_be_made_while_an_operating_system_runs(runtime: Runtime) -> None:
    with pytest.raises(InvalidParameter, match=r"a variable without NV can be read only, and not created.*; add the attribute NV"):
        runtime.set(A, b"x", Attributes.BS | Attributes.RT)


def test_a_value_larger_than_the_first_buffer_is_read_whole(runtime: Runtime) -> None:
    value = bytes(range(256)) * 40
    runtime.set(A, value)
    assert runtime.get(A).data == value


def test_the_buffer_stays_as_large_as_it_had_to_become() -> None:
    def read(op: GetVariable) -> Reply:
        return FOUND._replace(data=bytes(9000), size=9000) if op.room >= 9000 else Reply(Status.BUFFER_TOO_SMALL, size=9000)

    driver = Scripted({GetVariable: read})
    runtime = Runtime(driver)
    for _ in range(3):
        assert len(runtime.get(A).data) == 9000
    assert [op.room for op in driver.asked if isinstance(op, GetVariable)] == [4096, 9000, 9000, 9000]


def test_a_driver_that_ignores_the_room_may_give_more() -> None:
    assert len(Runtime(answering(FOUND._replace(data=bytes(5000), size=5000), for_=GetVariable)).get(A).data) == 5000


def test_a_warning_beside_a_value_is_a_value() -> None:
    assert Runtime(answering(FOUND._replace(status=Status(4)), for_=GetVariable)).get(A).data == b"value"


def test_getting_what_is_not_there_says_so(runtime: Runtime) -> None:
    with pytest.raises(NotFound) as refusal:
        runtime.get(A)
    assert str(refusal.value) == (
        f"get {A}: firmware answered EFI_NOT_FOUND (no such variable is visible); "
        "names are case sensitive, and belong to a GUID: list shows what there is"
    )
    assert refusal.value.status == Status.NOT_FOUND
    assert isinstance(refusal.value.reply, Reply)


def test_appending_adds_to_what_is_there(runtime: Runtime) -> None:
    runtime.set(A, b"one")
    runtime.append(A, b"two")
    assert runtime.get(A) == Variable(A, PLAIN, b"onetwo")


def test_appending_keeps_the_attributes_of_what_is_there() -> None:
    present = FOUND._replace(attributes=Attributes(0x27))
    driver = Scripted({GetVariable: lambda _op: present, SetVariable: lambda _op: Reply(Status.SUCCESS)})
    Runtime(driver).append(A, b"two")
    assert driver.asked[-1] == SetVariable(A, Attributes(0x67), b"two")


def test_appending_to_nothing_creates_it(runtime: Runtime) -> None:
    runtime.append(A, b"one")
    assert runtime.get(A) == Variable(A, PLAIN, b"one")


def test_appending_with_given_attributes_and_force_does_not_read_first() -> None:
    driver = answering(Reply(Status.SUCCESS), for_=SetVariable)
    Runtime(driver).append(A, b"x", Attributes(6), force=True)
    assert driver.asked == [SetVariable(A, Attributes(0x46), b"x")]


def test_deleting_removes_it(runtime: Runtime) -> None:
    runtime.set(A, b"x")
    runtime.delete(A, force=True)
    with pytest.raises(NotFound):
        runtime.get(A)


def test_deleting_what_is_not_there_says_so(runtime: Runtime) -> None:
    with pytest.raises(NotFound, match=r"delete RuntimeA-.*EFI_NOT_FOUND"):
        runtime.delete(A, force=True)


def test_overwriting_with_other_attributes_names_the_present_ones(runtime: Runtime) -> None:
    runtime.set(A, b"x")
    with pytest.raises(
        InvalidParameter, match=r"exists with attributes NV\+BS\+RT, and was written with NV\+BS\)?; write it with NV\+BS\+RT"
    ):
        runtime.set(A, b"y", Attributes(3))
    assert runtime.get(A).data == b"x"


def test_an_invalid_write_of_matching_attributes_is_explained_otherwise() -> None:
    driver = Scripted({GetVariable: lambda _op: FOUND, SetVariable: lambda _op: Reply(Status.INVALID_PARAMETER)})
    with pytest.raises(InvalidParameter, match="takes neither this name, these attributes nor this size"):
        Runtime(driver).set(A, b"x")


@pytest.mark.parametrize("status", ["WRITE_PROTECTED", "OUT_OF_RESOURCES", "SECURITY_VIOLATION", "ACCESS_DENIED", "DEVICE_ERROR"])
def test_a_refused_write_says_what_why_and_what_to_do(status: str) -> None:
    with pytest.raises(FirmwareError) as refusal:
        Runtime(answering(Reply(Status.parse(status)), for_=SetVariable)).set(A, b"x")
    said = str(refusal.value)
    assert said.startswith(f"set {A}: firmware answered EFI_{status} (")
    assert refusal.value.advice
    assert said.endswith(refusal.value.advice)


def test_a_status_without_a_name_is_an_error_all_the_same() -> None:
    with pytest.raises(FirmwareError, match="EFI_STATUS 0x8000000000001234"):
        Runtime(answering(Reply(Status(1 << 63 | 0x1234)), for_=SetVariable)).set(A, b"x")


def test_the_room_for_variables_is_told(runtime: Runtime) -> None:
    info = runtime.query()
    assert 0 < info.remaining_storage_size <= info.maximum_storage_size
    assert info.maximum_variable_size > 0


def test_the_boot_snapshot_is_told_behind_xen(runtime: Runtime) -> None:
    before = runtime.query()
    runtime.set(A, bytes(1000))
    snapshot = runtime.query(boot_snapshot=True)
    if runtime.name.startswith("xen"):
        assert snapshot == before
    assert runtime.query().remaining_storage_size < before.remaining_storage_size


def test_firmware_that_cannot_tell_its_room_is_an_error() -> None:
    with pytest.raises(Unsupported, match=r"query variables of attributes NV\+BS\+RT"):
        Runtime(answering(Reply(Status.UNSUPPORTED), for_=QueryVariableInfo)).query()


def test_a_time_without_a_zone_is_naive(runtime: Runtime) -> None:
    runtime.set_time(datetime(2031, 5, 6, 7, 8, 9))  # noqa: DTZ001 - naive is the point
    time = runtime.time()
    assert time.tzinfo is None
    assert timedelta(0) <= time - datetime(2031, 5, 6, 7, 8, 9) < timedelta(minutes=1)  # noqa: DTZ001 - as above


@pytest.mark.parametrize("hours", [-11, 0, 5.5, 14])
def test_a_time_with_a_zone_comes_back_aware(runtime: Runtime, hours: float) -> None:
    zone = timezone(timedelta(hours=hours))
    moment = datetime(2031, 5, 6, 7, 8, 9, tzinfo=zone)
    runtime.set_time(moment)
    time = runtime.time()
    assert time.utcoffset() == timedelta(hours=hours)
    assert timedelta(0) <= time - moment < timedelta(minutes=1)
    assert runtime.clock().time.time_zone == -hours * 60


def test_an_efi_time_is_set_to_the_byte() -> None:
    driver = answering(Reply(Status.SUCCESS), for_=SetTime)
    Runtime(driver).set_time(TIME)
    assert driver.asked == [SetTime(TIME)]


def test_the_clock_tells_what_it_can_do(runtime: Runtime) -> None:
    capabilities = runtime.clock().capabilities
    assert (capabilities is None) == runtime.name.startswith("freebsd")  # FreeBSD keeps them to itself
    assert capabilities is None or capabilities.resolution >= 1


def test_the_alarm_is_set_switched_off_and_on(runtime: Runtime) -> None:
    moment = runtime.time() + timedelta(hours=2)
    runtime.set_wakeup(moment)
    alarm = runtime.wakeup()
    assert alarm.enabled
    assert alarm.time is not None
    assert alarm.time.hour == moment.hour
    runtime.set_wakeup(enable=False)
    assert not runtime.wakeup().enabled


def test_switching_the_alarm_gives_firmware_no_time() -> None:
    driver = answering(Reply(Status.SUCCESS), for_=SetWakeupTime)
    Runtime(driver).set_wakeup(enable=False)
    assert driver.asked == [SetWakeupTime(enable=False, time=None)]


@pytest.mark.parametrize("held", [None, EfiTime(), EfiTime(2026, 13, 1)], ids=["none", "zeros", "month 13"])
def test_an_alarm_without_a_valid_time_has_none(held: EfiTime | None) -> None:
    alarm = Runtime(answering(Reply(Status.SUCCESS, enabled=True, pending=False, time=held), for_=GetWakeupTime)).wakeup()
    assert alarm == (True, False, None)


def test_the_monotonic_count_goes_up(runtime: Runtime) -> None:
    assert runtime.monotonic() < runtime.monotonic()


def test_a_count_beside_an_error_is_in_the_error() -> None:
    driver = answering(Reply(Status.OUT_OF_RESOURCES, count=7), for_=GetNextHighMonotonicCount)
    with pytest.raises(FirmwareError) as refusal:
        Runtime(driver).monotonic()
    assert getattr(refusal.value.reply, "count", None) == 7


def test_a_raw_question_gets_a_raw_answer(runtime: Runtime) -> None:
    assert runtime.call(Probe()).status == Status.SUCCESS
    assert runtime.call(GetVariable(A)).status == Status.NOT_FOUND


def test_an_operation_without_a_road_says_why() -> None:
    with pytest.raises(NotCarried, match="GetTime is not carried by scripted: no answer is scripted for GetTime") as refusal:
        Runtime(Scripted({})).time()
    assert refusal.value.operation == "GetTime"
    with pytest.raises(NotCarried, match="GetTable is not carried"):
        Runtime(Scripted({})).tables()


def test_closing_is_leaving_the_context(name: str) -> None:
    driver = Scripted({GetTable: lambda _op: Reply(Status.NOT_FOUND)}, name)
    with Runtime(driver) as runtime:
        assert runtime.name == name
        assert runtime.tables() == ()
    assert driver.closed == 1


def test_a_time_of_utc_is_aware() -> None:
    reply = Reply(Status.SUCCESS, time=TIME._replace(time_zone=0))
    assert Runtime(answering(reply, for_=GetTime)).time() == datetime(2026, 11, 22, 19, 47, 23, tzinfo=UTC)


def test_an_answer_without_figures_is_zeros() -> None:
    assert Runtime(answering(Reply(Status.SUCCESS), for_=QueryVariableInfo)).query() == VariableInfo(0, 0, 0)


def test_a_refusal_tells_what_was_asked() -> None:
    driver = Scripted({GetVariable: lambda _op: Reply(Status.NOT_FOUND), SetVariable: lambda _op: Reply(Status.DEVICE_ERROR)})
    with pytest.raises(FirmwareError) as unread:
        Runtime(driver).get(A)
    with pytest.raises(FirmwareError) as unwritten:
        Runtime(driver).set(A, b"x")
    assert unread.value.op == GetVariable(A, 4096)
    assert unwritten.value.op == SetVariable(A, Attributes(7), b"x")


def test_a_road_s_refusal_tells_what_was_asked() -> None:
    def broken(_op: GetVariable) -> Reply:
        raise DriverError("no")

    with pytest.raises(DriverError) as refused:
        Runtime(Scripted({GetVariable: broken})).get(A)
    assert refused.value.op == GetVariable(A, 4096)


def test_attributes_that_cannot_be_looked_up_after_a_refusal_leave_the_refusal() -> None:
    def broken(_op: GetVariable) -> Reply:
        raise DriverError("power lost")

    driver = Scripted({GetVariable: broken, SetVariable: lambda _op: Reply(Status.INVALID_PARAMETER)})
    with pytest.raises(InvalidParameter, match="takes neither this name"):
        Runtime(driver).set(A, b"x")
