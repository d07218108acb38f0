"""The hook behind the language variables."""

from typing import Final

from efirt.ops import (
    SetVariable,
)
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case
from efirt.testing.conformance.steps import (
    absent,
    put,
    reading,
    writing,
)
from efirt.testing.conformance.words import (
    BS,
    OK,
    STORED,
)
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

PLATFORM_LANG: Final = Key("PlatformLang", GLOBAL)
LANG: Final = Key("Lang", GLOBAL)


def _unknown_language(bench: Bench) -> None:
    before = bench.read(LANG)
    bench.expect(bench.ask(SetVariable(PLATFORM_LANG, STORED, b"xx\0")), OK)
    got = bench.read(PLATFORM_LANG).data
    bench.check(got == b"xx\0", "xx stored", str(got))
    after = bench.read(LANG)
    bench.check(after[:4] == before[:4], "Lang as it was", str(after.data))


def _follows(bench: Bench) -> None:
    got = bench.read(PLATFORM_LANG).data or b""
    bench.check(got.startswith(b"fr"), "PlatformLang follows to fr", str(got))


CASES: Final = (
    Case(
        "VAR-LANG-003",
        "EDK2",
        "boot",
        'PlatformLangCodes "en;fr"',
        'SetVariable(PlatformLang,"xx\\0")',
        "SUCCESS; stored; Lang unchanged",
        "edk2 Variable.c AutoUpdateLangVariable",
        steps=(writing(_unknown_language),),
        needs=("destructive",),
    ),
    Case(
        "VAR-LANG-004",
        "EDK2",
        "boot",
        "-",
        "SetVariable(PlatformLang,0 bytes)",
        "plain delete (hook skipped when DataSize is 0)",
        "edk2 Variable.c AutoUpdateLangVariable",
        steps=(put(STORED, b"", OK, key=PLATFORM_LANG), absent(PLATFORM_LANG)),
        needs=("destructive",),
    ),
    Case(
        "VAR-LANG-005",
        "EDK2",
        "boot",
        "-",
        'SetVariable("Lang",vendor GUID,BS,"fra")',
        "hook fires (GUID ignored)",
        "edk2 Variable.c AutoUpdateLangVariable",
        steps=(put(BS, b"fra\0", OK, key="Lang"), reading(_follows)),
        needs=("destructive",),
    ),
)
