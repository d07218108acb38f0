"""Processes that share the work: each has a little of it before it, so that neither what is found nor what came of it piles up.

A process that ends over a file, or takes too long, is replaced. The files it did not answer for are looked at again, each by itself, so
that the one it was is found out; that one gets a row that says so.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from threading import active_count
from time import monotonic

from efirt.annotation import TYPE_CHECKING, Any, Final, Protocol
from efirt.scan.look import Manner
from efirt.scan.plan import Found
from efirt.scan.report import line_of
from efirt.scan.row import Row
from efirt.scan.work import Outcome, work
from efirt.views.certificate_update import DAMAGED

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

_BATCH: Final = 16
_BATCH_BYTES: Final = 4096
_BYTES_OF_CHARACTER: Final = 4
_SHARES: Final = 4
_AHEAD: Final = 2
_WAIT_SECONDS: Final = 0.2


class Target(Protocol):
    """What a process runs."""

    def __call__(self, tasks: Connection, results: Connection, manner: Manner, style: str, /) -> None:
        """Work."""


def _begin(target: Target, inherited: tuple[Connection, ...], *given: Any) -> None:  # noqa: ANN401 - passed on as they are
    """Run in a new process; this end of its pipes is not its own, and would keep it waiting when nobody is left."""
    for connection in inherited:
        connection.close()
    target(*given)


class _Worker:
    """A process, what it was given and did not answer for yet, and since when it was silent."""

    def __init__(self, context: "BaseContext", target: Target, manner: Manner, style: str) -> None:
        theirs, self.tasks = context.Pipe(duplex=False)
        self.results, answers = context.Pipe(duplex=False)
        inherited = (self.tasks, self.results) if context.get_start_method() == "fork" else ()
        given = (target, inherited, theirs, answers, manner, style)
        self.process = context.Process(target=_begin, args=given, daemon=True)  # type: ignore[attr-defined]
        self.process.start()
        theirs.close()
        answers.close()
        self.waiting: deque[list[Found]] = deque()
        self.is_suspect = False
        self.since = monotonic()

    def give(self, batch: list[Found], *, is_suspect: bool) -> None:
        if not self.waiting:
            self.since = monotonic()
        self.is_suspect = is_suspect
        self.waiting.append(batch)
        with suppress(BrokenPipeError, ConnectionResetError):  # its end is noticed where its answers would come
            self.tasks.send([tuple(found) for found in batch])

    def take(self) -> list[Outcome]:
        """Its next answers.

        Raises:
            EOFError: It has ended.
        """
        done = [Outcome._make(one) for one in self.results.recv()]
        self.since = monotonic()
        for _ in done:
            del self.waiting[0][0]
            if not self.waiting[0]:
                self.waiting.popleft()
        return done

    def end(self) -> int:
        """End it, and all it started; what it ended with, a negative signal where it was one."""
        if self.process.is_alive():  # else its number may be somebody else's by now
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
        self.process.join()
        self.tasks.close()
        self.results.close()
        status: int = self.process.exitcode
        self.process.close()
        return status


class Pool:
    """So many processes, started as they are needed.

    Args:
        jobs: How many at most.
        limit_seconds: How long one may be silent over a file.
        manner: How images are looked at.
        style: How rows are written.
        target: What a process runs.
    """

    def __init__(self, jobs: int, limit_seconds: float, manner: Manner, style: str, target: Target = work) -> None:
        self._jobs = jobs
        self._limit_seconds = limit_seconds
        self._style = style
        self._context = get_context("fork" if active_count() == 1 else "forkserver")
        self._start: Callable[[], _Worker] = partial(_Worker, self._context, target, manner, style)
        self._workers: list[_Worker] = []
        self._suspects: deque[Found] = deque()
        self._given = 0

    def outcomes(self, found: Iterator[Found | None], is_over: Callable[[], bool]) -> Iterator[list[Outcome]]:
        """What comes of files, as it comes; an empty list from time to time where nothing does.

        Args:
            found: The files, of which only a few are taken ahead; None where there is something else to do first.
            is_over: Whether to stop.
        """
        try:
            more = True
            while not is_over():
                more = self._hand_out(found) if more else self._hand_out(iter(()))
                busy = [worker for worker in self._workers if worker.waiting]
                if busy:
                    yield self._gathered(busy)
                elif more:
                    yield []
                else:
                    return
        finally:
            for worker in self._workers:
                worker.end()
            self._workers.clear()

    def _hand_out(self, found: Iterator[Found | None]) -> bool:
        """Give everybody enough to do; whether there may be more."""
        while True:
            is_free, worker = self._free()
            if not is_free:
                return True
            is_suspect = bool(self._suspects) and (worker is None or not worker.waiting)
            batch, more = ([self._suspects.popleft()], True) if is_suspect else self._batch(found)
            if batch:
                if worker is None:
                    worker = self._start()
                    self._workers.append(worker)
                worker.give(batch, is_suspect=is_suspect)
            if not more or not batch:
                return more

    def _free(self) -> tuple[bool, _Worker | None]:
        """Whether somebody can take more, and who; None for one that is to be started."""
        idle = next((worker for worker in self._workers if not worker.waiting), None)
        if idle is not None or len(self._workers) < self._jobs:
            return True, idle
        next_one = next((worker for worker in self._workers if not worker.is_suspect and len(worker.waiting) < _AHEAD), None)
        return next_one is not None, next_one

    def _batch(self, found: Iterator[Found | None]) -> tuple[list[Found], bool]:
        """The next files, few enough to fit a pipe twice, and first ones few enough to be shared out; whether there may be more."""
        most = min(_BATCH, 1 + self._given // (_SHARES * self._jobs))
        batch: list[Found] = []
        size = 0
        for one in found:
            if one is None:
                break
            batch.append(one)
            self._given += 1
            size += _BYTES_OF_CHARACTER * len(one.path)
            if len(batch) == most or size > _BATCH_BYTES:
                break
        else:
            return batch, False
        return batch, True

    def _gathered(self, busy: list[_Worker]) -> list[Outcome]:
        """What some of them have done by now."""
        done: list[Outcome] = []
        ready = wait([worker.results for worker in busy], _WAIT_SECONDS)
        for worker in busy:
            if worker.results in ready:
                try:
                    done += worker.take()
                except (EOFError, OSError):  # OSError where a message was cut short
                    done += self._lost(worker, "")
            elif monotonic() - worker.since > self._limit_seconds:
                done += self._lost(worker, f"reading it took longer than {self._limit_seconds:g} seconds, and was given up")
        return done

    def _lost(self, worker: _Worker, why: str) -> list[Outcome]:
        """End a process; the row of the file it was, where it had but one."""
        status = worker.end()
        self._workers.remove(worker)
        files = [found for batch in worker.waiting for found in batch]
        if not worker.is_suspect:
            self._suspects.extend(files)
            return []
        if not why:
            how = f"signal {-status}" if status < 0 else f"status {status}"
            why = f"reading it ended the process that read it, with {how}"
        row = Row(files[0].path, DAMAGED, why, damage_count=1)
        return [Outcome(row.path, row.verdict, line_of(row, self._style), is_kept=False)]
