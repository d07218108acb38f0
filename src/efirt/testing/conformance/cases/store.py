"""The variables on flash: what efirt reads, whatever was interrupted."""

from typing import Final

from efirt.errors import DecodeError
from efirt.images.edk2 import Edk2Image
from efirt.testing.conformance.bench import Bench
from efirt.testing.conformance.case import Case, Step
from efirt.testing.conformance.cases import store_writing as writing
from efirt.testing.conformance.flash import (
    BLOCK,
    DEAD,
    DELETED,
    DYING,
    FIRST_RECORD,
    HEADER_ONLY,
    NO_STATE,
    OVMF_2M,
    OVMF_4M,
    PLAIN,
    STATE_AT,
    VOLUME_HEADER,
    Layout,
    entry,
    image,
    journal,
    record,
    restored,
    rewritten,
    states,
    update,
)
from efirt.testing.conformance.steps import reading
from efirt.testing.conformance.words import ONE, OURS, TEN

NEW: Final = b"the newer value"
_CHECKSUM: Final = 0x642CAF2C
_GUID_AT: Final = 16
_ATTRIBUTES_AT: Final = 44
_CHECKSUM_AT: Final = 50


def _values(flash: bytes) -> dict[str, bytes]:
    return {one.key.name: one.data for one in Edk2Image.decode(flash).variables if one.key.guid == OURS}


def reads(*records: bytes, **wanted: bytes) -> Step:
    """An image with these records reads as these variables."""

    def run(bench: Bench) -> None:
        bench.last = "an image is read"
        got = _values(image(*records))
        bench.check(got == wanted, str(wanted), str(got))

    return reading(run)


def refused(flash: bytes) -> Step:
    """An image is not taken."""

    def run(bench: Bench) -> None:
        bench.last = "an image is read"
        try:
            got = str(_values(flash))
        except DecodeError:
            return
        bench.check(False, "a refusal", got)

    return reading(run)


def _changed(at: int, bits: int) -> bytes:
    flash = bytearray(image(record("T", TEN)))
    flash[at] ^= bits
    return bytes(flash)


def _empty(bench: Bench, layout: Layout, size: int, store: int) -> None:
    bench.last = "an image is read"
    flash = image(layout=layout)
    words = sum(flash[at] | flash[at + 1] << 8 for at in range(0, VOLUME_HEADER, 2)) & 0xFFFF
    bench.check(words == 0, "words that sum up to 0", f"{words:#x}")
    found = Edk2Image.decode(flash)
    bench.check(
        (found.volume.size, found.store_size) == (size, store), f"{size:#x}, {store:#x}", f"{found.volume.size:#x}, {found.store_size:#x}"
    )
    one = Edk2Image.decode(image(record("T", TEN), layout=layout)).records[0]
    bench.check(one.offset == FIRST_RECORD, f"a record at {FIRST_RECORD:#x}", f"{one.offset:#x}")


def _empty_4m(bench: Bench) -> None:
    _empty(bench, OVMF_4M, 0x84000, 0x3FFB8)


def _empty_2m(bench: Bench) -> None:
    _empty(bench, OVMF_2M, 0x20000, 0xDFB8)


def _cut_update(bench: Bench) -> None:
    bench.last = "an update is cut after every byte"
    others = record("O", ONE)
    old = record("T", TEN)
    flash = image(others, old, layout=OVMF_2M)
    at = FIRST_RECORD + len(others)
    for count, state in enumerate(states(flash, update(at, at + len(old), record("T", NEW)))):
        got = _values(state)
        bench.check(
            got.get("T") in (TEN, NEW) and got == {"O": ONE, "T": got["T"]}, "T old or new, O as it was", f"{got} after {count} bytes"
        )


def _cut_delete(bench: Bench) -> None:
    bench.last = "a deletion beside a twin is cut after every byte"
    twin, current = record("T", TEN, DYING), record("T", NEW)
    flash = image(twin, current, layout=OVMF_2M)
    second = FIRST_RECORD + len(twin)
    for state in states(flash, [(FIRST_RECORD + STATE_AT, bytes([DEAD])), (second + STATE_AT, bytes([DELETED]))]):
        got = _values(state)
        bench.check(got in ({"T": NEW}, {}), "T with its value, or no T", str(got))


def _cut_rewrite(bench: Bench) -> None:
    bench.last = "a rewrite of the whole store is cut at every step"
    old = image(record("O", ONE), record("T", TEN, DEAD), record("T", NEW), layout=OVMF_2M)
    new = image(record("O", ONE), record("T", NEW), layout=OVMF_2M)
    for count, state in enumerate(rewritten(old, new, OVMF_2M)):
        got = _values(state)
        bench.check(got == {"O": ONE, "T": NEW}, "both variables", f"{got} after {count} steps")


