"""The talk between host and guest over the serial port. A thread that speaks stands for the guest, another for QEMU."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import qemu, talk


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, its = socket.socketpair()
    with ours, its:
        its.settimeout(5)
        yield ours, its


def soon(seconds: float = 5) -> float:
    return time.monotonic() + seconds


def none(name: str) -> None:
    raise AssertionError(name)


def test_a_guest_starts_takes_snapshots_and_says_its_result(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, its = ends
    answers: list[bytes] = []

    def guest() -> None:
        its.sendall(b"\x1b[2J firmware wrote this\r\n\nlab start\n")
        for words in (b"lab snapshot before\n", b"lab snap", b"shot ../x\n", b"noise\nlab result 77\n"):
            if words != b"shot ../x\n":
                answers.append(its.recv(100))
            its.sendall(words)

    thread = threading.Thread(target=guest)
    thread.start()
    taken: list[str] = []

    def snapshot(name: str) -> None:
        taken.append(name)

    size = talk.Talk(ours, soon(60)).until_result(10, snapshot)
    thread.join()
    assert size == 77
    assert taken == ["before"]
    assert 45 <= int(answers[0]) <= 50
    assert answers[1] == b"ok\n"
    assert answers[2].startswith(b"a name has letters")


def test_a_guest_that_says_nothing_is_given_up_when_the_time_is_over(ends: tuple[socket.socket, socket.socket]) -> None:
    began = time.monotonic()
    with pytest.raises(talk.Silence):
        talk.Talk(ends[0], soon(0.1)).until_result(1, none)
    assert 0.05 < time.monotonic() - began < 5


def test_a_guest_that_dies_is_noticed_at_once(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[1].sendall(b"\nlab start\n")
    ends[1].shutdown(socket.SHUT_WR)
    with pytest.raises(talk.Silence):
        talk.Talk(ends[0], soon(60)).until_result(1, none)


def test_what_a_started_program_says_ends_the_wait(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[1].sendall(b"\x1b[2J firmware\r\nCommand line: mark=1 more")
    assert talk.Talk(ends[0], soon(60)).until_said("mark=1").endswith(b"Command line: mark=1")


def test_the_command_is_given_a_second_even_when_the_boot_took_all_the_time(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[1].sendall(b"\nlab start\nlab result 0\n")
    assert talk.Talk(ends[0], soon(5)).until_result(100, none) == 0
    assert ends[1].recv(100) == b"1\n"


def test_a_countdown_of_the_shell_is_ended_with_a_key_and_its_script_is_waited_for(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, its = ends
    pressed: list[bytes] = []

    def shell() -> None:
        its.sendall(b"x" * 1000 + b"Press ESC in 5 seconds to skip startup.nsh")
        pressed.append(its.recv(100))
        its.sendall(b"much\r\nlab end\r\nShell> ")

    thread = threading.Thread(target=shell)
    thread.start()
    talk.Talk(ours, soon()).until_end()
    thread.join()
    assert pressed == [b"\r"]


def test_firmware_that_dies_before_its_script_ends_is_noticed_at_once(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[1].sendall(b"Press ESC in 5 seconds to skip startup.nsh")
    ends[1].shutdown(socket.SHUT_WR)
    with pytest.raises(talk.Silence):
        talk.Talk(ends[0], soon(60)).until_end()


def answer(its: socket.socket, asked: list[Any], answers: dict[str, dict[str, object]]) -> None:
    """Stand for QEMU's control connection, and note what it was given to do, with arguments where there are any."""
    its.sendall(json.dumps({"QMP": {}}).encode() + b"\n")
    for line in its.makefile("rb"):
        said = json.loads(line)
        name = said["execute"]
        asked.append((name, said["arguments"]) if said["arguments"] else name)
        its.sendall(json.dumps({"event": "STOP"}).encode() + b"\n" + json.dumps(answers.get(name, {"return": {}})).encode() + b"\n")


def test_the_machine_is_held_still_while_its_flash_is_saved(ends: tuple[socket.socket, socket.socket], tmp_path: Path) -> None:
    asked: list[Any] = []
    code, store = tmp_path / "code", tmp_path / "store"
    code.write_bytes(bytes(0x37C000))
    store.write_bytes(bytes(0x84000))
    thread = threading.Thread(target=answer, args=(ends[1], asked, {}), daemon=True)
    thread.start()
    with qemu.Process(["true"], log=tmp_path / "log") as process:
        running = qemu.Running(process, ends[0], qemu.Control(ends[0]))
        running.save(qemu.Flash.below(code, store), tmp_path / "saved")
        running.quit()
    saving = {"val": 0xFFC00000, "size": 0x84000, "filename": str(tmp_path / "saved")}
    assert asked == ["qmp_capabilities", "stop", ("pmemsave", saving), "cont", "quit"]


def test_a_machine_is_let_go_when_its_flash_is_memory_alone(ends: tuple[socket.socket, socket.socket], tmp_path: Path) -> None:
    asked: list[Any] = []
    thread = threading.Thread(target=answer, args=(ends[1], asked, {}), daemon=True)
    thread.start()
    with qemu.Process(["true"], log=tmp_path / "log") as process:
        qemu.Running(process, ends[0], qemu.Control(ends[0])).start()
    name, arguments = asked[1]
    assert (name, arguments["options"][0]["file"]) == ("blockdev-reopen", qemu.NOWHERE)
    assert asked[2:] == ["cont"]


def test_what_qemu_refuses_is_an_error_that_quotes_it(ends: tuple[socket.socket, socket.socket]) -> None:
    refusal: dict[str, dict[str, object]] = {"stop": {"error": {"desc": "no such machine"}}}
    thread = threading.Thread(target=answer, args=(ends[1], [], refusal), daemon=True)
    thread.start()
    with pytest.raises(OSError, match=r"QEMU did not stop: .*no such machine"):
        qemu.Control(ends[0]).execute("stop")
