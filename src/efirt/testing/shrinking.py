"""Making a sequence that shows a difference short.

Where each question takes a machine that boots, what counts is how often one asks: so many candidates are asked about at once, and what of
them can go one by one is tried together in the next round.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Final

from efirt.ops import GetNextVariableName, GetVariable, Op, ResetSystem, SetVariable
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key

Shows = Callable[[Sequence[Sequence[Op]]], Sequence[bool]]
"""Whether each of some sequences still shows the difference at its last operation."""

_PIECES: Final = 16
"""Into how many pieces a sequence is cut at first."""


def shrunk(ops: Sequence[Op], shows: Shows) -> list[Op]:
    """The shortest sequence that is found; its last operation is the one given.

    The pieces that can go one by one are taken out together, as many of them as can; then the rest is cut into smaller pieces, until each
    is one operation. So this takes about twice as many rounds as the number of operations has binary digits.

    Args:
        ops: A sequence whose last operation shows a difference.
        shows: Who asks. It is asked about the sequence itself first.

    Raises:
        ValueError: The sequence does not show the difference when it is asked again.
    """
    best = _related(list(ops), shows)
    pieces = _PIECES
    while len(best) > 1:
        pieces = min(pieces, len(best) - 1)
        shorter = _without_pieces(best, pieces, shows)
        if len(shorter) < len(best):
            best = shorter
        elif pieces == len(best) - 1:
            break
        pieces *= 2
    return best


def _related(ops: list[Op], shows: Shows) -> list[Op]:
    """The shortest of the sequence and of what of it has to do with the variable at its end."""
    last = ops[-1]
    key = _key(last)
    narrow = [op for op in ops[:-1] if key is not None and _key(op) == key]
    wide = [op for op in ops[:-1] if _changes_firmware(op) or (key is not None and _key(op) == key)]
    candidates = [[last], [*narrow, last], [*wide, last], ops]
    shown = shows(candidates)
    if not shown[-1]:
        raise ValueError("asked again, the sequence shows no difference: it is not the sequence alone that makes it")
    return next(candidate for candidate, has in zip(candidates, shown, strict=True) if has)


def _key(op: Op) -> Key | None:
    return op.key if isinstance(op, GetVariable | SetVariable | GetNextVariableName) else None


def _changes_firmware(op: Op) -> bool:
    """Whether an operation can change how firmware treats other variables."""
    return isinstance(op, ResetSystem) or (isinstance(op, SetVariable) and op.key.guid in (GLOBAL, IMAGE_SECURITY))


def _without_pieces(ops: list[Op], pieces: int, shows: Shows) -> list[Op]:
    """The sequence without the pieces that can go."""
    body, last = ops[:-1], ops[-1]
    edges = [len(body) * number // pieces for number in range(pieces + 1)]
    spans = [range(begin, end) for begin, end in pairwise(edges) if begin < end]

    def without(gone: Sequence[range]) -> list[Op]:
        return [*(op for at, op in enumerate(body) if not any(at in span for span in gone)), last]

    removable = [span for span, has in zip(spans, shows([without([span]) for span in spans]), strict=True) if has]
    if len(removable) < 2:  # noqa: PLR2004 - one has been asked about already
        return without(removable)
    together: list[list[range]] = [*accumulate(([span] for span in removable), lambda one, other: [*one, *other])][::-1]
    shown = shows([without(gone) for gone in together[:-1]])
    return without(next((gone for gone, has in zip(together, shown, strict=False) if has), together[-1]))
