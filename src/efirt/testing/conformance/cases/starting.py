"""A machine on its way up, what it loses on its way down, and services that it lacks: asked for what the list leaves out."""

from struct import pack
from typing import Final

from efirt.ops import GetNextVariableName, GetVariable, ResetSystem, ResetType, SetTime, UpdateCapsule
from efirt.ops.variables import FIRST
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.cases.misc import PERSIST
from efirt.testing.conformance.cases.services import PENDING
from efirt.testing.conformance.steps import absent, answers, erased, get, have, holds, null, power_cycled, put, query, writing
from efirt.testing.conformance.words import INVALID, OK, ONE, OURS, SIGNED, STORED, TEN, UNSUPPORTED, VOLATILE, T
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status

SECURE_BOOT: Final = Key("SecureBoot", GLOBAL)
TIMEOUT: Final = Key("Timeout", GLOBAL)
UNKNOWN: Final = Key("EfirtUnknown", GLOBAL)
SECOND: Final = Key("CapsuleUpdateData1", PENDING.guid)
_EARLY: Final = "edk2 Variable.c UpdateVariable"
_NAMES: Final = "edk2 VarCheckLib.c VarCheckLibSetVariableCheck"
_POLICY: Final = "edk2 VariablePolicyLib.c"
_HEAD_SIZE: Final = 28
_LIST_AT: Final = 0x1000
_NOON: Final = EfiTime(2030, 1, 1, 12)
_CAPSULE: Final = OURS.raw + pack("<III", _HEAD_SIZE, PERSIST, _HEAD_SIZE)


def _goes(bench: Bench) -> None:
    bench.expect(bench.ask(ResetSystem(ResetType.SHUTDOWN)), OK)


