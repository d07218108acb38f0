"""A driver of another package, as an entry point names it: the tests copy this file into a package of their own."""

from collections.abc import Mapping

from efirt.ops import Finding, GetVariable, Op, Reply
from efirt.values.attributes import Attributes
from efirt.values.status import Status


class Acme:
    """Answers GetVariable."""

    name = "acme"
    carried: frozenset[type[Op]] = frozenset({GetVariable})

    def __init__(self, argument: str, options: Mapping[str, str] | None) -> None:
        self.argument = argument
        self.options = dict(options or {})

    def call(self, _op: Op) -> Reply:
        return Reply(Status.SUCCESS, b"acme", 4, Attributes(7))

    def why_not(self, operation: type[Op]) -> str:
        return f"acme has no {operation.__name__}"

    def close(self) -> None:
        """Hold nothing."""


def open_driver(argument: str = "", options: Mapping[str, str] | None = None) -> Acme:
    return Acme(argument, options)


def find() -> Finding:
    return Finding(applies=False, reason="there is no ACME board", advice="buy one")
