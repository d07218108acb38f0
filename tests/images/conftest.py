"""Time, for tests that compare how long two things take."""

from collections.abc import Callable
from time import process_time

import pytest


def _best_of_three(what: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(3):
        start = process_time()
        what()
        best = min(best, process_time() - start)
    return best


@pytest.fixture
def seconds() -> Callable[[Callable[[], object]], float]:
    return _best_of_three
