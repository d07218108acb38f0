"""Usage: python -m benchmarks [calls] [firmware] [startup] [boot] [images] [audit] [dom0]; all of them when none is named."""

import importlib
import sys

from benchmarks.measure import print_rows

PARTS = ("calls", "firmware", "startup", "boot", "images", "audit", "dom0")


def main() -> None:
    wrong = [name for name in sys.argv[1:] if name not in PARTS]
    if wrong:
        sys.exit(f"there is no benchmark {wrong[0]!r}: choose of {', '.join(PARTS)}")
    for name in sys.argv[1:] or PARTS:
        print(f"{name}:")
        print_rows(importlib.import_module(f"benchmarks.{name}").measure())
        print()


main()
