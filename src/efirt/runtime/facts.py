"""What is known of a firmware, put together from single questions."""

from collections.abc import Mapping

from efirt.annotation import Any, Final, NamedTuple
from efirt.errors import DriverError, NoDriver, firmware_error
from efirt.ops import Driver, FirmwareFacts, FirmwareInfo, FirmwareInfoIndex, GetTable, Probe, Reply
from efirt.values.guid import Guid
from efirt.values.status import Status
from efirt.wire.text import decode_char16, decode_units

TABLES: Final = {
    "ACPI 2.0": Guid.parse("8868e871-e4f1-11d3-bc22-0080c73c8881"),
    "ACPI 1.0": Guid.parse("eb9d2d30-2d88-11d3-9a16-0090273fc14d"),
    "SMBIOS 3": Guid.parse("f2fd1544-9794-4a2c-992e-e5bbcf20e394"),
    "SMBIOS": Guid.parse("eb9d2d31-2d88-11d3-9a16-0090273fc14d"),
    "ESRT": Guid.parse("b122a263-3661-4f68-9929-78f8b0d62180"),
    "memory attributes": Guid.parse("dcfa911d-26eb-469f-a220-38b7dc461220"),
    "RT properties": Guid.parse("eb66918a-7eef-402a-842e-931d21c38ae9"),
    "properties": Guid.parse("880aaca3-4adc-4a04-9079-b747340825e5"),
}
"""Configuration tables that people know by name."""


class Table(NamedTuple):
    """A configuration table.

    Attributes:
        name: What people call it.
        guid: Its GUID.
        address: Where it is, a physical address.
    """

    name: str
    guid: Guid
    address: int


class Information(NamedTuple):
    """What is known of a firmware; None where it is not known, with the reason under the member's name in ``missing``.

    Attributes:
        driver: Through which driver it was asked.
        state: Whether runtime services can be reached, as a sentence.
        reachable: Whether they can.
        revision: The system table's revision, ``major << 16 | minor``.
        runtime_revision: The runtime services table's.
        vendor: The firmware vendor's name.
        vendor_revision: The vendor's own number.
        table_address: Where the configuration tables are, a machine address.
        table_count: How many there are.
        missing: Member to reason.
    """

    driver: str
    state: str
    reachable: bool
    revision: int | None
    runtime_revision: int | None
    vendor: str | None
    vendor_revision: int | None
    table_address: int | None
    table_count: int | None
    missing: Mapping[str, str]


_MEMBERS: Final = {
    FirmwareInfoIndex.VERSION: ("revision",),
    FirmwareInfoIndex.RT_VERSION: ("runtime_revision",),
    FirmwareInfoIndex.VENDOR: ("vendor", "vendor_revision"),
    FirmwareInfoIndex.CONFIG_TABLE: ("table_address", "table_count"),
}


def _state(driver: Driver) -> tuple[str, bool]:
    try:
        found = driver.call(Probe()).data
    except NoDriver:
        raise
    except DriverError as refusal:
        return refusal.message, False
    return found.decode() if found else "runtime services can be reached", True


def _vendor(data: bytes) -> str:
    text = decode_char16(data)  # None where Xen had to cut the name, which it does without a NUL
    return decode_units(data) if text is None else text


def _values(index: int, reply: Reply) -> tuple[int | str, ...]:
    facts = reply.facts or FirmwareFacts()
    if index == FirmwareInfoIndex.VENDOR:
        return _vendor(reply.data or b""), facts.revision
    if index == FirmwareInfoIndex.CONFIG_TABLE:
        return facts.address, facts.count
    return (facts.revision,)


def information(driver: Driver) -> Information:
    """Ask all that a driver can tell of its firmware.

    Raises:
        NoDriver: The driver is closed, or there is none.
    """
    state, reachable = _state(driver)
    known: dict[str, Any] = {}
    missing: dict[str, str] = {}
    for index, members in _MEMBERS.items():
        try:
            reply = driver.call(FirmwareInfo(index))
        except DriverError as refusal:
            missing |= dict.fromkeys(members, refusal.message)
            continue
        if reply.status.is_error:
            missing |= dict.fromkeys(members, f"firmware answered {reply.status}")
            continue
        known |= dict(zip(members, _values(index, reply), strict=True))
    rest = {member: known.get(member) for members in _MEMBERS.values() for member in members}
    return Information(driver.name, state, reachable, **rest, missing=missing)


def tables(driver: Driver) -> tuple[Table, ...]:
    """The tables of :data:`TABLES` that are there.

    Raises:
        NotCarried: The driver cannot look for them.
        FirmwareError: Firmware refuses to look.
    """
    found = []
    for name, guid in TABLES.items():
        reply = driver.call(GetTable(guid))
        if reply.status.is_error and reply.status != Status.NOT_FOUND:
            raise firmware_error(reply.status, f"find the table {name}", reply=reply)
        if not reply.status.is_error and reply.address is not None:
            found.append(Table(name, guid, reply.address))
    return tuple(found)
