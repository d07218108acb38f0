"""Filling the store to the byte."""

from typing import Final

from efirt.ops import SetVariable
from efirt.testing.conformance.bench import NO_ROOM, Bench
from efirt.testing.conformance.case import Step, Unprepared
from efirt.testing.conformance.words import STORED, ours

_HEADER: Final = 60
_NAME: Final = 8
_SMALLEST: Final = _HEADER + _NAME + 4


def fill(bench: Bench, leave: int = 0) -> None:
    """Write variables until so many bytes of room are left; a multiple of four.

    Raises:
        Unprepared: Firmware has no room before that.
        Mismatch: It does not take them.
    """
    if bench.query().remaining_storage_size < leave:
        raise Unprepared(NO_ROOM)
    number = 0
    while (spare := bench.query().remaining_storage_size - leave) >= _SMALLEST:
        most = min(spare, (bench.query().maximum_variable_size + _HEADER) // 4 * 4)
        if 0 < spare - most < _SMALLEST:
            most -= _SMALLEST
        bench.prepare(SetVariable(ours(f"F{number:02}"), STORED, bytes(most - _HEADER - _NAME)))
        number += 1


def filled(leave: int = 0) -> Step:
    """So much room is left in the store."""
    return Step(lambda bench: fill(bench, leave), writes=True)