def _interrupted() -> tuple[bytes, bytes]:
    """A flash whose copy is complete and whose target is erased; and what it should become."""
    new = image(record("O", ONE), record("T", NEW), layout=OVMF_2M)
    work = journal(OVMF_2M) + entry(OVMF_2M, 0xFC, 0xFD)
    flash = b"\xff" * OVMF_2M.work + work
    return flash.ljust(OVMF_2M.spare, b"\xff") + new[: OVMF_2M.region].ljust(OVMF_2M.size - OVMF_2M.spare, b"\xff"), new


def _from_spare(bench: Bench) -> None:
    bench.last = "an image is read whose target is erased"
    got = _values(_interrupted()[0])
    bench.check(got == {"O": ONE, "T": NEW}, "the variables of the copy", str(got))


def _cut_recovery(bench: Bench) -> None:
    bench.last = "finishing an interrupted write is cut after every block"
    for state in restored(*_interrupted(), OVMF_2M):
        got = _values(state)
        bench.check(got == {"O": ONE, "T": NEW}, "the variables of the copy", str(got))


def _journal(bench: Bench) -> None:
    bench.last = "a journal's checksum is looked at"
    head = journal(size=BLOCK)
    bench.check(int.from_bytes(head[16:20], "little") == _CHECKSUM, f"{_CHECKSUM:#x}", head[16:20].hex())
    flash = bytearray(_interrupted()[0])
    flash[OVMF_2M.work + 16] ^= 1
    try:
        got = str(_values(bytes(flash)))
    except DecodeError:
        return
    bench.check(False, "a journal with another checksum is none", got)


def _plain(bench: Bench) -> None:
    bench.last = "an image without authentication is read"
    flash = image(record("O", ONE, plain=True), record("T", TEN, plain=True), signature=PLAIN)
    found = Edk2Image.decode(flash)
    bench.check(
        _values(flash) == {"O": ONE, "T": TEN} and found.record_header_size == 32, "both, with headers of 32 bytes", str(_values(flash))
    )


