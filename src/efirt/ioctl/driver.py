"""Operations through a device file: codec and port, introduced to each other under one lock."""

from _thread import RLock
from contextlib import contextmanager
from os import getpid
from weakref import finalize

from efirt.annotation import Any, Callable, Iterator, Mapping
from efirt.errors import DriverError, NoDriver
from efirt.ioctl.port import Port
from efirt.ops.driver import Op, Routes
from efirt.ops.reply import Reply


class DeviceDriver(Routes):
    """One device file.

    Thread-safe: one lock spans encode, exchange and decode. After ``fork()`` the child has the device open too, and memory of its own.

    Attributes:
        port: What its routes exchange ioctls over.
    """

    def __init__(self, name: str, port: Port, routes: Mapping[type[Op], Callable[[Any], Reply]]) -> None:
        super().__init__(name, routes)
        self.port = port
        self._pid = getpid()
        # Reentrant, so that a signal handler in the middle of a call is told so, and does not wait for itself.
        self._lock = RLock()
        self._busy = False
        self._closer = finalize(self, _close_port, port, self._lock)

    def call(self, op: Op) -> Reply:
        """Ask, one caller at a time.

        Raises:
            NotCarried: There is no road for it.
            NoDriver: It was closed.
            DriverError: The kernel refused it by itself, or the driver was entered again from inside its own call.
        """
        with self.turn(type(op).__name__):
            return super().call(op)

    def close(self) -> None:
        """Wait for a call in flight, then free the buffers and close the device; again is harmless.

        Raises:
            DriverError: Called from inside one of its own calls.
        """
        self._look_for_fork()
        with self._lock:
            if self._busy:
                raise self._entered_again()
            if self._closer.detach():
                self.port.close()

    @contextmanager
    def turn(self, asked: str) -> Iterator[None]:
        """Have the port to oneself.

        Args:
            asked: What for, as a sentence begins with it.

        Raises:
            NoDriver: It was closed.
            DriverError: It was entered again from inside its own call.
        """
        self._look_for_fork()
        with self._lock:
            if self._busy:
                raise self._entered_again()
            if not self._closer.alive:
                raise NoDriver(f"{asked}: the driver {self.name} has been closed", "open it again")
            self._busy = True
            try:
                yield
            finally:
                self._busy = False

    def _look_for_fork(self) -> None:
        """In a child of fork() another thread may have held the lock, and lives on in the parent only."""
        if getpid() != self._pid:
            self._lock, self._busy, self._pid = RLock(), False, getpid()

    def _entered_again(self) -> DriverError:
        message = f"the driver {self.name} was entered again from inside its own call"
        return DriverError(message, "do not use it from a signal handler or a callback of its port")


def _close_port(port: Port, lock: RLock) -> None:
    # At the interpreter's exit a thread may still be in a call: its memory is left to the system then.
    if lock.acquire(blocking=False):
        try:
            port.close()
        finally:
            lock.release()
