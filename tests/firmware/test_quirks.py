"""Every quirk: what it changes, and that it changes nothing else without being asked for."""

from collections.abc import Callable

import pytest

from efirt.drivers.simulated import open_driver
from efirt.firmware import DEFAULT, PROFILES, Profile
from efirt.firmware.properties import PROPERTIES, properties_table
from efirt.firmware.quirks import QUIRKS, with_quirks
from efirt.ops import (
    GetNextHighMonotonicCount,
    GetNextVariableName,
    GetTime,
    GetVariable,
    GetWakeupTime,
    Op,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    SetTime,
    SetVariable,
)
from efirt.ops.tables import CopyTable
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid_names import HARDWARE_ERROR
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import Machine, key, well_known, write
from tests.firmware.signing import (
    APPEND,
    DB,
    EXCHANGE,
    KEK,
    OWNER_CERTIFICATE,
    PK,
    SIGNED,
    Believing,
    certificates,
    day,
    digests,
    signed,
)

STORED = 7
OWNED = (
    Record(PK, Attributes(SIGNED), certificates(OWNER_CERTIFICATE), day(1)),
    Record(KEK, Attributes(SIGNED), certificates(EXCHANGE), day(1)),
    Record(DB, Attributes(SIGNED), digests(1), day(5)),
)
HIDDEN = Record(key("Hidden"), Attributes(3), b"x")
TIME = EfiTime(2030, 1, 1, 0, 0, 0)


def machine(profile: Profile, *extra: Record, runtime: bool = True) -> Machine:
    return Machine(profile, extra=extra, runtime=runtime, verifier=Believing())


def status(op: Op, *extra: Record, runtime: bool = True) -> Callable[[Profile], object]:
    return lambda profile: machine(profile, *extra, runtime=runtime).status(op)


def walked(profile: Profile) -> tuple[int, int]:
    """How many names a walk of 100 steps tells, and how many of them are different."""
    built, keys = machine(profile), list[Key]()
    reply = built.ask(GetNextVariableName())
    while reply.key is not None and len(keys) < 100:
        keys.append(reply.key)
        reply = built.ask(GetNextVariableName(reply.key))
    return len(keys), len(set(keys))


def refilled(profile: Profile) -> Status:
    """Whether the room of what is written over comes back in the boot phase."""
    small = profile._replace(limits=profile.limits._replace(store_size=28 + 4000))
    built = machine(small, runtime=False)
    return [built.status(write("A", STORED, bytes([number]) * 500)) for number in range(8)][-1]


def removed_by_nobody(profile: Profile) -> Status:
    built = machine(profile)
    assert built.status(signed(key("P"), b"v", time=day(5))) == Status.SUCCESS
    return built.status(signed(key("P"), b"", None, day(1)))


def joined(profile: Profile) -> bytes | None:
    built = machine(profile, *OWNED)
    built.status(signed(DB, digests(1), EXCHANGE, day(9), attributes=SIGNED | APPEND))
    return built.data(DB)


def zone(profile: Profile) -> object:
    time = machine(profile).ask(GetTime()).time
    return time and time.time_zone


SUCCESS, UNSUPPORTED = Status.SUCCESS, Status.UNSUPPORTED
INVALID, VIOLATION = Status.INVALID_PARAMETER, Status.SECURITY_VIOLATION
BIG = write("A", STORED, bytes(40_000))
EDK2 = PROFILES["edk2"]

