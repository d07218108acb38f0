"""What firmware does otherwise where variables are named and read.

Source: as each quirk says.
"""

from collections.abc import Mapping

from efirt.annotation import Final
from efirt.firmware import walks
from efirt.firmware.asking_rules import Asked
from efirt.firmware.bits import BS, HR, NV, RT
from efirt.firmware.query_rules import UNKNOWN_BITS, Query
from efirt.firmware.quirks.quirk import Quirk, fact, first, last, together
from efirt.firmware.reading import DBX
from efirt.firmware.rule import Rule
from efirt.values.status import Status

_OLD_NAME_SIZE: Final = 512
_STORED: Final = NV | BS | RT

_SHORT_BUFFERS: Final = Rule[Asked](
    "a name's buffer has 512 bytes at most",
    Status.INVALID_PARAMETER,
    lambda a: a.room > _OLD_NAME_SIZE,
    "Linux commit f45812cc23fb, efi: Ignore returned size from GetNextVariableName",
)
_HIDDEN_DENIED: Final = Rule[Asked](
    "what is hidden after the boot phase is not for reading",
    Status.ACCESS_DENIED,
    lambda a: a.hidden,
    "QEMU, hw/uefi/var-service-vars.c, uefi_vars_mm_get_variable",
)


def _hides(asked: Asked) -> bool:
    """Whether dbx is empty, or no longer what it was."""
    reading = asked.reading
    if reading is None or not reading.runtime:
        return False
    dbx = reading.stored.store.get(DBX)
    return dbx is None or dbx.data != reading.found_dbx


_DBX_HIDES: Final = Rule[Asked](
    "after the boot phase there is something where dbx is as it was delivered",
    Status.NOT_FOUND,
    _hides,
    "FrameworkComputer/SoftwareFirmwareIssueTracker issue 76",
)
_NO_ERROR_RECORDS: Final = Rule[Query](
    "there is no room for hardware error records",
    Status.UNSUPPORTED,
    lambda q: bool(q.attributes & HR),
    "varstored, handler.c, do_query_variable_info",
)


def _stored_alike(_attributes: int) -> int:
    return _STORED


READING: Final[Mapping[str, Quirk]] = {
    "duplicate-names": Quirk(
        "GetNextVariableName names the first variable twice",
        "Lenovo, ASUS: efibootmgr issue 73; Linux 6.1, drivers/firmware/efi/vars.c, dup_variable_bug",
        fact(walk=walks.one_twice),
    ),
    "looping-names": Quirk(
        "GetNextVariableName begins anew behind the last variable",
        "Lenovo, ASUS: efibootmgr issue 115",
        fact(walk=walks.around),
    ),
    "buffer-size-as-name-size": Quirk(
        "GetNextVariableName tells the buffer's size as the name's",
        "Lenovo ThinkPad T450s: Linux 6.1, drivers/firmware/efi/vars.c, var_name_strnsize",
        fact(told_size=walks.of_buffer),
    ),
    "short-names": Quirk(
        "GetNextVariableName refuses buffers above 512 bytes with INVALID_PARAMETER",
        "older firmware: Linux commit f45812cc23fb",
        first("next_rules", _SHORT_BUFFERS),
    ),
    "attributes-on-success-only": Quirk(
        "GetVariable gives no attributes beside BUFFER_TOO_SMALL",
        "varstored: handler.c, do_get_variable",
        fact(attributes_when_too_small=False),
    ),
    "hidden-access-denied": Quirk(
        "GetVariable answers ACCESS_DENIED for what is hidden after the boot phase",
        "QEMU: hw/uefi/var-service-vars.c, uefi_vars_mm_get_variable",
        first("get_rules", _HIDDEN_DENIED),
    ),
    "empty-dbx-hides-variables": Quirk(
        "after the boot phase no variable shows where dbx is empty or has changed",
        "Insyde: FrameworkComputer/SoftwareFirmwareIssueTracker issue 76",
        together(first("get_rules", _DBX_HIDES), first("next_rules", _DBX_HIDES)),
    ),
    "query-refuses-unknown-bits": Quirk(
        "QueryVariableInfo answers INVALID_PARAMETER to unknown attributes beside known ones",
        "U-Boot: lib/efi_loader/efi_variable.c, efi_query_variable_info_int; UEFI 2.10 §8.2.4",
        last("query_rules", UNKNOWN_BITS),
    ),
    "query-takes-anything": Quirk(
        "QueryVariableInfo refuses hardware error records alone, with UNSUPPORTED",
        "varstored: handler.c, do_query_variable_info",
        fact(query_rules=(_NO_ERROR_RECORDS,)),
    ),
    "query-tells-one-store": Quirk(
        "QueryVariableInfo tells the room for stored variables, whatever it is asked for",
        "U-Boot: lib/efi_loader/efi_variable.c, efi_query_variable_info_int; QEMU: hw/uefi/var-service-vars.c, "
        "uefi_vars_mm_variable_info; varstored: handler.c, do_query_variable_info",
        fact(told_room=_stored_alike),
    ),
}
