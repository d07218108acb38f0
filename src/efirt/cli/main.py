"""The way in: words to a verb, its values to the screen, its errors to an exit status."""

import gc
import sys

from efirt.annotation import TYPE_CHECKING, Any, Callable, Final, Sequence
from efirt.cli.call import Call, Exit, Note, Progress, Raw, Rows, Summary
from efirt.cli.options import Shown, overview, parse
from efirt.cli.refusals import OutputFailed, UsageError
from efirt.cli.screen import Screen

if TYPE_CHECKING:
    from efirt.cli.verb import Verb
    from efirt.runtime.services import Runtime

_USAGE: Final = 2
_INTERRUPTED: Final = 130
_READER_LEFT: Final = 141
MOUNTS: Final = "/proc/mounts"


def main(argv: Sequence[str] | None = None, *, open_runtime: "Callable[..., Runtime] | None" = None, mounts: str = MOUNTS) -> int:
    """Run one command.

    Args:
        argv: Its words, without the program's name; None for the process' own.
        open_runtime: Opens a driver by name; None for the drivers there are.
        mounts: The file that lists what is mounted.

    Returns:
        The exit status: 0, 1 (firmware or the way there said no), 2 (the command line makes no sense), 130 (interrupted), 141 (the
        reader of the output left).
    """
    if argv is not None:
        return _main(argv, open_runtime, mounts)
    gc.disable()  # the process is ours and short: looking for circles while modules load is a twelfth of its time
    try:
        return _main(sys.argv[1:], open_runtime, mounts)
    finally:
        gc.freeze()  # nor need it look for them at its end


def _main(words: Sequence[str], open_runtime: "Callable[..., Runtime] | None", mounts: str) -> int:
    screen = Screen(as_json="--json" in (words[: words.index("--")] if "--" in words else words))
    try:
        return _run(words, screen, open_runtime, mounts)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        screen.abandon()
        return _READER_LEFT
    except Exception as cause:
        from efirt.cli.failure import failure_of  # noqa: PLC0415 - most commands do not fail

        failure = failure_of(cause)
        if sys.flags.dev_mode and failure.kind == "internal":
            raise
        screen.fail(failure)
        if isinstance(cause, OutputFailed):
            screen.abandon()
        return failure.exit_status


def _run(words: Sequence[str], screen: Screen, open_runtime: "Callable[..., Runtime] | None", mounts: str) -> int:
    try:
        asked = parse(words)
    except Shown as shown:
        screen.lines(shown.text.splitlines())
        return 0
    if asked is None:
        if screen.as_json:
            raise UsageError("there is no verb", "efirt --help lists them")
        screen.usage(overview())
        return _USAGE
    verb, arguments = asked

    def opened(name: str | None, *, inactive: bool = False) -> "Runtime":
        runtime = (open_runtime or _registry())(name, inactive=inactive)
        runtime.warn = lambda text: screen.remark("warning", text)
        return runtime

    return _answer(verb, Call(arguments, opened, mounts), screen)


def _registry() -> "Callable[..., Runtime]":
    from efirt.runtime.registry import open_runtime  # noqa: PLC0415 - help does not need the drivers

    return open_runtime


def _answer(verb: "Verb", call: Call, screen: Screen) -> int:
    status = 0
    is_told = False
    rows: list[Any] = []
    notes: list[Note] = []
    try:
        for row in verb.run(call):
            if isinstance(row, Note):
                notes.append(row)
            elif isinstance(row, Raw):
                screen.raw(row)
                return 0
            elif isinstance(row, Exit):
                status = int(row)
            elif isinstance(row, Rows):
                is_told = True
                screen.lines(row)
            elif isinstance(row, Progress):
                screen.progress(row)
            elif isinstance(row, Summary):
                screen.summary(row)
            else:
                rows.append(row)
    except Exception:
        if rows and not screen.as_json:
            screen.lines(verb.lines(rows, call.arguments))  # what came before the error tells where it is
        raise
    if is_told:
        screen.progress("")
    elif screen.as_json:
        screen.record(verb.record(rows, call.arguments))
    else:
        screen.lines(verb.lines(rows, call.arguments))
    for note in notes:
        screen.remark("note", note)
    return status
