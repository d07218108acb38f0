"""What a verb is; nothing imports this but the type checker."""

from collections.abc import Iterator, Sequence

from efirt.annotation import Any, Protocol
from efirt.cli.call import Call
from efirt.cli.options import Arguments, Parser


class Verb(Protocol):
    """A module under ``verbs``."""

    def options(self, parser: Parser) -> None:
        """Add what this verb takes."""

    def run(self, call: Call) -> Iterator[Any]:
        """Do it, and yield what came of it: values of the verb's own kind, and :class:`Note`, :class:`Raw` or :class:`Exit`."""

    def lines(self, rows: Sequence[Any], arguments: Arguments) -> Iterator[str]:
        """The values for people."""

    def record(self, rows: Sequence[Any], arguments: Arguments) -> list[Any] | dict[str, Any]:
        """The values for programs."""
