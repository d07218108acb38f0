"""``efirt image space``: who uses the space of a flash image, and what would fit."""

from collections.abc import Iterator, Sequence

from efirt.annotation import Final, NamedTuple
from efirt.cli.call import Call, Exit
from efirt.cli.images import read_flash
from efirt.cli.options import Arguments, Parser
from efirt.cli.refusals import UsageError
from efirt.cli.variables import guid_text, key_text
from efirt.firmware.limits import limits_of_store
from efirt.runtime.guards import RESERVE
from efirt.values.guid import Guid
from efirt.values.key import Key

_LARGEST: Final = 5
_ALIGNED: Final = 3


class Space(NamedTuple):
    """How a region is used, in bytes.

    Attributes:
        room: What records can take.
        used: What they take, the dead too.
        free: What is behind them.
        reclaimable: What the dead take.
        by_vendor: What the living of each vendor take, and how many they are, the largest first.
        largest: The largest variables.
        needed: What the record asked for takes; None where none was.
        most: What a record can take at most, as firmware is built.
        fits: ``now``, ``compacted`` (after all variables were written anew) or ``never``; None as for ``needed``.
        why: Why it does not; empty where it does.
        left: What is left behind it once all variables were written anew; None as for ``needed``.
    """

    room: int
    used: int
    free: int
    reclaimable: int
    by_vendor: tuple[tuple[Guid, int, int], ...]
    largest: tuple[tuple[Key, int], ...]
    needed: int | None
    most: int
    fits: str | None
    why: str
    left: int | None


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("file", metavar="FILE", help="the flash image")
    parser.add_argument(
        "--would-fit", metavar="BYTES", help="whether a variable would fit whose name (two for each character) and value are so many"
    )


def run(call: Call) -> Iterator[Space | Exit]:
    """The space; the exit status is 1 where what was asked for does not fit."""
    asked = _bytes(call.arguments.would_fit)
    _, flash = read_flash(call.arguments.file, strict=False)
    sizes = [(variable.key, one.size) for one, variable in zip(flash.live, flash.variables, strict=True)]
    vendors: dict[Guid, tuple[int, int]] = {}
    for key, size in sizes:
        taken, count = vendors.get(key.guid, (0, 0))
        vendors[key.guid] = taken + size, count + 1
    by_vendor = sorted(((guid, *numbers) for guid, numbers in vendors.items()), key=lambda row: -row[1])
    largest = sorted(sizes, key=lambda row: -row[1])[:_LARGEST]
    needed = None if asked is None else (flash.record_header_size + asked + _ALIGNED) & ~_ALIGNED
    limits = limits_of_store(flash.store_size, flash.record_header_size)
    most = limits.variable_size
    fits, why, left = None, "", None
    if asked is not None and needed is not None:
        left = flash.free + flash.reclaimable - needed
        fits = "now" if needed <= flash.free else "compacted" if left >= 0 else "never"
        why = "there is not so much room" if fits == "never" else ""
        if flash.record_header_size + asked > most:
            signed = f", {limits.authenticated_size} of an authenticated variable" if limits.authenticated_size != most else ""
            fits, why = "never", f"firmware takes {most} at most, header and name included{signed}"
    yield Space(flash.room, flash.used, flash.free, flash.reclaimable, tuple(by_vendor), tuple(largest), needed, most, fits, why, left)
    if fits == "never":
        yield Exit(1)


def _bytes(word: str | None) -> int | None:
    if word is None:
        return None
    if not word.isdecimal() or not word.isascii():
        raise UsageError(f"--would-fit {word!r} is no number of bytes", "write it in digits, such as 4096")
    return int(word[:20])


def lines(rows: Sequence[Space], _arguments: Arguments) -> Iterator[str]:
    """A line for each thing."""
    for row in rows:
        yield f"{row.used} of {row.room} bytes used, {row.free} free, {row.reclaimable} reclaimable"
        for guid, size, count in row.by_vendor:
            yield f"{size:8}  {guid_text(guid)}: {count} variable{'' if count == 1 else 's'}"
        yield from (f"{size:8}  {key_text(key)}" for key, size in row.largest)
        if row.fits is not None:
            told = {"now": "fits", "compacted": "fits once all variables are written anew", "never": f"does not fit: {row.why}"}
            yield f"a record of {row.needed} bytes {told[row.fits]}"
        if row.fits != "never" and row.left is not None and row.left < RESERVE:
            yield f"from Linux it does not fit: {row.left} bytes would be left, and Linux keeps {RESERVE} free"


def record(rows: Sequence[Space], _arguments: Arguments) -> dict[str, object]:
    """All of it."""
    row = rows[0]
    return row._asdict() | {
        "by_vendor": [{"guid": str(guid), "size": size, "variables": count} for guid, size, count in row.by_vendor],
        "largest": [{"name": key.name, "guid": str(key.guid), "size": size} for key, size in row.largest],
    }
