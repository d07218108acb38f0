"""Detaching while others call, and many at once. Every wait has an end."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest

import efirt
from efirt import DriverError, EfirtError, NoDriver
from efirt.ops import Driver, GetVariable, Reply
from efirt.runtime.active import Attachment, Nothing, Stack
from tests.runtime.fakes import FOUND, PATIENCE_SECONDS, Blocking, Scripted, key, plain

ASK = GetVariable(key("A"))
MOMENT_SECONDS = 0.05


@contextmanager
def running(*actions: Callable[[], object]) -> Iterator[list[BaseException]]:
    """Run actions in threads, hand over what they raised, and wait for them in the end."""
    raised: list[BaseException] = []

    def guarded(action: Callable[[], object]) -> None:
        try:
            action()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(action,), daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    yield raised
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "a thread is stuck"


def until(condition: Callable[[], object]) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.001)


def forever(action: Callable[[], object]) -> None:
    """Repeat an action until it raises, but not for good."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        action()


def test_detach_waits_for_a_call_in_flight_and_closes_after_it() -> None:
    driver = Blocking()
    attachment = Stack().attach(driver)
    replies: list[Reply] = []
    with running(lambda: replies.append(attachment.call(ASK))) as raised:
        assert driver.entered.wait(PATIENCE_SECONDS)
        with running(attachment.detach):
            until(lambda: not attachment.attached)
            time.sleep(MOMENT_SECONDS)
            assert driver.closed == 0
            driver.release.set()
    assert raised == []
    assert replies == [FOUND]
    assert driver.closed == 1
    assert not driver.closed_in_call


def test_new_calls_are_refused_while_detach_waits() -> None:
    driver, stack = Blocking(), Stack()
    below = stack.attach(plain("below"))
    attachment = stack.attach(driver)
    with running(lambda: attachment.call(ASK)):
        assert driver.entered.wait(PATIENCE_SECONDS)
        with running(attachment.detach):
            until(lambda: not attachment.attached)
            with pytest.raises(NoDriver):
                attachment.call(ASK)
            assert stack.active is below
            driver.release.set()


def test_two_threads_detaching_both_return_after_the_driver_is_closed() -> None:
    driver = Blocking()
    attachment = Stack().attach(driver)
    closed_at_return: list[int] = []

    def detach() -> None:
        attachment.detach()
        closed_at_return.append(driver.closed)

    with running(lambda: attachment.call(ASK)):
        assert driver.entered.wait(PATIENCE_SECONDS)
        with running(detach, detach) as raised:
            until(lambda: not attachment.attached)
            time.sleep(MOMENT_SECONDS)
            assert closed_at_return == []
            driver.release.set()
    assert raised == []
    assert closed_at_return == [1, 1]


def test_a_second_detach_waits_for_a_slow_close_too() -> None:
    closing, go_on = threading.Event(), threading.Event()

    class SlowToClose(Scripted):
        def close(self) -> None:
            closing.set()
            assert go_on.wait(PATIENCE_SECONDS)
            super().close()

    driver = SlowToClose({})
    attachment = Stack().attach(driver)
    seen: list[int] = []

    def detach_and_look() -> None:
        attachment.detach()
        seen.append(driver.closed)

    with running(attachment.detach):
        assert closing.wait(PATIENCE_SECONDS)
        with running(detach_and_look):
            time.sleep(MOMENT_SECONDS)
            assert seen == []
            go_on.set()
    assert seen == [1]


def test_detach_from_inside_a_call_is_refused_even_while_another_thread_detaches() -> None:
    inside, go_on = threading.Event(), threading.Event()
    refusals: list[EfirtError] = []

    def detach_inside(_op: GetVariable) -> Reply:
        inside.set()
        assert go_on.wait(PATIENCE_SECONDS)
        with pytest.raises(DriverError) as refusal:
            attachment.detach()
        refusals.append(refusal.value)
        return FOUND

    attachment = Stack().attach(Scripted({GetVariable: detach_inside}))
    with running(lambda: attachment.call(ASK)) as raised:
        assert inside.wait(PATIENCE_SECONDS)
        with running(attachment.detach):
            until(lambda: not attachment.attached)
            go_on.set()
    assert raised == []
    assert "from inside its own call" in str(refusals[0])