CASES: dict[str, tuple[Callable[[Profile], object], object]] = {
    "duplicate-names": (lambda p: walked(p)[0] - walked(p)[1], 1),
    "looping-names": (lambda p: walked(p)[0], 100),
    "buffer-size-as-name-size": (lambda p: machine(p).ask(GetNextVariableName()).size, 512),
    "short-names": (status(GetNextVariableName(room=513)), INVALID),
    "attributes-on-success-only": (lambda p: machine(p).ask(GetVariable(well_known("BootOrder"), 1)).attributes, None),
    "hidden-access-denied": (status(GetVariable(HIDDEN.key), HIDDEN), Status.ACCESS_DENIED),
    "space-freed-at-boot-only": (refilled, Status.OUT_OF_RESOURCES),
    "oversize-out-of-resources": (status(BIG), Status.OUT_OF_RESOURCES),
    "hardware-error-records": (status(write(Key("HwErrRec0001", HARDWARE_ERROR), 15)), SUCCESS),
    "volatile-at-runtime": (status(write("A", 6)), SUCCESS),
    "unknown-attributes-unsupported": (status(write("A", 0x87)), UNSUPPORTED),
    "memory-overwrite-protected": (
        status(write(Key("MemoryOverwriteRequestControl", Key.parse("x-e20939be-32d4-41be-a150-897f85d49829").guid), STORED, b"\x01")),
        SUCCESS,
    ),
    "no-language-hook": (lambda p: after(p, write(well_known("PlatformLang"), STORED, b"fr\0"), well_known("Lang")), b"eng\0"),
    "equal-timestamps": (status(signed(DB, digests(2), EXCHANGE, day(5)), *OWNED), SUCCESS),
    "append-needs-later-time": (status(signed(DB, digests(2), EXCHANGE, day(4), attributes=SIGNED | APPEND), *OWNED), VIOLATION),
    "sha256-only": (status(signed(key("P"), b"v", digest="sha512")), VIOLATION),
    "keys-not-joined": (joined, digests(1) * 2),
    "no-exchange-append": (
        status(signed(KEK, certificates(EXCHANGE), OWNER_CERTIFICATE, day(9), attributes=SIGNED | APPEND), *OWNED),
        INVALID,
    ),
    "missing-exchange-keys-are-a-violation": (status(signed(DB, digests(2), EXCHANGE, day(9)), OWNED[0]), VIOLATION),
    "self-signed-platform-key": (status(signed(PK, certificates(OWNER_CERTIFICATE), None)), VIOLATION),
    "user-absent": (removed_by_nobody, VIOLATION),
    "no-query": (status(QueryVariableInfo(Attributes(STORED))), UNSUPPORTED),
    "no-set": (status(write("A", STORED)), UNSUPPORTED),
    "no-clock": (status(GetTime()), UNSUPPORTED),
    "no-wakeup": (status(GetWakeupTime()), UNSUPPORTED),
    "no-counter": (status(GetNextHighMonotonicCount()), UNSUPPORTED),
    "no-capsules": (status(QueryCapsuleCapabilities(())), UNSUPPORTED),
    "clock-cannot-be-set": (status(SetTime(TIME)), Status.DEVICE_ERROR),
    "junk-zones": (zone, 0x7F00),
    "zero-zones": (zone, 0),
}


def after(profile: Profile, op: SetVariable, name: Key) -> bytes | None:
    built = machine(profile)
    assert built.status(op) == Status.SUCCESS
    return built.data(name)


def test_every_quirk_has_a_case() -> None:
    assert set(CASES) == set(QUIRKS)


@pytest.mark.parametrize("name", CASES)
def test_a_quirk_changes_what_it_says(name: str) -> None:
    look, expected = CASES[name]
    assert look(QUIRKS[name](EDK2)) == expected
    assert look(EDK2) != expected


@pytest.mark.parametrize("name", CASES)
def test_a_quirk_is_applied_to_every_profile(name: str) -> None:
    for profile in PROFILES.values():
        assert QUIRKS[name](profile).name == profile.name


def test_quirks_add_up_and_unknown_ones_are_told() -> None:
    both = with_quirks(DEFAULT, "short-names,no-query")
    assert machine(both).status(GetNextVariableName(room=513)) == INVALID
    assert machine(both).status(QueryVariableInfo(Attributes(STORED))) == UNSUPPORTED
    with pytest.raises(ValueError, match="no quirk 'haste': choose of duplicate-names"):
        with_quirks(DEFAULT, "haste")


def test_the_simulated_driver_takes_quirks_by_name() -> None:
    driver = open_driver("", {"quirk": "no-query,no-clock"})
    assert driver.call(GetTime()).status == UNSUPPORTED
    with pytest.raises(ValueError, match="no quirk 'x'"):
        open_driver("", {"quirk": "x"})


def test_a_service_that_is_missing_is_missing_after_the_boot_phase_and_told_in_the_table() -> None:
    built = machine(QUIRKS["no-query"](DEFAULT), runtime=False)
    assert built.status(QueryVariableInfo(Attributes(STORED))) == SUCCESS
    built.firmware.exit_boot_services()
    assert built.status(QueryVariableInfo(Attributes(STORED))) == UNSUPPORTED
    assert built.ask(CopyTable(PROPERTIES)).data == properties_table([QueryVariableInfo]) == bytes.fromhex("01000800ff1f0000")
    assert machine(DEFAULT).status(CopyTable(PROPERTIES)) == Status.NOT_FOUND
