"""What a verb is; nothing imports this but the type checker."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from efirt.cli.call import Call


class Verb(Protocol):
    """A module under ``verbs``."""

    def options(self, parser: ArgumentParser) -> None:
        """Add what this verb takes."""

    def run(self, call: Call) -> Iterator[Any]:
        """Do it, and yield what came of it: values of the verb's own kind, and :class:`Note`, :class:`Raw` or :class:`Exit`."""

    def lines(self, rows: Sequence[Any], arguments: Namespace) -> Iterator[str]:
        """The values for people."""

    def record(self, rows: Sequence[Any], arguments: Namespace) -> list[Any] | dict[str, Any]:
        """The values for programs."""
