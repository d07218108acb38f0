"""Fuzz the model's services: `python fuzz/firmware.py [libFuzzer options]`, with atheris installed.

An input is a machine and a dozen questions to it: plain writes, authenticated ones that are signed as they must be and then spoiled, lists
made of pieces, deletions, NULL pointers and sizes that lie, restarts. Signatures are really verified. Whatever is asked, there is an
answer, the store stays within its size, a refused write leaves the variable as it was, and a walk over the names ends and names what is
there. Anything else is a finding. The seeds are under fuzz/corpus/firmware; ``build/fuzz/firmware`` gets what is found.
"""

import sys
from collections.abc import Callable
from struct import pack
from typing import TypeVar

import atheris
from running import run

with atheris.instrument_imports(include=["efirt"]):
    from signing import SeededKeys

    from efirt.firmware import PROFILES, Firmware
    from efirt.ops import GetNextVariableName, GetVariable, Malformed, Op, QueryVariableInfo, Reply, SetVariable
    from efirt.signatures.verifier import Pkcs7Verifier
    from efirt.testing.conformance.book import Author
    from efirt.testing.conformance.payloads import SHA256, X509, Form, Payloads, descriptor, moment, signature_list
    from efirt.values.attributes import Attributes
    from efirt.values.guid import Guid
    from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
    from efirt.values.key import Key
    from efirt.values.status import Status

T = TypeVar("T")
OURS = Guid.parse("5a1c3c60-7d0b-4c0e-8f43-5b7a2f0c9e0d")
KEYS = (
    Key("A", OURS),
    Key("B" * 60, OURS),
    Key("PK", GLOBAL),
    Key("KEK", GLOBAL),
    Key("db", IMAGE_SECURITY),
    Key("dbx", IMAGE_SECURITY),
    Key("dbt", IMAGE_SECURITY),
    Key("CustomMode", Guid.parse("c076ec0c-7028-4399-a072-71ee5c448b9f")),
    Key("SecureBootEnable", Guid.parse("f0a30bc7-af08-4556-99c4-001009c93a44")),
    Key("AuditMode", GLOBAL),
    Key("DeployedMode", GLOBAL),
    Key("Boot0001", GLOBAL),
    Key("PlatformLang", GLOBAL),
    Key("HwErrRec0001", Guid.parse("414e6bdd-e47b-47cc-b244-bb61020cf516")),
    Key("MemoryOverwriteRequestControl", Guid.parse("e20939be-32d4-41be-a150-897f85d49829")),
    Key("", OURS),
)
ATTRIBUTES = (0x27, 0x67, 0x7, 0x47, 0x23, 0x26, 0x3, 0x2, 0x6, 0x0F, 0x0, 0x20, 0x10, 0x80, 0xA7)
PEOPLE = ("PK", "KEK", "K1", "K2", "STRANGER", "LEAF_OF_KEK", "LEAF_OF_PK")
FORMS = (
    Form(),
    Form("sha384"),
    Form("sha512"),
    Form(wrapped=True),
    Form(signed_attributes=True),
    Form(certificates=False),
    Form(chain=True),
)
MACHINES = ("edk2", "ovmf-2022.11", "uefi-spec", "edk2-2m")
MOST_STEPS = 12
MOST_NAMES = 200
ROOM = 1 << 16

AUTHOR = Author(SeededKeys())
PAYLOADS = Payloads(AUTHOR)


