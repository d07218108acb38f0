"""The monotonic counter."""

from efirt.annotation import NamedTuple


class GetNextHighMonotonicCount(NamedTuple):
    """Take the next value of the counter's high half; each call writes to firmware's store.

    Answer: ``count``, 0..=2**32-1; it can come beside an error (OUT_OF_RESOURCES on a full store).

    Source: UEFI 2.10 §8.5.2.
    """
