"""What a format cannot say: one function says of a variable what of it is kept and what is lost, so that telling and writing agree.

Source: UEFI 2.10 §8.2; edk2 c5aa7e7d, MdeModulePkg/Include/Guid/VariableFormat.h (what a store can hold beside a value).
"""

from collections.abc import Callable

from efirt.annotation import NamedTuple
from efirt.images.contents import Contents
from efirt.store import ZERO_TIME, Record


class Kept(NamedTuple):
    """A variable in a format.

    Attributes:
        record: What of it is written; None where nothing can be.
        lost: What is not, each thing as it is named to a person.
    """

    record: Record | None
    lost: tuple[str, ...] = ()

    def without(self, what: str) -> "Kept":
        """The same, and something more that is lost."""
        return self._replace(lost=(*self.lost, what))

    def refused(self, why: str) -> "Kept":
        """Nothing of it can be written."""
        name = "" if self.record is None else self.record.key
        return Kept(None, (f"variable {name}: {why}",))


def without_counts(record: Record) -> Kept:
    """Without what the deprecated count-based authentication left, which nothing but an edk2 store has room for."""
    kept = Kept(record)
    if record.monotonic_count:
        kept = kept.without(f"the monotonic count of {record.key}")
    if record.public_key_index:
        kept = kept.without(f"the public key index of {record.key}")
    return kept._replace(record=record._replace(monotonic_count=0, public_key_index=0)) if kept.lost else kept


def without_time(kept: Kept) -> Kept:
    """Without the time it was signed at."""
    record = kept.record
    if record is None or record.timestamp == ZERO_TIME:
        return kept
    return kept._replace(record=record._replace(timestamp=ZERO_TIME)).without(f"the time stamp of {record.key}")


def without_digest(kept: Kept, why: str = "") -> Kept:
    """Without who may write it."""
    record = kept.record
    if record is None or not record.digest:
        return kept
    return kept._replace(record=record._replace(digest=b"")).without(f"who may write {record.key}{why}")


def bare(record: Record) -> Kept:
    """Name, attributes and value alone."""
    return without_digest(without_time(without_counts(record)))


def named_value(record: Record) -> Kept:
    """Name, attributes and value alone, where neither is empty: for formats that end a name with a NUL."""
    kept = bare(record)
    if not record.key.name or "\0" in record.key.name:
        return kept.refused("a name is not empty here, and has no NUL")
    return kept if record.data else kept.refused("a value is not empty here")


def written(contents: Contents, keep: Callable[[Record], Kept]) -> list[Record]:
    """The variables as a format writes them."""
    return [kept for record in contents.records if (kept := keep(record).record) is not None]


def lost(contents: Contents, keep: Callable[[Record], Kept], own: type | None = None) -> tuple[str, ...]:
    """What a format that keeps so much of a variable, and has this type for what it says beside, cannot say."""
    sentences = [sentence for record in contents.records for sentence in keep(record).lost]
    if contents.beside is not None and (own is None or not isinstance(contents.beside, own)):
        sentences.extend(contents.beside.sentences)
    return tuple(sentences)