def test_what_is_needed_cannot_leave_while_the_needing_one_still_has_a_call_in_flight() -> None:
    stack, driver, lower = Stack(), Blocking("upper"), plain("lower")
    needed = stack.attach(lower)
    needing = stack.attach(driver, needs=needed)
    with running(lambda: needing.call(ASK)):
        assert driver.entered.wait(PATIENCE_SECONDS)
        with running(needing.detach):
            until(lambda: not needing.attached)
            with pytest.raises(DriverError, match="upper needs it"):
                needed.detach()
            assert lower.closed == 0
            driver.release.set()
    needed.detach()
    assert lower.closed == 1


def test_an_interrupted_detach_can_be_called_again() -> None:
    if not hasattr(signal, "pthread_kill"):
        pytest.skip("signals cannot be sent to a thread here")
    driver = Blocking()
    attachment = Stack().attach(driver)

    def interrupt() -> None:
        until(lambda: not attachment.attached)
        time.sleep(MOMENT_SECONDS)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with running(lambda: attachment.call(ASK)):
        assert driver.entered.wait(PATIENCE_SECONDS)
        with running(interrupt), pytest.raises(KeyboardInterrupt):
            attachment.detach()
        assert driver.closed == 0
        driver.release.set()
        attachment.detach()
    assert driver.closed == 1


def test_calls_of_one_driver_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=PATIENCE_SECONDS)

    def meet(_op: GetVariable) -> Reply:
        both.wait()
        return FOUND

    attachment = Stack().attach(Scripted({GetVariable: meet}))
    with running(lambda: attachment.call(ASK), lambda: attachment.call(ASK)) as raised:
        pass
    assert raised == []


def test_a_storm_of_eight_threads_leaves_a_consistent_stack() -> None:
    stack = Stack()
    made: list[Scripted] = []
    tolerated = (NoDriver, DriverError)

    def storm(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
        mine: list[Attachment] = []
        for turn in range(150):
            what = chance.random()
            try:
                if what < 0.4:
                    driver = plain(f"{seed}.{turn}")
                    made.append(driver)
                    needs = chance.choice(mine) if mine and chance.random() < 0.3 else None
                    mine.append(stack.attach(driver, needs=needs))
                elif what < 0.7 and mine:
                    chance.choice(mine).detach()
                else:
                    stack.active.call(ASK)
            except tolerated:
                continue
        for attachment in reversed(mine):
            attachment.detach()

    with running(*(partial(storm, seed) for seed in range(8))) as raised:
        pass
    assert raised == []
    assert stack.active.name == Nothing.name
    assert {driver.closed for driver in made} == {1}
    assert stack.attach(plain("last")).attached
    assert stack.active.name == "last"


def test_a_storm_on_one_attachment_closes_it_once() -> None:
    for _ in range(50):
        driver = plain()
        attachment = Stack().attach(driver)
        start = threading.Barrier(8, timeout=PATIENCE_SECONDS)

        def act(number: int, attachment: Attachment = attachment, start: threading.Barrier = start) -> None:
            start.wait()
            if number % 2:
                attachment.detach()
                return
            with pytest.raises(NoDriver):
                forever(lambda: attachment.call(ASK))

        with running(*(partial(act, number) for number in range(8))) as raised:
            pass
        assert raised == []
        assert driver.closed == 1


def test_a_real_driver_is_closed_under_callers_without_a_crash(name: str) -> None:
    runtime = efirt.open(name)
    start = threading.Barrier(5, timeout=PATIENCE_SECONDS)

    def read() -> None:
        start.wait()
        with pytest.raises(NoDriver):
            forever(lambda: list(runtime.variables()))

    def close() -> None:
        start.wait()
        time.sleep(MOMENT_SECONDS)
        runtime.close()

    with running(read, read, read, read, close) as raised:
        pass
    assert raised == []


def test_a_bare_driver_closed_by_one_thread_refuses_another(name: str) -> None:
    driver: Driver = Stack().attach(efirt.open(name).driver)
    driver.close()
    with pytest.raises(NoDriver):
        driver.call(ASK)
