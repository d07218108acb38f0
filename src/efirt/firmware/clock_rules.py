"""What a clock demands beyond that a time makes sense: nothing, where it is a PC's.

Source: UEFI 2.10 §8.3.
"""

from efirt.annotation import NamedTuple
from efirt.ops.driver import Op
from efirt.values.efi_time import EfiTime


class TimeAsked(NamedTuple):
    """A question for the clock or its alarm, whose time makes sense.

    Attributes:
        op: What is asked.
        runtime: Whether the boot phase is over.
    """

    op: Op
    runtime: bool


def as_kept(time: EfiTime) -> EfiTime:
    """The time that is told: the one that is kept."""
    return time
