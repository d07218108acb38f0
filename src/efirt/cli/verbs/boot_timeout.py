"""``efirt boot timeout``: how long firmware waits before it starts an entry by itself."""

from efirt.annotation import Final, Iterator
from efirt.cli.boot import FOR_EVER
from efirt.cli.boot_writes import Done, change_options, lines, opened, record, told
from efirt.cli.call import Call, Note
from efirt.cli.options import Parser
from efirt.cli.refusals import UsageError

__all__ = ["lines", "options", "record", "run"]

_WORDS: Final = {"none": None, "forever": FOR_EVER}
_LONGEST: Final = 5


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("seconds", metavar="SECONDS", help="0 to 65534; forever; none for firmware's own default")
    change_options(parser, kind=False)


def run(call: Call) -> Iterator[Done | Note]:
    """What was written."""
    given = call.arguments
    seconds = _WORDS[given.seconds] if given.seconds in _WORDS else _seconds(given.seconds)
    with call.open() as runtime:
        boot = opened(call, runtime)
        yield from told(call, runtime, boot.timeout(seconds, force=given.force, dry_run=given.dry_run))


def _seconds(word: str) -> int:
    if not (word.isascii() and word.isdecimal()) or len(word) > _LONGEST or int(word) >= FOR_EVER:
        raise UsageError(f"{word!r} is no timeout", f"write 0 to {FOR_EVER - 1}, {' or '.join(_WORDS)}")
    return int(word)
