"""Sequences whose items are made when somebody looks at them."""

from collections.abc import Sequence

import pytest

from efirt.wire.lazy import Lazy


class Made:
    """Makes squares, and notes of which numbers."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def __call__(self, numbers: Sequence[int]) -> tuple[int, ...]:
        self.numbers += numbers
        return tuple(number * number for number in numbers)


def test_nothing_is_made_for_who_asks_how_many_there_are() -> None:
    made = Made()
    assert len(Lazy(5, made)) == 5
    assert made.numbers == []


def test_only_what_is_asked_for_is_made() -> None:
    made = Made()
    lazy = Lazy(5, made)
    assert (lazy[2], lazy[-1]) == (4, 16)
    assert made.numbers == [2, 4]


def test_all_are_made_once() -> None:
    made = Made()
    lazy = Lazy(4, made)
    assert (list(lazy), list(lazy), lazy[1:3], lazy[3]) == ([0, 1, 4, 9], [0, 1, 4, 9], (1, 4), 9)
    assert made.numbers == [0, 1, 2, 3]


def test_it_is_like_a_tuple_of_its_items() -> None:
    lazy = Lazy(3, Made())
    assert lazy == (0, 1, 4)
    assert lazy == Lazy(3, Made())
    assert lazy != Lazy(2, Made())
    assert (hash(lazy), repr(lazy), 4 in lazy, lazy.index(4)) == (hash((0, 1, 4)), "(0, 1, 4)", True, 2)
    with pytest.raises(IndexError):
        lazy[3]
