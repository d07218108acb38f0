"""``efirt drivers``: every driver, whether it applies here and why, and what it carries."""

import os
from collections.abc import Iterator, Sequence

from efirt.annotation import Final, NamedTuple
from efirt.cli.call import Call
from efirt.cli.options import Arguments, Parser
from efirt.errors import EfirtError
from efirt.ops import OPERATIONS, Finding, Probe
from efirt.runtime.choice import CHOOSE, Report, reports
from efirt.wire.escape import sentence

_ASKED_FOR: Final = "named by --driver or EFIRT_DRIVER"


class Line(NamedTuple):
    """A driver, and whether it is the one that other verbs take.

    Attributes:
        report: What is known of it.
        chosen: Whether they take it.
    """

    report: Report
    chosen: bool


def options(_parser: Parser) -> None:
    """Add nothing."""


def run(call: Call) -> Iterator[Line]:
    """Every driver; one that is named with an argument or options of its own stands behind the others."""
    named = call.arguments.driver or os.environ.get(CHOOSE)
    found = reports()
    if named and named not in {report.name for report in found}:
        found.append(_named(call, named))
    first = next((report.name for report in found if report.live and report.finding.applies), None)
    for report in found:
        yield Line(report, report.name == (named or first))


def _named(call: Call, name: str) -> Report:
    try:
        runtime = call.opener(name, inactive=True)
    except EfirtError as refusal:
        return Report(
            name, _ASKED_FOR, live=False, finding=Finding(False, refusal.message, refusal.advice), carried=frozenset(), refused={}
        )
    with runtime:
        driver = runtime.driver
        refused = {operation: driver.why_not(operation) for operation in OPERATIONS if operation not in driver.carried}
        try:
            runtime.call(Probe())
            finding = Finding(applies=True, reason="runtime services can be reached")
        except EfirtError as refusal:
            finding = Finding(False, refusal.message, refusal.advice)
        return Report(name, _ASKED_FOR, live=False, finding=finding, carried=driver.carried, refused=refused)


def lines(rows: Sequence[Line], _arguments: Arguments) -> Iterator[str]:
    """A few lines for each; a star stands before the one that other verbs take."""
    for row in rows:
        report, finding = row.report, row.report.finding
        applies = "applies here" if finding.applies else "does not apply here"
        yield f"{'*' if row.chosen else ' '} {sentence(report.name)}: {sentence(report.summary)}"
        yield f"    {applies}: {sentence(finding.reason)}"
        if finding.advice:
            yield f"    to change that: {sentence(finding.advice)}"
        yield from (f"    {line}" for line in _carried(report))


def _carried(report: Report) -> Iterator[str]:
    names = [operation.__name__ for operation in OPERATIONS if operation in report.carried]
    if names:
        yield f"carries {len(names)} of {len(OPERATIONS)} operations: {', '.join(names)}"
    reasons: dict[str, list[str]] = {}
    for operation, reason in report.refused.items():
        reasons.setdefault(reason, []).append(operation.__name__)
    yield from (f"not {', '.join(operations)}: {sentence(reason)}" for reason, operations in reasons.items())


def record(rows: Sequence[Line], _arguments: Arguments) -> list[dict[str, object]]:
    """An array of drivers."""
    return [_record(row.report, chosen=row.chosen) for row in rows]


def _record(report: Report, *, chosen: bool) -> dict[str, object]:
    return {
        "name": report.name,
        "summary": report.summary,
        "live": report.live,
        "applies": report.finding.applies,
        "reason": report.finding.reason,
        "advice": report.finding.advice,
        "chosen": chosen,
        "carries": [operation.__name__ for operation in OPERATIONS if operation in report.carried],
        "not_carried": {operation.__name__: reason for operation, reason in report.refused.items()},
    }
