"""Hardware error records."""

from typing import Final

from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.steps import (
    have,
    holds,
    put,
    reading,
)
from efirt.testing.conformance.words import (
    BS,
    ERROR_RECORD,
    HR,
    INVALID,
    NOT_FOUND,
    NV,
    OK,
    RT,
    TEN,
)
from efirt.values.guid_names import HARDWARE_ERROR
from efirt.values.key import Key

RECORD: Final = Key("HwErrRec0000", HARDWARE_ERROR)
_DIGITS: Final = frozenset("0123456789ABCDEF")


def _well_named(bench: Bench) -> None:
    names = [key.name for key in bench.names() if key.guid == HARDWARE_ERROR]
    odd = [name for name in names if not (name.startswith("HwErrRec") and len(name) == 12 and _DIGITS.issuperset(name[8:]))]
    bench.check(bool(names) and not odd, "HwErrRec and four upper-case digits", ", ".join(odd) or "no name at all")


CASES: Final = (
    Case(
        "VAR-HW-001",
        "MUST",
        "both",
        "{hwerr}; HwErrRecSupport read",
        "SetVariable(HwErrRec0000,HwErr GUID,NV|BS|RT|HR,n,d); GetVariable",
        "SUCCESS; equal",
        "SCT 5.2.1.5.1",
        steps=(put(ERROR_RECORD, TEN, OK, key=RECORD), holds(TEN, ERROR_RECORD, key=RECORD)),
        needs=("hwerr", "destructive"),
        variant="hwerr",
    ),
    Case(
        "VAR-HW-002",
        "MUST",
        "both",
        "{hwerr}",
        "SetVariable(HwErrRec0000,HwErr GUID, HR combined with missing NV/BS/RT)",
        "INVALID_PARAMETER",
        "SCT 5.2.1.5.2",
        steps=(*(put(attributes, TEN, INVALID, key=RECORD) for attributes in (HR, NV | HR, BS | RT | HR, NV | BS | HR, NV | RT | HR)),),
        needs=("hwerr", "destructive"),
        variant="hwerr",
    ),
    Case(
        "VAR-HW-003",
        "MUST",
        "both",
        "{hwerr}; record deleted",
        "delete again",
        "NOT_FOUND (code) | INVALID_PARAMETER (doc)",
        "SCT 5.2.1.5.3",
        steps=(
            have(RECORD, TEN, ERROR_RECORD),
            put(ERROR_RECORD, b"", OK, key=RECORD),
            put(ERROR_RECORD, b"", NOT_FOUND, INVALID, key=RECORD),
        ),
        needs=("hwerr", "destructive"),
        variant="hwerr",
    ),
    Case(
        "VAR-HW-004",
        "MUST",
        "both",
        "{hwerr}; enumerate HwErr GUID",
        "check every name",
        "matches HwErrRec + 4 upper case hex digits",
        "SCT 5.2.1.5.4",
        steps=(have(RECORD, TEN, ERROR_RECORD), reading(_well_named)),
        needs=("hwerr", "destructive"),
        variant="hwerr",
    ),
    Case(
        "VAR-HW-005",
        "EDK2",
        "both",
        "no HR storage (OVMF)",
        "SetVariable(HwErrRec0000,HwErr GUID,NV|BS|RT|HR,n,d)",
        "INVALID_PARAMETER",
        "edk2 Variable.c",
        steps=(put(ERROR_RECORD, TEN, INVALID, key=RECORD),),
        needs=("no-hwerr", "destructive"),
    ),
    Case(
        "VAR-HW-007",
        "EDK2",
        "both",
        "{hwerr}",
        "SetVariable(HwErrRec000a (lower case),...)",
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(ERROR_RECORD, TEN, INVALID, key=Key("HwErrRec000a", HARDWARE_ERROR)),),
        needs=("hwerr", "destructive"),
        variant="hwerr",
    ),
    Case(
        "VAR-HW-008",
        "EDK2",
        "both",
        "{hwerr}",
        "SetVariable(HwErrRec0000,random GUID,..|HR)",
        "INVALID_PARAMETER",
        "edk2 VarCheckUefiLib",
        steps=(put(ERROR_RECORD, TEN, INVALID, key="HwErrRec0000"),),
        needs=("hwerr",),
        variant="hwerr",
    ),
)
