"""Holding a driver so that every question and its answer is written down, to be played back without the machine."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import RLock

from efirt.annotation import Self, TextIO
from efirt.errors import DriverError, NoDriver
from efirt.ops.driver import Driver, Op
from efirt.ops.holder import Holder
from efirt.ops.malformed import Malformed
from efirt.ops.recording import Answer, Question, first_line, line, note_line
from efirt.ops.reply import Reply
from efirt.ops.wording import answered, asked


class Record(Holder):
    """A driver that writes down each call when it has ended, a line at a time: what a crash leaves can be read.

    Calls take turns, so that the lines stand in the order in which firmware was asked.

    Args:
        driver: What to hold.
        file: Where to; it is closed with the driver.

    Attributes:
        count: Calls written down so far.
    """

    def __init__(self, driver: Driver, file: TextIO) -> None:
        super().__init__(driver)
        self._file = file
        self._broken = ""
        self.count = 0
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
        return self._kept(op, lambda: self.driver.call(op))

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask, write down, and bring back the raw answer.

        Raises:
            DriverError: As :meth:`call`.
        """
        return self._kept(asked, lambda: super(Record, self).call_malformed(asked))

    def note(self, value: Mapping[str, object]) -> None:
        """Write down something beside the calls: JSON values, which who plays the recording back can find.

        Raises:
            DriverError: It cannot be written down.
        """
        with self._lock:
            self._check("a note")
            self._write(note_line(value), "a note was taken")

    def close(self) -> None:
        """Close the driver it holds, then the file."""
        with self._lock:
            self.driver.close()
            with suppress(OSError):  # each line is flushed: what cannot be written has been told
                self._file.close()

    def _kept(self, question: Question, ask: Callable[[], Reply]) -> Reply:
        with self._lock:
            self._check(_name(question))
            try:
                reply = ask()
            except (DriverError, ValueError) as refusal:
                self._keep(question, refusal)
                raise
            self._keep(question, reply)
            return reply

    def _check(self, what: str) -> None:
        if self._file.closed:
            raise NoDriver(f"{what}: the recording of {self.name} has been closed", "open the driver again")
        if self._broken:
            raise DriverError(f"{what} was not asked, since {self._broken}", "record again where there is room")

    def _keep(self, question: Question, answer: Answer) -> None:
        self._write(line(question, answer), f"{asked(question)} answered {answered(answer)}")
        self.count += 1

    def _write(self, text: str, done: str) -> None:
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as cause:
            self._broken = f"the recording of {self.name} cannot be written: {cause.strerror}"
            raise DriverError(f"{done}, but {self._broken}", "record again where there is room", os_errno=cause.errno) from None


def _name(question: Question) -> str:
    return type(question.op if isinstance(question, Malformed) else question).__name__
