"""Holding a driver so that each call is a line: ``strace`` for firmware."""

from collections.abc import Callable
from json import dumps
from time import perf_counter

from efirt.errors import DriverError
from efirt.ops.driver import Driver, Op
from efirt.ops.holder import Holder
from efirt.ops.malformed import Malformed
from efirt.ops.recording import Answer, Question, answer_record, question_record
from efirt.ops.reply import Reply
from efirt.ops.wording import answered, asked


class Trace(Holder):
    """A driver that tells of each call when it has ended.

    Args:
        driver: What to hold.
        write: Takes each line, without its end; from several threads at once where the driver is asked by several.
        as_json: Whether the lines are for programs: ``{"op": {...}, "reply": {...}, "seconds": 0.000031}``, ``error`` for ``reply``,
            ``malformed`` for ``op`` where a pointer was NULL.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self, driver: Driver, write: Callable[[str], object], *, as_json: bool = False, now: Callable[[], float] = perf_counter
    ) -> None:
        super().__init__(driver)
        self._write = write
        self._line = _json_line if as_json else _text_line
        self._now = now

    def call(self, op: Op) -> Reply:
        """Ask, tell, and bring back the raw answer.

        Raises:
            DriverError: The question did not arrive; that is told too.
        """
        return self._told(op, lambda: self.driver.call(op))

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask, tell, and bring back the raw answer.

        Raises:
            DriverError: As :meth:`call`.
        """
        return self._told(asked, lambda: super(Trace, self).call_malformed(asked))

    def _told(self, question: Question, ask: Callable[[], Reply]) -> Reply:
        began = self._now()
        try:
            reply = ask()
        except (DriverError, ValueError) as refusal:
            self._write(self._line(question, refusal, self._now() - began))
            raise
        self._write(self._line(question, reply, self._now() - began))
        return reply


def _text_line(question: Question, answer: Answer, seconds: float) -> str:
    return f"{asked(question)} -> {answered(answer)} <{seconds * 1e6:.0f} us>"


def _json_line(question: Question, answer: Answer, seconds: float) -> str:
    return dumps(question_record(question) | answer_record(answer) | {"seconds": round(seconds, 6)})
