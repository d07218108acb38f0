"""A driver whose calls meet faults."""

from contextlib import suppress

import pytest

from efirt.drivers.faults.driver import Faults
from efirt.drivers.readonly import CHANGES
from efirt.errors import DriverError, HypervisorError, NotCarried, OutOfResources, Refused
from efirt.firmware import Firmware
from efirt.ops import (
    Driver,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTable,
    GetTime,
    GetVariable,
    Op,
    Probe,
    QueryVariableInfo,
    Reply,
    ResetSystem,
    ResetType,
    Routes,
    SetTime,
    SetVariable,
    SetWakeupTime,
    UpdateCapsule,
)
from efirt.runtime.registry import open_driver
from efirt.runtime.services import Runtime
from efirt.testing.sequences import replay
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.text import encode_char16
from tests.drivers.held import NAMES, NV_BS_RT, ORDER, at_once, closed, key, sequence

READ = GetVariable(ORDER)
A = key("A")
APPEND = 0x40
WRITE = SetVariable(A, NV_BS_RT, b"value")


@pytest.fixture(params=NAMES)
def inner(request: pytest.FixtureRequest) -> Driver:
    return open_driver(request.param)


def statuses(driver: Driver, *ops: object) -> list[Status]:
    return [driver.call(op).status for op in ops]  # type: ignore[arg-type]


def remaining(driver: Driver) -> int:
    storage = driver.call(QueryVariableInfo(NV_BS_RT)).storage
    assert storage is not None
    return storage.remaining_storage_size


def test_without_faults_it_is_the_driver_it_holds(inner: Driver) -> None:
    times = closed(inner)
    driver = Faults(inner)
    assert (driver.name, driver.carried) == (inner.name, inner.carried)
    assert replay(driver, sequence(20))
    driver.close()
    assert times == ["closed"]


def test_every_write_fails_and_none_arrives(inner: Driver) -> None:
    driver = Faults(inner, "write:status=WRITE_PROTECTED")
    assert statuses(driver, WRITE, WRITE, READ) == [Status.WRITE_PROTECTED, Status.WRITE_PROTECTED, Status.SUCCESS]
    assert inner.call(GetVariable(A)).status == Status.NOT_FOUND


def test_only_the_nth_call_fails(inner: Driver) -> None:
    driver = Faults(inner, "get:nth=2:status=DEVICE_ERROR")
    assert statuses(driver, READ, WRITE, READ, READ) == [Status.SUCCESS, Status.SUCCESS, Status.DEVICE_ERROR, Status.SUCCESS]


def test_the_nth_and_all_that_follow_fail(inner: Driver) -> None:
    driver = Faults(inner, "get:nth=2+:status=DEVICE_ERROR")
    assert statuses(driver, READ, READ, READ) == [Status.SUCCESS, Status.DEVICE_ERROR, Status.DEVICE_ERROR]


@pytest.mark.parametrize("pattern", ["BootOrder", "Boot*", "BootOrder-8be4df61-93ca-11d2-aa0d-00e098032b8c", "B??tOrder"])
def test_only_calls_for_a_name_fail_and_only_they_count(inner: Driver, pattern: str) -> None:
    driver = Faults(inner, f"get:name={pattern}:nth=2:status=DEVICE_ERROR")
    assert statuses(driver, GetVariable(A), READ, GetVariable(A), READ) == [
        Status.NOT_FOUND,
        Status.SUCCESS,
        Status.NOT_FOUND,
        Status.DEVICE_ERROR,
    ]


def test_names_are_case_sensitive(inner: Driver) -> None:
    assert Faults(inner, "get:name=bootorder:status=ABORTED").call(READ).status == Status.SUCCESS


def test_an_errno_is_xen_s_refusal(inner: Driver) -> None:
    with pytest.raises(HypervisorError, match="GetVariable: Xen refused the hypercall with errno 5; this is a fault") as caught:
        Faults(inner, "get:errno=5").call(READ)
    assert caught.value.errno == 5


def test_any_status_can_come_back_a_warning_and_a_number_without_a_name_too(inner: Driver) -> None:
    driver = Faults(inner, "get:nth=1:status=WARN_STALE_DATA,get:nth=1:status=0x8000000000000063")
    assert statuses(driver, READ, READ, READ) == [Status.WARN_STALE_DATA, Status(1 << 63 | 99), Status.SUCCESS]


