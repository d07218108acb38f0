"""SetVariable after the boot phase."""

from typing import Final

from efirt.ops import (
    GetVariable,
    SetVariable,
)
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.steps import (
    absent,
    at_runtime,
    have,
    holds,
    put,
    recorded,
)
from efirt.testing.conformance.words import (
    BS,
    FOR_BOOT,
    FULL,
    INVALID,
    NOT_FOUND,
    OK,
    ONE,
    PROTECTED,
    STORED,
    TEN,
    VOLATILE,
    T,
    ours,
)

_U_BOOT_BUFFER: Final = 131072

CASES: Final = (
    Case(
        "VAR-RT-001",
        "MUST",
        "runtime",
        "T absent",
        "SetVariable(T,BS,1,d)",
        "INVALID_PARAMETER; T absent",
        "fwts uefirtvariable t3; edk2 Variable.c",
        steps=(put(BS, ONE, INVALID), absent()),
    ),
    Case(
        "VAR-RT-002",
        "MUST",
        "runtime",
        "T absent",
        "SetVariable(T,NV|BS,1,d)",
        "INVALID_PARAMETER; T absent",
        "fwts uefirtvariable t3; u-boot variables_runtime.c",
        steps=(put(FOR_BOOT, ONE, INVALID), absent()),
    ),
    Case(
        "VAR-RT-004",
        "MUST",
        "runtime",
        "T absent",
        "SetVariable(T,NV|BS|RT,1,d)",
        "SUCCESS (UNSUPPORTED if masked)",
        "fwts uefirtvariable t3",
        steps=(put(STORED, ONE, OK), holds(ONE)),
    ),
    Case(
        "VAR-RT-005",
        "EDK2",
        "runtime",
        "T created before EBS with BS|RT",
        "SetVariable(T,BS|RT,1,other)",
        "WRITE_PROTECTED; unchanged",
        "edk2 Variable.c UpdateVariable; u-boot VarToFile test",
        steps=(have(attributes=VOLATILE), at_runtime, put(VOLATILE, ONE, PROTECTED), holds(TEN, VOLATILE)),
        needs=("boot",),
    ),
    Case(
        "VAR-RT-006",
        "EDK2",
        "runtime",
        "T created before EBS with BS|RT",
        "SetVariable(T,BS|RT,identical)",
        "WRITE_PROTECTED (checked before the no-change shortcut)",
        "edk2 Variable.c UpdateVariable",
        steps=(have(attributes=VOLATILE), at_runtime, put(VOLATILE, TEN, PROTECTED), holds(TEN, VOLATILE)),
        needs=("boot",),
    ),
    Case(
        "VAR-RT-009",
        "EDK2",
        "runtime",
        "-",
        'SetVariable("PlatformLangCodes",any GUID,BS|RT,3,"en")',
        "WRITE_PROTECTED (name-only hook)",
        "edk2 Variable.c AutoUpdateLangVariable",
        steps=(put(VOLATILE, b"en\0", PROTECTED, key="PlatformLangCodes"),),
    ),
    Case(
        "VAR-RT-010",
        "INFO",
        "runtime",
        "u-boot RT_VOLATILE_STORE",
        "SetVariable(T,NV|BS|RT, CONFIG_EFI_VAR_BUF_SIZE bytes)",
        "u-boot OUT_OF_RESOURCES; VarToFile unchanged",
        "u-boot efi_selftest_variables_runtime.c",
        steps=(recorded(SetVariable(T, STORED, bytes(_U_BOOT_BUFFER)), INVALID, FULL, writes=True),),
        needs=("destructive",),
    ),
    Case(
        "VAR-RT-011",
        "INFO",
        "runtime",
        "-",
        "GetVariable(PlatformLangCodes, guid not matching)",
        "u-boot test uses it as existence check",
        "u-boot efi_selftest_variables_runtime.c",
        steps=(recorded(GetVariable(ours("PlatformLangCodes")), NOT_FOUND),),
    ),
)
