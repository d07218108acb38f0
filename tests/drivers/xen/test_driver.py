"""The driver: one lock, one owner, one end."""

import gc
import signal
import threading
import time
import weakref
from collections.abc import Callable

import pytest

from efirt.drivers.xen.codec import CARRIED
from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.hypervisor import Switches
from efirt.drivers.xen.port import Port
from efirt.errors import DriverError, HypervisorError, NoDriver, NotCarried
from efirt.ops import (
    CopyTable,
    GetTable,
    GetTime,
    GetVariable,
    Op,
    Probe,
    QueryCapsuleCapabilities,
    Reply,
    ResetSystem,
    SetVariable,
    UpdateCapsule,
)
from efirt.values.attributes import Attributes
from efirt.values.guid import ZERO
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status
from tests.drivers.xen.scripted import Firmware, simulated
from tests.drivers.xen.transports import PAGE, Recorder, echoing

THREADS = 8
CALLS = 40


def opened(transport: Recorder) -> XenDriver:
    return XenDriver(Port(transport), "xen:recorder")


def get(driver: XenDriver, name: str, room: int = 64) -> Reply:
    return driver.call(GetVariable(Key(name, GLOBAL), room))


class Slow(Recorder):
    """A transport that lets other threads run in the middle of everything, and asserts that nobody else came in."""

    def __init__(self) -> None:
        super().__init__(self.answer)
        self.inside = 0
        self.overlaps = 0

    def answer(self, transport: Recorder, op: bytearray) -> None:
        self.inside += 1
        for half in (slice(0, 68), slice(68, 136)):
            before = bytes(op[half])
            time.sleep(0)
            self.overlaps += self.inside != 1 or bytes(op[half]) != before
        echoing(transport, op)
        time.sleep(0)
        self.inside -= 1


def test_calls_of_many_threads_never_overlap_and_answers_never_mix() -> None:
    transport = Slow()
    driver = opened(transport)
    start = threading.Barrier(THREADS)
    wrong: list[str] = []

    def work(number: int) -> None:
        start.wait()
        for turn in range(CALLS):
            name = f"thread{number}" + "x" * (turn * 7 % 50)
            reply = get(driver, name, room=PAGE * (1 + turn % 3))
            if reply.data != name.encode("utf-16-le"):
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (wrong, transport.overlaps) == ([], 0)
    assert driver.hypercalls == transport.events.count("call") == THREADS * CALLS
    driver.close()
    assert all(region.freed for region in transport.regions)


class Waiting(Recorder):
    """A transport in which a call waits until it is let go."""

    def __init__(self) -> None:
        super().__init__(self.wait)
        self.entered = threading.Event()
        self.go = threading.Event()

    def wait(self, _transport: Recorder, _op: bytearray) -> None:
        self.entered.set()
        assert self.go.wait(60)
        self.events.append("answered")


def test_closing_waits_for_the_call_in_flight_and_frees_nothing_before() -> None:
    transport = Waiting()
    driver = opened(transport)
    replies: list[Reply] = []
    caller = threading.Thread(target=lambda: replies.append(driver.call(GetTime())))
    caller.start()
    assert transport.entered.wait(60)
    closer = threading.Thread(target=driver.close)
    closer.start()
    closer.join(0.1)
    assert closer.is_alive()
    assert transport.take() == [f"allocate {PAGE}", "call"]
    transport.go.set()
    caller.join(60)
    closer.join(60)
    assert transport.take() == ["answered", f"free {PAGE}", "close"]
    assert [reply.status for reply in replies] == [Status.SUCCESS]


def test_a_call_that_waited_for_a_close_finds_it_closed() -> None:
    transport = Waiting()
    driver = opened(transport)
    first = threading.Thread(target=lambda: driver.call(GetTime()))
    first.start()
    assert transport.entered.wait(60)
    closer = threading.Thread(target=driver.close)
    closer.start()
    transport.go.set()
    first.join(60)
    closer.join(60)
    with pytest.raises(NoDriver, match=r"^GetTime: the driver xen:recorder has been closed; open it again$"):
        driver.call(GetTime())
    driver.close()
    assert transport.events.count("close") == 1


