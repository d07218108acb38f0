"""A driver that holds a driver: tracing, recording, refusing and the like are each one of these."""

from efirt.annotation import Iterator
from efirt.ops.driver import Driver, Op
from efirt.ops.malformed import Malformed, call_malformed, carries_malformed
from efirt.ops.reply import Reply


class Holder:
    """Everything passes through to the driver it holds; a subclass says what is different.

    Code that looks at a driver's name sees the one that is held: held or not, a program takes the same way.

    Attributes:
        name: The name of the driver it holds.
        driver: The driver it holds, which it closes.
    """

    def __init__(self, driver: Driver) -> None:
        self.name = driver.name
        self.driver = driver

    @property
    def carried(self) -> frozenset[type[Op]]:
        """The operations it has a road for."""
        return self.driver.carried

    @property
    def hypercalls(self) -> int | None:
        """Hypercalls made so far; None on a driver that makes none."""
        return getattr(self.driver, "hypercalls", None)

    def call(self, op: Op) -> Reply:
        """Ask, and bring back the raw answer.

        Raises:
            DriverError: The question did not arrive.
        """
        return self.driver.call(op)

    @property
    def carries_malformed(self) -> bool:
        """Whether the driver it holds takes pointers that are NULL and sizes that lie."""
        return carries_malformed(self.driver)

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask with pointers that are NULL, or sizes that lie.

        Raises:
            DriverError: The question did not arrive (:class:`~efirt.errors.NotCarried`: there is no road for it).
        """
        return call_malformed(self.driver, asked)

    def why_not(self, operation: type[Op]) -> str:
        """Why it has no road for an operation, as a sentence."""
        return self.driver.why_not(operation)

    def close(self) -> None:
        """Close the driver it holds."""
        self.driver.close()


def layers(driver: Driver) -> Iterator[Driver]:
    """A driver, the one it holds, the one that one holds, and so on; the last is the one that answers."""
    held: Driver | None = driver
    while held is not None:
        yield held
        held = getattr(held, "driver", None)
