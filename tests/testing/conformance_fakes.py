"""Drivers for the suite that count, break, or stop it."""

from collections.abc import Callable
from functools import cache
from typing import Any

from efirt.ops import Driver, Op, Reply, SetTime, SetVariable, SetWakeupTime
from efirt.runtime.registry import open_driver
from efirt.testing.conformance import CASES, Case, Outcome, Run
from efirt.testing.conformance.machine import Machine


@cache
def keys() -> Any:
    """Keys made once for all tests of a process."""
    from efirt.testing.conformance.signing import Keys

    return Keys()


WRITES = (SetVariable, SetTime, SetWakeupTime)


def case(name: str) -> Case:
    return next(one for one in CASES if one.id == name)


def outcome(machine: Machine, name: str) -> Outcome:
    return Run(machine).outcome(case(name))


class Watched:
    """A driver that calls a function before each operation."""

    def __init__(self, before: Callable[[Op], object] = lambda _op: None, driver: Driver | None = None, name: str = "watched") -> None:
        self.name = name
        self.driver = driver or open_driver("simulated")
        self.asked: list[Op] = []
        self.before = before

    @property
    def carried(self) -> frozenset[type[Op]]:
        return self.driver.carried

    @property
    def writes(self) -> list[Op]:
        return [op for op in self.asked if isinstance(op, WRITES)]

    def call(self, op: Op) -> Reply:
        self.asked.append(op)
        self.before(op)
        return self.driver.call(op)

    def why_not(self, operation: type[Op]) -> str:
        return self.driver.why_not(operation)

    def close(self) -> None:
        pass
