"""Break each row of the firmware model, one at a time, and tell which of that the conformance cases and real firmware's answers miss.

The rows' own tests, which would notice every one, are left out on purpose. docs/reference/mutations.md lists the survivors with their
reasons.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from efirt.testing.conformance.signing import Keys  # noqa: E402 - after the path
from tools.mutation.rows import Mutant, firmwares, mutants  # noqa: E402
from tools.mutation.suite import Suite  # noqa: E402

_AT_ONCE: Final = 2
_suite: Suite
_mutants: list[Mutant]


def _noticed_by(number: int) -> str:
    return _suite.noticed_by(_mutants[number])


def results(suite: Suite, chosen: list[Mutant], at_once: int = _AT_ONCE) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with what notices it first; nothing where it survives."""
    global _suite, _mutants
    _suite, _mutants = suite, chosen
    with get_context("fork").Pool(at_once) as pool:
        yield from zip(chosen, pool.imap(_noticed_by, range(len(chosen))), strict=True)


def main() -> None:
    """Tell the survivors as JSON lines, and count."""
    parser = ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--profile", action="append", choices=[*firmwares(), "all"], help="on this firmware; all where none is named")
    parser.add_argument("--table", action="append", help="only rows of this table")
    parser.add_argument("--row", help="only rows that say this somewhere")
    parser.add_argument("--processes", type=int, default=_AT_ONCE)
    parser.add_argument("--verbose", action="store_true", help="tell who notices the others")
    options = parser.parse_args()
    named = [] if not options.profile or "all" in options.profile else options.profile
    suite = Suite(Keys(), named)
    chosen = [one for one in mutants() if options.table is None or one.table in options.table]
    chosen = [one for one in chosen if options.row is None or options.row in one.row]
    survived = 0
    for mutant, by in results(suite, chosen, options.processes):
        survived += not by
        if options.verbose or not by:
            told: dict[str, object] = {"table": mutant.table, "row": mutant.row, "how": mutant.how, "noticed by": by}
            row = mutant.table, mutant.row
            if not by:
                told |= {"behind it": sorted(suite.witness.behind.get(row, ())), "before it": sorted(suite.witness.before.get(row, ()))}
            print(json.dumps(told), flush=True)
    print(json.dumps({"mutants": len(chosen), "noticed": len(chosen) - survived, "survived": survived}))


if __name__ == "__main__":
    main()
