"""What came of a run, for people, for programs and for continuous integration."""

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from efirt.testing.conformance.case import OUTCOMES, Outcome

_TELLS: Final = ("failed", "deviates")


class Report(NamedTuple):
    """A run.

    Attributes:
        driver: On what.
        profile: Which firmware it was taken for, with its quirks: ``edk2+user-absent``.
        outcomes: What came of each case.
    """

    driver: str
    profile: str
    outcomes: tuple[Outcome, ...]

    @property
    def failed(self) -> bool:
        """Whether a case that must pass did not."""
        return any(one.outcome == "failed" and one.case.level == "MUST" for one in self.outcomes)

    def counts(self) -> dict[str, int]:
        """How many of each outcome."""
        found = Counter(one.outcome for one in self.outcomes)
        return {name: found[name] for name in OUTCOMES}

    def record(self) -> dict[str, object]:
        """All that programs are told."""
        return {"driver": self.driver, "profile": self.profile, **self.counts(), "cases": [one.record() for one in self.outcomes]}

    def lines(self) -> Iterator[str]:
        """A table of groups, then every case that differs, and why others were not run."""
        yield f"{self.driver}, firmware {self.profile}"
        yield f"{'':10}{''.join(f'{name:>10}' for name in OUTCOMES)}"
        for group, outcomes in self._groups().items():
            found = Counter(one.outcome for one in outcomes)
            yield f"{group:10}{''.join(f'{found[name]:10}' for name in OUTCOMES)}"
        yield f"{'all':10}{''.join(f'{count:10}' for count in self.counts().values())}"
        for name in _TELLS:
            for one in self.outcomes:
                if one.outcome == name:
                    yield from _told(one)
        for one in self.outcomes:
            if one.case.level == "INFO" and one.outcome == "passed":
                yield ""
                yield f"{one.case.id} recorded: {one.reason}"
        yield from self._expected_here()
        yield from self._skipped()

    def _groups(self) -> dict[str, list[Outcome]]:
        groups: dict[str, list[Outcome]] = {}
        for one in self.outcomes:
            groups.setdefault(one.case.group, []).append(one)
        return groups

    def _expected_here(self) -> Iterator[str]:
        found = [one for one in self.outcomes if one.outcome == "passed" and one.reason and one.case.level != "INFO"]
        if found:
            yield ""
            yield "passed as this firmware does it, and others do not:"
        for one in found:
            yield f"{one.case.id:14}{one.reason}"

    def _skipped(self) -> Iterator[str]:
        reasons: dict[str, list[str]] = {}
        for one in self.outcomes:
            if one.outcome == "skipped":
                reasons.setdefault(one.reason, []).append(one.case.id)
        if reasons:
            yield ""
            yield "not run:"
        for reason, ids in sorted(reasons.items(), key=lambda item: -len(item[1])):
            yield f"{len(ids):6}  {reason}"

    def junit(self) -> str:
        """JUnit's XML: a deviation and a failure below MUST are skips with their reason, so that no job counts them as passes or breaks."""
        counts = self.counts()
        broken = sum(map(_breaks, self.outcomes))
        seconds = sum(one.seconds for one in self.outcomes)
        head = f'tests="{len(self.outcomes)}" failures="{broken}" errors="0" skipped="{len(self.outcomes) - broken - counts["passed"]}"'
        rows = "".join(map(_element, self.outcomes))
        name = _xml(f"efirt check {self.driver} {self.profile}")
        return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuite name="{name}" {head} time="{seconds:.3f}">\n{rows}</testsuite>\n'


def _told(one: Outcome) -> Iterator[str]:
    case = one.case
    yield ""
    yield f"{case.id} {one.outcome} ({case.level}, {case.source})"
    yield f"  {case.call}" + (f", where: {case.setup}" if case.setup != "-" else "")
    if one.outcome == "deviates":
        yield f"  known:    {one.reason.partition(' (')[0]}"
    if one.asked:
        yield f"  asked:    {one.asked}"
        yield f"  expected: {one.expected}"
        yield f"  got:      {one.got}"
    else:
        yield f"  {one.reason}"


def _breaks(one: Outcome) -> bool:
    return one.outcome == "failed" and one.case.level == "MUST"


def _element(one: Outcome) -> str:
    case = f'  <testcase classname="{_xml(one.case.group)}" name="{_xml(one.case.id)}" time="{one.seconds:.3f}"'
    if one.outcome == "passed":
        return case + "/>\n"
    if _breaks(one):
        return f'{case}><failure message="{_xml(one.reason)}"/></testcase>\n'
    return f'{case}><skipped message="{_xml(f"{one.outcome}: {one.reason}")}"/></testcase>\n'


def _xml(text: str) -> str:
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
