"""``efirt image repair``: what can be had of an image, in a new one."""

from collections.abc import Iterator, Sequence

from efirt.annotation import NamedTuple
from efirt.cli.call import Call, Exit
from efirt.cli.images import read, write_flash
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.cli.variables import counted, key_text
from efirt.errors import DecodeError
from efirt.images.edk2_check import Problem
from efirt.images.edk2_repair import repaired
from efirt.images.edk2_volume import RESTORE
from efirt.values.key import Key
from efirt.wire.escape import sentence


class Repaired(NamedTuple):
    """What became of it.

    Attributes:
        source: The damaged file.
        path: The new one.
        recovered: The variables in it.
        brought_back: Those of them that firmware did not find, behind a broken record.
        solved: What was wrong and is not any more.
        left: What is wrong still.
    """

    source: str
    path: str
    recovered: tuple[Key, ...]
    brought_back: tuple[Key, ...]
    solved: tuple[Problem, ...]
    left: tuple[Problem, ...]


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("source", metavar="SRC", help="the damaged image, which stays as it is")
    parser.add_argument("target", metavar="DST", help="the new file, which must not be there")


def run(call: Call) -> Iterator[Repaired | Exit]:
    """What was recovered; the exit status is 1 where something is left by which variables can be lost."""
    given = call.arguments
    try:
        found = read(given.source, strict=False)
    except DecodeError as cause:
        raise DecodeError(cause.where, cause.offset, cause.why, cause.advice or RESTORE) from None
    if found.flash is None:
        advice = f"efirt image convert {given.source} NEW --to {found.format} writes what can be read of it"
        raise UsageError(f"{given.source} has the format {found.format}, and only flash can be repaired", advice)
    done = repaired(found.flash)
    write_flash(given.target, found.format, done.data)
    brought = tuple(record.key for one in found.flash.lost if (record := one.record) is not None)
    yield Repaired(given.source, given.target, tuple(one.key for one in done.records), brought, done.solved, done.left)
    if any(problem.is_harmful for problem in done.left):
        yield Exit(1)


def lines(rows: Sequence[Repaired], _arguments: Arguments) -> Iterator[str]:
    """What was wrong, each variable, and what is wrong still."""
    for row in rows:
        yield from (sentence(f"solved, at byte {problem.offset}: {problem.what}") for problem in row.solved)
        yield from (sentence(f"left, at byte {problem.offset}: {problem.what}; {problem.consequence}") for problem in row.left)
        brought = frozenset(row.brought_back)
        yield from (f"{'brought back' if key in brought else 'recovered'} {key_text(key)}" for key in row.recovered)
        left = f", {len(row.left)} left" if row.left else ""
        told = f"{counted(len(row.recovered), 'variable')} of {row.source}, {counted(len(row.solved), 'problem')} solved{left}"
        yield sentence(f"wrote {row.path}: {told}")


def record(rows: Sequence[Repaired], _arguments: Arguments) -> dict[str, object]:
    """All of it."""
    row = rows[0]
    return row._asdict() | {
        "recovered": [{"name": key.name, "guid": str(key.guid)} for key in row.recovered],
        "brought_back": [{"name": key.name, "guid": str(key.guid)} for key in row.brought_back],
        "solved": [problem._asdict() for problem in row.solved],
        "left": [problem._asdict() for problem in row.left],
    }
