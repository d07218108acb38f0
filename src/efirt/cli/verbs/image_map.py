"""``efirt image map``: where the space of a flash image goes."""

from collections.abc import Iterator, Sequence

from efirt.annotation import Final, NamedTuple
from efirt.cli.call import Call, Note
from efirt.cli.images import read_flash
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.drivers.image.replacing import write_new
from efirt.images.edk2 import Edk2Image

_KINDS: Final = {
    "header": ("H", "#7f7f7f"),
    "live": ("#", "#2e7d32"),
    "deleted": ("x", "#c62828"),
    "free": (".", "#e8f5e9"),
    "event log": ("e", "#90caf9"),
    "journal": ("J", "#6a1b9a"),
    "spare": ("s", "#d1c4e9"),
    "outside": (" ", "#fafafa"),
}
"""Kind to its letter and its colour."""

_COLUMNS: Final = 64
_ROWS: Final = 24
_CELL: Final = 12


class Span(NamedTuple):
    """A piece of the file.

    Attributes:
        offset: Bytes from its beginning.
        size: Bytes.
        kind: What it is, of the keys of the map.
    """

    offset: int
    size: int
    kind: str


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("file", metavar="FILE", help="the flash image")
    parser.add_argument("--svg", metavar="FILE", help="also draw it into this new file")


def run(call: Call) -> Iterator[Span | Note]:
    """The volume's pieces in order."""
    found, flash = read_flash(call.arguments.file, strict=False)
    pieces = [*spans(flash, found.size)]
    yield from pieces
    if call.arguments.svg is not None:
        write_new(call.arguments.svg, [svg(pieces).encode()])
        yield Note(f"wrote {call.arguments.svg}")


def spans(flash: Edk2Image, size: int) -> Iterator[Span]:
    """Everything in a flash image, without a gap, pieces of one kind together."""
    at, kind, begin = 0, "", 0
    for end, what in _ends(flash, size):
        if what != kind and at > begin:
            yield Span(begin, at - begin, kind)
            begin = at
        at, kind = max(end, at), what
    if at > begin:
        yield Span(begin, at - begin, kind)


def _ends(flash: Edk2Image, size: int) -> Iterator[tuple[int, str]]:
    """Where each piece ends, and what it is."""
    volume, areas = flash.volume, flash.volume.areas
    if flash.is_blank:
        raise UsageError("there is nothing in this image to draw: it is blank")
    alive = {one.offset for one in flash.live}
    yield volume.offset, "outside"
    yield flash.records_offset, "header"
    for one in flash.records:
        yield one.offset + one.size, "live" if one.offset in alive else "deleted"
    yield flash.records_offset + flash.room, "free"
    if areas is not None:
        yield volume.offset + areas.work_offset, "event log"
        yield volume.offset + areas.work_offset + areas.work_size, "journal"
        yield volume.offset + areas.spare_offset, "outside"
        yield volume.offset + areas.spare_offset + areas.spare_size, "spare"
    yield size, "outside"


def _sums(pieces: Sequence[Span]) -> dict[str, int]:
    sums = dict.fromkeys(_KINDS, 0)
    for piece in pieces:
        sums[piece.kind] += piece.size
    return {kind: size for kind, size in sums.items() if size}


def _drawn(pieces: Sequence[Span]) -> list[str]:
    """The kind that most of each cell is, over all of the file up to the last piece that is not outside."""
    end = max((piece.offset + piece.size for piece in pieces if piece.kind != "outside"), default=0)
    step = max(-(-end // (_COLUMNS * _ROWS)), 1)
    cells = []
    for start in range(0, end, step):
        shares = [(min(one.offset + one.size, start + step) - max(one.offset, start), one.kind) for one in pieces]
        cells.append(max(shares)[1])
    return cells


def lines(rows: Sequence[Span], _arguments: Arguments) -> Iterator[str]:
    """A drawing, and what each letter takes."""
    cells = [_KINDS[kind][0] for kind in _drawn(rows)]
    for start in range(0, len(cells), _COLUMNS):
        yield f"|{''.join(cells[start : start + _COLUMNS]):{_COLUMNS}}|"
    for kind, size in _sums(rows).items():
        yield f"{_KINDS[kind][0]} {kind:10}{size:10} bytes"


def record(rows: Sequence[Span], _arguments: Arguments) -> dict[str, object]:
    """The pieces, and what each kind takes."""
    return {"bytes": _sums(rows), "spans": [row._asdict() for row in rows]}


def svg(pieces: Sequence[Span]) -> str:
    """The drawing for a browser."""
    cells = _drawn(pieces)
    sums = _sums(pieces)
    height = (-(-len(cells) // _COLUMNS) + len(sums) + 1) * _CELL
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_COLUMNS * _CELL}" height="{height}" font-family="monospace" font-size="10">'
    ]
    for number, kind in enumerate(cells):
        y, x = divmod(number, _COLUMNS)
        parts.append(f'<rect x="{x * _CELL}" y="{y * _CELL}" width="{_CELL}" height="{_CELL}" fill="{_KINDS[kind][1]}"/>')
    below = -(-len(cells) // _COLUMNS) + 1
    for row, (kind, size) in enumerate(sums.items()):
        y = (below + row) * _CELL
        parts.append(f'<rect x="0" y="{y - _CELL + 2}" width="{_CELL}" height="{_CELL - 2}" fill="{_KINDS[kind][1]}"/>')
        parts.append(f'<text x="{2 * _CELL}" y="{y}">{kind}: {size} bytes</text>')
    return "\n".join([*parts, "</svg>", ""])
