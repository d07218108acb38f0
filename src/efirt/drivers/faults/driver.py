"""A driver whose calls meet faults on their way."""

from functools import partial
from threading import RLock

from efirt.drivers.faults.kinds import Ask, Fault
from efirt.drivers.faults.spec import parse
from efirt.ops.driver import Driver, Op
from efirt.ops.holder import Holder
from efirt.ops.malformed import Malformed
from efirt.ops.reply import Reply


class Faults(Holder):
    """A driver with faults. They only withhold: nothing is written unless a write was asked for, on a real machine neither.

    Calls take turns, so that the nth of them is the nth for everybody.

    Args:
        driver: What to hold.
        spec: Faults to begin with, as :func:`~efirt.drivers.faults.spec.parse` reads them.

    Raises:
        ValueError: The faults make no sense.
    """

    def __init__(self, driver: Driver, spec: str = "") -> None:
        super().__init__(driver)
        self._lock = RLock()
        self._faults: tuple[Fault, ...] = ()
        if spec:
            self.add(spec)

    def add(self, spec: str) -> None:
        """Let calls meet more faults, these before those that are there; within one text the first that stands there comes first.

        Raises:
            ValueError: They make no sense; nothing has changed.
        """
        faults = parse(spec)
        with self._lock:
            self._faults = (*faults, *self._faults)

    def clear(self) -> None:
        """Let calls meet no faults any more; what was written stays."""
        with self._lock:
            self._faults = ()

    def call(self, op: Op) -> Reply:
        """Ask, past the faults.

        Raises:
            DriverError: The question did not arrive, or a fault says so.
        """
        with self._lock:
            return self._past(self.driver.call)(op) if type(op) in self.carried else self.driver.call(op)

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask, past the faults that the same operation would meet.

        Raises:
            DriverError: As :meth:`call`.
        """
        with self._lock:
            inner = super().call_malformed
            return self._past(lambda _op: inner(asked))(asked.op) if self.carries_malformed else inner(asked)

    def _past(self, ask: Ask) -> Ask:
        for fault in reversed(self._faults):
            ask = partial(fault.call, ask)
        return ask
