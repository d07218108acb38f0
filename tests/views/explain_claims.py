"""Claims of `efirt explain`, put to the firmware they are about: machines in several states, and what each claim has it do."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from efirt.firmware import Profile, paths
from efirt.firmware.known import AUTHENTICATION, CLOCK_POLICY, DRIVER, SPECIFIED, SPECIFIED_MODES
from efirt.firmware.moment import Moment
from efirt.firmware.namespaces import MEMORY_OVERWRITE, MEMORY_OVERWRITE_LOCK, MONOTONIC_COUNTER
from efirt.ops import Driver, GetVariable, SetVariable
from efirt.payloads.authentication import AuthenticatedValue
from efirt.runtime.services import Runtime
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid_names import GLOBAL, HARDWARE_ERROR, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.known import KNOWN
from efirt.values.status import Status
from efirt.views.explain import Ability, explain_variable
from efirt.views.explain_names import specified
from tests.firmware.machine import VENDOR, Machine
from tests.firmware.signing import (
    DB,
    DBX,
    EXCHANGE,
    KEK,
    OWNER_CERTIFICATE,
    PK,
    WRITER,
    Believing,
    certificates,
    day,
    digests,
    signed,
)

APPEND: Final = 0x40
MINE: Final = Key("Mine", VENDOR)
PRIVATE: Final = Key("Private", VENDOR)
ABSENT: Final = Key("Absent", VENDOR)

_OPTION: Final = paths.load_option(1, "x", paths.END)
_VALUES: Final = {
    "Lang": b"eng\0",
    "PlatformLang": b"en\0",
    "LangCodes": b"eng\0",
    "PlatformLangCodes": b"en\0",
    **dict.fromkeys(("ConIn", "ConOut", "ErrOut", "ConInDev", "ConOutDev", "ErrOutDev"), paths.END),
    **dict.fromkeys(("Boot####", "Driver####", "SysPrep####", "PlatformRecovery####", "OsRecovery####"), _OPTION),
    **dict.fromkeys(("BootOrder", "DriverOrder", "SysPrepOrder", "BootNext", "BootCurrent", "Timeout", "HwErrRecSupport"), b"\1\0"),
    **dict.fromkeys(("OsIndications", "OsIndicationsSupported", "CryptoIndications"), bytes(8)),
    "BootOptionSupport": bytes(4),
    "Key####": bytes(10),
    "PK": certificates(OWNER_CERTIFICATE),
    **dict.fromkeys(("KEK", "db", "dbx", "dbt", "dbr"), certificates(EXCHANGE)),
    "OsRecoveryOrder": bytes(16),
}


def keys() -> Iterator[Key]:
    """Every variable anybody knows by name, twice where it has a number, and some that nobody knows."""
    known = {(row.name, row.guid) for row in KNOWN.values()}
    known |= {(row.name, row.guid) for row in SPECIFIED + SPECIFIED_MODES + AUTHENTICATION + DRIVER + CLOCK_POLICY}
    for name, guid in sorted(known):
        yield from (Key(name.replace("####", number), guid) for number in ("0001", "0ABC") if number == "0001" or "####" in name)
    yield from (MINE, PRIVATE, ABSENT, Key("Foo", GLOBAL), Key("Foo", IMAGE_SECURITY), Key("Foo", HARDWARE_ERROR), Key("boot0001", GLOBAL))
    yield Key("MTC", MONOTONIC_COUNTER)
    yield Key("MemoryOverwriteRequestControl", MEMORY_OVERWRITE)
    yield Key("MemoryOverwriteRequestControlLock", MEMORY_OVERWRITE_LOCK)


def value_of(key: Key) -> bytes:
    """A value that makes sense under this name."""
    name = key.name[:-4] + "####" if key.name[-4:] in {"0001", "0ABC"} else key.name
    return _VALUES.get(name, b"v")


class Claim(NamedTuple):
    """What was said of one variable on one machine.

    Attributes:
        key: Which variable.
        ability: What may be done with it.
        contradiction: What went otherwise, as a sentence; empty where firmware does as was said.
    """

    key: Key
    ability: Ability
    contradiction: str

    def __str__(self) -> str:
        names = ",".join(reason.name for reason in self.ability.reasons)
        return f"{self.key.name} {self.ability.action} {self.ability.may} ({names}): {self.contradiction}"


def machine(profile: Profile, state: str, *, runtime: bool = True) -> Machine:
    """A machine of some firmware in one of :data:`STATES`."""
    extra = (
        Record(MINE, Attributes(7), b"mine"),
        Record(Key("HwErrRec0001", HARDWARE_ERROR), Attributes(0xF), b"error"),
    )
    built = Machine(profile, runtime=runtime, extra=extra, verifier=Believing())
    if profile.authentication:
        built.ask(signed(PRIVATE, b"private", WRITER))
        if state in {"user", "full"}:
            enroll(built, KEK, DB, DBX, PK)
        elif state == "without KEK":
            enroll(built, DB, PK)
        elif state == "keys without an owner":
            enroll(built, KEK, DB)
    if state == "full":
        fill(built)
    return built


STATES: Final = ("setup", "user", "without KEK", "keys without an owner", "full")


def enroll(built: Machine, *which: Key) -> None:
    values = {KEK: certificates(EXCHANGE), DB: digests(1), DBX: digests(2), PK: certificates(OWNER_CERTIFICATE)}
    for key in which:
        built.ask(signed(key, values[key], OWNER_CERTIFICATE if key == PK else None))


def fill(built: Machine) -> None:
    """Write until next to nothing fits any more."""
    number = 0
    for size in (8000, 1000, 100, 10, 1):
        while not built.status(SetVariable(Key(f"Fill{number}", VENDOR), Attributes(7), bytes(size))).is_error and number < 5000:
            number += 1


def ways(key: Key, action: str, attributes: int) -> dict[str, SetVariable]:
    """How somebody would do it: plainly, behind a descriptor that nobody signed, and signed by whoever may."""
    value = b"" if action == "delete" else value_of(key)
    more = APPEND if action == "append" else 0
    plain = SetVariable(key, Attributes(0 if action == "delete" else attributes | more), value)
    late = day(28)
    by = OWNER_CERTIFICATE if key in {PK, KEK, DB, DBX} or key.guid in {GLOBAL, IMAGE_SECURITY} else WRITER
    bare = SetVariable(key, Attributes(attributes | more), AuthenticatedValue(late, b"", value).encode())
    return {"plain": plain, "descriptor": bare, "signed": signed(key, value, by, late, attributes=attributes | more)}


TAKEN: Final = {"yes": ("plain",), "descriptor": ("descriptor",), "signed": ("signed",), "no": (), "unknown": ()}
REFUSED: Final = {
    "yes": (),
    "descriptor": ("plain",),
    "signed": ("plain",),
    "no": ("plain", "descriptor", "signed"),
    "unknown": (),
}
BESIDE_THE_POINT: Final = frozenset({"exists", "nothing-there", "absent"})
"""These do not say that firmware refuses something, but that there is nothing to do it to."""


def claims(driver: Driver, key: Key, ask: Callable[[SetVariable], Status], restored: Callable[[], Callable[[], None]]) -> Iterator[Claim]:
    """Everything `explain` says of a variable, and what came of doing it.

    Args:
        driver: Through which it is explained.
        key: Which variable.
        ask: Does it.
        restored: Notes the state of the machine; calling what it gives brings that back.
    """
    outlook = explain_variable(Runtime(driver), key)
    there = outlook.state.variable
    attributes = int(there.attributes) if there else _attributes(key)
    for ability in outlook.abilities:
        if ability.action == "read":
            is_read = not driver.call(GetVariable(key, 1 << 20)).status.is_error
            yield Claim(key, ability, "" if ability.may == "unknown" or is_read == (ability.may == "yes") else f"is_read is {is_read}")
            continue
        if {reason.name for reason in ability.reasons} & BESIDE_THE_POINT:
            continue
        yield Claim(key, ability, _contradiction(ability, ways(key, ability.action, attributes), ask, restored))


def _attributes(key: Key) -> int:
    entry = specified(key)
    return int(entry.attributes) if entry else 7


def _contradiction(
    ability: Ability, how: dict[str, SetVariable], ask: Callable[[SetVariable], Status], restored: Callable[[], Callable[[], None]]
) -> str:
    for way in (*TAKEN[ability.may], *REFUSED[ability.may]):
        op = how[way]
        if way != "plain" and not op.attributes & 0x20:
            continue
        restore = restored()
        status = ask(op)
        restore()
        if status.is_error == (way in TAKEN[ability.may]):
            return f"{way} was answered {status}"
    return ""


def kept(built: Machine) -> Callable[[], Callable[[], None]]:
    """What brings a machine back to what it is."""
    return lambda: Moment(built.firmware).restore
