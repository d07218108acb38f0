"""When firmware says no to how it is asked: a pointer that is NULL, a size that cannot be.

Source: UEFI 2.10 §8; edk2 c5aa7e7d, as each row says.
"""

from efirt.annotation import Final
from efirt.firmware.rule import Rule, Rules, first_broken
from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime
from efirt.ops.driver import Op
from efirt.ops.malformed import Malformed
from efirt.ops.miscellaneous import GetNextHighMonotonicCount, QueryCapsuleCapabilities
from efirt.ops.reply import Reply
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable
from efirt.values.status import Status

_VARIABLE: Final = "edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c"
_CLOCK: Final = "edk2 c5aa7e7d, PcAtChipsetPkg/PcatRealTimeClockRuntimeDxe/PcRtc.c"
_LARGEST: Final = (1 << 64) - 1


def _has_null(kind: type[Op], *pointers: str) -> "Rule[Malformed]":
    sources = {GetVariable: _VARIABLE, GetNextVariableName: _VARIABLE, SetVariable: _VARIABLE, QueryVariableInfo: _VARIABLE}
    others = {GetTime: _CLOCK, SetTime: _CLOCK, GetWakeupTime: _CLOCK, SetWakeupTime: _CLOCK}
    source = (sources | others).get(kind, "edk2 c5aa7e7d, MdeModulePkg/Universal")
    wanted = frozenset(pointers)
    return Rule(
        f"{kind.__name__} needs {' and '.join(pointers)}",
        Status.INVALID_PARAMETER,
        lambda m: isinstance(m.op, kind) and bool(m.null & wanted),
        f"{source}, {kind.__name__}",
    )


def _overflows(malformed: Malformed) -> bool:
    return isinstance(malformed.op, SetVariable) and malformed.data_size is not None and malformed.data_size > _LARGEST >> 1


def _has_no_data(malformed: Malformed) -> bool:
    op = malformed.op
    return isinstance(op, SetVariable) and "data" in malformed.null and bool(malformed.data_size or op.data)


NULL_RULES: Final[Rules[Malformed]] = (
    _has_null(GetVariable, "variable_name", "vendor_guid", "data_size"),
    _has_null(GetNextVariableName, "variable_name_size", "variable_name", "vendor_guid"),
    _has_null(SetVariable, "variable_name", "vendor_guid"),
    Rule("a value that has a size has bytes", Status.INVALID_PARAMETER, _has_no_data, f"{_VARIABLE}, SetVariable"),
    Rule("a value and its name fit the address space", Status.INVALID_PARAMETER, _overflows, f"{_VARIABLE}, SetVariable"),
    _has_null(QueryVariableInfo, "maximum_storage_size", "remaining_storage_size", "maximum_variable_size"),
    _has_null(GetTime, "time"),
    _has_null(SetTime, "time"),
    _has_null(GetWakeupTime, "enabled", "pending", "time"),
    _has_null(GetNextHighMonotonicCount, "high_count"),
    _has_null(QueryCapsuleCapabilities, "capsule_header_array", "maximum_capsule_size", "reset_type"),
)
"""What a call demands of its pointers and sizes before anything else."""


def refusal(malformed: Malformed) -> Status | None:
    """Why it is not even looked at; None when it is."""
    return first_broken(NULL_RULES, malformed)


def meant(malformed: Malformed) -> Op:
    """The operation that firmware goes on with."""
    op = malformed.op
    if isinstance(op, SetWakeupTime) and "time" in malformed.null:
        return op._replace(time=None)
    if isinstance(op, SetVariable) and malformed.data_size is not None:
        return op._replace(data=op.data[: malformed.data_size])
    return op


def left_out(malformed: Malformed, reply: Reply) -> Reply:
    """The answer without what a NULL pointer had no place for.

    Source: edk2 c5aa7e7d, MdeModulePkg/Universal/Variable/RuntimeDxe/Variable.c, VariableServiceGetVariable.
    """
    if isinstance(malformed.op, GetVariable) and "data" in malformed.null and not reply.status.is_error:
        return Reply(Status.INVALID_PARAMETER)
    if "attributes" in malformed.null:
        reply = reply._replace(attributes=None)
    return reply._replace(capabilities=None) if "capabilities" in malformed.null else reply
