"""Sequences that go through resets: where they are cut, and what has to be written so that the machine comes up again.

Needs the extra ``efirt[secureboot]``.
"""

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Final

from efirt.errors import DecodeError
from efirt.firmware import Firmware
from efirt.firmware.claim import first_entry
from efirt.firmware.clock import ALARM, ZONE
from efirt.ops import Op, ResetSystem, SetVariable
from efirt.payloads.authentication import AuthenticatedValue, signed_bytes
from efirt.payloads.signature_list import SHA256, Signature, SignatureDatabase, SignatureList
from efirt.signatures.lazy import LazyVerifier
from efirt.signatures.signer import sign
from efirt.store import Record
from efirt.testing.authenticated_sequences import APPEND, KEYS, OWNERS, SIGNED, AuthenticatedGenerator, people
from efirt.testing.sequences import Generator
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key

DATABASE: Final = KEYS[2]
UNLOCKED: Final = Key("MokSBStateRT", Guid.parse("605dab50-e046-4300-abb6-3dd810dd8b23"))
_CLOCK_S: Final = (ZONE, ALARM)
_BOOT_MANAGERS: Final = frozenset({"Timeout", "BootNext", "BootOrder", "Boot0042", "OsIndications", "PlatformLang"})
_END_OF_TIME: Final = EfiTime(2097, 12, 28, 0, 0, 0, time_zone=0)
_MAY_OWN: Final = ("platform", "second platform")
_USED_AT_FIRST: Final = 15_420
"""Bytes of all records of a machine of the lab when it has booted with an empty flash."""
_KINDS: Final = (0, 1, 2, 3)


def parts(ops: Iterable[Op]) -> list[list[Op]]:
    """The operations of each boot: cut behind each reset."""
    cut: list[list[Op]] = [[]]
    for op in ops:
        cut[-1].append(op)
        if isinstance(op, ResetSystem):
            cut.append([])
    return cut


def to_start(program: bytes) -> list[Op]:
    """What has to be written so that a program starts at the next boot, whoever owns the platform then.

    Its digest is added to db: unsigned, which does while nobody owns the platform, and signed by each who may own it; all but one of these
    are refused. The other variable keeps a Linux that finds Secure Boot switched on from locking itself down.

    Args:
        program: The SHA-256 digest that firmware makes of it.

    Source: UEFI 2.10 §32.5.3.3; Linux v6.1, arch/x86/xen/efi.c, xen_efi_get_secureboot.
    """
    value = SignatureDatabase((SignatureList.of(SHA256, Signature(OWNERS[0], program)),)).encode()
    digest = [_by(name, DATABASE, value, SIGNED | APPEND) for name in (None, *_MAY_OWN)]
    return [SetVariable(UNLOCKED, Attributes(0x7), b"\x01"), *digest]


def to_clear(ops: Iterable[Op], there: Mapping[Key, Record], firmware: Firmware) -> list[Op]:
    """What undoes everything that operations can have written; most of it is refused.

    Firmware is then as good as before them, but for the room that dead records take, the order of variables, and names that certdb keeps.

    Args:
        ops: The operations.
        there: What was stored before them.
        firmware: What they were asked of; the operations that undo them are asked of it, too.
    """
    keys = dict.fromkeys((*_CLOCK_S, *(op.key for op in ops if isinstance(op, SetVariable))))
    owner = firmware.variables.stored.store.get(KEYS[0])
    key = None if owner is None else first_entry(owner.data)
    owned: list[Op] = [_by(name, KEYS[0], b"", SIGNED) for name in _MAY_OWN if people()[name].der == key]
    unsigned: list[Op] = [_by(None, each, b"", SIGNED) for each in (*KEYS[1:], *keys)]
    gone: list[Op] = [SetVariable(each, Attributes(0), b"") for each in keys if each not in there]
    back: list[Op] = [SetVariable(each, there[each].attributes, there[each].data) for each in keys if each in there]
    return harmless([*owned, *unsigned, *gone, *back], b"", firmware)


def _by(name: str | None, key: Key, value: bytes, attributes: int) -> SetVariable:
    """An authenticated write, signed by somebody or by nobody."""
    content = signed_bytes(key, attributes, _END_OF_TIME, value)
    signature = b"" if name is None else sign(content, people()[name].key, people()[name].certificate)
    return SetVariable(key, Attributes(attributes), AuthenticatedValue(_END_OF_TIME, signature, value).encode())


