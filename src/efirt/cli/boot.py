"""What the verbs behind ``boot`` share: which entries are meant, and how they are told."""

from efirt.annotation import Final, Sequence
from efirt.cli.options import Arguments, Group
from efirt.payloads.load_option import arguments_in
from efirt.views.boot_menu import KINDS, Kind
from efirt.wire import escape

FOR_EVER: Final = 0xFFFF


def kind_option(parser: Group) -> None:
    """Add whose entries."""
    parser.add_argument("--kind", choices=tuple(KINDS), default="boot", help="boot entries (the default), drivers, or programs before them")


def kind_of(arguments: Arguments) -> Kind:
    """Whose entries."""
    return KINDS[getattr(arguments, "kind", "boot")]


def order_text(order: Sequence[int]) -> str:
    """Entries, one after the other."""
    return ",".join(f"{number:04X}" for number in order)


def timeout_text(seconds: int) -> str:
    """How long firmware waits."""
    return "for ever" if seconds == FOR_EVER else f"{seconds} s"


def arguments_text(data: bytes) -> str:
    """What the program that is started gets: quoted where it is text."""
    text, _ = arguments_in(data)
    if text is None:
        return data.hex(" ")
    return f'"{escape.name(text)}"' if text else ""
