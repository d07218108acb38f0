"""Whether a record fits, and what firmware notes down when it does not.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable.
"""

from efirt.annotation import Final, NamedTuple
from efirt.firmware.bits import HR
from efirt.firmware.limits import Spaces
from efirt.firmware.namespaces import VARIABLE_ERROR
from efirt.firmware.region import Region, Use
from efirt.firmware.rule import Rule, Rules
from efirt.values.key import Key
from efirt.values.status import Status

ERROR_FLAG: Final = Key("VarErrorFlag", VARIABLE_ERROR)
SYSTEM_ERROR: Final = 0xEF
USER_ERROR: Final = 0xFE

_SOURCE: Final = "edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable"


class Demand(NamedTuple):
    """A record that wants room.

    Attributes:
        size: Bytes up to the end of its value.
        attributes: Its attribute bits.
        is_user: Whether firmware does not know it by name.
        used: What is taken already.
        runtime: Whether the boot phase is over.
        spaces: What there is.
    """

    size: int
    attributes: int
    is_user: bool
    used: Use
    runtime: bool
    spaces: Spaces


SPACE_RULES: Final[Rules[Demand]] = (
    Rule(
        "hardware error records fit what was set aside",
        Status.OUT_OF_RESOURCES,
        lambda d: bool(HR & d.attributes) and d.size + d.used.errors > d.spaces.errors,
        _SOURCE,
        lambda a: bool(HR & a),
    ),
    Rule(
        "stored variables fit their space",
        Status.OUT_OF_RESOURCES,
        lambda d: not HR & d.attributes and d.size + d.used.common > d.spaces.common,
        _SOURCE,
    ),
    Rule(
        "after the boot phase they leave its reserve alone",
        Status.OUT_OF_RESOURCES,
        lambda d: d.runtime and not HR & d.attributes and d.size + d.used.common > d.spaces.runtime,
        _SOURCE,
    ),
    Rule(
        "what firmware does not know fits its own space",
        Status.OUT_OF_RESOURCES,
        lambda d: d.is_user and d.size + d.used.users > d.spaces.users,
        _SOURCE,
    ),
)
"""What a record that is to be stored demands of the space."""


def error_flag(demand: Demand) -> int:
    """What of the error flag stays set when a record did not fit."""
    flag = 0xFF
    if demand.is_user and demand.size + demand.used.users > demand.spaces.users:
        flag &= USER_ERROR
    space = demand.spaces.runtime if demand.runtime else demand.spaces.common
    if not HR & demand.attributes and demand.size + demand.used.common > space:
        flag &= SYSTEM_ERROR
    return flag


def note_error(region: Region, flag: int) -> None:
    """Clear bits of the error flag where it stands; firmware without one notes nothing.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, RecordVarErrorFlag.
    """
    record = region.store.get(ERROR_FLAG)
    if record is not None and record.data:
        region.store.replace(record._replace(data=bytes([record.data[0] & flag]) + record.data[1:]))
