"""The driver where a process forks or ends."""

import subprocess
import sys
import textwrap

import pytest

from tests.house.tree import ROOT

PREAMBLE = """
import os, signal, sys, threading
from efirt.drivers.xen.driver import XenDriver
from efirt.drivers.xen.port import Port
from efirt.errors import DriverError, NoDriver
from efirt.ops import GetTime
from tests.drivers.xen.transports import Recorder

signal.alarm(30)
transport = Recorder()
transport.close = lambda: os.write(1, f"{'child' if os.getpid() != first else 'parent'} closes\\n".encode())
first = os.getpid()
driver = XenDriver(Port(transport))
driver.call(GetTime())

def say(text):
    os.write(1, f"{text}\\n".encode())

def ask(word):
    try:
        word()
    except DriverError as refusal:
        say(refusal)
"""
REFUSAL = "hypercall memory does not survive fork(); open it again in this process"


def run(code: str) -> subprocess.CompletedProcess[str]:
    program = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'src')!r}]\n" + PREAMBLE + textwrap.dedent(code)
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program]  # 3.12 warns of fork with threads, which is the point
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_forked_child_is_told_so_and_the_parent_works_on() -> None:
    ended = run("""
        child = os.fork()
        if child == 0:
            ask(lambda: driver.call(GetTime()))
            ask(driver.close)
            sys.exit(7)
        say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        driver.call(GetTime())
        driver.close()
    """)
    assert ended.stderr == ""
    told, *rest = ended.stdout.splitlines()
    assert told.partition("; ")[2] == REFUSAL
    assert rest == ["7", "parent closes"]
    assert ended.returncode == 0


def test_a_child_forked_while_another_thread_is_in_a_call_does_not_wait_for_its_lock() -> None:
    ended = run("""
        entered, go = threading.Event(), threading.Event()
        def wait(_transport, _op):
            entered.set()
            go.wait(20)
        transport.hypervisor = wait
        thread = threading.Thread(target=lambda: driver.call(GetTime()))
        thread.start()
        entered.wait(20)
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            ask(lambda: driver.call(GetTime()))
            ask(driver.close)
            sys.exit(7)
        say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        go.set()
        thread.join()
        driver.close()
    """)
    assert ended.stderr == ""
    assert [line.partition("; ")[2] or line for line in ended.stdout.splitlines()] == [REFUSAL, "7", "parent closes"]


def test_a_child_that_drops_the_driver_frees_nothing() -> None:
    ended = run("""
        import gc
        child = os.fork()
        if child == 0:
            del driver
            gc.collect()
            sys.exit(0 if not any(region.freed for region in transport.regions) else 9)
        say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """)
    assert (ended.stdout.splitlines(), ended.stderr, ended.returncode) == (["0", "parent closes"], "", 0)


@pytest.mark.parametrize("keep", ["", "import builtins; builtins.kept = driver", "kept = [driver]; kept.append(kept)"])
def test_the_interpreter_ends_cleanly_with_an_open_driver_and_closes_it(keep: str) -> None:
    ended = run(keep)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("parent closes\n", "", 0)


def test_the_interpreter_ends_while_a_thread_is_in_a_call_and_leaves_its_memory_alone() -> None:
    ended = run("""
        entered = threading.Event()
        def wait(_transport, _op):
            entered.set()
            threading.Event().wait(20)
        transport.hypervisor = wait
        transport.free = lambda region: say("freed during a call")
        threading.Thread(target=lambda: driver.call(GetTime()), daemon=True).start()
        entered.wait(20)
    """)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 0)
