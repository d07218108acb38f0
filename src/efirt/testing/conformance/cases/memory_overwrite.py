"""The memory overwrite request and its lock, asked for what the list leaves out."""

from typing import Final

from efirt.testing.conformance.case import Case
from efirt.testing.conformance.cases.globals_ import OVERWRITE, OVERWRITE_LOCK
from efirt.testing.conformance.steps import get, put
from efirt.testing.conformance.words import DENIED, FOR_BOOT, INVALID, OK, ONE, PROTECTED, STORED, VOLATILE

_KEY: Final = b"8 bytes!"
_ZERO: Final = b"\0"
_PROTECTING: Final = "MOR (firmware that protects it)"
_SOURCE: Final = "edk2 TcgMorLockSmm.c SetVariableCheckHandlerMor"

CASES: Final = (
    Case(
        "VAR-GLB-221",
        "EDK2",
        "both",
        _PROTECTING,
        "SetVariable of MOR and MORLock with NV|BS, with BS|RT",
        "INVALID_PARAMETER; unchanged",
        _SOURCE,
        steps=(
            put(STORED, ONE, OK, key=OVERWRITE),
            *(put(attributes, _ZERO, INVALID, key=key) for attributes in (FOR_BOOT, VOLATILE) for key in (OVERWRITE, OVERWRITE_LOCK)),
            get(OVERWRITE, data=ONE),
        ),
        needs=("destructive",),
        variant="memory-overwrite",
    ),
    Case(
        "VAR-GLB-222",
        "EDK2",
        "both",
        _PROTECTING,
        "SetVariable of MORLock with 4 bytes, with 9, with the byte 2",
        "INVALID_PARAMETER; MOR stays writable",
        _SOURCE,
        steps=(
            *(put(STORED, value, INVALID, key=OVERWRITE_LOCK) for value in (bytes(4), bytes(9), b"\x02")),
            put(STORED, ONE, OK, key=OVERWRITE),
        ),
        needs=("destructive",),
        variant="memory-overwrite",
    ),
    Case(
        "VAR-GLB-223",
        "EDK2",
        "both",
        _PROTECTING,
        "SetVariable of MOR with 2 bytes",
        "INVALID_PARAMETER; unchanged",
        _SOURCE,
        steps=(put(STORED, ONE, OK, key=OVERWRITE), put(STORED, bytes(2), INVALID, key=OVERWRITE), get(OVERWRITE, data=ONE)),
        needs=("destructive",),
        variant="memory-overwrite",
    ),
    Case(
        "VAR-GLB-224",
        "EDK2",
        "both",
        "MOR locked without key",
        "SetVariable of MORLock with 0, with 2, with a key; delete it",
        "ACCESS_DENIED; ACCESS_DENIED; ACCESS_DENIED; WRITE_PROTECTED",
        _SOURCE,
        steps=(
            put(STORED, ONE, OK, key=OVERWRITE_LOCK),
            *(put(STORED, value, DENIED, key=OVERWRITE_LOCK) for value in (_ZERO, b"\x02", _KEY)),
            put(STORED, b"", PROTECTED, key=OVERWRITE_LOCK),
            get(OVERWRITE_LOCK, data=ONE),
        ),
        needs=("destructive",),
        variant="memory-overwrite",
    ),
    Case(
        "VAR-GLB-225",
        "EDK2",
        "both",
        "MOR locked with key K",
        "SetVariable of MORLock with a wrong key and NV|BS; then with K",
        "INVALID_PARAMETER: the key was not looked at; SUCCESS",
        _SOURCE,
        steps=(
            put(STORED, _KEY, OK, key=OVERWRITE_LOCK),
            put(FOR_BOOT, _KEY[::-1], INVALID, key=OVERWRITE_LOCK),
            put(STORED, _KEY, OK, key=OVERWRITE_LOCK),
            get(OVERWRITE_LOCK, data=_ZERO),
        ),
        needs=("destructive",),
        variant="memory-overwrite",
    ),
)
