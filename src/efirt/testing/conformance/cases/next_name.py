"""GetNextVariableName."""

from typing import Final

from efirt.ops import (
    GetNextVariableName,
)
from efirt.ops.variables import FIRST
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Unprepared
from efirt.testing.conformance.steps import (
    at_runtime,
    following,
    have,
    listed,
    put,
    reading,
)
from efirt.testing.conformance.words import (
    ALSO_OURS,
    FOR_BOOT,
    INVALID,
    NOT_FOUND,
    OK,
    STORED,
    TOO_SMALL,
    T,
    ours,
)
from efirt.values.key import Key

ELEVEN: Final = ours("ElevenChars")


def _size_of_first(bench: Bench) -> None:
    reply = bench.expect(bench.ask(GetNextVariableName(FIRST, 2)), TOO_SMALL)
    bench.check(
        reply.size is not None and reply.size > 2 and reply.key is None,
        "the size of the name with its NUL, and no name",
        f"{reply.size}, {reply.key}",
    )
    again = bench.expect(bench.ask(GetNextVariableName(FIRST, reply.size or 0)), OK)
    bench.check(again.key is not None and reply.size == _size_of(again.key), f"a name of {reply.size} bytes", str(again.key))


def _size_of(key: Key) -> int:
    return len(key.name.encode("utf-16-le", "surrogatepass")) + 2


def _once_each(bench: Bench) -> None:
    names = bench.names()
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    bench.check(not twice, "every name once", f"more than once: {', '.join(twice)}")


def _sizes_of_names(bench: Bench) -> None:
    key = FIRST
    for _ in range(10_000):
        reply = bench.ask(GetNextVariableName(key, 1024))
        if reply.status == NOT_FOUND:
            return
        bench.expect(reply, OK)
        key = reply.key or FIRST
        bench.check(reply.size == _size_of(key), f"{_size_of(key)} bytes for {key}", str(reply.size))


def _retry(bench: Bench) -> None:
    names = [FIRST, *bench.names()]
    bench.check(ELEVEN in names, f"{ELEVEN} among the names", "it is not named")
    before = names[names.index(ELEVEN) - 1]
    # The name before it may itself be longer than four bytes, and the buffer holds it on the way in.
    room = max(4, _size_of(before) if before.name else 4)
    if room >= _size_of(ELEVEN):
        raise Unprepared("the name before it does not fit a buffer that is too small for the name after it")
    reply = bench.expect(bench.ask(GetNextVariableName(before, room)), TOO_SMALL)
    again = bench.expect(bench.ask(GetNextVariableName(before, reply.size or 0)), OK)
    bench.check(again.key == ELEVEN, str(ELEVEN), str(again.key))


def _large_buffers(bench: Bench) -> None:
    for room in (2048, 4096):
        bench.names(room)


CASES: Final = (
    Case(
        "VAR-NEXT-004",
        "MUST",
        "both",
        "at least one variable",
        'GetNextVariableName(&n=2,"",&guid)',
        "BUFFER_TOO_SMALL; n=bytes needed incl NUL; name and guid unchanged",
        "SCT 5.2.1.2.4; fwts uefirtvariable t2",
        steps=(reading(_size_of_first),),
    ),
    Case(
        "VAR-NEXT-005",
        "SHOULD",
        "both",
        "at least one variable",
        'GetNextVariableName(&n=0,"",&guid)',
        "INVALID_PARAMETER|BUFFER_TOO_SMALL",
        "fwts uefirtvariable t2; edk2 Variable.c",
        steps=(following(FIRST, 0, INVALID, TOO_SMALL),),
    ),
    Case(
        "VAR-NEXT-006",
        "MUST",
        "both",
        "at least one variable",
        'GetNextVariableName(&n=1,"",&guid)',
        "INVALID_PARAMETER|BUFFER_TOO_SMALL (u-boot and edk2: INVALID_PARAMETER)",
        "u-boot efi_selftest_variables.c; fwts uefirtvariable t2",
        steps=(following(FIRST, 1, INVALID, TOO_SMALL),),
    ),
    Case(
        "VAR-NEXT-007",
        "MUST",
        "both",
        "-",
        'GetNextVariableName(&n=16,"efi_st_var1"(no NUL within 16 bytes),&guid)',
        "INVALID_PARAMETER",
        "u-boot efi_selftest_variables.c; SCT GetNextVariableNameConfTestSub6",
        steps=(following(ours("efi_st_var1"), 16, INVALID),),
    ),
    Case(
        "VAR-NEXT-012",
        "MUST",
        "both",
        "full enumeration",
        "collect (name,guid)",
        "no duplicates and no endless loop",
        "fwts uefirtvariable t2 (sub 4); efibootmgr issue 115",
        steps=(reading(_once_each),),
    ),
    Case(
        "VAR-NEXT-013",
        "MUST",
        "both",
        "full enumeration with a 1024 byte buffer",
        "compare n with 2*(len(name)+1)",
        "n equals the name size incl NUL, not the buffer size",
        "fwts uefirtvariable t2; u-boot efi_selftest_variables.c",
        steps=(reading(_sizes_of_names),),
    ),
    Case(
        "VAR-NEXT-015",
        "MUST",
        "both",
        "name T (11 chars); n=4",
        "GetNextVariableName on predecessor with n=4, then retry with returned n",
        "BUFFER_TOO_SMALL then SUCCESS with the same name",
        "UEFI 8.2; fwts uefirtvariable t2",
        steps=(have(), have(ELEVEN), reading(_retry)),
    ),
    Case(
        "VAR-NEXT-017",
        "EDK2",
        "runtime",
        "var T with NV|BS created before EBS",
        "GetNextVariableName(&n,T,&G)",
        "INVALID_PARAMETER (hidden name is not an existing name)",
        "edk2 VariableParsing.c VariableServiceGetNextVariableInternal",
        steps=(have(attributes=FOR_BOOT), at_runtime, following(T, 512, INVALID)),
        needs=("boot",),
    ),
    Case(
        "VAR-NEXT-018",
        "MUST",
        "both",
        "same name under two GUIDs",
        "enumerate",
        "both pairs seen",
        "UEFI 8.2; fwts uefirtvariable t3",
        steps=(have(), have(Key("T", ALSO_OURS)), listed(), listed(Key("T", ALSO_OURS))),
    ),
    Case(
        "VAR-NEXT-019",
        "MUST",
        "both",
        "T updated 5 times",
        "enumerate",
        "T seen once (IN_DELETED copies skipped)",
        "edk2 VariableParsing.c",
        steps=(have(data=b"0"), *(put(STORED, bytes([number]), OK) for number in range(5)), listed()),
    ),
    Case(
        "VAR-NEXT-021",
        "MUST",
        "both",
        "buffer 2048, 4096 bytes",
        "enumerate",
        "SUCCESS (some firmware rejects >512 or >1024)",
        "LKML 2024 efivarfs 512 limit; UEFI 8.2",
        steps=(reading(_large_buffers),),
    ),
)
