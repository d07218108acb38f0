"""What differential runs found, all of them together."""

from collections import Counter
from typing import NamedTuple

from efirt import Status
from efirt.testing.explained import Comparison
from tests.real.differential import Difference
from tests.real.outcomes import OUTCOMES, is_authenticated


class Summary(NamedTuple):
    """The counts of some runs.

    Attributes:
        runs: How many sequences.
        boots: How often machines booted.
        operations: How many operations were drawn; looks at the store are not among them.
        authenticated: How many of them were authenticated writes.
        full: How many of them got OUT_OF_RESOURCES.
        looks: How often the store's contents were compared besides, a variable each.
        statuses: How often real firmware gave each status.
        outcomes: How often each outcome of an authenticated write was seen on both sides.
        explained: How often each explanation was needed.
        reports: What was not explained, a text for each run that has any.
    """

    runs: int = 0
    boots: int = 0
    operations: int = 0
    authenticated: int = 0
    full: int = 0
    looks: int = 0
    statuses: Counter[str] = Counter()  # noqa: RUF012 - added to by making another one
    outcomes: Counter[str] = Counter()  # noqa: RUF012
    explained: Counter[str] = Counter()  # noqa: RUF012
    reports: tuple[str, ...] = ()

    def with_run(self, name: str, found: Difference) -> "Summary":
        """With one more."""
        drawn = [one for one in found.asked if one.is_drawn]
        real = [one.real for one in drawn]
        comparison: Comparison = found.comparison
        return Summary(
            self.runs + 1,
            self.boots + found.boots,
            self.operations + len(drawn),
            self.authenticated + sum(is_authenticated(one.op) for one in drawn),
            self.full + sum(getattr(answer, "status", None) == Status.OUT_OF_RESOURCES for answer in real),
            self.looks + len(found.asked) - len(drawn),
            self.statuses + Counter(str(getattr(answer, "status", "refused by Xen")) for answer in real),
            self.outcomes + Counter(one.outcome for one in drawn if one.outcome is not None and one.real == one.simulated),
            self.explained + Counter({reason: len(steps) for reason, steps in comparison.explained.items()}),
            (*self.reports, *([f"{name}: {comparison.report()}"] if comparison.unexplained else [])),
        )

    @property
    def share_explained(self) -> float:
        """Which part of all that was compared, 0..=1, differs with a reason."""
        return self.explained.total() / max(self.operations + self.looks, 1)

    def report(self) -> str:
        """The counts for people."""
        return "\n".join(
            (
                f"{self.runs} sequences, {self.boots} boots, {self.operations} operations and {self.looks} looks at the store",
                f"  {self.authenticated} authenticated writes ({self.authenticated / max(self.operations, 1):.1%})",
                f"  {self.full} times OUT_OF_RESOURCES ({self.full / max(self.operations, 1):.1%})",
                f"  {len(self.reports)} sequences with unexplained differences",
                *(f"  {count} explained ({self.share_explained:.2%} in all): {reason}" for reason, count in self.explained.items()),
                "statuses of real firmware:",
                *(f"  {count:6} {status}" for status, count in self.statuses.most_common()),
                "outcomes of authenticated writes:",
                *(f"  {self.outcomes[name]:6} {name}" for name in OUTCOMES),
                *(f"  {count:6} {name}" for name, count in self.outcomes.most_common() if name not in OUTCOMES),
                *self.reports,
                "",
            )
        )
