"""When SetVariable says no because of a variable's name."""

from efirt.annotation import Final
from efirt.firmware.bits import APPEND, HR
from efirt.firmware.known import Known
from efirt.firmware.namespaces import GUARDED
from efirt.firmware.rule import Rule, Rules
from efirt.firmware.write import Write
from efirt.values.guid_names import HARDWARE_ERROR
from efirt.values.status import Status

_CHECK_C: Final = "edk2 c5aa7e7d, MdeModulePkg/Library/VarCheckLib/VarCheckLib.c, VarCheckLibSetVariableCheck"
_UEFI_C: Final = (
    "edk2 c5aa7e7d, MdeModulePkg/Library/VarCheckUefiLib/VarCheckUefiLibNullClass.c, SetVariableCheckHandlerUefiDefined; UEFI 2.10 §3.3"
)
_POLICY_C: Final = "edk2 c5aa7e7d, MdeModulePkg/Library/VariablePolicyLib/VariablePolicyLib.c, ValidateSetVariable"


def _written(write: Write) -> Known | None:
    """What firmware knows about the variable, unless it is to be deleted."""
    return None if write.known is None or write.deletes else write.known


def _has_other_attributes(write: Write) -> bool:
    known = _written(write)
    return known is not None and write.attributes & ~APPEND != known.attributes


def _has_other_size(write: Write) -> bool:
    known = _written(write)
    return known is not None and bool(write.payload) and not known.smallest <= len(write.payload) <= known.largest


def _is_no_error_record(write: Write) -> bool:
    if not write.attributes & HR or write.deletes:
        return False
    return write.known is None or write.known.guid != HARDWARE_ERROR


def _is_unknown(write: Write) -> bool:
    return write.known is None and write.key.guid in GUARDED and not write.deletes


def _is_malformed(write: Write) -> bool:
    known = _written(write)
    return known is not None and bool(write.payload) and not known.well_formed(write.payload)


NAME_RULES: Final[Rules[Write]] = (
    Rule(
        "what only firmware writes, nobody else does",
        Status.WRITE_PROTECTED,
        lambda w: w.known is not None and w.known.read_only,
        _CHECK_C,
    ),
    Rule("a known variable has its own attributes", Status.INVALID_PARAMETER, _has_other_attributes, _CHECK_C),
    Rule("a known variable has its own size", Status.INVALID_PARAMETER, _has_other_size, _CHECK_C),
    Rule("a hardware error record is named like one", Status.INVALID_PARAMETER, _is_no_error_record, _UEFI_C, lambda a: bool(a & HR)),
    Rule("the specification's namespaces hold the specification's names", Status.INVALID_PARAMETER, _is_unknown, _UEFI_C),
    Rule("a known variable's value is well formed", Status.INVALID_PARAMETER, _is_malformed, _UEFI_C),
    Rule("what a driver has locked stays as it is", Status.WRITE_PROTECTED, lambda w: w.key in w.locked, _POLICY_C),
)
"""What names mean, in the order they are looked at; firmware begins with it when its own drivers have run."""
