"""Firmwares for the command line to talk to, and what a command leaves."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from efirt.cli.main import main
from efirt.ops import Driver, GetNextVariableName, GetVariable, Op, Reply, Routes
from efirt.runtime.registry import open_driver
from efirt.runtime.services import Runtime
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.values.status import Status

OURS = "12345678-1234-1234-1234-123456789abc"
GUID = Guid.parse(OURS)


class Result(NamedTuple):
    """What a command left.

    Attributes:
        status: Its exit status.
        out: Standard output.
        err: Standard error.
    """

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """The one line of standard error, which is JSON."""
        assert self.err.count("\n") == 1, self.err
        error: dict[str, Any] = json.loads(self.err)["error"]
        return error


class Kept:
    """A driver that closing leaves open, so that one command sees what another did."""

    def __init__(self, driver: Driver, name: str | None = None) -> None:
        self._driver = driver
        self.name = name or driver.name

    @property
    def carried(self) -> frozenset[type[Op]]:
        return self._driver.carried

    def call(self, op: Op) -> Reply:
        return self._driver.call(op)

    def why_not(self, operation: type[Op]) -> str:
        return self._driver.why_not(operation)

    def close(self) -> None:
        pass


def over(driver: Driver) -> Callable[..., Runtime]:
    """What opens this driver whatever name is asked for."""

    def opener(_name: str | None = None, *, inactive: bool = False) -> Runtime:
        return Runtime(driver)

    return opener


def simulated(name: str | None = None) -> Kept:
    """One simulated firmware for several commands."""
    return Kept(open_driver("xen:simulated"), name)


def answering(answers: Mapping[type[Op], Callable[[Any], Reply]]) -> Routes:
    """A driver that answers as written."""
    return Routes("fake", answers)


def holding(names: list[str], data: bytes = b"", attributes: int = 0x7) -> Routes:
    """A firmware with these names, all of our own GUID and with the same value."""

    def after(op: GetNextVariableName) -> Reply:
        at = names.index(op.key.name) + 1 if op.key.name else 0
        if at == len(names):
            return Reply(Status.NOT_FOUND)
        return Reply(Status.SUCCESS, size=2, key=Key(names[at], GUID))

    def get(op: GetVariable) -> Reply:
        if op.key.name not in names:
            return Reply(Status.NOT_FOUND)
        return Reply(Status.SUCCESS, data=data, size=len(data), attributes=Attributes(attributes))

    return answering({GetNextVariableName: after, GetVariable: get})


def watch(driver: Routes, operation: type[Op], answer: Reply | None = None) -> list[Any]:
    """Have a driver remember what it is asked of one kind, and answer as before or as written."""
    asked: list[Any] = []
    before = driver._routes.get(operation)

    def route(op: Op) -> Reply:
        asked.append(op)
        if answer is not None:
            return answer
        assert before is not None
        return before(op)

    driver._routes[operation] = route
    return asked


__all__ = ["GUID", "OURS", "Kept", "Result", "answering", "holding", "main", "over", "simulated", "watch"]
