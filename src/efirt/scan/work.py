"""A process that looks at files, one after another, until there are none or it is ended.

It is in a process group of its own: an interrupt at the terminal is for its parent, and ending it ends what it started.
"""

import gc
import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from time import monotonic

from efirt.annotation import Final, NamedTuple
from efirt.scan.look import Manner, looked_at
from efirt.scan.plan import Found
from efirt.scan.report import line_of
from efirt.scan.row import Skipped

_PATIENCE_SECONDS: Final = 0.05
_SELDOM: Final = 50_000


class Outcome(NamedTuple):
    """What came of a file.

    Attributes:
        path: Its name.
        verdict: The row's; None where there is none.
        text: The row as it is written, or why there is none.
        is_kept: Whether that stays so as long as the file is the same; what could not be read may be readable the next time.
    """

    path: str
    verdict: str | None
    text: str
    is_kept: bool = True


def work(tasks: Connection, results: Connection, manner: Manner, style: str) -> None:
    """Look at the files that come, until nobody sends any more; all those of one message are answered, in their order."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()
    gc.set_threshold(_SELDOM)
    gc.enable()
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            _answer([Found._make(one) for one in tasks.recv()], results, manner, style)


def _answer(batch: list[Found], results: Connection, manner: Manner, style: str) -> None:
    done: list[Outcome] = []
    since = monotonic()
    for found in batch:
        done.append(outcome_of(found, manner, style))
        if monotonic() - since > _PATIENCE_SECONDS:
            _send(done, results)
            done, since = [], monotonic()
    if done:
        _send(done, results)


def _send(done: list[Outcome], results: Connection) -> None:
    """Send answers; plain tuples take a third of the time."""
    results.send([tuple(outcome) for outcome in done])


def outcome_of(found: Found, manner: Manner, style: str) -> Outcome:
    """Look at one file."""
    row = looked_at(found, manner)
    if isinstance(row, Skipped):
        return Outcome(row.path, None, row.why)
    return Outcome(row.path, row.verdict, line_of(row, style), row.size is not None)
