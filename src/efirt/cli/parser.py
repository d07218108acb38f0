"""The parser for people: help, and a sentence for each way a command line can make no sense.

It takes longer to import than Python takes to start: what :mod:`efirt.cli.plain` can read never comes here.
"""

from argparse import SUPPRESS, Action, ArgumentParser, HelpFormatter, RawDescriptionHelpFormatter
from collections.abc import Callable

from efirt.annotation import Any, Final, NoReturn
from efirt.cli.options import BEHIND, HIDDEN, VERBS, Parser, Shown, everywhere
from efirt.cli.refusals import UsageError

_WIDTH: Final = 100
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


class _Format(HelpFormatter):
    """A fixed width: finding out the terminal's costs an import of several milliseconds, with every single option."""

    def __init__(self, prog: str, **given: Any) -> None:  # noqa: ANN401 - what newer Pythons add
        super().__init__(prog, **given | {"width": _WIDTH})


class _PlainFormat(_Format, RawDescriptionHelpFormatter):
    """The same, with an epilog that stays as it is written."""


class _Parser(ArgumentParser):
    """A parser that raises instead of leaving."""

    def add_argument(self, *names: str, **how: Any) -> Action:  # noqa: ANN401 - as argparse has it
        if how.get("help") == HIDDEN:
            how["help"] = SUPPRESS
        return super().add_argument(*names, **how)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"{self.prog} --help shows how")


class _Help(Action):
    def __call__(self, parser: ArgumentParser, *_given: object) -> NoReturn:
        raise Shown(parser.format_help())


class _Version(Action):
    def __call__(self, *_given: object) -> NoReturn:
        from efirt import __version__  # noqa: PLC0415 - everything else goes past the front door

        raise Shown(f"efirt {__version__}\n")


def _verbs_of(first: str) -> str:
    told = [f"  {verb.removeprefix(first).strip():10}{summary}" for verb, (_, summary) in BEHIND.items() if verb.startswith(f"{first} ")]
    return "\n".join(["verbs:", *told, "", f"efirt {first} VERB --help tells more."])


def parser_for(verb: str | None, options: Callable[[Parser], None] | None = None) -> ArgumentParser:
    """A parser for a verb, or for no verb at all.

    Args:
        verb: The verb; None for what may stand without one.
        options: Adds what the verb takes.
    """
    if verb is None:
        usage = "efirt [--driver NAME[:ARG]] [--json] VERB ..."
        parser = _Parser(
            "efirt", usage, "UEFI runtime services.", _EPILOG, formatter_class=_PlainFormat, add_help=False, allow_abbrev=False
        )
    else:
        module, summary = (VERBS | BEHIND)[verb]
        parser = _Parser(
            f"efirt {verb}",
            None if module else f"efirt {verb} VERB ...",
            f"{summary[0].upper()}{summary[1:]}.",
            None if module else _verbs_of(verb),
            formatter_class=_Format if module else _PlainFormat,
            add_help=False,
            allow_abbrev=False,
        )
    group = parser.add_argument_group("options of every verb, before or after it")
    everywhere(group)
    group.add_argument("--version", action=_Version, nargs=0, help="show the version")
    group.add_argument("-h", "--help", action=_Help, nargs=0, help="show this")
    if options is not None:
        options(parser)
    return parser