def test_any_call_can_fail_but_what_is_not_carried_is_not_carried(inner: Driver) -> None:
    driver = Faults(inner, "any:errno=1")
    missing = GetTable(GLOBAL) if inner.name.startswith("xen") else None
    for op in (READ, WRITE, GetTime(), Probe()):
        with pytest.raises(HypervisorError):
            driver.call(op)
    if missing:
        with pytest.raises(NotCarried):
            driver.call(missing)


def test_an_operation_is_named_as_it_is_called(inner: Driver) -> None:
    driver = Faults(inner, "GetTime:status=DEVICE_ERROR")
    assert statuses(driver, GetTime(), READ) == [Status.DEVICE_ERROR, Status.SUCCESS]


def test_the_first_of_several_faults_looks_first(inner: Driver) -> None:
    driver = Faults(inner, "get:status=ABORTED,get:status=TIMEOUT")
    assert driver.call(READ).status == Status.ABORTED
    driver.add("get:status=NO_MEDIA")
    assert driver.call(READ).status == Status.NO_MEDIA
    driver.clear()
    assert driver.call(READ).status == Status.SUCCESS


def test_a_variable_vanishes_mid_walk_and_the_walk_survives_it(inner: Driver) -> None:
    before = list(Runtime(inner).names())
    driver = Faults(inner, "vanish:nth=2")
    walk = Runtime(driver).names()
    assert [next(walk), next(walk)] == before[:2]
    gone = before[1]
    assert driver.call(GetVariable(gone)).status == Status.NOT_FOUND
    assert driver.call(GetNextVariableName(gone)).status == Status.INVALID_PARAMETER
    assert driver.call(SetVariable(gone, Attributes(0), b"")).status == Status.NOT_FOUND
    assert list(walk) == before[2:]
    assert list(Runtime(driver).names()) == [name for name in before if name != gone]
    assert list(Runtime(inner).names()) == before


def test_the_variables_of_a_walk_are_those_that_stay(inner: Driver) -> None:
    before = list(Runtime(inner).names())
    driver = Faults(inner, "vanish:name=Boot0001")
    assert [variable.key for variable in Runtime(driver).variables()] == [name for name in before if name.name != "Boot0001"]


def test_every_walked_variable_can_vanish(inner: Driver) -> None:
    driver = Faults(inner, "vanish:nth=1+")
    assert list(Runtime(driver).names()) == list(Runtime(inner).names())
    assert list(Runtime(driver).names()) == []


def test_what_vanished_and_is_written_is_there_again(inner: Driver) -> None:
    driver = Faults(inner, "vanish:name=BootOrder")
    list(Runtime(driver).names())
    assert driver.call(READ).status == Status.NOT_FOUND
    assert driver.call(SetVariable(ORDER, NV_BS_RT, b"\2\0")).status == Status.SUCCESS
    assert driver.call(READ).data == b"\2\0"
    assert ORDER in list(Runtime(driver).names())


def vanished(inner: Driver, attributes: int = NV_BS_RT) -> Faults:
    """A driver behind which A holds "old", and has vanished."""
    assert inner.call(SetVariable(A, Attributes(attributes), b"old")).status == Status.SUCCESS
    driver = Faults(inner, "vanish:name=A")
    list(Runtime(driver).names())
    assert driver.call(GetVariable(A)).status == Status.NOT_FOUND
    return driver


def test_what_vanished_and_is_appended_to_begins_anew(inner: Driver) -> None:
    driver = vanished(inner)
    assert driver.call(SetVariable(A, Attributes(NV_BS_RT | APPEND), b"new")).status == Status.SUCCESS
    reply = driver.call(GetVariable(A))
    assert (reply.data, reply.attributes) == (b"new", NV_BS_RT)
    assert driver.call(SetVariable(A, Attributes(NV_BS_RT | APPEND), b"er")).status == Status.SUCCESS
    assert driver.call(GetVariable(A)).data == b"newer"


