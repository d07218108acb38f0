"""Timing: the best of several rounds, since everything else on a machine only adds."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Row(NamedTuple):
    """One line of the result.

    Attributes:
        what: What was measured.
        value: The number with its unit.
        against: What it stands against, and the ratio.
        aim: What it should be; empty where it is for information.
    """

    what: str
    value: str
    against: str
    aim: str = ""


def best_seconds(work: Callable[[], object], rounds: int = 7) -> float:
    """The shortest time of several rounds."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def per_call(work: Callable[[], object], calls: int = 5000, rounds: int = 7) -> float:
    """Seconds for one call of many."""

    def many() -> None:
        for _ in range(calls):
            work()

    return best_seconds(many, rounds) / calls


def per_item(work: Callable[[T], object], items: Sequence[T], rounds: int = 1000) -> float:
    """Seconds for one item of a short list: on a busy machine few long rounds are never left alone, and some of many short ones are."""
    return per_item_in_turn([(work, items)], rounds)[0]


def per_item_in_turn(works: Sequence[tuple[Callable[[T], object], Sequence[T]]], rounds: int = 1000) -> list[float]:
    """The same of several that are compared: each has its turn in every round, so that what else runs adds to all of them."""

    def all_items(work: Callable[[T], object], items: Sequence[T]) -> None:
        for item in items:
            work(item)

    times = [[best_seconds(partial(all_items, work, items), 1) for work, items in works] for _ in range(rounds)]
    return [min(of_one) / len(items) for of_one, (_, items) in zip(zip(*times, strict=True), works, strict=True)]


def print_rows(rows: list[Row]) -> None:
    """A table for people."""
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
