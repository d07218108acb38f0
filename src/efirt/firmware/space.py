"""Whether a record fits, and what firmware notes down when it does not.

Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, UpdateVariable.
"""

from efirt.annotation import Final, NamedTuple
from efirt.firmware.bits import HR
from efirt.firmware.limits import Limits
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
        limits: The platform's sizes.
    """

    size: int
    attributes: int
    is_user: bool
    used: Use
    runtime: bool
    limits: Limits


SPACE_RULES: Final[Rules[Demand]] = (
    Rule(
        "hardware error records fit what was set aside",
        Status.OUT_OF_RESOURCES,
        lambda d: bool(HR & d.attributes) and d.size + d.used.errors > d.limits.hardware_error_storage,
        _SOURCE,
    ),
    Rule(
        "stored variables fit their space",
        Status.OUT_OF_RESOURCES,
        lambda d: not HR & d.attributes and d.size + d.used.common > d.limits.common_space,
        _SOURCE,
    ),
    Rule(
        "after the boot phase they leave its reserve alone",
        Status.OUT_OF_RESOURCES,
        lambda d: d.runtime and not HR & d.attributes and d.size + d.used.common > d.limits.runtime_space,
        _SOURCE,
    ),
    Rule(
        "what firmware does not know fits its own space",
        Status.OUT_OF_RESOURCES,
        lambda d: d.is_user and d.size + d.used.users > d.limits.user_space,
        _SOURCE,
    ),
)
"""What a record that is to be stored demands of the space."""


def error_flag(demand: Demand) -> int:
    """What of the error flag stays set when a record did not fit."""
    flag = 0xFF
    if demand.is_user and demand.size + demand.used.users > demand.limits.user_space:
        flag &= USER_ERROR
    space = demand.limits.runtime_space if demand.runtime else demand.limits.common_space
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
