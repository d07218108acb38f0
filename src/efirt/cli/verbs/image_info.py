"""``efirt image info``: what an image is."""

from collections.abc import Iterator, Sequence

from efirt.annotation import Any
from efirt.cli.call import Call, Note
from efirt.cli.images import Read, dictionary_option, in_use, read
from efirt.cli.options import Arguments, Parser
from efirt.images.edk2_write import LAYOUTS
from efirt.wire.escape import sentence


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("file", metavar="FILE", help="the image, or a directory with a file for each variable")
    dictionary_option(parser)


def run(call: Call) -> Iterator[Read | Note]:
    """The image, also a damaged one."""
    yield read(call.arguments.file, dictionary=call.arguments.dictionary, strict=False)
    yield from in_use(call.arguments.file)


def lines(rows: Sequence[Read], arguments: Arguments) -> Iterator[str]:
    """A line for each thing."""
    for what, value in record(rows, arguments).items():
        if isinstance(value, list):
            yield from (sentence(f"{'damage':18}{text}") for text in value)
        elif value is not None:
            more = f", of which efirt image check {rows[0].path} tells" if what == "problems" and value else ""
            yield sentence(f"{what.replace('_', ' '):18}{value}{more}")


def record(rows: Sequence[Read], _arguments: Arguments) -> dict[str, Any]:
    """All of it; null where a format has no such thing."""
    row = rows[0]
    contents, flash = row.contents, row.flash
    told = {
        "path": row.path,
        "format": row.format,
        "size": row.size,
        "variables": len(contents.variables),
        "hidden": len(contents.hidden),
        "problems": len(row.problems),
        "layout": None,
        "authenticated": None,
        "volume_offset": None,
        "room": None,
        "free": None,
        "reclaimable": None,
        "interrupted": None,
    }
    if flash is not None:
        areas, size = flash.volume.areas, row.size
        layout = next((name for name, one in LAYOUTS.items() if (one.areas, one.file_size) == (areas, size)), None)
        told |= {
            "hidden": len(flash.surplus),
            "layout": layout,
            "authenticated": flash.authenticated,
            "volume_offset": flash.volume.offset,
            "room": flash.room,
            "free": flash.free,
            "reclaimable": flash.reclaimable,
            "interrupted": flash.was_interrupted,
        }
    return told | {"damage": [str(damage) for damage in contents.damage]}
