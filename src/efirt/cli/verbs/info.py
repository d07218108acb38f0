"""``efirt info``: what is known of the firmware, and what is not, with the reason."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from efirt.annotation import NamedTuple, TypeVar
from efirt.cli import moments
from efirt.cli.call import Call
from efirt.cli.options import Arguments, Parser
from efirt.errors import EfirtError
from efirt.ops import VariableInfo
from efirt.runtime.facts import Information, Table
from efirt.runtime.services import Clock, Runtime
from efirt.values.revision import revision_text
from efirt.wire import escape

T = TypeVar("T")


class Overview(NamedTuple):
    """All that could be found out; None where it could not, with the reason in ``missing``.

    Attributes:
        known: What the road tells of the firmware.
        tables: The configuration tables that are there.
        storage: Room for variables of NV+BS+RT, now.
        storage_at_boot: The same as Xen was told before boot services ended.
        clock: The clock.
        missing: What is None, to the reason.
    """

    known: Information
    tables: tuple[Table, ...] | None
    storage: VariableInfo | None
    storage_at_boot: VariableInfo | None
    clock: Clock | None
    missing: Mapping[str, str]


def options(_parser: Parser) -> None:
    """Add nothing."""


def run(call: Call) -> Iterator[Overview]:
    """The firmware at a glance; also where its runtime services cannot be reached."""
    with call.open(inactive=True) as runtime:
        yield _overview(runtime)


def _overview(runtime: Runtime) -> Overview:
    known = runtime.info()
    missing = dict(known.missing)

    def ask(member: str, question: Callable[[], T]) -> T | None:
        try:
            return question()
        except EfirtError as refusal:
            missing[member] = refusal.message
            return None

    found = ask("tables", runtime.tables)
    storage = ask("storage", runtime.query)
    at_boot = None
    if runtime.name.partition(":")[0] == "xen":
        at_boot = ask("storage_at_boot", lambda: runtime.query(boot_snapshot=True))
    else:
        missing["storage_at_boot"] = "only Xen keeps what firmware said before boot services ended"
    return Overview(known, found, storage, at_boot, ask("clock", runtime.clock), missing)


def lines(rows: Sequence[Overview], _arguments: Arguments) -> Iterator[str]:
    """A line for each thing."""
    for row in rows:
        for what, text in _facts(row):
            yield f"{what:22}{text}"


def _facts(row: Overview) -> Iterator[tuple[str, str]]:
    known = row.known

    def said(member: str, text: str | None) -> str:
        return f"unknown: {escape.sentence(row.missing.get(member, 'not told'))}" if text is None else text

    vendor = None if known.vendor is None else f"{escape.name(known.vendor)}, revision 0x{known.vendor_revision or 0:08x}"
    address = None if known.table_address is None else f"{known.table_count} at 0x{known.table_address:x}"
    yield "driver", known.driver
    yield "runtime services", escape.sentence(known.state)
    yield "vendor", said("vendor", vendor)
    yield "UEFI revision", said("revision", _revision(known.revision))
    yield "  runtime services", said("runtime_revision", _revision(known.runtime_revision))
    yield "configuration tables", said("table_address", address)
    for table in row.tables or ():
        yield f"  {table.name}", f"{table.guid} at 0x{table.address:x}"
    if row.tables is None:
        yield "  by name", said("tables", None)
    yield "storage (NV+BS+RT)", said("storage", row.storage and _storage(row.storage))
    yield "  at boot", said("storage_at_boot", row.storage_at_boot and _storage(row.storage_at_boot))
    yield "clock", said("clock", row.clock and str(row.clock.time))


def _revision(number: int | None) -> str | None:
    return None if number is None else revision_text(number)


def _storage(info: VariableInfo) -> str:
    free = f"{info.remaining_storage_size} of {info.maximum_storage_size} bytes free"
    return f"{free}, the largest variable {info.maximum_variable_size}"


def record(rows: Sequence[Overview], _arguments: Arguments) -> dict[str, object]:
    """Everything, null where it is not known."""
    row = rows[0]
    tables = None if row.tables is None else [{"name": t.name, "guid": str(t.guid), "address": t.address} for t in row.tables]
    return {
        **{member: value for member, value in row.known._asdict().items() if member != "missing"},
        "tables": tables,
        "storage": row.storage and row.storage._asdict(),
        "storage_at_boot": row.storage_at_boot and row.storage_at_boot._asdict(),
        "clock": row.clock and moments.iso(row.clock.time),
        "missing": row.missing,
    }
