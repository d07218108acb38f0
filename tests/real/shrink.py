"""Make a sequence short that real firmware and the model answer differently.

    python -m tests.real.shrink OPS.json [--machine xen-pvh] [--one-a-boot]

OPS.json is what a run of ``make soak`` leaves beside its summary for a sequence with a difference. Many candidates are tried in one boot,
what they write being removed between them; where that is not enough, each has a boot of its own. The short sequence is printed, and
written beside the long one.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from efirt import Key
from efirt.firmware import Profile
from efirt.ops import Op, QueryVariableInfo, Reply, ResetSystem
from efirt.ops.notation import read_op, write_op
from efirt.store import Record
from efirt.testing.explained import Answer, Step
from efirt.testing.restarts import as_at_first, harmless, to_clear
from efirt.testing.shrinking import shrunk
from tests.real.boots import Boot
from tests.real.differential import PROFILE, Difference, differ, run_on_real
from tests.real.programs import started_by

Run = Callable[[list[Op]], Iterable[Boot]]


class Kind(NamedTuple):
    """What kind of difference a step shows; two of a kind are taken for the same.

    Attributes:
        operation: What was asked.
        real: Real firmware's status, or Xen's error.
        simulated: The model's.
        outputs: Which outputs differ.
        room: By how many bytes the room differs that is left, where that was asked for.
    """

    operation: type[Op]
    real: object
    simulated: object
    outputs: tuple[str, ...]
    room: int = 0

    @classmethod
    def of(cls, step: Step) -> "Kind":
        """The kind of a step's difference."""
        one, other = step.one, step.other
        outputs: tuple[str, ...] = ()
        room = 0
        if isinstance(one, Reply) and isinstance(other, Reply):
            outputs = tuple(name for name, mine, theirs in zip(Reply._fields, one, other, strict=True) if mine != theirs)
            if one.storage is not None and other.storage is not None:
                room = one.storage.remaining_storage_size - other.storage.remaining_storage_size
        return cls(type(step.op), _said(one), _said(other), outputs, room)


def _said(answer: Answer) -> object:
    return answer.status if isinstance(answer, Reply) else answer.errno


def _is_same(one: Kind, other: Kind) -> bool:
    return one._replace(room=0) == other._replace(room=0)


def kinds(found: Difference) -> list[tuple[int, Kind]]:
    """Where in the sequence unexplained differences are, and of which kind."""
    return [(found.asked[step.number].place, Kind.of(step)) for step in found.comparison.unexplained]


class Shrinker:
    """Makes a sequence short.

    Args:
        run: Asks the real side.
        profile: Which firmware the model is.
        program: The digest of what the real side starts after a reset.
        say: Takes a line on how far it is.
    """

    def __init__(self, run: Run, profile: Profile = PROFILE, program: bytes = b"", say: Callable[[str], object] = print) -> None:
        self._run = run
        self._profile = profile
        self._program = program
        self._say = say
        self._there: dict[Key, Record] = {}
        self.runs = 0

    def _differ(self, ops: list[Op]) -> list[tuple[int, Kind]]:
        self.runs += 1
        boots = [*self._run(ops)]
        self._there = {record.key: record for record in boots[0].memory.stored}
        return kinds(differ(boots, self._profile))

    def shrink(self, ops: list[Op], *, one_a_boot: bool = False) -> list[Op]:
        """The short sequence.

        Raises:
            ValueError: There is no difference, it is there before the sequence begins, or it is not there again.
        """
        ops = harmless(ops, self._program)
        found = self._differ(ops)
        if not found or found[0][0] < 0:
            raise ValueError("this sequence shows no difference" if not found else "the machines differ before the sequence begins")
        place, kind = found[0]
        cut = ops[: place + 1]
        self._say(f"{len(ops)} operations differ first at {place}: {kind}")
        if not one_a_boot and not any(isinstance(op, ResetSystem) for op in cut):
            short = shrunk(cut, partial(self._together, kind))
            if self._alone(kind, [short]) == [True]:
                return short
            self._say("what is left differs only after other candidates: each gets a boot of its own now")
        return shrunk(cut, partial(self._alone, kind))

    def _alone(self, kind: Kind, candidates: Sequence[Sequence[Op]]) -> list[bool]:
        """Whether each shows the difference, a machine each; one that would take its machine down shows nothing."""
        shown = [self._is_harmless(one) and self._shows(kind, [*one]) for one in candidates]
        self._say(f"{sum(shown)} of {len(shown)} candidates of {', '.join(str(len(one)) for one in candidates)} operations differ")
        return shown

    def _shows(self, kind: Kind, ops: list[Op]) -> bool:
        return any(at == len(ops) - 1 and _is_same(kind, its) for at, its in self._differ(ops))

    def _is_harmless(self, ops: Sequence[Op]) -> bool:
        try:
            return harmless(ops, self._program) == [*ops]
        except ValueError:
            return False

    def _together(self, kind: Kind, candidates: Sequence[Sequence[Op]]) -> list[bool]:
        """Whether each shows the difference, all of them on one machine.

        A room that differs goes on differing: so it is asked for before each candidate, too, and has to differ more behind it.
        """
        ops: list[Op] = []
        places = []
        firmware = as_at_first()
        for one in candidates:
            before = [op for op in one[-1:] if isinstance(op, QueryVariableInfo)]
            kept = harmless(one, self._program, firmware)
            ops += [*before, *kept]
            places.append((len(ops) - len(kept) - len(before), len(ops) - 1) if kept == [*one] else (-1, -1))
            ops += to_clear(kept, self._there, firmware)
        found = dict(self._differ(ops))
        shown = [end in found and _is_same(kind, found[end]) and found[end] != found.get(begin) for begin, end in places]
        self._say(f"{sum(shown)} of {len(shown)} candidates of {', '.join(str(len(one)) for one in candidates)} operations differ")
        return shown


def main() -> None:
    """Shrink the sequence of a file on a machine of the lab."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.shrink", description="Make a sequence short that shows a difference.")
    parser.add_argument("ops", type=Path, help="the sequence, as JSON")
    parser.add_argument("--machine", default="xen-pvh", help="a machine of the lab")
    parser.add_argument("--one-a-boot", action="store_true", help="give each candidate a boot of its own")
    given = parser.parse_args()
    ops = [read_op(op) for op in json.loads(given.ops.read_text())]
    with tempfile.TemporaryDirectory(prefix="efirt-shrink.") as out:
        shrinker = Shrinker(lambda asked: run_on_real(asked, given.machine, Path(out)), program=started_by(given.machine))
        try:
            short = shrinker.shrink(ops, one_a_boot=given.one_a_boot)
        except ValueError as why:
            raise SystemExit(f"{given.ops} cannot be made shorter: {why}") from None
    place = given.ops.with_suffix(".short.json")
    place.write_text(json.dumps([write_op(op) for op in short]))
    print(f"{len(short)} operations are left after {shrinker.runs} runs, in {place}:", *short, sep="\n  ")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