CASES: Final = (
    Case(
        "VAR-SET-231",
        "EDK2",
        "boot",
        "before the variable write architectural protocol",
        "SetVariable(T,NV|BS|RT); delete it; SetVariable(T,BS|RT); delete it",
        "NOT_AVAILABLE_YET; NOT_AVAILABLE_YET; SUCCESS; SUCCESS",
        _EARLY,
        steps=(
            put(STORED, TEN, Status.NOT_AVAILABLE_YET),
            put(STORED, b"", Status.NOT_AVAILABLE_YET),
            put(VOLATILE, TEN, OK),
            holds(TEN, VOLATILE),
            erased(),
        ),
        variant="before-writing",
    ),
    Case(
        "VAR-SET-232",
        "EDK2",
        "boot",
        "before the variable write architectural protocol",
        "SetVariable(Timeout, attributes 0, no data)",
        "UNSUPPORTED; unchanged",
        f"{_EARLY}Store",
        steps=(put(0, b"", UNSUPPORTED, key=TIMEOUT), get(TIMEOUT, OK)),
        needs=("destructive",),
        variant="before-writing",
    ),
    Case(
        "VAR-SET-233",
        "EDK2",
        "boot",
        "before the variable write architectural protocol",
        "SetVariable(T,NV|BS|RT|AT); QueryVariableInfo(NV|BS|RT|AT)",
        "INVALID_PARAMETER; UNSUPPORTED: there is no authentication yet",
        "edk2 Variable.c VariableWriteServiceInitialize",
        steps=(put(SIGNED, bytes(64), INVALID), query(SIGNED, UNSUPPORTED)),
        variant="before-writing",
    ),
    Case(
        "VAR-GLB-231",
        "EDK2",
        "boot",
        "before EndOfDxe",
        "SetVariable of SecureBoot, of Timeout with 3 bytes, of a name that is unknown in the global namespace",
        "SUCCESS: names count from EndOfDxe on",
        _NAMES,
        steps=(
            put(VOLATILE, ONE, OK, key=SECURE_BOOT),
            put(STORED, bytes(3), OK, key=TIMEOUT),
            put(STORED, ONE, OK, key=UNKNOWN),
        ),
        needs=("destructive",),
        variant="before-end-of-drivers",
    ),
    Case(
        "VAR-POL-201",
        "EDK2",
        "boot",
        "{policy} LOCK_NOW; before EndOfDxe",
        "SetVariable(T)",
        "SUCCESS: policies count from EndOfDxe on",
        _NAMES,
        steps=(put(STORED, TEN, OK), holds()),
        variant="locked-early",
    ),
    Case(
        "VAR-POL-202",
        "EDK2",
        "both",
        "{policy} LOCK_NOW; policies are disabled",
        "SetVariable(T); SetVariable of what the boot manager has locked",
        "SUCCESS; SUCCESS",
        f"{_POLICY} DisableVariablePolicy",
        steps=(put(STORED, TEN, OK), holds(), put(STORED, bytes(2), OK, key=Key("HwErrRecSupport", GLOBAL))),
        needs=("destructive",),
        variant="policies-off",
    ),
    Case(
        "VAR-POL-203",
        "EDK2",
        "both",
        "{policy} min=max=4; T of 4 bytes",
        "SetVariable(T, attributes 0, 5 bytes)",
        "INVALID_PARAMETER: with a value it is no deletion; unchanged",
        f"{_POLICY} ValidateSetVariable",
        steps=(have(data=b"four"), put(0, b"fiver", INVALID), holds(b"four")),
        variant="four-bytes",
    ),
    Case(
        "VAR-POL-204",
        "EDK2",
        "both",
        "{policy} must-have NV; T is there",
        "SetVariable(T, attributes 0, data)",
        "INVALID_PARAMETER: with a value it is no deletion; unchanged",
        f"{_POLICY} ValidateSetVariable",
        steps=(have(), put(0, TEN, INVALID), holds()),
        variant="stored-only",
    ),
    Case(
        "VAR-GET-201",
        "MUST",
        "both",
        "{null}; masked in RT properties table",
        "GetVariable with each pointer NULL",
        "UNSUPPORTED: what stands in for the service looks at nothing",
        "UEFI 4.6.2; fwts uefirtvariable t8",
        steps=tuple(null(GetVariable(T), name, gives=(UNSUPPORTED,)) for name in ("variable_name", "vendor_guid", "data_size")),
        needs=("null",),
        variant="no-get",
    ),
    Case(
        "VAR-NEXT-202",
        "MUST",
        "both",
        "masked in RT properties table",
        "GetNextVariableName",
        "UNSUPPORTED",
        "UEFI 4.6.2; fwts uefirtvariable",
        steps=(answers(GetNextVariableName(FIRST), UNSUPPORTED),),
        variant="no-names",
    ),
    Case(
        "VAR-SET-234",
        "MUST",
        "both",
        "masked in RT properties table",
        "SetVariable; SetVariable with a name of no length",
        "UNSUPPORTED; UNSUPPORTED",
        "UEFI 4.6.2; fwts uefirtvariable",
        steps=(put(STORED, TEN, UNSUPPORTED), put(0x80, TEN, UNSUPPORTED, key="")),
        variant="no-set",
    ),
    Case(
        "TIME-SET-202",
        "MUST",
        "both",
        "masked in RT properties table",
        "SetTime; SetTime(Month=13)",
        "UNSUPPORTED; UNSUPPORTED",
        "UEFI 4.6.2; fwts uefirttime",
        steps=tuple(answers(SetTime(time), UNSUPPORTED, writes=True) for time in (_NOON, _NOON._replace(month=13))),
        needs=("time", "destructive"),
        variant="no-set-time",
    ),
    Case(
        "MISC-208",
        "EDK2",
        "both",
        "a platform that takes capsules across a reset",
        "UpdateCapsule(PERSIST) twice; reset; UpdateCapsule(PERSIST)",
        "CapsuleUpdateData and CapsuleUpdateData1; both are gone; CapsuleUpdateData again",
        "edk2 CapsuleService.c, DxeCapsuleReportLib.c InitCapsuleUpdateVariable",
        steps=(
            *(answers(UpdateCapsule((_CAPSULE,), _LIST_AT), OK, writes=True) for _ in range(2)),
            *(get(key, data=_LIST_AT.to_bytes(8, "little")) for key in (PENDING, SECOND)),
            power_cycled,
            absent(PENDING),
            absent(SECOND),
            answers(UpdateCapsule((_CAPSULE,), _LIST_AT), OK, writes=True),
            get(PENDING, OK),
            absent(SECOND),
        ),
        needs=("capsule", "reboot", "destructive"),
        variant="capsules-across-reset",
    ),
    Case(
        "MISC-209",
        "MUST",
        "both",
        "{reset}",
        "SetVariable(T,NV|BS|RT); ResetSystem(Shutdown); GetVariable(T)",
        "it is there",
        "UEFI 8.2.3",
        steps=(have(), writing(_goes), holds()),
        needs=("reset", "destructive"),
    ),
    Case(
        "MISC-210",
        "MUST",
        "both",
        "{reset}; masked in RT properties table",
        "ResetSystem(Warm)",
        "UNSUPPORTED; nothing happens",
        "UEFI 4.6.2",
        steps=(answers(ResetSystem(ResetType.WARM), UNSUPPORTED, writes=True),),
        needs=("reset",),
        variant="no-reset",
    ),
)
"""Cases that need a machine which is built for them, but for one."""
