"""A sequence whose items are made when somebody looks at them: most who read an image ask for a few of them, or for their number."""

from _collections_abc import Sequence  # os has loaded it; collections.abc loads much more

from efirt.annotation import Any, Callable, Final, TypeVar

T = TypeVar("T")


class Lazy(Sequence[T]):
    """Items by their numbers; two are equal, and one equals a tuple, if they have the same ones.

    Args:
        count: How many there are.
        make: Makes those of these numbers.
    """

    __slots__ = ("_count", "_made", "_make")

    def __init__(self, count: int, make: Callable[[Sequence[int]], tuple[T, ...]]) -> None:
        self._count = count
        self._make = make
        self._made: tuple[T, ...] | None = None

    @property
    def all(self) -> tuple[T, ...]:
        """All of them, which are kept from now on."""
        if self._made is None:
            self._made = self._make(range(self._count))
        return self._made

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - a number gives an item, a slice a tuple of them
        if self._made is None and isinstance(index, int):
            return self._make((range(self._count)[index],))[0]
        return self.all[index]

    def __iter__(self) -> Any:  # noqa: ANN401 - an iterator of items
        return iter(self.all)

    def __eq__(self, other: object) -> bool:
        return self.all == (other.all if isinstance(other, Lazy) else other)

    def __hash__(self) -> int:
        return hash(self.all)

    def __repr__(self) -> str:
        return repr(self.all)


NOTHING: Final[Lazy[Any]] = Lazy(0, lambda _numbers: ())
"""No items."""