class Words:
    """Bytes that are read from the front, and zeros when there are no more."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def left(self) -> int:
        """Bytes that are left."""
        return max(len(self.data) - self.at, 0)

    def take(self, size: int) -> bytes:
        """So many bytes."""
        found = self.data[self.at : self.at + size]
        self.at += size
        return found.ljust(size, b"\0")

    def number(self, below: int) -> int:
        """A number from 0."""
        return int.from_bytes(self.take(1 if below <= 256 else 2), "little") % below  # noqa: PLR2004 - one byte, or two

    def chosen(self, among: tuple[T, ...]) -> T:
        """One of these."""
        return among[self.number(len(among))]

    def some(self) -> bytes:
        """Bytes with their number before them, some of them many."""
        size = self.number(256)
        return self.take(size) if size < 250 else bytes([size]) * (size - 249) * 9000  # noqa: PLR2004 - a few are more than fits


def attributes(words: Words) -> int:
    """Attributes, mostly those that make sense."""
    which = words.number(len(ATTRIBUTES) + 1)
    return ATTRIBUTES[which] if which < len(ATTRIBUTES) else int.from_bytes(words.take(4), "little")


def value(words: Words) -> bytes:
    """What is written: lists of certificates or of digests, a list whose sizes may lie, or any bytes."""
    kind = words.number(6)
    if kind == 0:
        return PAYLOADS.certificates(*(words.chosen(PEOPLE) for _ in range(1 + words.number(2))))
    if kind == 1:
        return b"".join(signature_list(SHA256, bytes([words.number(4)]) * 32) for _ in range(1 + words.number(3)))
    if kind == 2:  # noqa: PLR2004 - the third
        head = tuple(int.from_bytes(words.take(2), "little") for _ in range(2))
        return signature_list(words.chosen((SHA256, X509, OURS)), words.some() or b"\0", header=(head[0], head[1]))
    if kind == 3:  # noqa: PLR2004 - the fourth
        return pack("<16sIII", SHA256.raw, *(int.from_bytes(words.take(4), "little") for _ in range(3))) + words.some()
    return words.some() if kind == 4 else b""  # noqa: PLR2004 - the fifth


def spoiled(words: Words, data: bytes) -> bytes:
    """The same with some bytes that are others, cut off, or more."""
    for _ in range(words.number(4)):
        how, at = words.number(4), words.number(1 << 16) % (len(data) + 1)
        if how == 0:
            data = data[:at]
        elif how == 1:
            data = data[:at] + words.take(1) + data[at:]
        else:
            data = data[:at] + words.take(how) + data[at + how :]
    return data


def plain(words: Words) -> Op:
    """Any write."""
    return SetVariable(words.chosen(KEYS), Attributes(attributes(words)), value(words))


def raw(words: Words) -> Op:
    """A write with a descriptor of any bytes."""
    key, bits = words.chosen(KEYS), attributes(words) | Attributes.AT
    return SetVariable(key, Attributes(bits), spoiled(words, descriptor(words.take(16), words.some()) + value(words)))


def signed(words: Words) -> Op:
    """A write that is signed as it must be, and then perhaps spoiled."""
    key, bits = words.chosen(KEYS), attributes(words)
    time, written = moment(words.number(8)), value(words)
    who, form = words.chosen(PEOPLE), words.chosen(FORMS)
    form = form if who.startswith("LEAF") else form._replace(chain=False)  # others have nobody above them
    data = PAYLOADS.signed(key, bits, time, written, who, form)
    return SetVariable(key, Attributes(bits), spoiled(words, data))


def unsigned(words: Words) -> Op:
    """A write with a descriptor and no signature."""
    head = descriptor(moment(words.number(8)).encode(), b"")
    return SetVariable(words.chosen(KEYS), Attributes(attributes(words)), head + value(words))


def deletion(words: Words) -> Op:
    """A deletion, by one of the ways there are."""
    return SetVariable(words.chosen(KEYS), Attributes(words.chosen((0, 0x7, 0x27, 0x40))), b"")


def reading(words: Words) -> Op:
    """A question that changes nothing."""
    asked: tuple[Op, ...] = (
        GetVariable(words.chosen(KEYS), words.number(1 << 16)),
        GetNextVariableName(words.chosen(KEYS), words.number(1 << 16)),
        QueryVariableInfo(Attributes(attributes(words))),
    )
    return words.chosen(asked)


WRITES: tuple[Callable[[Words], Op], ...] = (signed, signed, plain, raw, unsigned, deletion, reading)
POINTERS = ("variable_name", "vendor_guid", "data", "data_size", "attributes", "variable_name_size", "maximum_storage_size")


def restarted(firmware: Firmware, words: Words) -> None:
    """The machine starts again, or goes on."""
    words.chosen((firmware.reset, firmware.boot, firmware.exit_boot_services))()


def malformed(firmware: Firmware, words: Words) -> None:
    """A question with pointers that are NULL, or a size that lies."""
    op = words.chosen(WRITES)(words)
    null = frozenset(words.chosen(POINTERS) for _ in range(words.number(3)))
    size = words.chosen((None, 0, 1, len(getattr(op, "data", b"")) + 1, (1 << 64) - 1))
    check(firmware, firmware.call_malformed(Malformed(op, null, size)))


def read(firmware: Firmware, key: Key) -> Reply:
    """A variable as it is."""
    return firmware.call(GetVariable(key, ROOM * 8))


def asked(firmware: Firmware, op: Op) -> None:
    """Ask, and look at what must hold whatever was asked."""
    before = read(firmware, op.key) if isinstance(op, SetVariable) else None
    reply = firmware.call(op)
    check(firmware, reply)
    if isinstance(op, SetVariable) and reply.status.is_error:
        assert read(firmware, op.key) == before, f"{op} was refused with {reply.status}, and changed something"  # noqa: S101 - a finding


def check(firmware: Firmware, reply: Reply) -> None:
    """What holds after any question."""
    assert isinstance(reply.status, Status)  # noqa: S101 - as above
    variables, limits = firmware.variables, firmware.profile.limits
    for region, size in ((variables.stored, limits.store_size), (variables.volatile, limits.volatile_store_size)):
        living, used = (use.common + use.errors for use in (region.live(), region.used))
        assert living <= used <= size, f"{living} bytes live of {used} used of {size}"  # noqa: S101 - as above


def walked(firmware: Firmware) -> None:
    """The names end, and each is there."""
    key, count = Key("", OURS), 0
    while (reply := firmware.call(GetNextVariableName(key, ROOM))).status == Status.SUCCESS:
        assert reply.key is not None  # noqa: S101 - as above
        key, count = reply.key, count + 1
        assert count < MOST_NAMES, "the names do not end"  # noqa: S101 - as above
        assert read(firmware, key).status == Status.SUCCESS, f"{key} is named, and not there"  # noqa: S101 - as above
    assert reply.status == Status.NOT_FOUND  # noqa: S101 - as above


def target(data: bytes) -> None:
    """Make a machine, and ask it what the input says."""
    words = Words(data)
    profile, bits = PROFILES[words.chosen(MACHINES)], words.number(4)
    profile = profile._replace(user_present=bool(bits & 1))
    firmware = Firmware(profile, now=lambda: 1_900_000_000, runtime=bool(bits & 2), verifier=Pkcs7Verifier())
    for _ in range(MOST_STEPS):
        if not words.left:
            break
        what = words.number(len(WRITES) + 2)
        if what < len(WRITES):
            asked(firmware, WRITES[what](words))
        else:
            (restarted if what == len(WRITES) else malformed)(firmware, words)
    walked(firmware)


def main() -> None:
    """Run it."""
    run("firmware", target, sys.argv)


if __name__ == "__main__":
    main()
