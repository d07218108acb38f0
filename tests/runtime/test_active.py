"""Attach and detach: every hole that reviewers of a single saved pointer found, and then some."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from efirt import Attributes, DriverError, EfiTime, NoDriver, NotCarried, Runtime, Status
from efirt.errors import EfirtError
from efirt.ops import GetNextVariableName, GetTime, GetVariable, Op, Probe, QueryVariableInfo, Reply, ResetSystem, SetTime, SetVariable
from efirt.ops.malformed import Malformed, call_malformed, carries_malformed
from efirt.runtime.active import ENXIO, Attachment, Nothing, Stack
from efirt.runtime.registry import open_driver
from tests.runtime.fakes import FOUND, Scripted, key, listing, plain

ASK = GetVariable(key("A"))
QUESTIONS: tuple[Op, ...] = (
    ASK,
    SetVariable(key("A"), Attributes(7), b""),
    GetNextVariableName(),
    QueryVariableInfo(Attributes(7)),
    GetTime(),
    SetTime(EfiTime()),
    ResetSystem(0),
    Probe(),
)


@pytest.fixture
def stack() -> Stack:
    return Stack()


class FailsToClose(Scripted):
    """A driver whose close raises."""

    def close(self) -> None:
        super().close()
        message = "the port does not close"
        raise DriverError(message)


def test_with_nothing_attached_the_active_driver_is_nothing(stack: Stack) -> None:
    assert isinstance(stack.active, Nothing)
    assert stack.active.carried == frozenset()
    assert stack.active.why_not(Probe) == "no driver is attached"
    stack.active.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: type(question).__name__)
def test_nothing_answers_every_operation_with_no_driver(question: Op, stack: Stack) -> None:
    with pytest.raises(NoDriver, match=f"{type(question).__name__}: no driver is attached; attach one") as refusal:
        stack.active.call(question)
    assert refusal.value.errno == ENXIO


def test_the_driver_attached_last_is_active(stack: Stack) -> None:
    first, second = plain("first"), plain("second")
    stack.attach(first)
    attached = stack.attach(second)
    assert stack.active is attached
    assert stack.active.call(ASK) == FOUND
    assert (first.asked, second.asked) == ([], [ASK])


def test_detaching_in_order_gives_back_the_one_before(stack: Stack) -> None:
    attachments = [stack.attach(plain(name)) for name in "abc"]
    for place in (2, 1, 0):
        assert stack.active is attachments[place]
        attachments[place].detach()
    assert isinstance(stack.active, Nothing)


def test_detaching_out_of_order_never_brings_back_a_dead_driver(stack: Stack) -> None:
    a, b, c = (stack.attach(plain(name)) for name in "abc")
    a.detach()
    assert stack.active is c
    c.detach()
    assert stack.active is b
    b.detach()
    assert isinstance(stack.active, Nothing)


def test_detaching_twice_changes_nothing_and_closes_once(stack: Stack) -> None:
    below, driver = stack.attach(plain("below")), plain()
    attachment = stack.attach(driver)
    for _ in range(3):
        attachment.detach()
    assert driver.closed == 1
    assert stack.active is below


def test_detaching_what_never_attached_leaves_the_stack_alone(stack: Stack) -> None:
    present = stack.attach(plain("present"))
    never = Attachment(plain("never"), stack)
    never.detach()
    assert stack.active is present
    assert stack.active.call(ASK) == FOUND


def test_detaching_what_stands_on_another_stack_leaves_this_one_alone(stack: Stack) -> None:
    present, elsewhere = stack.attach(plain()), Stack().attach(plain())
    stack.remove(elsewhere)
    elsewhere.detach()
    assert stack.active is present


def test_a_detached_driver_refuses_calls_and_carries_nothing(stack: Stack) -> None:
    attachment = stack.attach(plain())
    assert attachment.attached
    assert attachment.carried == {GetVariable}
    attachment.detach()
    assert not attachment.attached
    assert attachment.carried == frozenset()
    assert "has been detached" in attachment.why_not(GetVariable)
    with pytest.raises(NoDriver, match="GetVariable: the driver plain has been detached; open or attach a driver again") as refusal:
        attachment.call(ASK)
    assert refusal.value.errno == ENXIO


def test_an_attachment_is_a_context_that_detaches(stack: Stack) -> None:
    driver = plain()
    with stack.attach(driver) as attachment:
        assert stack.active is attachment
    assert driver.closed == 1
    assert isinstance(stack.active, Nothing)


def test_an_error_in_a_call_leaves_it_attached(stack: Stack) -> None:
    attachment = stack.attach(Scripted({}))
    with pytest.raises(DriverError):
        attachment.call(ASK)
    assert stack.active is attachment
    attachment.detach()


def test_pointers_that_are_null_pass_through_an_attachment_as_its_driver_takes_them(stack: Stack) -> None:
    asked = Malformed(ASK, frozenset({"variable_name"}))
    attachment = stack.attach(open_driver("simulated"))
    assert carries_malformed(attachment)
    assert call_malformed(attachment, asked).status == Status.INVALID_PARAMETER
    attachment.detach()
    assert not carries_malformed(attachment)
    with pytest.raises(NoDriver, match="has been detached"):
        attachment.call_malformed(asked)
    with stack.attach(plain()) as other:
        assert not carries_malformed(other)
        with pytest.raises(NotCarried, match="is not carried by plain"):
            call_malformed(other, asked)


def test_attaching_again_after_detaching_works(stack: Stack) -> None:
    for _ in range(3):
        with stack.attach(plain()):
            assert stack.active.call(ASK) == FOUND
    assert isinstance(stack.active, Nothing)


def test_detaching_from_inside_its_own_call_is_refused_and_changes_nothing(stack: Stack) -> None:
    said: list[EfirtError] = []

    def detach_inside(_op: GetVariable) -> Reply:
        with pytest.raises(DriverError) as refusal:
            attachment.detach()
        said.append(refusal.value)
        return FOUND

    driver = Scripted({GetVariable: detach_inside})
    attachment = stack.attach(driver)
    assert attachment.call(ASK) == FOUND
    assert str(said[0]) == "the driver scripted cannot be detached from inside its own call; detach it after the call has returned"
    assert stack.active is attachment
    assert driver.closed == 0
    attachment.detach()
    assert driver.closed == 1


def test_another_driver_can_be_detached_from_inside_a_call(stack: Stack) -> None:
    other = stack.attach(plain("other"))

    def detach_other(_op: GetVariable) -> Reply:
        other.detach()
        return FOUND

    attachment = stack.attach(Scripted({GetVariable: detach_other}))
    assert attachment.call(ASK) == FOUND
    assert stack.active is attachment


def test_a_driver_that_fails_to_close_is_off_the_stack_all_the_same(stack: Stack) -> None:
    below, driver = stack.attach(plain("below")), FailsToClose({})
    attachment = stack.attach(driver, needs=below)
    with pytest.raises(DriverError, match="the port does not close"):
        attachment.detach()
    attachment.detach()
    assert driver.closed == 1
    assert stack.active is below
    below.detach()


def test_an_attached_driver_can_close_itself_while_it_is_closed(stack: Stack) -> None:
    class ClosesItsAttachment(Scripted):
        def close(self) -> None:
            attachment.detach()
            super().close()

    driver = ClosesItsAttachment({})
    attachment = stack.attach(driver)
    attachment.detach()
    assert driver.closed == 1


def test_the_same_driver_cannot_be_attached_twice_since_one_would_close_the_other_s(stack: Stack) -> None:
    driver = plain()
    attachment = stack.attach(driver)
    with pytest.raises(DriverError, match=r"is attached already.*; detach it first, or open a second one"):
        stack.attach(driver)
    assert driver.closed == 0
    assert stack.active is attachment


def test_what_is_needed_cannot_leave_first(stack: Stack) -> None:
    driver = plain("efirt")
    needed = stack.attach(driver)
    needing = stack.attach(plain("pvefi"), needs=needed)
    with pytest.raises(DriverError, match="the driver efirt cannot be detached: pvefi needs it; detach pvefi first"):
        needed.detach()
    assert needed.attached
    assert needed.call(ASK) == FOUND
    needing.detach()
    needed.detach()
    assert driver.closed == 1


def test_a_chain_of_needs_leaves_from_its_end(stack: Stack) -> None:
    a = stack.attach(plain("a"))
    b = stack.attach(plain("b"), needs=a)
    c = stack.attach(plain("c"), needs=b)
    for stays in (a, b):
        with pytest.raises(DriverError):
            stays.detach()
    for leaves in (c, b, a):
        leaves.detach()
    assert isinstance(stack.active, Nothing)


def test_needing_one_that_has_left_closes_the_newcomer(stack: Stack) -> None:
    gone = stack.attach(plain("gone"))
    gone.detach()
    newcomer = plain("newcomer")
    with pytest.raises(NoDriver, match="the driver newcomer needs one that is not attached; attach that one first") as refusal:
        stack.attach(newcomer, needs=gone)
    assert refusal.value.errno == ENXIO
    assert newcomer.closed == 1
    assert isinstance(stack.active, Nothing)


def test_needing_one_on_another_stack_is_refused(stack: Stack) -> None:
    elsewhere = Stack().attach(plain())
    with pytest.raises(NoDriver):
        stack.attach(plain("newcomer"), needs=elsewhere)


def test_a_half_read_iterator_raises_no_driver_after_detach(stack: Stack) -> None:
    attachment = stack.attach(listing("ABC"))
    walks: list[Iterator[object]] = [Runtime(attachment).names(), Runtime(attachment).variables()]
    for walk in walks:
        next(walk)
    attachment.detach()
    for walk in walks:
        with pytest.raises(NoDriver):
            next(walk)


def test_a_runtime_keeps_its_driver_when_another_becomes_active(stack: Stack) -> None:
    first, second = plain("first"), plain("second")
    stack.attach(first)
    runtime = Runtime(stack.active)
    stack.attach(second)
    runtime.get("A")
    assert len(first.asked) == 1
    assert second.asked == []


def test_nothing_keeps_a_detached_driver(stack: Stack) -> None:
    driver = plain()
    seen = weakref.ref(driver)
    below = stack.attach(listing("A"))
    attachment = stack.attach(driver, needs=below)
    runtime, walk = Runtime(attachment), Runtime(attachment).names()
    del driver
    assert seen() is not None
    attachment.detach()
    assert seen() is None  # not even until the next collection
    assert attachment.needs is None
    with pytest.raises(NoDriver):
        runtime.get("A")
    with pytest.raises(NoDriver):
        next(walk)


def test_nothing_keeps_a_detached_attachment(stack: Stack) -> None:
    attachment = stack.attach(plain())
    seen = weakref.ref(attachment)
    attachment.detach()
    del attachment
    gc.collect()
    assert seen() is None


def test_nothing_keeps_a_closed_driver_of_ours(name: str) -> None:
    driver = open_driver(name)
    seen = weakref.ref(driver)
    runtime = Runtime(Stack().attach(driver))
    walk = runtime.variables()
    next(walk)
    del driver
    runtime.close()
    gc.collect()
    assert seen() is None
    with pytest.raises(NoDriver):
        runtime.get("BootOrder")


def test_detaching_and_attaching_again_reloads_a_driver(name: str, stack: Stack) -> None:
    for _ in range(3):
        with stack.attach(open_driver(name)) as attachment:
            assert next(Runtime(attachment).names())
        with pytest.raises(NoDriver):
            Runtime(attachment).get("BootOrder")


def test_every_method_of_a_closed_runtime_raises_no_driver(runtime: Runtime) -> None:
    runtime.close()
    runtime.close()
    calls = (
        lambda: runtime.get("BootOrder"),
        lambda: runtime.set("A", b"x"),
        lambda: runtime.append("A", b"x"),
        lambda: runtime.delete("A", force=True),
        lambda: next(runtime.names()),
        lambda: next(runtime.variables()),
        runtime.query,
        runtime.clock,
        runtime.time,
        lambda: runtime.set_time(EfiTime(2026, 1, 1)),
        runtime.wakeup,
        lambda: runtime.set_wakeup(enable=False),
        runtime.monotonic,
        runtime.info,
        runtime.tables,
        lambda: runtime.call(Probe()),
    )
    for call in calls:
        with pytest.raises(NoDriver, match="has been detached"):
            call()