def test_what_vanished_is_not_there_for_an_append_that_does_nothing_or_would_delete(inner: Driver) -> None:
    driver = vanished(inner)
    ops = [SetVariable(A, Attributes(attributes), data) for attributes, data in ((NV_BS_RT | APPEND, b""), (APPEND, b"x"), (0, b"x"))]
    assert statuses(driver, *ops) == [Status.SUCCESS, Status.NOT_FOUND, Status.NOT_FOUND]
    assert driver.call(GetVariable(A)).status == Status.NOT_FOUND
    assert inner.call(GetVariable(A)).data == b"old"


def test_what_vanished_is_written_again_with_other_attributes() -> None:
    inner = Firmware(now=lambda: 0, runtime=False)
    driver = vanished(inner)
    assert driver.call(SetVariable(A, Attributes(6), b"new")).status == Status.SUCCESS
    reply = driver.call(GetVariable(A))
    assert (reply.data, reply.attributes) == (b"new", 6)


@pytest.mark.parametrize("attributes", [1, 3, 5, 0x80 | NV_BS_RT])
def test_a_write_that_is_refused_leaves_gone_what_is_gone_and_there_what_is_there(inner: Driver, attributes: int) -> None:
    driver = vanished(inner)
    assert driver.call(SetVariable(A, Attributes(attributes), b"new")).status.is_error
    assert driver.call(GetVariable(A)).status == Status.NOT_FOUND
    reply = inner.call(GetVariable(A))
    assert (reply.data, reply.attributes) == (b"old", NV_BS_RT)


def test_where_the_road_breaks_in_between_the_older_value_is_put_back() -> None:
    inner = Firmware(now=lambda: 0, runtime=False)
    vanished(inner)
    broken = Faults(inner, "vanish:name=A,write:nth=3:errno=5")
    list(Runtime(broken).names())
    with pytest.raises(HypervisorError):
        broken.call(SetVariable(A, Attributes(6), b"new"))
    assert inner.call(GetVariable(A)).data == b"old"


def test_a_signed_write_of_what_vanished_arrives_as_it_was_signed_and_what_was_signed_is_not_deleted_for_another() -> None:
    signed, plain = Attributes(0x27), Attributes(NV_BS_RT)
    arrived: list[SetVariable] = []

    def write(op: SetVariable) -> Reply:
        arrived.append(op)
        return Reply(Status.INVALID_PARAMETER)

    roads = {
        GetNextVariableName: lambda _op: Reply(Status.SUCCESS, size=4, key=A),
        GetVariable: lambda _op: Reply(Status.SUCCESS, b"old", 3, signed),
        SetVariable: write,
    }
    driver = Faults(Routes("fake", roads), "vanish")
    driver.call(GetNextVariableName())
    ops = [SetVariable(A, Attributes(signed | APPEND), b"new"), SetVariable(A, plain, b"new")]
    assert statuses(driver, *ops) == [Status.INVALID_PARAMETER] * 2
    assert arrived == ops


def test_a_firmware_that_goes_in_a_circle_does_not_hold_it() -> None:
    circle = Routes("fake", {GetNextVariableName: lambda _op: Reply(Status.SUCCESS, size=4, key=A)})
    driver = Faults(circle, "vanish:nth=1")
    driver.call(GetNextVariableName())
    assert driver.call(GetNextVariableName()).key == A


def test_space_runs_out_to_the_byte_and_does_not_come_back(inner: Driver) -> None:
    size = len(encode_char16("A")) + 5
    driver = Faults(inner, f"space={2 * size}")
    assert remaining(driver) == 2 * size
    delete = SetVariable(A, Attributes(0), b"")
    assert statuses(driver, WRITE, delete, WRITE) == [Status.SUCCESS] * 3
    assert remaining(driver) == 0
    assert statuses(driver, WRITE, delete) == [Status.OUT_OF_RESOURCES, Status.SUCCESS]
    assert inner.call(GetVariable(A)).status == Status.NOT_FOUND


def test_what_firmware_refuses_takes_no_space(inner: Driver) -> None:
    driver = Faults(inner, "space=9")
    assert statuses(driver, SetVariable(A, Attributes(5), b"value"), WRITE) == [Status.INVALID_PARAMETER, Status.SUCCESS]


