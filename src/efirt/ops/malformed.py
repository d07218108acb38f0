"""A question as only code that calls firmware itself can ask it: with pointers that are NULL, or a size that lies.

No road of this library carries such a question; a firmware model can answer it.
"""

from efirt.annotation import NamedTuple
from efirt.ops.driver import Op


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
