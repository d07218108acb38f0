"""A question as only code that calls firmware itself can ask it: with pointers that are NULL, or a size that lies.

Most roads carry no such question. A firmware model answers it, and what holds such a driver passes it on.
"""

from efirt.annotation import Any, NamedTuple
from efirt.errors import NotCarried
from efirt.ops.driver import Driver, Op
from efirt.ops.reply import Reply


class Malformed(NamedTuple):
    """An operation with something wrong about how it is handed over.

    Attributes:
        op: The operation otherwise.
        null: Parameters that are NULL, by the specification's names in lower case with underscores, such as ``vendor_guid``.
        data_size: What SetVariable's DataSize says instead of the data's own size, 0..=2**64-1; None for that size.
    """

    op: Op
    null: frozenset[str] = frozenset()
    data_size: int | None = None


def carries_malformed(driver: Driver) -> bool:
    """Whether a driver has a road for it: it has ``call_malformed``, and does not say otherwise."""
    return bool(getattr(driver, "carries_malformed", hasattr(driver, "call_malformed")))


def call_malformed(driver: Driver, asked: Malformed) -> Reply:
    """Ask a driver.

    Raises:
        NotCarried: It has no road for it.
        DriverError: The question did not arrive.
    """
    if not carries_malformed(driver):
        name = type(asked.op).__name__
        raise NotCarried(f"{name} with a pointer that is NULL, or a size that lies, is not carried by {driver.name}", operation=name)
    road: Any = driver
    reply: Reply = road.call_malformed(asked)
    return reply
