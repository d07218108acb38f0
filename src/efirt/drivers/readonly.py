"""Holding a driver so that nothing on its machine changes."""

from efirt.annotation import Final
from efirt.ops.clock import SetTime, SetWakeupTime
from efirt.ops.driver import Op, not_carried
from efirt.ops.holder import Holder
from efirt.ops.malformed import Malformed
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, ResetSystem, UpdateCapsule
from efirt.ops.reply import Reply
from efirt.ops.variables import SetVariable

CHANGES: Final[frozenset[type[Op]]] = frozenset(
    {SetVariable, SetTime, SetWakeupTime, GetNextHighMonotonicCount, UpdateCapsule, ResetSystem}
)
"""The operations that change something; the monotonic count is written to firmware's store each time it is taken."""


class ReadOnly(Holder):
    """A driver without the operations that change something."""

    @property
    def carried(self) -> frozenset[type[Op]]:
        """The operations it has a road for, and that change nothing."""
        return self.driver.carried - CHANGES

    def call(self, op: Op) -> Reply:
        """Ask what changes nothing.

        Raises:
            NotCarried: It changes something.
        """
        if type(op) in CHANGES:
            raise not_carried(self, type(op))
        return self.driver.call(op)

    def call_malformed(self, asked: Malformed) -> Reply:
        """Ask what changes nothing.

        Raises:
            NotCarried: It changes something, or there is no road for it.
        """
        if type(asked.op) in CHANGES:
            raise not_carried(self, type(asked.op))
        return super().call_malformed(asked)

    def why_not(self, operation: type[Op]) -> str:
        """Why it has no road for an operation, as a sentence."""
        if operation in CHANGES & self.driver.carried:
            return "it changes something, and the driver is held read-only (--read-only)"
        return self.driver.why_not(operation)
