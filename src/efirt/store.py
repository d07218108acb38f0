"""Variables in the order firmware lists them."""

from efirt.annotation import Final, Iterable, Iterator, NamedTuple
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.key import Key, Variable

ZERO_TIME: Final = EfiTime(time_zone=0)
"""All sixteen bytes zero: what a variable that was not written with a timestamp carries."""


class Record(NamedTuple):
    """A variable and what firmware keeps beside it.

    Attributes:
        key: Which.
        attributes: Its attribute bits.
        data: Its value.
        timestamp: When its authenticated value was signed; :data:`ZERO_TIME` for any other.
        monotonic_count: The counter of the deprecated count-based authentication, 0..=2**64-1.
        public_key_index: Where that authentication kept its key, 0..=2**32-1.
        digest: Who may write it, of a private authenticated variable in a format that keeps this with each variable: the digest its
            firmware made of the first signer, of 32 bytes mostly. Empty in an edk2 store, which keeps it in ``certdb``.
    """

    key: Key
    attributes: Attributes
    data: bytes
    timestamp: EfiTime = ZERO_TIME
    monotonic_count: int = 0
    public_key_index: int = 0
    digest: bytes = b""

    @property
    def variable(self) -> Variable:
        """The variable alone, as a reader sees it."""
        return Variable(self.key, self.attributes, self.data)


class _Node:
    """A place in the order."""

    __slots__ = ("after", "before", "record")

    record: Record
    before: "_Node"
    after: "_Node"


class Store:
    """Variables by key, in order: finding one and finding the next one are single steps, however many there are."""

    __slots__ = ("_end", "_nodes")

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._nodes: dict[Key, _Node] = {}
        self._end = _Node()
        self._end.before = self._end.after = self._end
        for record in records:
            self.append(record)

    def get(self, key: Key) -> Record | None:
        """The variable of this key; None when there is none."""
        node = self._nodes.get(key)
        return None if node is None else node.record

    def append(self, record: Record) -> None:
        """Put a variable at the end; one that had its key goes away."""
        nodes, end = self._nodes, self._end
        node = nodes.get(record.key)
        if node is None:
            node = nodes[record.key] = _Node()
        else:
            node.before.after, node.after.before = node.after, node.before
        node.record = record
        node.before, node.after = end.before, end
        end.before.after = end.before = node

    def replace(self, record: Record) -> None:
        """Change a variable where it stands.

        Raises:
            KeyError: There is none of this key.
        """
        self._nodes[record.key].record = record

    def remove(self, key: Key) -> Record:
        """Take a variable out.

        Raises:
            KeyError: There is none of this key.
        """
        node = self._nodes.pop(key)
        node.before.after, node.after.before = node.after, node.before
        return node.record

    def first(self) -> Record | None:
        """The variable at the beginning; None when there is none."""
        node = self._end.after
        return None if node is self._end else node.record

    def after(self, key: Key) -> Record | None:
        """The variable behind this one; None at the end.

        Raises:
            KeyError: There is none of this key.
        """
        node = self._nodes[key].after
        return None if node is self._end else node.record

    def __iter__(self) -> Iterator[Record]:
        node = self._end.after
        while node is not self._end:
            yield node.record
            node = node.after

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, key: object) -> bool:
        return key in self._nodes
