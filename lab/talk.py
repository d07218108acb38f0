"""The host's side of the talk with a guest over its serial port; ``guest`` says what is said."""

import re
import socket
import time
from collections.abc import Callable
from typing import Final

_MARK: Final = b"\nlab start\n"
_COUNTDOWN: Final = b" seconds to skip"
END: Final = "lab end"
_CHUNK: Final = 1 << 16
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


class Silence(Exception):
    """The guest stopped talking: it is gone, or the time is over."""


class Talk:
    """One guest, from its first word to its result.

    Attributes:
        heard: What it has said and has not been looked at.
    """

    def __init__(self, port: socket.socket, until: float) -> None:
        """Take our end of the port, and the time (``time.monotonic``) at which we stop listening."""
        self._port = port
        self._until = until
        self.heard = bytearray()

    def _listen(self) -> None:
        """Wait for more.

        Raises:
            Silence: There is none.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise Silence
        self._port.settimeout(left)
        try:
            data = self._port.recv(_CHUNK)
        except (TimeoutError, ConnectionError) as error:
            raise Silence from error
        if not data:
            raise Silence
        self.heard += data

    def _take(self, size: int) -> bytes:
        while len(self.heard) < size:
            self._listen()
        taken = bytes(self.heard[:size])
        del self.heard[:size]
        return taken

    def _up_to(self, mark: bytes) -> bytes:
        while (place := self.heard.find(mark)) < 0:
            self._listen()
        return self._take(place + len(mark))

    def _say(self, words: str) -> None:
        self._port.sendall(words.encode() + b"\n")

    def until_end(self) -> None:
        """Listen until firmware's shell has gone through its script. What firmware writes here has to be read, or it waits for that.

        The shell counts five seconds down before it starts a script, or until a key is pressed: here that is done.

        Raises:
            Silence: It never got there.
        """
        self._up_to(_COUNTDOWN)
        self._port.sendall(b"\r")
        self._up_to(END.encode())

    def until_said(self, words: str) -> bytes:
        """Listen until something is said, and give all that was said up to there.

        Raises:
            Silence: It never was.
        """
        return self._up_to(words.encode())

    def until_result(self, reserve_seconds: float, snapshot: Callable[[str], None]) -> int:
        """Listen until the guest has put its result into the shared memory, and give the result's size in bytes.

        Args:
            reserve_seconds: How much of the time left when the command starts is kept for bringing back its result.
            snapshot: Copies the variable store under a name.

        Raises:
            Silence: The guest never got there.
        """
        self._up_to(_MARK)
        self._say(str(max(1, int(self._until - time.monotonic() - reserve_seconds))))
        while True:
            words = self._up_to(b"\n").decode(errors="replace").split()
            match words:
                case ["lab", "snapshot", name] if _NAME.fullmatch(name):
                    snapshot(name)
                    self._say("ok")
                case ["lab", "snapshot", *_]:
                    self._say("a name has letters, digits, dot, minus and underscore")
                case ["lab", "result", size] if size.isdecimal():
                    return int(size)
