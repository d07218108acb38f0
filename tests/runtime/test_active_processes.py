"""fork(), and the end of the interpreter. Each runs in a Python of its own, so that a deadlock ends with a timeout."""

import os
import subprocess
import sys
import textwrap

import pytest

PATIENCE_SECONDS = 30

PRELUDE = """
import os, sys, threading, time
import efirt
from efirt.ops import GetVariable
from efirt.runtime.active import Nothing, Stack
from tests.runtime.fakes import Blocking, key, plain
ASK = GetVariable(key("A"))

def in_child(action):
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        try:
            action()
            sys.stdout.flush()
        except BaseException as error:
            print(type(error).__name__, error, flush=True)
        os._exit(0)
    os.waitpid(pid, 0)
"""


def run(code: str) -> str:
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork()")
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PRELUDE + textwrap.dedent(code)]
    path = os.pathsep.join([os.getcwd(), os.environ.get("PYTHONPATH", "")])  # noqa: PTH109 - text
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return done.stdout


def test_a_child_of_fork_has_a_simulated_firmware_of_its_own() -> None:
    out = run("""
        with efirt.open("simulated") as rt:
            in_child(lambda: rt.set("Forked-6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a11", b"x"))
            in_child(lambda: rt.close() or print("closed in the child"))
            print(sum(k.name == "Forked" for k in rt.names()), "in the parent")
    """)
    assert out == "closed in the child\n0 in the parent\n"


def test_a_child_of_fork_is_told_that_hypercall_memory_is_not_its_own() -> None:
    out = run("""
        with efirt.open("xen:simulated") as rt:
            in_child(lambda: rt.get("BootOrder"))
            print("parent", len(rt.get("BootOrder").data) > 0)
    """)
    assert "does not survive fork()" in out
    assert "open it again in this process" in out
    assert out.endswith("parent True\n")


def test_a_child_of_fork_can_open_its_own() -> None:
    out = run("""
        with efirt.open("xen:simulated"):
            in_child(lambda: print(efirt.open("xen:simulated").get("BootOrder").key.name))
    """)
    assert out == "BootOrder\n"


def test_a_child_forked_during_another_thread_s_call_can_detach() -> None:
    out = run("""
        driver, stack = Blocking(), Stack()
        attachment = stack.attach(driver)
        threading.Thread(target=attachment.call, args=(ASK,), daemon=True).start()
        assert driver.entered.wait(10)
        in_child(lambda: attachment.detach() or print("detached", driver.closed, type(stack.active).__name__))
        print("parent", attachment.attached, driver.closed)
        driver.release.set()
        attachment.detach()
        print("parent", driver.closed, driver.closed_in_call)
    """)
    assert out == "detached 1 Nothing\nparent True 0\nparent 1 False\n"


def test_a_child_forked_while_locks_are_held_does_not_hang() -> None:
    out = run("""
        stack = Stack()
        attachment = stack.attach(plain())
        held, go = threading.Event(), threading.Event()
        def hold():
            with attachment._lock, stack._lock:
                held.set()
                go.wait(10)
        threading.Thread(target=hold, daemon=True).start()
        held.wait(10)
        in_child(lambda: attachment.call(ASK) and attachment.detach() or print("detached", type(stack.active).__name__))
        go.set()
    """)
    assert out == "detached Nothing\n"


def test_a_call_that_forks_returns_in_both_processes() -> None:
    out = run("""
        from tests.runtime.fakes import FOUND, Scripted
        def fork(_op):
            pids.append(os.fork())
            return FOUND
        pids = []
        attachment = Stack().attach(Scripted({GetVariable: fork}))
        attachment.call(ASK)
        attachment.detach()
        if pids[0]:
            os.waitpid(pids[0], 0)
            print("parent")
        else:
            print("child", flush=True)
            os._exit(0)
    """)
    assert out == "child\nparent\n"


def test_the_interpreter_ends_quietly_with_a_driver_attached(name: str) -> None:
    assert run(f"efirt.attach({name!r}); print(len(list(efirt.active().names())) > 0)") == "True\n"


def test_the_interpreter_ends_quietly_with_a_half_read_walk(name: str) -> None:
    assert run(f"walk = efirt.open({name!r}).variables(); print(next(walk) is not None)") == "True\n"


def test_the_interpreter_ends_quietly_with_a_call_in_flight() -> None:
    out = run("""
        driver = Blocking()
        attachment = efirt.attach(driver)
        threading.Thread(target=attachment.call, args=(ASK,), daemon=True).start()
        assert driver.entered.wait(10)
        print("end")
    """)
    assert out == "end\n"


def test_a_driver_that_is_detached_by_an_exit_handler_is_closed(name: str) -> None:
    out = run(f"""
        import atexit
        attachment = efirt.attach({name!r})
        atexit.register(lambda: (attachment.detach(), print(attachment.attached)))
    """)
    assert out == "False\n"
