"""What can be asked of firmware: every runtime service as a value."""

from efirt.ops.clock import GetTime, GetWakeupTime, SetTime, SetWakeupTime, TimeCapabilities
from efirt.ops.driver import OPERATIONS, Driver, Finding, Op, Routes
from efirt.ops.malformed import Malformed
from efirt.ops.miscellaneous import (
    CapsuleCapabilities,
    CapsuleHeader,
    GetNextHighMonotonicCount,
    QueryCapsuleCapabilities,
    ResetSystem,
    ResetType,
    UpdateCapsule,
)
from efirt.ops.reply import Reply
from efirt.ops.tables import CopyTable, FirmwareFacts, FirmwareInfo, FirmwareInfoIndex, GetTable, Probe
from efirt.ops.variables import GetNextVariableName, GetVariable, QueryVariableInfo, SetVariable, VariableInfo

__all__ = [
    "OPERATIONS",
    "CapsuleCapabilities",
    "CapsuleHeader",
    "CopyTable",
    "Driver",
    "Finding",
    "FirmwareFacts",
    "FirmwareInfo",
    "FirmwareInfoIndex",
    "GetNextHighMonotonicCount",
    "GetNextVariableName",
    "GetTable",
    "GetTime",
    "GetVariable",
    "GetWakeupTime",
    "Malformed",
    "Op",
    "Probe",
    "QueryCapsuleCapabilities",
    "QueryVariableInfo",
    "Reply",
    "ResetSystem",
    "ResetType",
    "Routes",
    "SetTime",
    "SetVariable",
    "SetWakeupTime",
    "TimeCapabilities",
    "UpdateCapsule",
    "VariableInfo",
]
