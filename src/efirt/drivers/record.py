"""Holding a driver so that every question and its answer is written down, to be played back without the machine."""

from contextlib import suppress
from pathlib import Path
from threading import RLock

from efirt.annotation import Self, TextIO
from efirt.errors import DriverError, NoDriver
from efirt.ops.driver import Driver, Op
from efirt.ops.holder import Holder
from efirt.ops.recording import Answer, first_line, line
from efirt.ops.reply import Reply
from efirt.ops.wording import answered, asked


class Record(Holder):
    """A driver that writes down each call when it has ended, a line at a time: what a crash leaves can be read.

    Calls take turns, so that the lines stand in the order in which firmware was asked.

    Args:
        driver: What to hold.
        file: Where to; it is closed with the driver.
    """

    def __init__(self, driver: Driver, file: TextIO) -> None:
        super().__init__(driver)
        self._file = file
        self._broken = ""
        # Reentrant, so that a driver entered again from a signal handler says so itself, and nobody waits for himself.
        self._lock = RLock()
        self._write(first_line(driver), "the recording was begun")

    @classmethod
    def open(cls, driver: Driver, path: str) -> Self:
        """Begin a recording in a new file.

        Raises:
            DriverError: The file exists, or cannot be made; the driver stays open.
        """
        try:
            file = Path(path).open("x", encoding="ascii", newline="\n")  # noqa: SIM115 - it is closed with the driver
        except FileExistsError as cause:
            message = f"{path} exists, and a recording is not written over another file"
            raise DriverError(message, "give another name, or remove it", os_errno=cause.errno) from None
        except OSError as cause:
            raise DriverError(f"{path} cannot be made: {cause.strerror}", "give another place", os_errno=cause.errno) from None
        try:
            return cls(driver, file)
        except DriverError:
            with suppress(OSError):
                file.close()
            raise

    def call(self, op: Op) -> Reply:
        """Ask, write down, and bring back the raw answer.

        Raises:
            DriverError: The question did not arrive, or the answer cannot be written down; from then on nothing is asked any more.
        """
        with self._lock:
            self._check(op)
            try:
                reply = self.driver.call(op)
            except (DriverError, ValueError) as refusal:
                self._keep(op, refusal)
                raise
            self._keep(op, reply)
            return reply

    def close(self) -> None:
        """Close the driver it holds, then the file."""
        with self._lock:
            self.driver.close()
            with suppress(OSError):  # each line is flushed: what cannot be written has been told
                self._file.close()

    def _check(self, op: Op) -> None:
        if self._file.closed:
            raise NoDriver(f"{type(op).__name__}: the recording of {self.name} has been closed", "open the driver again")
        if self._broken:
            raise DriverError(f"{type(op).__name__} was not asked, since {self._broken}", "record again where there is room")

    def _keep(self, op: Op, answer: Answer) -> None:
        self._write(line(op, answer), f"{asked(op)} answered {answered(answer)}")

    def _write(self, text: str, done: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as cause:
            self._broken = f"the recording of {self.name} cannot be written: {cause.strerror}"
            raise DriverError(f"{done}, but {self._broken}", "record again where there is room", os_errno=cause.errno) from None
