"""A driver whose calls meet faults on their way."""

from functools import partial
from threading import RLock

from efirt.drivers.faults.spec import parse
from efirt.ops.driver import Driver, Op
from efirt.ops.holder import Holder
from efirt.ops.reply import Reply


class Faults(Holder):
    """A driver with faults. They only withhold: nothing is written that was not asked for, on a real machine neither.

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
        self._ask = driver.call
        if spec:
            self.add(spec)

    def add(self, spec: str) -> None:
        """Let calls meet more faults, these before those that are there; within one text the first that stands there comes first.

        Raises:
            ValueError: They make no sense; nothing has changed.
        """
        faults = parse(spec)
        with self._lock:
            for fault in reversed(faults):
                self._ask = partial(fault.call, self._ask)

    def clear(self) -> None:
        """Let calls meet no faults any more; what was written stays."""
        with self._lock:
            self._ask = self.driver.call

    def call(self, op: Op) -> Reply:
        """Ask, past the faults.

        Raises:
            DriverError: The question did not arrive, or a fault says so.
        """
        with self._lock:
            return self._ask(op) if type(op) in self.carried else self.driver.call(op)