CASES: Final = (
    Case(
        "STORE-001",
        "MUST",
        "offline",
        "{raw-image} empty OVMF 4M vars",
        "parse",
        "FV checksum sum16==0; store size 0x3FFB8; first record at 0x64",
        "edk2 OvmfPkg VarStore.fdf.inc",
        steps=(reading(_empty_4m),),
    ),
    Case(
        "STORE-002",
        "MUST",
        "offline",
        "{raw-image} 2M vars",
        "parse",
        "FvLength 0x20000; store size 0xDFB8",
        "edk2 OvmfPkg VarStore.fdf.inc",
        steps=(reading(_empty_2m),),
    ),
    Case(
        "STORE-003",
        "MUST",
        "offline",
        "{raw-image}",
        "write T; re-read with an independent parser",
        "state 0x3F, 4 byte aligned, padding 0xFF, tail 0xFF",
        "edk2 OvmfPkg PlatformInitLib PlatformValidateNvVarStore",
        steps=(reading(writing.written),),
    ),
    Case(
        "STORE-004",
        "MUST",
        "offline",
        "{raw-image}",
        "update T in place",
        "old record 0x3C, new 0x3F, old before new in the scan order",
        "edk2 Variable.c",
        steps=(reading(writing.updated),),
    ),
    Case(
        "STORE-005",
        "MUST",
        "offline",
        "{raw-image}",
        "delete T in place",
        "record 0x3D",
        "edk2 Variable.c",
        steps=(reading(writing.deleted),),
    ),
    Case(
        "STORE-006",
        "MUST",
        "offline",
        "{raw-image} cut after every programmed byte of an update",
        "lookup of every variable",
        "T old or new; others unchanged",
        "edk2 Variable.c UpdateVariable; a byte-level model of edk2's write order",
        steps=(reading(_cut_update),),
    ),
    Case(
        "STORE-007",
        "MUST",
        "offline",
        "{raw-image} cut after every byte; then init-time reclaim",
        "lookup of every variable",
        "same values as before the reclaim",
        "edk2 Variable.c Reclaim; a byte-level model of edk2's write order",
        steps=(reading(writing.cut_and_settled),),
    ),
    Case(
        "STORE-008",
        "MUST",
        "offline",
        "{raw-image} two crashes: 0x3E twin left, then cut in next update",
        "init-time reclaim; lookup",
        "newest committed value. EDK2: resurrects the older 0x3E copy",
        "facts on the flash store, a byte-level model",
        steps=(reading(writing.cut_twice),),
    ),
    Case(
        "STORE-009",
        "MUST",
        "offline",
        "{raw-image} delete with 0x3E twin present",
        "cut between the two state writes",
        "T present with its value or absent; never the twin value",
        "edk2 Variable.c",
        steps=(reading(_cut_delete),),
    ),
    Case(
        "STORE-010",
        "MUST",
        "offline",
        "{raw-image} record with State 0xFF at the tail",
        "open",
        "accepted; hidden; OVMF DEBUG non-SMM asserts on it",
        "edk2 PR 12973",
        steps=(reads(record("O", ONE), record("T", TEN, NO_STATE)[:60], O=ONE),),
    ),
    Case(
        "STORE-011",
        "MUST",
        "offline",
        "{raw-image} record with State 0x7F at the tail",
        "open",
        "skipped as not ADDED",
        "edk2 PlatformValidateNvVarStore",
        steps=(reads(record("O", ONE), record("T", TEN, HEADER_ONLY), O=ONE),),
    ),
    Case(
        "STORE-012",
        "EDK2",
        "offline",
        "{raw-image} two ADDED copies",
        "lookup",
        "first in scan order wins",
        "edk2 VariableParsing.c",
        steps=(reads(record("T", TEN), record("T", ONE), T=TEN),),
    ),
    Case(
        "STORE-013",
        "EDK2",
        "offline",
        "{raw-image} only 0x3E copy",
        "lookup; enumerate",
        "visible",
        "edk2 VariableParsing.c",
        steps=(reads(record("O", ONE), record("T", TEN, DYING), O=ONE, T=TEN),),
    ),
    Case(
        "STORE-015",
        "MUST",
        "offline",
        "{raw-image} DataSize=0xFFFFFFFF in a 0x3F record",
        "walk",
        "treated as header only; no out of bounds read",
        "edk2 VariableParsing.c",
        steps=(reads(record("T", TEN, data_size=0xFFFFFFFF)[:60], record("O", ONE), O=ONE),),
    ),
    Case(
        "STORE-016",
        "MUST",
        "offline",
        "{raw-image} record whose end exceeds the store",
        "walk",
        "rejected/ended, no out of bounds read",
        "edk2 VariableParsing.c",
        steps=(refused(image(record("O", ONE), record("T", TEN, data_size=0x40000))),),
    ),
    Case(
        "STORE-017",
        "EDK2",
        "offline",
        "{raw-image} garbage after last record",
        "open for write",
        "reclaim first",
        "edk2 Variable.c VariableWriteServiceInitialize",
        steps=(reading(writing.after_garbage),),
    ),
    Case(
        "STORE-018",
        "MUST",
        "offline",
        "{raw-image} FTW: cut at each step of a reclaim",
        "recovery; lookup",
        "every variable old or new; none lost",
        "edk2 FaultTolerantWriteDxe; a model of one fault tolerant write",
        steps=(reading(_cut_rewrite),),
    ),
    Case(
        "STORE-019",
        "MUST",
        "offline",
        "{raw-image} FTW: SpareComplete set, DestComplete clear, target erased",
        "open read-only",
        "read variables from the spare area",
        "edk2 FaultTolerantWritePei",
        steps=(reading(_from_spare),),
    ),
    Case(
        "STORE-020",
        "MUST",
        "offline",
        "{raw-image} FTW: cut during recovery",
        "recover again",
        "converges to the new image",
        "a model of one fault tolerant write",
        steps=(reading(_cut_recovery),),
    ),
    Case(
        "STORE-021",
        "MUST",
        "offline",
        "{raw-image} FTW working header",
        "check",
        "CRC32 over 32 bytes with Crc and state bytes 0xFF equals stored (0x642CAF2C for queue 0xFE0)",
        "edk2 FtwMisc.c",
        steps=(reading(_journal),),
    ),
    Case(
        "STORE-022",
        "MUST",
        "offline",
        "{raw-image} bad FV checksum / GUID / Attributes",
        "open",
        "refuse to write",
        "edk2 PlatformValidateNvVarStore",
        steps=tuple(refused(_changed(at, 1)) for at in (_CHECKSUM_AT, _GUID_AT, _ATTRIBUTES_AT)),
    ),
    Case(
        "STORE-023",
        "MUST",
        "offline",
        "{raw-image} non-authenticated format (ddcf3616)",
        "parse",
        "32 byte headers",
        "edk2 VariableParsing.c",
        steps=(reading(_plain),),
    ),
    Case(
        "STORE-024",
        "MUST",
        "offline",
        "{raw-image} auth variable written offline",
        "read back in OVMF",
        "TimeStamp field kept; certdb updated together for private variables",
        "edk2 AuthService.c",
        steps=(reading(writing.signed_offline),),
    ),
)
