"""The command line's words: which verb, and what it is given."""

from efirt.annotation import TYPE_CHECKING, Any, Callable, Final, Protocol, Sequence, TypeAlias, cast
from efirt.cli.plain import Namespace, Plain
from efirt.cli.refusals import UsageError
from efirt.later import imported

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from efirt.cli.verb import Verb

Arguments: TypeAlias = Namespace
"""What stands on a command line, by option."""

VERBS: Final = {
    "drivers": ("drivers", "list every driver, whether it applies here, and what it carries"),
    "info": ("info", "show what is known of the firmware"),
    "list": ("list_", "list the variables"),
    "get": ("get", "show a variable"),
    "show": ("show", "show what a variable means"),
    "explain": ("explain", "show what may be done with a variable, and what would stop it"),
    "set": ("set_", "create, overwrite or append to a variable"),
    "delete": ("delete", "delete a variable"),
    "boot": ("", "show and change the boot menu, and the drivers and programs that firmware starts before it"),
    "tables": ("tables", "list firmware's configuration tables"),
    "esrt": ("esrt", "show what can be updated, and how the last update went"),
    "time": ("time_", "show or set the clock and its wake-up alarm"),
    "check": ("check", "ask firmware what it must answer, case by case"),
    "image": ("", "make, examine, convert and repair files of firmware's variables"),
}
"""Verb to its module, and what it does; one without a module has verbs of its own."""

OF_IMAGES: Final = {
    "image create": ("image_create", "make a new image without variables"),
    "image info": ("image_info", "show what an image is and what it holds"),
    "image convert": ("image_convert", "write what an image holds in another format"),
    "image diff": ("image_diff", "compare two images, or an image with a machine"),
    "image check": ("image_check", "show what is wrong with an image, and what comes of it"),
    "image repair": ("image_repair", "write what can be had of an image into a new one"),
    "image map": ("image_map", "show where the space of a flash image goes"),
    "image audit": ("image_audit", "look at many images: whose keys they have, and which certificates they lack"),
    "image space": ("image_space", "show who uses the space of a flash image, and what would fit"),
}
"""The verbs behind ``image``, as :data:`VERBS`."""

OF_BOOT: Final = {
    "boot list": ("boot_list", "list the entries, their order, and what is wrong with them"),
    "boot show": ("boot_show", "show an entry with everything that is in it"),
    "boot add": ("boot_add", "add an entry: a program on a disk, and where it stands in the order"),
    "boot edit": ("boot_edit", "change what an entry is called, what it starts, and with what"),
    "boot remove": ("boot_remove", "remove entries, from the order first"),
    "boot order": ("boot_order", "set which entries firmware tries, and in which order"),
    "boot next": ("boot_next", "set the entry that firmware starts once, before all others"),
    "boot active": ("boot_active", "let firmware try entries by itself"),
    "boot inactive": ("boot_inactive", "keep entries, and let firmware not try them by itself"),
    "boot timeout": ("boot_timeout", "set how long firmware waits before it starts an entry"),
    "boot dedupe": ("boot_dedupe", "find entries that start the same as another one"),
    "boot fw-setup": ("boot_fw_setup", "let firmware show its own menu at the next start"),
}
"""The verbs behind ``boot``, as :data:`VERBS`."""

BEHIND: Final = OF_IMAGES | OF_BOOT
"""The verbs behind another one."""

HIDDEN: Final = ""
"""The help of an option that is read only to say that it does not belong there."""

_WITH_VALUE: Final = frozenset({"--driver", "--faults", "--kind", "--record"})


class Group(Protocol):
    """What options are added to, in the words of :class:`argparse.ArgumentParser`."""

    def add_argument(self, *names: str, **how: Any) -> object:  # noqa: ANN401 - as argparse has it
        """Add an option, or a word."""


class Parser(Group, Protocol):
    """What takes the options of a verb."""

    def add_mutually_exclusive_group(self, *, required: bool = False) -> "Group":
        """Give what takes options of which only one may be given."""


class Shown(Exception):
    """Help or the version was asked for; nothing else is to be done.

    Attributes:
        text: It.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def everywhere(parser: Group) -> None:
    """Add what every verb takes."""
    parser.add_argument("--driver", metavar="NAME[:ARG]", help="the way to the firmware, such as xen or xen:simulated")
    parser.add_argument("--json", action="store_true", help="write for programs")
    parser.add_argument("--trace", action="store_const", const="text", help="show each call to the driver on standard error")
    parser.add_argument("--trace-json", action="store_const", const="json", dest="trace", help="the same for programs; so with --json")
    parser.add_argument("--record", metavar="FILE", help="write each call to a new file, to be played back with --driver replay:FILE")
    parser.add_argument("--faults", metavar="SPEC", help="let calls fail, such as write:nth=3:status=OUT_OF_RESOURCES or space=100")
    parser.add_argument("--read-only", action="store_true", help="carry nothing that changes the machine")


def split(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Find the verb among the options that may stand before it; the words without it."""
    at = 0
    while at < len(words) and words[at] != "--":
        if not words[at].startswith("-"):
            return words[at], [*words[:at], *words[at + 1 :]]
        at += 2 if words[at] in _WITH_VALUE else 1
    return None, list(words)


def _parser(verb: str | None, options: "Callable[[Parser], None] | None" = None) -> "ArgumentParser":
    from efirt.cli.parser import parser_for  # noqa: PLC0415 - as it says itself, slow

    return parser_for(verb, options)


def overview() -> str:
    """How to use all of it."""
    return _parser(None).format_help()


def parse(words: Sequence[str]) -> "tuple[Verb, Arguments] | None":
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
    module = VERBS[name][0]
    if not module:
        name, module, rest = _behind(name, rest)
    verb = cast("Verb", imported(f"efirt.cli.verbs.{module}"))
    plain = Plain()
    everywhere(plain)
    verb.options(plain)
    arguments = plain.read(rest)
    if arguments is None:
        arguments = _parser(name, verb.options).parse_args(rest, Namespace())
    return verb, arguments


def _behind(first: str, words: Sequence[str]) -> tuple[str, str, list[str]]:
    """The verb behind a verb, its module, and the words without it."""
    second, rest = split(words)
    name = f"{first} {second}"
    if second is None:
        _parser(first).parse_args(rest)
        raise UsageError(f"efirt {first} needs a verb", f"efirt {first} --help lists them")
    if name not in BEHIND:
        known = ", ".join(one.removeprefix(f"{first} ") for one in BEHIND if one.startswith(f"{first} "))
        raise UsageError(f"there is no verb {name!r}", f"behind {first} stands one of {known}")
    return name, BEHIND[name][0], rest
