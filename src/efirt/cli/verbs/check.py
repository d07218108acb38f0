"""``efirt check``: the conformance suite."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from json import dumps

from efirt.annotation import Final
from efirt.cli import holding, machines
from efirt.cli.asking import agree
from efirt.cli.call import Call, Exit, Note
from efirt.cli.ending import Ending
from efirt.cli.machines import Found
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.cli.screen import Screen
from efirt.firmware import PROFILES
from efirt.testing.conformance import CASES, Case, Outcome, Report, Run
from efirt.testing.conformance.book import Author, Book
from efirt.testing.conformance.held import RecordedMachine
from efirt.testing.conformance.log import Log
from efirt.testing.conformance.payloads import Nobody, Signer
from efirt.testing.conformance.suite import NO_SIGNER
from efirt.wire import escape

LOG: Final = "efirt-check.log"
INTERRUPTED: Final = 130
_INTERRUPTED: Final = "the run was interrupted"


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("--write", action="store_true", help="also cases that write variables of the suite's own, and the alarm")
    parser.add_argument(
        "--destructive",
        action="store_true",
        help="also cases near the firmware's own variables, its keys, clock and counter, with sizes it may stumble over, or that fill it",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask before writing")
    parser.add_argument("--group", action="append", metavar="G", help="only this group, such as VAR-GET; may be given again")
    parser.add_argument("--case", action="append", metavar="ID", help="only this case, such as VAR-GET-001; may be given again")
    parser.add_argument("--profile", metavar="P", help=f"which firmware it is: {', '.join(PROFILES)}")
    parser.add_argument("--payloads", metavar="FILE", help="take signatures from this book, which --save-payloads made elsewhere")
    parser.add_argument("--save-payloads", metavar="FILE", help="write every signature that was made into a book")
    parser.add_argument("--junit", metavar="FILE", help="also write the result as JUnit XML")
    parser.add_argument(
        "--log", metavar="FILE", help=f"write each question down before it is asked (default: {LOG} where the machine is real)"
    )


def run(call: Call) -> Iterator[Report | Note | Exit]:
    """What came of each case."""
    given = call.arguments
    cases = _chosen(given)
    author = Author(_signer(given.payloads))
    holding.check(given)
    with call.opener(given.driver) as runtime:
        found = machines.find(call, runtime)
        with closing(found.machine.driver):
            if found.run is not None:
                cases = cases if given.group or given.case else [case for case in CASES if case.id in found.run.cases]
                author = author if given.payloads else Author(found.run.signer)
            elif found.danger and found.write and not given.yes:
                agree(_warning(cases, found, author), as_json=given.json)
            path = given.log or (LOG if found.real else None)
            ending = Ending()
            with _opened(path) as log:
                outcomes, interrupted = _outcomes(found, author, cases, _teller(log, given), ending)
            report = Report(found.name, found.machine.profile, outcomes)
    if given.save_payloads:
        _write(given.save_payloads, author.text())
    if given.junit:
        _write(given.junit, report.junit())
    yield report
    yield from _notes(found, path, ending.sentence if interrupted else "")
    if interrupted or report.failed:
        yield Exit(INTERRUPTED if interrupted else 1)


def _outcomes(
    found: Found, author: Author, cases: Sequence[Case], tell: Callable[[str], None], ending: Ending
) -> tuple[tuple[Outcome, ...], bool]:
    """What came of each case, and whether somebody interrupted the run; then those that were not asked say so."""
    recorded = None if found.record is None else RecordedMachine(found.machine, found.record)
    if recorded is not None:
        recorded.begin(cases, write=found.write, destructive=found.destructive)
        author.note = recorded.note
    outcomes: list[Outcome] = []
    tell = ending.watching(tell)
    try:
        for outcome in Run(recorded or found.machine, author, tell, write=found.write, destructive=found.destructive).outcomes(cases):
            outcomes.append(outcome)  # noqa: PERF402 - what came before an interruption is kept
    except KeyboardInterrupt as cause:
        ending.cause = cause
        asked = {outcome.case.id for outcome in outcomes}
        return (*outcomes, *(Outcome(case, "skipped", _INTERRUPTED) for case in cases if case.id not in asked)), True
    if recorded is not None:
        recorded.end()
    return tuple(outcomes), False


def _notes(found: Found, path: str | None, interrupted: str) -> Iterator[Note]:
    if interrupted:
        yield Note(interrupted)
    if found.run is not None and (unknown := len({*found.run.cases} - {case.id for case in CASES})):
        yield Note(f"{unknown} cases of the recording are not in this suite")
    if path:
        yield Note(f"every question is in {path}")


def lines(rows: Sequence[Report], _arguments: Arguments) -> Iterator[str]:
    """For people; what firmware said is escaped."""
    return (escape.sentence(line) for row in rows for line in row.lines())


def record(rows: Sequence[Report], _arguments: Arguments) -> dict[str, object]:
    """For programs."""
    return rows[0].record()


def _chosen(given: Arguments) -> list[Case]:
    groups, ids = {case.group for case in CASES}, {case.id for case in CASES}
    for wanted, known, what in ((given.group, groups, "group"), (given.case, ids, "case")):
        unknown = [one for one in wanted or () if one not in known]
        if unknown:
            advice = f"the groups are {', '.join(sorted(groups))}"
            raise UsageError(f"there is no {what} {unknown[0]!r}", advice)
    if not given.group and not given.case:
        return list(CASES)
    return [case for case in CASES if case.group in (given.group or ()) or case.id in (given.case or ())]


def _signer(book: str | None) -> Signer:
    if book is not None:
        return Book.read(book)
    try:
        from efirt.testing.conformance.signing import Keys  # noqa: PLC0415 - an extra

        return Keys()
    except ImportError:
        return Nobody(NO_SIGNER)


def _warning(cases: Sequence[Case], found: Found, signer: Signer) -> str:
    from efirt.testing.conformance.cost import cost  # noqa: PLC0415 - a rehearsal, only where it is asked for

    wanted = [case for case in cases if found.destructive or not case.is_destructive]
    spent = cost(wanted, found.machine.profile, signer)
    return f"This makes {spent.sentence()}; {found.danger}"


def _teller(log: Log, given: Arguments) -> Callable[[str], None]:
    """Takes the lines of the log; where calls are traced, those that say which case they belong to are shown between them."""
    if not given.trace:
        return log.tell
    as_json = given.json or given.trace == "json"
    screen = Screen(as_json=as_json)

    def tell(line: str) -> None:
        log.tell(line)
        if not line.startswith(" "):
            screen.tell(dumps({"case": line}) if as_json else f"-- {escape.sentence(line)}")

    return tell


def _opened(path: str | None) -> Log:
    try:
        return Log(path)
    except OSError as cause:
        raise UsageError(f"the log {path} cannot be written: {cause.strerror}", "name another with --log") from None


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs 9 ms
            file.write(text)
    except OSError as cause:
        raise UsageError(f"{path} cannot be written: {cause.strerror}") from None