def test_other_kinds_of_storage_are_not_short(inner: Driver) -> None:
    driver = Faults(inner, "space=0")
    volatile = QueryVariableInfo(Attributes(6))
    assert driver.call(volatile) == inner.call(volatile)
    odd = QueryVariableInfo(Attributes(0x1))
    assert driver.call(odd) == inner.call(odd)


def test_runtime_sees_that_there_is_no_space_before_it_writes(inner: Driver) -> None:
    runtime = Runtime(Faults(inner, "space=3"))
    with pytest.raises(Refused):
        runtime.set(A, b"value")
    with pytest.raises(OutOfResources):
        runtime.set(A, b"value", force=True)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_after_a_power_cut_nothing_answers_and_what_was_written_stays(inner: Driver, after: int) -> None:
    driver = Faults(inner, f"power-cut:after={after}")
    names = [key(name) for name in ("A", "B", "C")]
    for name in names[:after]:
        driver.call(SetVariable(name, Attributes(5), b"x"))  # refused, and so no write
        driver.call(SetVariable(name, NV_BS_RT, b"x"))
    for op in (SetVariable(names[after], NV_BS_RT, b"x"), READ, Probe(), GetTime()):
        with pytest.raises(DriverError, match=f"{type(op).__name__}: power lost after {after} writes") as caught:
            driver.call(op)
        assert type(caught.value) is DriverError
    assert [inner.call(GetVariable(name)).status == Status.SUCCESS for name in names] == [number < after for number in range(3)]
    driver.clear()
    assert driver.call(READ).status == Status.SUCCESS


def test_every_operation_that_firmware_writes_for_counts_for_a_power_cut() -> None:
    noon = EfiTime(2030, 1, 1, 12)
    ops: tuple[Op, ...] = (WRITE, SetTime(noon), SetWakeupTime(enable=False), GetNextHighMonotonicCount(), UpdateCapsule(()))
    for count, op in enumerate(ops):
        driver = Faults(Routes("fake", {type(one): lambda _op: Reply(Status.SUCCESS) for one in ops}), f"power-cut:after={len(ops)}")
        assert statuses(driver, *ops[count:], *ops[:count]) == [Status.SUCCESS] * len(ops)
        with pytest.raises(DriverError, match=f"power lost after {len(ops)} writes"):
            driver.call(op)
    reset = Faults(Routes("fake", {ResetSystem: lambda _op: Reply(Status.SUCCESS)}), "power-cut:after=1")
    assert statuses(reset, ResetSystem(ResetType.WARM), ResetSystem(ResetType.WARM)) == [Status.SUCCESS] * 2


def test_faults_write_nothing_of_their_own(inner: Driver) -> None:
    before = [(variable.key, variable.data) for variable in Runtime(inner).variables()]
    spec = "vanish:nth=1+,space=50,power-cut:after=1,get:nth=3:status=ABORTED"
    replay(Faults(inner, spec), [op for op in sequence() if type(op) not in CHANGES])
    assert [(variable.key, variable.data) for variable in Runtime(inner).variables()] == before


def test_between_threads_the_power_goes_after_so_many_writes_and_not_later() -> None:
    def write(_op: SetVariable) -> Reply:
        done.append(sum(range(100)))
        return Reply(Status.SUCCESS)

    def try_all() -> None:
        for _ in range(250):
            with suppress(DriverError):
                driver.call(WRITE)

    done: list[int] = []
    driver = Faults(Routes("fake", {SetVariable: write}), "power-cut:after=500")
    at_once(*[try_all] * 4)
    assert len(done) == 500


def test_faults_that_make_no_sense_change_nothing(inner: Driver) -> None:
    driver = Faults(inner)
    with pytest.raises(ValueError, match="is not a fault"):
        driver.add("get:status=ABORTED,nonesuch")
    assert driver.call(READ).status == Status.SUCCESS


def test_a_name_without_text_is_matched_too() -> None:
    routes = Routes("fake", {GetVariable: lambda _op: Reply(Status.SUCCESS)})
    assert Faults(routes, "get:name=*:status=ABORTED").call(GetVariable(Key("\ud800", GLOBAL))).status == Status.ABORTED
