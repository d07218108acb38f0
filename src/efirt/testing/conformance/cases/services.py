"""NULL pointers, capsules and years, asked for what the list leaves out."""

from struct import pack
from typing import Final

from efirt.ops import (
    CapsuleHeader,
    GetNextHighMonotonicCount,
    GetNextVariableName,
    Malformed,
    QueryCapsuleCapabilities,
    ResetType,
    SetVariable,
    UpdateCapsule,
)
from efirt.ops.variables import FIRST
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.cases.misc import INITIATE_RESET, PERSIST, POPULATE
from efirt.testing.conformance.cases.time_set import kept
from efirt.testing.conformance.steps import absent, answers, get, null, reading, writing
from efirt.testing.conformance.words import INVALID, OK, OURS, STORED, TEN, UNSUPPORTED, T
from efirt.values.guid import Guid
from efirt.values.key import Key

PENDING: Final = Key("CapsuleUpdateData", Guid.parse("711c703f-c285-4b10-a3b0-36ecbd3c8be2"))
_MANAGEMENT: Final = Guid.parse("6dcbd5ed-e82d-4c44-bda1-7194199ad92a")
_HEAD_SIZE: Final = 28
_LARGEST_ACROSS_RESET: Final = 0x6400000
_LIST_AT: Final = 0x1000
_CAPSULE: Final = "edk2 CapsuleService.c"


def _head(flags: int, guid: Guid = OURS) -> CapsuleHeader:
    return CapsuleHeader(guid, _HEAD_SIZE, flags, _HEAD_SIZE)


def _capsule(flags: int) -> bytes:
    return OURS.raw + pack("<III", _HEAD_SIZE, flags, _HEAD_SIZE)


def _no_data(bench: Bench) -> None:
    bench.expect(bench.ask_malformed(Malformed(SetVariable(T, STORED, TEN), frozenset({"data"}))), INVALID)


def _across_reset(bench: Bench) -> None:
    reply = bench.expect(bench.ask(QueryCapsuleCapabilities((_head(PERSIST),))), OK)
    bench.check(reply.capsule == (_LARGEST_ACROSS_RESET, ResetType.WARM), "warm, 0x6400000", str(reply.capsule))


CASES: Final = (
    Case(
        "VAR-NEXT-201",
        "MUST",
        "both",
        "{null}",
        "GetNextVariableName with each pointer NULL",
        "INVALID_PARAMETER",
        "UEFI 8.2; edk2 Variable.c",
        steps=tuple(null(GetNextVariableName(FIRST), name) for name in ("variable_name_size", "variable_name", "vendor_guid")),
        needs=("null",),
    ),
    Case(
        "VAR-SET-221",
        "MUST",
        "both",
        "{null}",
        "SetVariable(T,G,NV|BS|RT,10,NULL)",
        "INVALID_PARAMETER",
        "UEFI 8.2; edk2 Variable.c",
        steps=(writing(_no_data), absent()),
        needs=("null",),
    ),
    Case(
        "TIME-SET-201",
        "EDK2",
        "both",
        "{time}{destructive}",
        "SetTime(Year=1998) and (Year=2097); GetTime",
        "SUCCESS; read back (PcRtc's first and last year)",
        "edk2 PcRtc.c",
        steps=(kept(year=1998), kept(year=2097)),
        needs=("time", "destructive"),
    ),
    Case(
        "MISC-201",
        "MUST",
        "both",
        "{null}",
        "GetNextHighMonotonicCount(NULL)",
        "INVALID_PARAMETER",
        "UEFI 8.5.2; edk2 MonotonicCounter.c",
        steps=(null(GetNextHighMonotonicCount(), "high_count", writes=True),),
        needs=("null", "destructive"),
    ),
    Case(
        "MISC-202",
        "EDK2",
        "both",
        "{capsule}{null}",
        "QueryCapsuleCapabilities(MaximumCapsuleSize=NULL) and (ResetType=NULL)",
        "INVALID_PARAMETER, before the capsule is looked at",
        _CAPSULE,
        steps=tuple(null(QueryCapsuleCapabilities((_head(0),)), name) for name in ("maximum_capsule_size", "reset_type")),
        needs=("capsule", "null"),
    ),
    Case(
        "MISC-203",
        "EDK2",
        "both",
        "{capsule}",
        "QueryCapsuleCapabilities, UpdateCapsule (flags=INITIATE_RESET only), (flags=POPULATE only)",
        "INVALID_PARAMETER (not UNSUPPORTED)",
        _CAPSULE,
        steps=(
            *(answers(QueryCapsuleCapabilities((_head(flags),)), INVALID) for flags in (INITIATE_RESET, POPULATE)),
            *(answers(UpdateCapsule((_capsule(flags),)), INVALID, writes=True) for flags in (INITIATE_RESET, POPULATE)),
        ),
        needs=("capsule", "destructive"),
    ),
    Case(
        "MISC-204",
        "EDK2",
        "both",
        "{capsule}",
        "QueryCapsuleCapabilities(a firmware management capsule, flags=PERSIST|POPULATE)",
        "INVALID_PARAMETER",
        _CAPSULE,
        steps=(answers(QueryCapsuleCapabilities((_head(PERSIST | POPULATE, _MANAGEMENT),)), INVALID),),
        needs=("capsule",),
    ),
    Case(
        "MISC-205",
        "EDK2",
        "both",
        "{capsule}",
        "QueryCapsuleCapabilities, UpdateCapsule (a capsule of the suite's own kind)",
        "UNSUPPORTED: the platform knows no such image",
        f"{_CAPSULE}, SupportCapsuleImage",
        steps=(
            answers(QueryCapsuleCapabilities((_head(0),)), UNSUPPORTED),
            answers(QueryCapsuleCapabilities((_head(PERSIST),)), UNSUPPORTED),
            answers(UpdateCapsule((_capsule(0),)), UNSUPPORTED, writes=True),
        ),
        needs=("capsule", "destructive"),
    ),
    Case(
        "MISC-206",
        "EDK2",
        "both",
        "a platform that takes capsules, not across a reset",
        "QueryCapsuleCapabilities, UpdateCapsule (flags=PERSIST)",
        "UNSUPPORTED; nothing is stored",
        f"{_CAPSULE}, PcdSupportUpdateCapsuleReset",
        steps=(
            answers(QueryCapsuleCapabilities((_head(PERSIST),)), UNSUPPORTED),
            answers(UpdateCapsule((_capsule(PERSIST),), _LIST_AT), UNSUPPORTED, writes=True),
            absent(PENDING),
        ),
        needs=("capsule", "destructive"),
        variant="capsules",
    ),
    Case(
        "MISC-207",
        "EDK2",
        "both",
        "a platform that takes capsules across a reset",
        "QueryCapsuleCapabilities, UpdateCapsule (flags=PERSIST)",
        "warm, 0x6400000; SUCCESS, and the list's address is stored for the next boot",
        _CAPSULE,
        steps=(
            reading(_across_reset),
            answers(UpdateCapsule((_capsule(PERSIST),), _LIST_AT), OK, writes=True),
            get(PENDING, data=_LIST_AT.to_bytes(8, "little")),
        ),
        needs=("capsule", "destructive"),
        variant="capsules-across-reset",
    ),
)
