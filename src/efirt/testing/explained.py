"""Comparing two drivers' answers to one sequence, where each accepted difference is a predicate with a reason."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from efirt.errors import DriverError
from efirt.ops import Op, Reply

Answer = Reply | DriverError


class Step(NamedTuple):
    """One operation and what each side answered.

    Attributes:
        number: Its place in the sequence, from 0.
        op: What was asked.
        one: The first side's answer.
        other: The second side's.
    """

    number: int
    op: Op
    one: Answer
    other: Answer


class Explanation(NamedTuple):
    """A difference that is expected.

    Attributes:
        reason: Why the two sides differ, as a sentence.
        matches: Whether a step's difference is of this kind.
    """

    reason: str
    matches: Callable[[Step], bool]


class Comparison(NamedTuple):
    """What a comparison found.

    Attributes:
        count: Steps compared.
        explained: Reason to the steps it explains.
        unexplained: The other steps that differ.
    """

    count: int  # type: ignore[assignment] # the word for it, though tuples have a method of this name
    explained: dict[str, list[Step]]
    unexplained: list[Step]

    @property
    def share_explained(self) -> float:
        """Which part of the steps, 0..=1, differs with a reason."""
        return sum(map(len, self.explained.values())) / max(self.count, 1)

    def report(self, most: int = 12) -> str:
        """The result for people, with the first unexplained steps."""
        lines = [f"{self.count} steps, {len(self.unexplained)} unexplained differences"]
        lines += [f"  {len(steps)} explained: {reason}" for reason, steps in self.explained.items()]
        for step in self.unexplained[:most]:
            lines += [f"  step {step.number}: {step.op}", f"    one:   {short(step.one)}", f"    other: {short(step.other)}"]
        return "\n".join(lines)


def short(answer: Answer) -> str:
    """An answer without the outputs it does not have."""
    if isinstance(answer, DriverError):
        return f"{type(answer).__name__}: {answer.message} (errno {answer.errno})"
    return ", ".join(f"{name}={value!r}" for name, value in answer._asdict().items() if value is not None)


def same(one: Answer, other: Answer) -> bool:
    """Whether two answers say the same: every output alike, or the same refusal of the road's."""
    if isinstance(one, DriverError) or isinstance(other, DriverError):
        return type(one) is type(other) and getattr(one, "errno", None) == getattr(other, "errno", None)
    return one == other


def compare(ops: Sequence[Op], one: Sequence[Answer], other: Sequence[Answer], explanations: Sequence[Explanation] = ()) -> Comparison:
    """Compare two sides' answers, step by step.

    Raises:
        ValueError: They are not of one length.
    """
    result = Comparison(len(ops), {explanation.reason: [] for explanation in explanations}, [])
    for number, (op, mine, theirs) in enumerate(zip(ops, one, other, strict=True)):
        if same(mine, theirs):
            continue
        step = Step(number, op, mine, theirs)
        for explanation in explanations:
            if explanation.matches(step):
                result.explained[explanation.reason].append(step)
                break
        else:
            result.unexplained.append(step)
    return result
