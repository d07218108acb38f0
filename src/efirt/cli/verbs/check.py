"""``efirt check``: the conformance suite."""

from collections.abc import Iterator, Sequence

from efirt.annotation import Final
from efirt.cli.asking import agree
from efirt.cli.call import Call, Exit, Note
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.errors import DriverError
from efirt.firmware import DEFAULT, PROFILES, Profile
from efirt.firmware.quirks import with_quirks
from efirt.runtime.registry import Address, choose
from efirt.runtime.services import Runtime
from efirt.testing.conformance import CASES, Case, LiveMachine, Report, Run, SimulatedMachine
from efirt.testing.conformance.book import Author, Book
from efirt.testing.conformance.log import Log
from efirt.testing.conformance.machine import Machine
from efirt.testing.conformance.payloads import Nobody, Signer
from efirt.testing.conformance.suite import NO_SIGNER
from efirt.wire import escape

SIMULATED: Final = ("simulated", "xen:simulated")
LOG: Final = "efirt-check.log"
_EDK2: Final = "EDK II"
_FAULT: Final = "a fault in the firmware takes the whole host down"
_FAULT_XEN: Final = "a fault in the firmware under Xen takes the whole host down with every guest"


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
    signer = Author(_signer(given.payloads))
    with call.open() as runtime:
        machine = _machine(runtime, given)
        if machine.live and (given.write or given.destructive) and not given.yes:
            agree(_warning(cases, machine, signer, destructive=given.destructive), as_json=given.json)
        path = given.log or (LOG if machine.live else None)
        with _opened(path) as log:
            suite = Run(
                machine,
                signer,
                log.tell,
                write=not machine.live or given.write or given.destructive,
                destructive=_may_destroy(machine, given),
            )
            report = Report(runtime.name, machine.profile, tuple(suite.outcomes(cases)))
    if given.save_payloads:
        _write(given.save_payloads, signer.text())
    if given.junit:
        _write(given.junit, report.junit())
    yield report
    if path:
        yield Note(f"every question is in {path}")
    if report.failed:
        yield Exit(1)


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


def _machine(runtime: Runtime, given: Arguments) -> Machine:
    address = Address.parse(given.driver or choose())
    held = given.read_only or given.trace or given.record is not None or given.faults is not None
    name = runtime.name.partition("?")[0]
    if name in SIMULATED and not held and address.options.keys() <= {"profile", "quirk"}:
        profile = _profile(given.profile or address.options.get("profile"))
        return SimulatedMachine(with_quirks(profile, address.options.get("quirk", "")), xen=name == "xen:simulated")
    live = name not in SIMULATED
    may = {"write": given.write or given.destructive or not live, "destructive": given.destructive or not live}
    return LiveMachine(runtime.driver, given.profile or _told(runtime), live=live, **may)


def _profile(name: str | None) -> Profile:
    profile = DEFAULT if name is None else PROFILES.get(name)
    if profile is None:
        raise UsageError(f"there is no firmware profile {name!r}", f"choose one of {', '.join(PROFILES)}")
    return profile


def _may_destroy(machine: Machine, given: Arguments) -> bool:
    return not machine.live or given.destructive


def _told(runtime: Runtime) -> str:
    try:
        vendor = runtime.info().vendor or ""
    except DriverError:
        vendor = ""
    return "edk2" if _EDK2 in vendor else "unknown"


def _warning(cases: Sequence[Case], machine: Machine, signer: Signer, *, destructive: bool) -> str:
    from efirt.testing.conformance.cost import cost  # noqa: PLC0415 - a rehearsal, only where it is asked for

    wanted = [case for case in cases if destructive or not case.is_destructive]
    spent = cost(wanted, machine.profile, signer)
    fault = _FAULT_XEN if machine.driver.name.startswith("xen") else _FAULT
    return f"This makes {spent.sentence()}; {fault}"


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
