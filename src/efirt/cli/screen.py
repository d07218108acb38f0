"""Where output goes: lines or records to standard output, what else is to be said to standard error."""

import os
import sys

from efirt.annotation import TYPE_CHECKING, Any, Final, Iterable, TextIO
from efirt.cli.refusals import OutputFailed, UsageError
from efirt.wire.escape import sentence

if TYPE_CHECKING:
    from efirt.cli.call import Summary
    from efirt.cli.failure import Failure


_USUAL_WIDTH: Final = 80


def is_watched() -> bool:
    """Whether somebody looks at standard error."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class Screen:
    """Both streams, for people or for programs.

    Attributes:
        as_json: Whether programs read it.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._bar = ""

    def lines(self, lines: Iterable[str]) -> None:
        """Lines for people; their parts from firmware are escaped already."""
        self._out("".join(f"{line}\n" for line in lines))

    def record(self, record: list[Any] | dict[str, Any]) -> None:
        """A value for programs."""
        if isinstance(record, list):
            self._out(_spread("[]", [_json(row) for row in record]))
        else:
            self._out(_spread("{}", [f"{_json(name)}: {_json(value)}" for name, value in record.items()]))

    def raw(self, data: bytes) -> None:
        """Bytes as they are.

        Raises:
            UsageError: Standard output is a terminal, which would obey them.
        """
        stream = sys.stdout
        if stream is None:
            return
        if stream.isatty():
            raise UsageError(
                "--raw writes bytes as they are, and standard output is a terminal", "redirect it to a file, or leave out --raw"
            )
        with _Translated():
            stream.flush()
            stream.buffer.write(data)
            stream.buffer.flush()

    def tell(self, line: str) -> None:
        """A line on standard error that is escaped already."""
        self._error(line)

    def remark(self, kind: str, message: str) -> None:
        """A note or a warning: one line on standard error."""
        self._error(_json({kind: {"message": message}}) if self.as_json else f"efirt: {kind}: {sentence(message)}")

    def summary(self, summary: "Summary") -> None:
        """What came of it all: one line on standard error."""
        self._error(_json({"summary": summary.record}) if self.as_json else sentence(summary.line))

    def progress(self, line: str) -> None:
        """How far it is: the last line of a terminal, which the next one replaces; nothing where nobody looks."""
        if (line or self._bar) and is_watched():
            from contextlib import suppress  # noqa: PLC0415 - 2 ms with what it imports; most commands write one thing

            with suppress(OSError):
                sys.stderr.write(f"\r{line[: _width() - 1]}\x1b[K")
                sys.stderr.flush()
        self._bar = line

    def fail(self, failure: "Failure") -> None:
        """An error: one line on standard error; for people one more for each of the next reasons."""
        if self.as_json:
            self._error(_json(failure.record()))
            return
        for line in (failure.line, *failure.more):
            self._error(sentence(line))

    def usage(self, text: str) -> None:
        """How to use it, after it was used without a verb."""
        self._error(text.rstrip("\n"))

    def abandon(self) -> None:
        """Standard output is broken: nothing of what is still buffered goes there, so that the interpreter does not try it again."""
        from contextlib import suppress  # noqa: PLC0415 - as above

        with suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)

    def _out(self, text: str) -> None:
        if sys.stdout is not None and text:
            bar = self._bar
            if bar and sys.stdout.isatty():
                self.progress("")
            with _Translated():
                sys.stdout.write(_encodable(text, sys.stdout))
                sys.stdout.flush()
            self.progress(bar)

    def _error(self, line: str) -> None:
        self.progress("")
        from contextlib import suppress  # noqa: PLC0415 - as above

        with suppress(OSError):  # there is nobody left to tell
            if sys.stderr is not None:
                sys.stderr.write(_encodable(line, sys.stderr) + "\n")
                sys.stderr.flush()


class _Translated:
    """Turns what writing can raise into this library's own; a reader that left stays BrokenPipeError."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, cause: BaseException | None, _trace: object) -> None:
        if isinstance(cause, OSError) and not isinstance(cause, BrokenPipeError):
            raise OutputFailed(f"cannot write to standard output: {cause.strerror or cause}") from None


def _spread(brackets: str, parts: list[str]) -> str:
    """JSON with each row or member on a line of its own: short, and still to be read."""
    body = ",\n  ".join(parts)
    return f"{brackets[0]}\n  {body}\n{brackets[1]}\n" if parts else f"{brackets}\n"


def _json(record: object) -> str:
    from json import dumps  # noqa: PLC0415 - 3 ms that text does not need

    return dumps(record).replace("\x7f", "\\u007f")


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_WIDTH
    except (OSError, ValueError):
        return _USUAL_WIDTH


def _encodable(text: str, stream: TextIO) -> str:
    if text.isascii():
        return text
    encoding = stream.encoding or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)
