"""``efirt esrt``: what can be updated, and how the last update went."""

from efirt.annotation import Any, Iterator, Sequence
from efirt.cli.call import Call
from efirt.cli.options import Arguments, Parser
from efirt.payloads.esrt import KINDS, STATUSES, Esrt, EsrtEntry
from efirt.views.tables import read_esrt


def options(_parser: Parser) -> None:
    """Add nothing."""


def run(call: Call) -> Iterator[Esrt]:
    """The table."""
    with call.open() as runtime:
        yield read_esrt(runtime)


def lines(rows: Sequence[Esrt], _arguments: Arguments) -> Iterator[str]:
    """A few lines for each entry."""
    for row in rows:
        for entry in row.entries:
            yield from _entry(entry)
        yield f"{len(row.entries)} of at most {row.most} entries"


def _entry(entry: EsrtEntry) -> Iterator[str]:
    status = entry.last_attempt_status
    yield f"{entry.firmware_class}  {KINDS.get(entry.firmware_type, f'type {entry.firmware_type}')}"
    yield f"    version {entry.version}, and not below {entry.lowest_supported_version}; capsule flags 0x{entry.capsule_flags:x}"
    yield f"    last attempt: version {entry.last_attempt_version}, {STATUSES.get(status, f'status 0x{status:x}')}"


def record(rows: Sequence[Esrt], _arguments: Arguments) -> dict[str, Any]:
    """The table."""
    row = rows[0]
    return {"version": row.version, "most": row.most, "entries": [entry.as_json() for entry in row.entries]}
