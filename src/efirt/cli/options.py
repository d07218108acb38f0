"""The command line's words: which verb, and a parser for that verb alone."""

from argparse import Action, ArgumentParser, HelpFormatter, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

from efirt.cli.refusals import UsageError

if TYPE_CHECKING:
    from efirt.cli.verb import Verb

VERBS: Final = {
    "drivers": ("drivers", "list every driver, whether it applies here, and what it carries"),
    "info": ("info", "show what is known of the firmware"),
    "list": ("list_", "list the variables"),
    "get": ("get", "show a variable"),
    "set": ("set_", "create, overwrite or append to a variable"),
    "delete": ("delete", "delete a variable"),
    "time": ("time_", "show or set the clock and its wake-up alarm"),
    "check": ("check", "ask firmware what it must answer, case by case"),
}
"""Verb to its module, and what it does."""

_WIDTH: Final = 100
_WITH_VALUE: Final = frozenset({"--driver", "--faults", "--record"})
_EPILOG: Final = "\n".join(
    [
        "verbs:",
        *(f"  {verb:10}{summary}" for verb, (_, summary) in VERBS.items()),
        "",
        "efirt VERB --help tells more. Without --driver, EFIRT_DRIVER names the driver, or the first that reaches this machine's",
        "firmware is taken; --driver xen:simulated reaches a simulated one. Exit status: 0; 1 firmware or the way there said no;",
        "2 the command line makes no sense.",
    ]
)


class Shown(Exception):
    """Help or the version was asked for; nothing else is to be done.

    Attributes:
        text: It.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _Format(HelpFormatter):
    """A fixed width: finding out the terminal's costs an import of several milliseconds, with every single option."""

    def __init__(self, prog: str, **given: Any) -> None:  # noqa: ANN401 - what newer Pythons add
        super().__init__(prog, **given | {"width": _WIDTH})


class _PlainFormat(_Format, RawDescriptionHelpFormatter):
    """The same, with an epilog that stays as it is written."""


class _Parser(ArgumentParser):
    """A parser that raises instead of leaving."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"{self.prog} --help shows how")


class _Help(Action):
    def __call__(self, parser: ArgumentParser, *_given: object) -> NoReturn:
        raise Shown(parser.format_help())


class _Version(Action):
    def __call__(self, *_given: object) -> NoReturn:
        from efirt import __version__  # noqa: PLC0415 - everything else goes past the front door

        raise Shown(f"efirt {__version__}\n")


def _parser(verb: str | None) -> _Parser:
    if verb is None:
        usage = "efirt [--driver NAME[:ARG]] [--json] VERB ..."
        parser = _Parser(
            "efirt", usage, "UEFI runtime services.", _EPILOG, formatter_class=_PlainFormat, add_help=False, allow_abbrev=False
        )
    else:
        summary = VERBS[verb][1]
        parser = _Parser(
            f"efirt {verb}", description=f"{summary[0].upper()}{summary[1:]}.", formatter_class=_Format, add_help=False, allow_abbrev=False
        )
    everywhere = parser.add_argument_group("options of every verb, before or after it")
    everywhere.add_argument("--driver", metavar="NAME[:ARG]", help="the way to the firmware, such as xen or xen:simulated")
    everywhere.add_argument("--json", action="store_true", help="write for programs")
    everywhere.add_argument("--trace", action="store_const", const="text", help="show each call to the driver on standard error")
    everywhere.add_argument("--trace-json", action="store_const", const="json", dest="trace", help="the same for programs; so with --json")
    everywhere.add_argument("--record", metavar="FILE", help="write each call to a new file, to be played back with --driver replay:FILE")
    everywhere.add_argument("--faults", metavar="SPEC", help="let calls fail, such as write:nth=3:status=OUT_OF_RESOURCES or space=100")
    everywhere.add_argument("--read-only", action="store_true", help="carry nothing that changes the machine")
    everywhere.add_argument("--version", action=_Version, nargs=0, help="show the version")
    everywhere.add_argument("-h", "--help", action=_Help, nargs=0, help="show this")
    return parser


def split(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Find the verb among the options that may stand before it; the words without it."""
    at = 0
    while at < len(words) and words[at] != "--":
        if not words[at].startswith("-"):
            return words[at], [*words[:at], *words[at + 1 :]]
        at += 2 if words[at] in _WITH_VALUE else 1
    return None, list(words)


def overview() -> str:
    """How to use all of it."""
    return _parser(None).format_help()


def parse(words: Sequence[str]) -> "tuple[Verb, Namespace] | None":
    """Read the command line; None when there is nothing on it to do.

    Raises:
        UsageError: It makes no sense.
        Shown: Help or the version was asked for.
    """
    name, rest = split(words)
    if name is None:
        _parser(None).parse_args(rest)
        return None
    if name not in VERBS:
        raise UsageError(f"there is no verb {name!r}", f"the verbs are {', '.join(VERBS)}")
    verb = cast("Verb", import_module(f"efirt.cli.verbs.{VERBS[name][0]}"))
    parser = _parser(name)
    verb.options(parser)
    return verb, parser.parse_args(rest)