def leaves_boot_alone(op: Op) -> bool:
    """Whether an operation writes nothing that the boot manager acts on: it is a program of its own, and not what is compared."""
    return not (isinstance(op, SetVariable) and op.key.guid == GLOBAL and op.key.name in _BOOT_MANAGERS)


def as_at_first() -> Firmware:
    """The model of a machine of the lab that has booted with an empty flash, as far as it matters to who owns the platform."""
    return Firmware(now=lambda: 0, used=_USED_AT_FIRST, verifier=LazyVerifier())


def harmless(ops: Iterable[Op], program: bytes, firmware: Firmware | None = None) -> list[Op]:
    """The operations without those that take a real machine down, though they only write a variable.

    Asked for the first platform key to sign itself, OVMF takes that key out of the value before it has looked whether there is one: it
    follows a size that lies behind the value, and reads where no memory is.

    Args:
        ops: The operations.
        program: As of :func:`to_start`.
        firmware: Tells which state they meet; one that is as full as a machine of the lab at its first boot where it is left out.

    Raises:
        ValueError: After a reset the program could not start, and the machine would not come up again.

    Source: edk2-stable202211, SecurityPkg/Library/AuthVariableLib/AuthService.c, VerifyTimeBasedPayload, AuthVarTypePayload.
    """
    firmware = firmware or as_at_first()
    kept: list[Op] = []
    for op in ops:
        variables = firmware.variables
        if isinstance(op, ResetSystem):
            database = variables.stored.store.get(DATABASE)
            if not variables.secure_boot.mode.setup and (database is None or program not in database.data):
                raise ValueError(f"after {len(kept)} operations the machine is reset, and its firmware would not start {program.hex()}")
        elif isinstance(op, SetVariable) and op.key == KEYS[0] and variables.secure_boot.mode.setup and not _holds_a_key(op):
            continue
        firmware.call(op)
        kept.append(op)
    return kept


def _holds_a_key(op: SetVariable) -> bool:
    """Whether the value of an authenticated write begins with a list that has an entry."""
    try:
        return first_entry(AuthenticatedValue.decode(op.data).value) is not None
    except DecodeError:
        return True  # not a descriptor: it is refused before anybody looks at a value


def restarting(seed: int, counts: Sequence[int], program: bytes) -> list[Op]:
    """A sequence of authenticated and other operations, and a reset between each two boots.

    Args:
        seed: The same seed draws the same sequence.
        counts: Operations in each boot, without those that let the machine start again.
        program: As of :func:`to_start`.
    """
    signed, plain, draw = AuthenticatedGenerator(seed), Generator(seed), Random(seed)  # noqa: S311 - reproducible on purpose
    ops: list[Op] = []
    for number, count in enumerate(counts):
        if number:
            ops += [*to_start(program), ResetSystem(draw.choice(_KINDS))]
        others = filter(leaves_boot_alone, plain.sequence(count // 4))
        ops += [*others, *signed.sequence(count - count // 4)]
    return harmless(ops, program)


def filling(seed: int, boots: int, count: int, program: bytes) -> list[Op]:
    """A sequence that fills the store in each boot, goes on for a while, and deletes most of what filled it before the reset.

    A full store takes nothing that would let the machine start again, so that is written before, and db is left alone from then on.

    Args:
        seed: The same seed draws the same sequence.
        boots: How often the machine boots.
        count: Operations on a store that is full, and as many before.
        program: As of :func:`to_start`.
    """
    signed, plain, draw = AuthenticatedGenerator(seed), Generator(seed), Random(seed)  # noqa: S311 - reproducible on purpose
    ops: list[Op] = []
    for number in range(boots):
        if number:
            ops += [*plain.emptied(), ResetSystem(draw.choice(_KINDS))]
        before, after = ([*plain.sequence(count // 2), *signed.sequence(count - count // 2)] for _ in range(2))
        ops += [*filter(leaves_boot_alone, before), *to_start(program), *plain.filled()]
        ops += [op for op in after if leaves_boot_alone(op) and not (isinstance(op, SetVariable) and op.key == DATABASE)]
    return harmless(ops, program)
