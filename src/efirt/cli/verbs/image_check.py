"""``efirt image check``: what is wrong with an image."""

from collections.abc import Iterator, Sequence

from efirt.annotation import NamedTuple
from efirt.cli.call import Call, Exit, Note
from efirt.cli.images import dictionary_option, in_use, read
from efirt.cli.options import Arguments, Parser
from efirt.cli.variables import counted
from efirt.images.edk2_check import Problem
from efirt.wire.escape import sentence


class Checked(NamedTuple):
    """What was found."""

    path: str
    format: str
    variables: int
    problems: tuple[Problem, ...]


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("file", metavar="FILE", help="the image")
    dictionary_option(parser)


def run(call: Call) -> Iterator[Checked | Exit | Note]:
    """All that is wrong; the exit status is 1 where variables can be lost by it, or older values come back."""
    found = read(call.arguments.file, dictionary=call.arguments.dictionary, strict=False)
    told = found.problems
    yield Checked(found.path, found.format, len(found.contents.variables), told)
    yield from in_use(found.path)
    if any(problem.is_harmful for problem in told):
        yield Exit(1)


def lines(rows: Sequence[Checked], _arguments: Arguments) -> Iterator[str]:
    """Two lines for each problem, and one that sums it up."""
    for row in rows:
        for problem in row.problems:
            yield sentence(f"{'harmful' if problem.is_harmful else 'harmless'}, at byte {problem.offset}: {problem.what}")
            yield sentence(f"    consequence: {problem.consequence}")
        summed = counted(len(row.problems), "problem") if row.problems else "nothing is wrong"
        yield sentence(f"{row.path}: {row.format}, {counted(row.variables, 'variable')}, {summed}")


def record(rows: Sequence[Checked], _arguments: Arguments) -> dict[str, object]:
    """All of it."""
    return rows[0]._asdict() | {"problems": [problem._asdict() for problem in rows[0].problems]}
