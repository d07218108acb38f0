"""Variable policies."""

from typing import Final

from efirt.testing.conformance.case import Case, Otherwise, Step
from efirt.testing.conformance.steps import (
    absent,
    have,
    holds,
    put,
)
from efirt.testing.conformance.words import (
    INVALID,
    OK,
    ONE,
    PROTECTED,
    STORED,
    TEN,
    VOLATILE,
)
from efirt.values.guid import Guid
from efirt.values.key import Key

ZONE: Final = Key("RTC", Guid.parse("378d7b65-8da9-4773-b6e4-a47826a833e1"))


def without_policy(*steps: Step) -> tuple[Otherwise, ...]:
    """What releases do whose clock driver registers no policy for its variables."""
    why = "the clock driver of this release registers no policy for its variables"
    return Otherwise("ovmf-2022.11", why, steps), Otherwise("ovmf-2025.02", why, steps)


CASES: Final = (
    Case(
        "VAR-POL-001",
        "EDK2",
        "both",
        "{policy} min=max=4",
        "SetVariable(T,5 bytes)",
        "INVALID_PARAMETER",
        "edk2 VariablePolicyLib",
        steps=(put(STORED, b"fiver", INVALID), put(STORED, b"four", OK)),
        variant="four-bytes",
    ),
    Case(
        "VAR-POL-002",
        "EDK2",
        "both",
        "{policy} must-have NV",
        "SetVariable(T,BS|RT)",
        "INVALID_PARAMETER",
        "edk2 VariablePolicyLib",
        steps=(put(VOLATILE, TEN, INVALID), put(STORED, TEN, OK)),
        variant="stored-only",
    ),
    Case(
        "VAR-POL-003",
        "EDK2",
        "both",
        "{policy} LOCK_NOW",
        "SetVariable(T) and delete",
        "WRITE_PROTECTED",
        "edk2 VariablePolicyLib",
        steps=(put(STORED, TEN, PROTECTED), put(STORED, b"", PROTECTED)),
        variant="locked",
    ),
    Case(
        "VAR-POL-004",
        "EDK2",
        "both",
        "{policy} LOCK_ON_CREATE",
        "create; then update",
        "SUCCESS; then WRITE_PROTECTED",
        "edk2 VariablePolicyLib",
        steps=(put(STORED, TEN, OK), put(STORED, ONE, PROTECTED), holds()),
        variant="locked-once-there",
    ),
    Case(
        "VAR-POL-005",
        "EDK2",
        "both",
        "{policy} LOCK_ON_VAR_STATE S==1",
        "set S=1; update T",
        "WRITE_PROTECTED",
        "edk2 VariablePolicyLib",
        steps=(put(STORED, TEN, OK), have("S", ONE), put(STORED, ONE, PROTECTED), holds()),
        variant="locked-by-state",
    ),
    Case(
        "VAR-POL-006",
        "EDK2",
        "both",
        "{policy} size rule",
        "delete T",
        "SUCCESS (size and attribute rules skip deletes)",
        "edk2 VariablePolicyLib",
        steps=(have(data=b"four"), put(STORED, b"", OK), absent()),
        variant="four-bytes",
    ),
    Case(
        "VAR-POL-007",
        "EDK2",
        "both",
        "policy library default",
        'SetVariable("RTC",378D7B65-8DA9-4773-B6E4-A47826A833E1,NV|BS|RT,5)',
        "INVALID_PARAMETER (size must be 4)",
        "edk2 VarCheckPolicyLib / PcRtc",
        steps=(put(STORED, bytes(5), INVALID, key=ZONE),),
        needs=("destructive",),
        otherwise=without_policy(put(STORED, bytes(5), OK, key=ZONE)),
    ),
)
