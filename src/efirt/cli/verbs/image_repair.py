"""``efirt image repair``: what can be had of an image, in a new one."""

from collections.abc import Iterator, Sequence

from efirt.annotation import NamedTuple
from efirt.cli.call import Call
from efirt.cli.images import read, write_flash
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.cli.variables import key_text
from efirt.images.edk2_check import Problem
from efirt.images.edk2_repair import repaired
from efirt.values.key import Key
from efirt.wire.escape import sentence


class Repaired(NamedTuple):
    """What became of it.

    Attributes:
        source: The damaged file.
        path: The new one.
        recovered: The variables in it.
        solved: What was wrong and is not any more.
        left: What is wrong still.
    """

    source: str
    path: str
    recovered: tuple[Key, ...]
    solved: tuple[Problem, ...]
    left: tuple[Problem, ...]


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("source", metavar="SRC", help="the damaged image, which stays as it is")
    parser.add_argument("target", metavar="DST", help="the new file, which must not be there")


def run(call: Call) -> Iterator[Repaired]:
    """What was recovered."""
    given = call.arguments
    found = read(given.source, strict=False)
    if found.flash is None:
        advice = f"efirt image convert {given.source} NEW --to {found.format} writes what can be read of it"
        raise UsageError(f"{given.source} has the format {found.format}, and only flash can be repaired", advice)
    done = repaired(found.flash)
    write_flash(given.target, found.format, done.data)
    yield Repaired(given.source, given.target, tuple(one.key for one in found.flash.variables), done.solved, done.left)


def lines(rows: Sequence[Repaired], _arguments: Arguments) -> Iterator[str]:
    """What was wrong, each variable, and what is wrong still."""
    for row in rows:
        yield from (sentence(f"solved, at byte {problem.offset}: {problem.what}") for problem in row.solved)
        yield from (sentence(f"left, at byte {problem.offset}: {problem.what}; {problem.consequence}") for problem in row.left)
        yield from (f"recovered {key_text(key)}" for key in row.recovered)
        yield sentence(f"wrote {row.path}: {len(row.recovered)} variables of {row.source}, {len(row.solved)} problems solved")


def record(rows: Sequence[Repaired], _arguments: Arguments) -> dict[str, object]:
    """All of it."""
    row = rows[0]
    return row._asdict() | {
        "recovered": [{"name": key.name, "guid": str(key.guid)} for key in row.recovered],
        "solved": [problem._asdict() for problem in row.solved],
        "left": [problem._asdict() for problem in row.left],
    }
