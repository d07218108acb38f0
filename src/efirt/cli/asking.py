"""Asking the person at the terminal before something that cannot be taken back."""

import sys

from efirt.cli.refusals import UsageError
from efirt.wire.escape import sentence


def agree(what: str, *, as_json: bool) -> None:
    """Go on only when the person says yes.

    Args:
        what: What is about to happen, as sentences.
        as_json: Whether a program reads standard output, so that nobody is there.

    Raises:
        UsageError: Nobody is there to ask, or the answer is another.
    """
    if as_json or sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(what, "nobody can be asked here: --yes says that it is meant")
    sys.stderr.write(f"{sentence(what)}\nGo on? Type yes: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != "yes":
        raise UsageError("nothing was written", "type yes, or give --yes")
