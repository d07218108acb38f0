"""Firmware's configuration tables, asked for one by one: what one road does not tell of one hides no other.

Source: UEFI 2.10 §4.6 (tables), §23.4 (ESRT).
"""

from efirt.annotation import NamedTuple
from efirt.errors import EfirtError, NoDriver, firmware_error
from efirt.ops import CopyTable, GetTable
from efirt.payloads.esrt import Esrt
from efirt.runtime.facts import TABLES
from efirt.runtime.services import Runtime
from efirt.values.guid import Guid
from efirt.values.status import Status


class Table(NamedTuple):
    """A table that people know by name.

    Attributes:
        name: What they call it.
        guid: Its GUID.
        is_there: Whether firmware has it; None where that is not told.
        address: Where it is, a physical address; None where that is not told.
        size: Its bytes; None where they cannot be read.
        why: Why it is not told; empty where it is.
    """

    name: str
    guid: Guid
    is_there: bool | None
    address: int | None = None
    size: int | None = None
    why: str = ""


def find_tables(runtime: Runtime) -> tuple[Table, ...]:
    """Every table with a known GUID, and what is told of it.

    Raises:
        NoDriver: The driver was closed.
    """
    return tuple(_found(runtime, name, guid) for name, guid in TABLES.items())


def _found(runtime: Runtime, name: str, guid: Guid) -> Table:
    reasons = []
    found = Table(name, guid, None)
    for op in (GetTable(guid), CopyTable(guid)):
        try:
            reply = runtime.call(op)
        except NoDriver:
            raise
        except EfirtError as refusal:
            reasons.append(refusal.message)
            continue
        if reply.status == Status.NOT_FOUND:
            return found._replace(is_there=False)
        if reply.status.is_error:
            reasons.append(f"{type(op).__name__}: firmware answered {reply.status}")
        elif reply.data is not None:
            return found._replace(is_there=True, size=len(reply.data))
        else:
            found = found._replace(is_there=True, address=reply.address)
    return found if found.is_there else found._replace(why=reasons[0])


def read_esrt(runtime: Runtime) -> Esrt:
    """What can be updated, and how the last update went.

    Raises:
        NotCarried: The driver cannot read it.
        NotFound: This firmware has none.
        DecodeError: It is damaged.
    """
    reply = runtime.call(CopyTable(TABLES["ESRT"]))
    if reply.status.is_error:
        absent = ("it has no such table", "it updates nothing through capsules, or tells of it only in its menu")
        why, advice = absent if reply.status == Status.NOT_FOUND else ("", "")
        raise firmware_error(reply.status, "read the ESRT", why, advice, reply)
    return Esrt.decode(reply.data or b"")
