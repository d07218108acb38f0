"""The kinds of flash images by the words of a command line."""

from efirt.annotation import Final
from efirt.cli.options import Parser
from efirt.cli.refusals import UsageError
from efirt.images.edk2_write import LAYOUTS, Layout

_SHORT: Final = {"4m": "ovmf-4m", "2m": "ovmf-2m"}
USUAL: Final = "ovmf-4m"


def layout_option(parser: Parser) -> None:
    """Add the kind of a new flash image."""
    words = ", ".join((*_SHORT, *LAYOUTS))
    parser.add_argument("--layout", metavar="L", help=f"the kind of a new flash image: {words} (default: {USUAL})")


def layout(word: str | None) -> Layout:
    """The kind of a name.

    Raises:
        UsageError: There is none such.
    """
    found = LAYOUTS.get(_SHORT.get(word or USUAL, word or USUAL))
    if found is None:
        raise UsageError(f"there is no layout {word!r}", f"the layouts are {', '.join((*_SHORT, *LAYOUTS))}")
    return found