@pytest.mark.parametrize("again", [lambda driver: driver.call(GetTime()), XenDriver.close], ids=["call", "close"])
def test_from_inside_its_own_call_it_is_not_entered_again(again: Callable[[XenDriver], object]) -> None:
    refusals: list[DriverError] = []

    def reenter(_transport: Recorder, _op: bytearray) -> None:
        with pytest.raises(DriverError, match="xen:recorder was entered again from inside its own call") as refusal:
            again(driver)
        refusals.append(refusal.value)

    transport = Recorder(reenter)
    driver = opened(transport)
    assert driver.call(GetTime()).status == Status.SUCCESS
    assert len(refusals) == 1
    assert driver.hypercalls == 1
    driver.close()


def test_a_signal_handler_in_the_middle_of_a_call_is_told_so_and_does_not_wait_for_itself() -> None:
    told: list[str] = []

    def handler(_number: int, _frame: object) -> None:
        try:
            driver.call(GetTime())
        except DriverError as refusal:
            told.append(refusal.advice)

    driver = opened(Recorder(lambda _transport, _op: signal.raise_signal(signal.SIGUSR1)))
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        driver.call(GetTime())
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert told == ["do not use it from a signal handler or a callback of its port"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, HypervisorError])
def test_a_call_that_ends_badly_leaves_the_driver_usable(error: type[BaseException]) -> None:
    def fail(_transport: Recorder, _op: bytearray) -> None:
        raise error("in the middle")

    transport = Recorder(fail)
    driver = opened(transport)
    with pytest.raises(error):
        driver.call(GetTime())
    transport.hypervisor = lambda _transport, _op: None
    assert driver.call(GetTime()).status == Status.SUCCESS
    other = threading.Thread(target=driver.close)
    other.start()
    other.join(60)
    assert transport.events[-1] == "close"


def test_a_value_that_does_not_fit_is_refused_before_a_hypercall() -> None:
    driver = opened(Recorder())
    with pytest.raises(ValueError, match=r"misc = .* does not fit in 4 bytes"):
        driver.call(SetVariable(Key("A", GLOBAL), Attributes(1 << 32), b""))
    assert driver.hypercalls == 0
    assert driver.call(GetTime()).status == Status.SUCCESS


def test_a_dropped_driver_is_kept_by_nothing_and_closes_its_port() -> None:
    transport = Recorder()
    driver = opened(transport)
    driver.call(GetTime())
    remembered = weakref.ref(driver)
    del driver
    gc.collect()
    assert remembered() is None
    assert transport.take()[-2:] == [f"free {PAGE}", "close"]


def test_a_closed_driver_is_kept_by_nothing_and_does_not_close_twice() -> None:
    transport = Recorder()
    driver = opened(transport)
    driver.close()
    remembered = weakref.ref(driver)
    del driver
    gc.collect()
    assert remembered() is None
    assert transport.take() == ["close"]


@pytest.mark.parametrize(
    ("op", "why"),
    [
        (ResetSystem(0), "dom0 asks Xen to reboot the host"),
        (QueryCapsuleCapabilities(()), "never carried them out: it answers ENOSYS"),
        (UpdateCapsule(()), "never carried them out: it answers ENOSYS"),
        (GetTable(ZERO), "FirmwareInfo CONFIG_TABLE"),
        (CopyTable(ZERO), "FirmwareInfo CONFIG_TABLE"),
    ],
)
def test_what_xen_has_no_road_for_is_refused_with_the_reason(op: Op, why: str) -> None:
    driver = opened(Recorder())
    assert type(op) not in driver.carried
    with pytest.raises(NotCarried, match=why) as refusal:
        driver.call(op)
    assert refusal.value.operation == type(op).__name__
    assert driver.hypercalls == 0


def test_everything_else_is_carried() -> None:
    assert opened(Recorder()).carried == CARRIED | {Probe}


def test_hypercalls_are_counted_also_the_refused_ones() -> None:
    driver = simulated(Firmware(), Switches(rs=False))
    for _ in range(3):
        with pytest.raises(HypervisorError):
            driver.call(GetTime())
    assert driver.hypercalls == 3


def test_a_probe_that_fails_says_why_and_one_that_succeeds_says_success() -> None:
    found = simulated(Firmware()).call(Probe())
    assert found.status == Status.SUCCESS
    assert (found.data or b"").startswith(b"dom0 of a Xen booted through EFI")
    with pytest.raises(DriverError, match=r"efi=no-rs.*; remove no-rs"):
        simulated(Firmware(), Switches(rs=False)).call(Probe())


def test_memory_that_cannot_be_had_is_a_driver_error() -> None:
    driver = simulated(Firmware())
    with pytest.raises(DriverError, match="bytes of simulated memory; ask for less"):
        get(driver, "A", room=1 << 60)
    assert driver.hypercalls == 0
