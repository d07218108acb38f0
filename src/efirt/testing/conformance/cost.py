"""What a run would write, found out on a simulated machine."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from efirt.firmware import DEFAULT, PROFILES
from efirt.ops import Driver, GetNextHighMonotonicCount, GetVariable, Op, QueryVariableInfo, Reply, SetTime, SetVariable, SetWakeupTime
from efirt.testing.conformance.case import Case, Phase
from efirt.testing.conformance.payloads import Nobody, Signer
from efirt.testing.conformance.simulated import SimulatedMachine
from efirt.testing.conformance.suite import NO_SIGNER, Run
from efirt.testing.conformance.words import STORED

_WRITES: Final = (SetVariable, SetTime, SetWakeupTime, GetNextHighMonotonicCount)


class Cost(NamedTuple):
    """What a run writes for good.

    Attributes:
        writes: Times that firmware writes to its store.
        size: Bytes of the store that it takes; firmware gives them back when it tidies up, most of it at the next boot.
    """

    writes: int
    size: int

    def sentence(self) -> str:
        """For the person who has to decide."""
        return f"about {self.writes} writes to the firmware's flash, which take {self.size} bytes of it until the next boot"


class _Counting:
    """A driver that counts what the store takes."""

    def __init__(self, driver: Driver) -> None:
        self.name = driver.name
        self.writes = 0
        self.size = 0
        self._driver = driver

    @property
    def carried(self) -> frozenset[type[Op]]:
        return self._driver.carried

    def call(self, op: Op) -> Reply:
        if not isinstance(op, _WRITES):
            return self._driver.call(op)
        before = self._left()
        was = self._present(op)
        reply = self._driver.call(op)
        taken = before - self._left()
        self.size += max(taken, 0)
        self.writes += taken > 0 or was != self._present(op)
        return reply

    def _left(self) -> int:
        storage = self._driver.call(QueryVariableInfo(STORED)).storage
        return 0 if storage is None else storage.remaining_storage_size

    def _present(self, op: Op) -> Reply | None:
        return self._driver.call(GetVariable(op.key, 1 << 16)) if isinstance(op, SetVariable) and op.key.name else None

    def why_not(self, operation: type[Op]) -> str:
        return self._driver.why_not(operation)

    def close(self) -> None:
        pass


class _Rehearsal(SimulatedMachine):
    """A simulated machine that can do no more than the real one, and whose driver counts."""

    def __init__(self, profile: str) -> None:
        self.counts: list[_Counting] = []
        super().__init__(PROFILES.get(profile.partition("+")[0], DEFAULT), xen=True)

    def _begin(self, phase: Phase, variant: str) -> None:
        super()._begin(phase, variant)
        counting = _Counting(self.driver)
        self.counts.append(counting)
        self.driver = counting


def cost(cases: Iterable[Case], profile: str, signer: Signer | None = None) -> Cost:
    """What these cases write at runtime."""
    machine = _Rehearsal(profile)
    run = Run(machine, signer or Nobody(NO_SIGNER))
    for case in cases:
        if case.writes and not case.variant and case.phase in {"both", "runtime"} and "boot" not in case.needs:
            run.in_phase(case, "runtime")
    return Cost(sum(one.writes for one in machine.counts), sum(one.size for one in machine.counts))
