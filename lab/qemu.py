"""QEMU: its process, which ends whatever happens, and its control connection."""

import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

from lab.tools import tool

_ANSWER_SECONDS: Final = 30
_END_SECONDS: Final = 5
FLASH: Final = "flash"
NOWHERE: Final = "nowhere"
# Given the process that must still be the parent, then the program: whoever died before the signal was asked for cannot cause it.
_STILL_WANTED: Final = '[ "$PPID" = "$0" ] && exec "$@"'


def quoted(path: Path) -> str:
    """Give a path as a value of an option, where a comma would end it."""
    return str(path).replace(",", ",,")


class Process:
    """A program with a group of its own, all of which ends with the ``with`` block, and when this process dies."""

    def __init__(self, argv: Sequence[str], *, keep: Sequence[int] = (), log: Path) -> None:
        """Start it.

        Args:
            argv: The program and its arguments.
            keep: File descriptors it inherits.
            log: Where its own output goes.
        """
        # setpriv sets PR_SET_PDEATHSIG: the kernel ends the program when this process dies, killed or not.
        wanted = ["sh", "-c", _STILL_WANTED, str(os.getpid())]
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                [tool("setpriv"), "--pdeathsig", "KILL", "--", *wanted, *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=tuple(keep),
                start_new_session=True,
            )
        self.group = self._popen.pid

    def __enter__(self) -> Self:
        """Give the running program."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the whole group."""
        self.end()

    def exited(self, within_seconds: float = 0) -> bool:
        """Tell whether the program has ended, waiting for it a while."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(within_seconds)
        return self._popen.poll() is not None

    def end(self) -> None:
        """Kill every process of the group and wait for the program."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.group, signal.SIGKILL)
        self._popen.wait()


class Control:
    """QEMU's control connection: one JSON object a line.

    Source: QEMU, docs/interop/qmp-spec.rst.
    """

    def __init__(self, connection: socket.socket) -> None:
        """Take a connection, of which QEMU has the other end."""
        connection.settimeout(_ANSWER_SECONDS)
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._greeted = False

    def execute(self, name: str, **arguments: object) -> None:
        """Have QEMU do something, and wait until it has.

        Raises:
            OSError: QEMU did not answer, or answered with an error.
        """
        if not self._greeted:
            self._lines.readline()
            self._greeted = True
            self.execute("qmp_capabilities")
        self._connection.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        while line := self._lines.readline():
            answer = json.loads(line)
            if "return" in answer:
                return
            if "error" in answer:
                break
        message = f"QEMU did not {name}: {line.decode(errors='replace').strip() or 'it is gone'}"
        raise OSError(message)


class Flash(NamedTuple):
    """Where a machine sees its variable store.

    Attributes:
        address: Bytes.
        size: Bytes.
    """

    address: int
    size: int

    @classmethod
    def below(cls, code: Path, store: Path) -> Self:
        """Give the place of a store: below the firmware, which ends at 4 GiB."""
        size = store.stat().st_size
        return cls((1 << 32) - code.stat().st_size - size, size)


class Running:
    """A machine that runs.

    Attributes:
        process: QEMU.
        port: Our end of the machine's second serial port.
    """

    def __init__(self, process: Process, port: socket.socket, control: Control) -> None:
        """Put together what ``boot`` started."""
        self.process = process
        self.port = port
        self._control = control

    def start(self) -> None:
        """Let a machine go that was held until its flash was read, and keep what it writes there in memory alone.

        Firmware writes flash byte by byte, and QEMU each byte into the file at once: writing all variables anew takes a minute so, and
        two seconds without.

        Raises:
            OSError: This QEMU cannot do that.
        """
        self._control.execute("blockdev-reopen", options=[{"driver": "raw", "node-name": FLASH, "file": NOWHERE}])
        self._control.execute("cont")

    def save(self, flash: Flash, path: Path) -> None:
        """Write what is in the machine's flash into a file; meanwhile the machine stands still.

        Raises:
            OSError: QEMU is gone.
        """
        self._control.execute("stop")
        self._control.execute("pmemsave", val=flash.address, size=flash.size, filename=str(path.absolute()))
        self._control.execute("cont")

    def quit(self) -> None:
        """Have QEMU flush and leave; it is killed later when it does not."""
        with contextlib.suppress(OSError):
            self._control.execute("quit")
        self.process.exited(_END_SECONDS)


@contextlib.contextmanager
def boot(options: Sequence[str], *, console: Path, log: Path) -> Iterator[Running]:
    """Boot a machine, which ends with the ``with`` block.

    Args:
        options: What the machine has beside what all have.
        console: Where the output of its first serial port goes.
        log: Where QEMU's own complaints go.

    Raises:
        Missing: QEMU is not installed.
    """
    with contextlib.ExitStack() as stack:
        pairs = [[stack.enter_context(end) for end in socket.socketpair()] for _ in range(2)]
        (port, its_port), (control, its_control) = pairs
        argv = [
            *(tool("qemu-system-x86_64"), "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
            *("-accel", "tcg", "-smp", "1", "-m", "2048", "-net", "none"),
            *("-serial", f"file:{quoted(console)}"),
            *("-chardev", f"socket,id=port,fd={its_port.fileno()}", "-serial", "chardev:port"),
            *("-chardev", f"socket,id=control,fd={its_control.fileno()}", "-mon", "chardev=control,mode=control"),
            *options,
        ]
        process = stack.enter_context(Process(argv, keep=(its_port.fileno(), its_control.fileno()), log=log))
        its_port.close()
        its_control.close()
        yield Running(process, port, Control(control))
