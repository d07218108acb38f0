"""An audit: from names to rows, as they come."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from efirt.annotation import Final, NamedTuple
from efirt.scan.look import Manner
from efirt.scan.plan import Found, planned
from efirt.scan.pool import Pool
from efirt.scan.report import line_of
from efirt.scan.row import Row
from efirt.scan.state import Done, Stamp, State, stamp_of
from efirt.scan.work import Outcome
from efirt.views.certificate_update import OK

LIMIT_SECONDS: Final = 60.0

_WITHOUT_A_FILE: Final = 256


class Options(NamedTuple):
    """How an audit is done.

    Attributes:
        manner: How images are looked at.
        style: How rows are written: ``text``, ``json`` or ``csv``.
        jobs: How many processes share the work.
        limit_seconds: How long a file may take.
        state: What was looked at before; None to look at everything.
    """

    manner: Manner
    style: str
    jobs: int = 1
    limit_seconds: float = LIMIT_SECONDS
    state: State | None = None


class Tally:
    """What an audit came to so far.

    Attributes:
        verdicts: How many rows of which verdict, those of an interrupted audit that goes on included.
        skipped: How many files are no images, by their kind.
        before: How many of all these were looked at before.
    """

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self.before = 0

    @property
    def images(self) -> int:
        """How many rows there are."""
        return self.verdicts.total()

    @property
    def files(self) -> int:
        """How many files were looked at."""
        return self.images + self.skipped.total()

    @property
    def is_ok(self) -> bool:
        """Whether there is nothing to be done about any image."""
        return self.verdicts[OK] == self.images

    def add(self, verdict: str | None, why: str) -> None:
        """Count a file."""
        if verdict is None:
            self.skipped[why] += 1
        else:
            self.verdicts[verdict] += 1


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def audited(paths: Sequence[str], options: Options, tally: Tally, is_over: Callable[[], bool]) -> Iterator[list[str]]:
    """Look at images, and give their rows as they come, some at a time; an empty list from time to time where there are none.

    Args:
        paths: Files, directories and patterns.
        options: How.
        tally: Counts what came of them.
        is_over: Whether to stop; it is asked all the time.
    """
    beside: list[Outcome] = []
    stamps: dict[str, Stamp] = {}
    pool = Pool(options.jobs, options.limit_seconds, options.manner, options.style)
    for outcomes in pool.outcomes(_to_look_at(paths, options, tally, beside, stamps), is_over):
        yield from _told(outcomes, options.state, tally, beside, stamps)
    if beside:
        yield from _told([], options.state, tally, beside, stamps)


def _told(
    outcomes: list[Outcome], state: State | None, tally: Tally, beside: list[Outcome], stamps: dict[str, Stamp]
) -> Iterator[list[str]]:
    """The rows of what was done; what was looked at is written down once somebody has taken them."""
    done = [*beside, *outcomes]
    beside.clear()
    for outcome in done:
        tally.add(outcome.verdict, outcome.text)
    yield [outcome.text for outcome in done if outcome.verdict is not None]
    if state is not None:
        kept = [(outcome, stamps.pop(outcome.path, None)) for outcome in done]
        state.add(
            Done(outcome.path, stamp, outcome.verdict, "" if outcome.verdict else outcome.text)
            for outcome, stamp in kept
            if stamp is not None and outcome.is_kept
        )


def _to_look_at(
    paths: Sequence[str], options: Options, tally: Tally, beside: list[Outcome], stamps: dict[str, Stamp]
) -> Iterator[Found | None]:
    """The files that are to be looked at; what needs none goes beside, and None gives time to take it from there."""
    state, without = options.state, 0
    for one in planned(paths):
        if isinstance(one, Found) and not (state is not None and _is_done(one, state, tally, stamps)):
            yield one
            continue
        if isinstance(one, Row):
            beside.append(Outcome(one.path, one.verdict, line_of(one, options.style), is_kept=False))
        elif not isinstance(one, Found):
            tally.add(None, one.why)
        without += 1
        if without % _WITHOUT_A_FILE == 0:
            yield None


def _is_done(found: Found, state: State, tally: Tally, stamps: dict[str, Stamp]) -> bool:
    """Whether a file was looked at before and is still the same; a directory's time says nothing of its files."""
    stamp = None if found.is_directory else stamp_of(found.path)
    if stamp is None:
        return False
    done = state.find(found.path, stamp)
    if done is None:
        stamps[found.path] = stamp
        return False
    tally.add(done.verdict, done.why)
    tally.before += 1
    return True
