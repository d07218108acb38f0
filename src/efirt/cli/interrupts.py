"""Ctrl-C as a question that is asked from time to time, for a verb that has something to say before it ends."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

from efirt.annotation import Final

_NOTED: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts() -> Iterator[Callable[[], int]]:
    """Give what tells the signal that came to end this process, 0 for none; the second one ends it at once.

    Outside of the main thread nothing can be told, and nothing is changed; nor is a signal that is ignored, as of a job in the background.
    """
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        for one, handler in before.items():
            signal.signal(one, handler)

    if current_thread() is not main_thread():
        yield lambda: 0
        return
    before = {one: handler for one in _NOTED if (handler := signal.getsignal(one)) not in {signal.SIG_IGN, None}}
    for one in before:
        signal.signal(one, note)
    try:
        yield lambda: came[0] if came else 0
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
