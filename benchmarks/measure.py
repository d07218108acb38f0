"""Timing: the best of several rounds, since everything else on a machine only adds."""

import time
from collections.abc import Callable
from typing import NamedTuple


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


def print_rows(rows: list[Row]) -> None:
    """A table for people."""
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
