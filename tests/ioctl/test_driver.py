"""One caller at a time, closed once, and what happens in a child of fork()."""

import gc
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable

import pytest

from efirt.errors import DriverError, NoDriver, NotCarried
from efirt.ioctl.driver import DeviceDriver
from efirt.ioctl.port import Port
from efirt.ops import GetTime, GetVariable, Op, Probe, Reply
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from efirt.wire.memory import AddressSpace, Mapping
from tests.house.tree import ROOT

PATIENCE_SECONDS = 20.0
FINE = Reply(Status.SUCCESS)


class Counting:
    """A transport that counts how often it was closed."""

    def __init__(self) -> None:
        self.closed = 0
        self._memory = AddressSpace()

    def allocate(self, size: int) -> Mapping:
        return self._memory.map(size)

    def free(self, region: Mapping) -> None:
        self._memory.unmap(region)

    def ioctl(self, _number: int, _argument: bytearray) -> int:
        return 0

    def close(self) -> None:
        self.closed += 1


def driver_of(answer: Callable[[Op], Reply]) -> tuple[DeviceDriver, Counting]:
    transport = Counting()
    return DeviceDriver("a", Port(transport), {Probe: answer}), transport


def test_it_carries_its_routes_and_says_what_it_does_not() -> None:
    driver, _ = driver_of(lambda _op: FINE)
    assert driver.carried == {Probe}
    assert driver.call(Probe()) == FINE
    with pytest.raises(NotCarried, match="GetTime is not carried by a"):
        driver.call(GetTime())


def test_once_closed_it_answers_no_more_and_closes_once() -> None:
    driver, transport = driver_of(lambda _op: FINE)
    driver.close()
    driver.close()
    assert transport.closed == 1
    with pytest.raises(NoDriver, match="Probe: the driver a has been closed; open it again"):
        driver.call(Probe())


def test_a_driver_that_nobody_holds_closes_its_device() -> None:
    driver, transport = driver_of(lambda _op: FINE)
    del driver
    gc.collect()
    assert transport.closed == 1


@pytest.mark.parametrize("ask", [lambda driver: driver.call(Probe()), lambda driver: driver.close()])
def test_entering_it_from_inside_its_own_call_is_refused(ask: Callable[[DeviceDriver], object]) -> None:
    def again(_op: Op) -> Reply:
        with pytest.raises(DriverError, match="entered again from inside its own call"):
            ask(driver)
        return FINE

    driver, transport = driver_of(again)
    assert driver.call(Probe()) == FINE
    assert transport.closed == 0
    driver.close()


def test_an_error_in_a_call_leaves_it_usable() -> None:
    answers = iter([ValueError("no"), None])

    def once(_op: Op) -> Reply:
        problem = next(answers)
        if problem:
            raise problem
        return FINE

    driver, _ = driver_of(once)
    with pytest.raises(ValueError, match="no"):
        driver.call(Probe())
    assert driver.call(Probe()) == FINE


def test_closing_waits_for_a_call_in_flight() -> None:
    entered, release = threading.Event(), threading.Event()

    def slow(_op: Op) -> Reply:
        entered.set()
        assert release.wait(PATIENCE_SECONDS)
        assert not transport.closed
        return FINE

    driver, transport = driver_of(slow)
    caller = threading.Thread(target=driver.call, args=(Probe(),))
    caller.start()
    assert entered.wait(PATIENCE_SECONDS)
    closer = threading.Thread(target=driver.close)
    closer.start()
    closer.join(0.05)
    assert closer.is_alive()
    release.set()
    caller.join(PATIENCE_SECONDS)
    closer.join(PATIENCE_SECONDS)
    assert transport.closed == 1


def test_two_threads_are_never_inside_together() -> None:
    inside: list[int] = []

    def alone(_op: Op) -> Reply:
        inside.append(1)
        assert len(inside) == 1
        inside.pop()
        return FINE

    driver, _ = driver_of(alone)
    threads = [threading.Thread(target=lambda: [driver.call(Probe()) for _ in range(300)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert driver.call(Probe()) == FINE


PRELUDE = f"""
import os, sys, threading
sys.path.insert(0, {str(ROOT)!r})
from tests.ioctl.test_driver import FINE, Probe, driver_of

def in_child(action):
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if action() else 1)
        except BaseException as error:
            print(type(error).__name__, error, flush=True)
            os._exit(2)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def said_by(code: str) -> str:
    """Run in a Python of its own, so that a deadlock ends with a timeout; 3.12 warns of fork with threads, which is the point."""
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PRELUDE + textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_child_forked_while_another_thread_is_inside_can_ask_and_close() -> None:
    out = said_by("""
        entered, release = threading.Event(), threading.Event()
        slow = True

        def answer(_op):
            if slow:
                entered.set()
                release.wait(10)
            return FINE

        driver, transport = driver_of(answer)
        caller = threading.Thread(target=driver.call, args=(Probe(),))
        caller.start()
        entered.wait(10)
        slow = False
        in_child(lambda: driver.call(Probe()) == FINE and not driver.close() and transport.closed == 1)
        release.set()
        caller.join(10)
        print(driver.call(Probe()) == FINE, transport.closed)
    """)
    assert out == "0\nTrue 0\n"


def test_a_simulated_machine_is_a_child_s_own() -> None:
    out = said_by("""
        import efirt
        key = "A-6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a01"
        with efirt.open("netbsd:simulated") as runtime:
            in_child(lambda: not runtime.set(key, b"x") and runtime.get(key) and not runtime.close())
            print(sum(str(name) == key for name in runtime.names()))
    """)
    assert out == "0\n0\n"


def test_a_question_that_no_kernel_should_be_asked_is_not_carried() -> None:
    from efirt.ioctl.request import LARGEST, check_size

    op = GetVariable(Key("A", GLOBAL))
    check_size(op, LARGEST, "a value")
    with pytest.raises(NotCarried, match=f"GetVariable is not carried with {LARGEST + 1} bytes for a value") as refusal:
        check_size(op, LARGEST + 1, "a value")
    assert refusal.value.operation == "GetVariable"
