"""``efirt image audit``: many images, a row for each."""

from collections.abc import Callable, Iterator, Sequence
from time import gmtime, monotonic, strftime

from efirt.annotation import Any, Final
from efirt.cli.call import Call, Exit, Note, Progress, Rows, Summary
from efirt.cli.images import dictionary_option
from efirt.cli.interrupts import interrupts
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.cli.screen import is_watched
from efirt.scan.audit import LIMIT_SECONDS, Options, Tally, audited, cores
from efirt.scan.look import Manner
from efirt.scan.plan import counted
from efirt.scan.report import CSV, JSON, TEXT, header_of
from efirt.scan.state import State

_SIGNALLED: Final = 128
_SECONDS_BETWEEN: Final = 0.1
_WIDTH: Final = 24
_MOST_JOBS: Final = 1024


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="an image, a directory to search, or a pattern in quotes such as '/vm/**/*.fd'"
    )
    parser.add_argument("--csv", action="store_true", help="write comma-separated values, one line for each image")
    parser.add_argument("--resume", metavar="FILE", help="write down in FILE what was looked at, and leave out what stands there already")
    parser.add_argument("--jobs", metavar="N", help="how many processes share the work (default: one for each processor)")
    parser.add_argument("--limit", metavar="SECONDS", help=f"how long one file may take (default: {LIMIT_SECONDS:g})")
    dictionary_option(parser)


def run(call: Call) -> Iterator[Rows | Progress | Note | Summary | Exit]:
    """The rows as they come; the exit status is 1 where something is to be done about an image."""
    given = call.arguments
    if given.csv and given.json:
        raise UsageError("--csv and --json are two ways to write the same", "leave one out")
    style = CSV if given.csv else JSON if given.json else TEXT
    jobs, limit = _jobs(given.jobs), _limit(given.limit)
    manner = Manner(strftime("%Y-%m-%dT%H:%M:%SZ", gmtime()), given.dictionary)
    state = None if given.resume is None else State.open(given.resume)
    tally = Tally()
    try:
        with interrupts() as interrupted:
            header = header_of(style) if state is None or state.is_fresh else None
            yield Rows((header,) if header else ())
            bar = _Bar(given.paths, tally, interrupted)
            for lines in audited(given.paths, Options(manner, style, jobs, limit, state), tally, lambda: bool(interrupted())):
                if lines:
                    yield Rows(lines)
                yield from bar.moved()
            yield Progress("")
            if interrupted():
                yield Note(_how_to_go_on(given, tally))
                yield Exit(_SIGNALLED + interrupted())
                return
    finally:
        if state is not None:
            state.close()
    yield _summary(tally)
    if not tally.is_ok:
        yield Exit(1)


def _jobs(word: str | None) -> int:
    if word is None:
        return cores()
    if not (word.isascii() and word.isdecimal()) or not 1 <= int(word[:9]) <= _MOST_JOBS:
        raise UsageError(f"--jobs {word!r} is no number of processes", f"write 1 to {_MOST_JOBS}")
    return int(word[:9])


def _limit(word: str | None) -> float:
    try:
        seconds = LIMIT_SECONDS if word is None else float(word)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"--limit {word!r} is no number of seconds", "write it in digits, such as 60")
    return seconds


def _how_to_go_on(given: Arguments, tally: Tally) -> str:
    from shlex import join  # noqa: PLC0415 - for who interrupts

    if given.resume is None:
        return f"interrupted after {tally.files} files; with --resume FILE, an audit can go on where it was interrupted"
    words = ["efirt", "image", "audit", *given.paths, "--resume", given.resume]
    words += ["--json"] * given.json + ["--csv"] * given.csv
    for option, value in (("--jobs", given.jobs), ("--limit", given.limit), ("--dictionary", given.dictionary)):
        words += [option, value] if value is not None else []
    return f"interrupted after {tally.files} files; to go on: {join(words)}"


def _summary(tally: Tally) -> Summary:
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(tally.verdicts.items()))
    line = f"{tally.images} image{'' if tally.images == 1 else 's'}" + (f": {told}" if told else "")
    if tally.skipped:
        kinds = ", ".join(f"{count} {why}" for why, count in sorted(tally.skipped.items()))
        line += f"; {tally.skipped.total()} not looked at as images: {kinds}"
    if tally.before:
        line += f"; {tally.before} of these had been looked at before"
    return Summary(line, {"images": tally.images, "verdicts": tally.verdicts, "skipped": tally.skipped, "before": tally.before})


class _Bar:
    """How far it is; where somebody watches, the files are counted beforehand."""

    def __init__(self, paths: Sequence[str], tally: Tally, interrupted: Callable[[], int]) -> None:
        self._tally = tally
        self._is_watched = is_watched()
        self._total = counted(paths, lambda: bool(interrupted())) if self._is_watched else None
        self._begin = monotonic()
        self._last = self._begin - _SECONDS_BETWEEN

    def moved(self) -> Iterator[Progress]:
        """Its new state, where it is time for one."""
        now = monotonic()
        if self._is_watched and now - self._last >= _SECONDS_BETWEEN:
            self._last = now
            yield Progress(_bar(self._tally.files, self._tally.before, self._total, now - self._begin))


def _bar(files: int, before: int, total: int | None, seconds: float) -> str:
    """A line: how many files of how many, how fast, and how long it will take."""
    rate = (files - before) / seconds if seconds > 0 else 0.0
    if total is None or files > total:
        return f"{files:,} files, {rate:,.0f}/s"
    filled = _WIDTH * files // max(total, 1)
    left = f", {(total - files) / rate:,.0f} s left" if rate > 0 else ""
    return f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {files:,} of {total:,} files, {rate:,.0f}/s{left}"


def lines(_rows: Sequence[object], _arguments: Arguments) -> Iterator[str]:
    """Nothing: all rows were told as they came."""
    return iter(())


def record(_rows: Sequence[object], _arguments: Arguments) -> list[Any]:
    """Nothing, as :func:`lines`."""
    return []
