"""The lab's command line: ``python -m lab list``, ``fetch`` and ``run``."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab import kit
from lab.carry import distributions, tree
from lab.errors import BootFailed, Missing
from lab.machines import KITS, MACHINES
from lab.run import missing, run

_TREE = Path(__file__).parent.parent
_PYTEST = ("pytest", "pluggy", "iniconfig", "packaging", "pygments", "hypothesis", "sortedcontainers", "attrs")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="Boot real machines and run things inside them.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="show the machines, and what they lack here")
    fetch = verbs.add_parser("fetch", help="fetch what machines consist of into the cache")
    fetch.add_argument("machine", nargs="*", metavar="MACHINE", help="one of: %(choices)s; all when none is named", choices=(*MACHINES, []))
    go = verbs.add_parser("run", help="boot a machine and run a command in it")
    go.add_argument("machine", choices=MACHINES, metavar="MACHINE")
    go.add_argument("--vars", type=Path, metavar="FILE", help="the variable store to start with")
    go.add_argument("--timeout", type=float, metavar="SECONDS", help="how long the whole run may take")
    go.add_argument("--put", action="append", default=[], metavar="HOST:GUEST", help="carry a file or folder in")
    go.add_argument("--get", action="append", default=[], metavar="GUEST", help="bring a file or folder back")
    go.add_argument("--tree", action="store_true", help="carry the working tree in, as /efirt")
    go.add_argument("--pytest", action="store_true", help="carry this interpreter's pytest in, and hypothesis where it is")
    go.add_argument("--out", type=Path, default=Path("lab-out"), metavar="DIR", help="where what comes back goes (default: %(default)s)")
    go.add_argument("command", nargs="+", metavar="COMMAND", help="after --: the command; for firmware, lines for its shell")
    return parser


def _list() -> int:
    """Show the machines, and what they lack."""
    for name, machine in MACHINES.items():
        print(f"{name:12} {machine.summary:36} {missing(name) or 'ready'}")
    return 0


def _fetch(names: Sequence[str]) -> int:
    for name in dict.fromkeys(MACHINES[machine].kit for machine in names or MACHINES):
        built = kit.build(KITS[name])
        print(f"{name}: {built.folder}")
    return 0


def _put(options: argparse.Namespace) -> Mapping[str, Path | bytes]:
    put: dict[str, Path | bytes] = {}
    if options.tree:
        put |= tree(_TREE)
    if options.pytest:
        put |= distributions(*_PYTEST, python=KITS[MACHINES[options.machine].kit].python)
    for pair in options.put:
        host, _, guest = pair.rpartition(":")
        put[guest] = Path(host)
    return put


def _run(options: argparse.Namespace) -> int:
    result = run(
        options.machine,
        options.command,
        put=_put(options),
        get=options.get,
        vars_image=options.vars,
        timeout_seconds=options.timeout,
        out=options.out,
    )
    sys.stdout.buffer.write(result.stdout)
    sys.stdout.flush()
    sys.stderr.buffer.write(result.stderr)
    print(f"lab: {options.machine}: status {result.exit_status}, {result.seconds:.1f} s, {result.vars_image}", file=sys.stderr)
    return result.exit_status


def main() -> int:
    """Do what the command line says, and give the exit status: the command's own, or 2 when the lab could not."""
    options = _arguments().parse_args()
    try:
        match options.verb:
            case "list":
                return _list()
            case "fetch":
                return _fetch(options.machine)
            case _:
                return _run(options)
    except (Missing, BootFailed, ValueError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
