"""A long sequence that shows a difference becomes a short one, in few rounds."""

from collections.abc import Sequence

import pytest

from efirt import Attributes, Guid, Key
from efirt.ops import GetVariable, Op, SetVariable
from efirt.testing.shrinking import shrunk

VENDOR = Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a31")


def op(number: int) -> Op:
    return SetVariable(Key(f"N{number}", VENDOR), Attributes(7), b"")


class Needs:
    """Shows a difference where all of some operations are there."""

    def __init__(self, *needed: Op) -> None:
        self.needed = {*needed}
        self.rounds = 0

    def __call__(self, candidates: Sequence[Sequence[Op]]) -> list[bool]:
        self.rounds += 1
        return [self.needed <= {*candidate} for candidate in candidates]


@pytest.mark.parametrize("needed", [(), (0,), (7, 8), (3, 500, 997), (0, 1, 2, 3, 4, 5, 6, 7)])
def test_what_is_needed_is_left_and_nothing_else(needed: tuple[int, ...]) -> None:
    ops = [*map(op, range(1000))]
    shows = Needs(*map(op, needed), ops[-1])
    assert shrunk(ops, shows) == [*map(op, needed), ops[-1]]
    assert shows.rounds <= 30


def test_where_one_of_two_is_needed_one_is_left() -> None:
    ops = [*map(op, range(100))]

    def shows(candidates: Sequence[Sequence[Op]]) -> list[bool]:
        return [op(20) in candidate or op(70) in candidate for candidate in candidates]

    assert len(shrunk(ops, shows)) == 2


def test_what_has_to_do_with_the_last_operation_is_tried_first() -> None:
    last = GetVariable(Key("N500", VENDOR))
    ops = [*map(op, range(1000)), last]
    shows = Needs(op(500), last)
    assert shrunk(ops, shows) == [op(500), last]
    assert shows.rounds <= 2


def test_the_operation_at_the_end_stays() -> None:
    assert shrunk([op(1), op(2)], lambda candidates: [True] * len(candidates)) == [op(2)]


def test_a_sequence_that_shows_nothing_any_more_is_refused() -> None:
    with pytest.raises(ValueError, match="shows no difference"):
        shrunk([op(1), op(2)], lambda candidates: [False] * len(candidates))
