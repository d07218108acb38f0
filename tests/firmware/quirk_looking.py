"""What there is to look at in a firmware: questions to it, and what comes of them."""

from collections.abc import Callable

from efirt.firmware import Profile
from efirt.firmware.modes import AUDIT_MODE, DEPLOYED_MODE
from efirt.firmware.quirks import QUIRKS
from efirt.ops import (
    CapsuleHeader,
    GetNextVariableName,
    GetTime,
    Op,
    QueryCapsuleCapabilities,
    QueryVariableInfo,
    Reply,
    ResetSystem,
    ResetType,
    SetTime,
    SetVariable,
)
from efirt.payloads.signature_list import Signature, SignatureDatabase, SignatureList
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.guid_names import HARDWARE_ERROR, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import VENDOR, Machine, key, read, well_known, write
from tests.firmware.signing import (
    APPEND,
    DB,
    DBX,
    EXCHANGE,
    KEK,
    OWNER,
    OWNER_CERTIFICATE,
    PK,
    SIGNED,
    Believing,
    certificates,
    day,
    digests,
    signed,
)

Look = Callable[[Profile], object]

STORED, VOLATILE = 7, 6
SUCCESS, UNSUPPORTED = Status.SUCCESS, Status.UNSUPPORTED
INVALID, VIOLATION = Status.INVALID_PARAMETER, Status.SECURITY_VIOLATION
PROTECTED, FULL = Status.WRITE_PROTECTED, Status.OUT_OF_RESOURCES
DENIED, DEVICE, NOT_FOUND = Status.ACCESS_DENIED, Status.DEVICE_ERROR, Status.NOT_FOUND

OWNED = (
    Record(PK, Attributes(SIGNED), certificates(OWNER_CERTIFICATE), day(1)),
    Record(KEK, Attributes(SIGNED), certificates(EXCHANGE), day(1)),
    Record(DB, Attributes(SIGNED), digests(1), day(5)),
)
ONLY_OWNER = OWNED[:1]
HIDDEN = Record(key("Hidden"), Attributes(3), b"x")
STAYS = Record(key("Stays"), Attributes(STORED), b"x")
TIME = EfiTime(2030, 1, 1, 0, 0, 0)
ZONED = TIME._replace(time_zone=60)
OVERWRITE = Key("MemoryOverwriteRequestControl", Guid.parse("e20939be-32d4-41be-a150-897f85d49829"))
DBR = Key("dbr", IMAGE_SECURITY)
GRAPHICS = Key("gpu-power-prefs", Guid.parse("fa4ce28d-b62f-4c99-9cc3-6815686e30f9"))
BIG = write("A", STORED, bytes(40_000))
ERROR = Key("HwErrRec0001", HARDWARE_ERROR)
SEALED = Record(key("Sealed"), Attributes(SIGNED), b"x", day(5))


def machine(profile: Profile, *extra: Record, runtime: bool = True) -> Machine:
    return Machine(profile, extra=extra, runtime=runtime, verifier=Believing())


def status(*ops: Op, extra: tuple[Record, ...] = (), runtime: bool = True) -> Look:
    """The answers to questions, one after the other."""

    def look(profile: Profile) -> object:
        built = machine(profile, *extra, runtime=runtime)
        found = [built.status(op) for op in ops]
        return found[0] if len(found) == 1 else found

    return look


def sized(profile: Profile, size: int) -> Profile:
    """The same with a small store."""
    return profile._replace(limits=profile.limits._replace(store_size=28 + size))


def walked(profile: Profile) -> tuple[int, int]:
    """How many names a walk of 100 steps tells, and how many of them are different."""
    built, keys = machine(profile), list[Key]()
    reply = built.ask(GetNextVariableName())
    while reply.key is not None and len(keys) < 100:
        keys.append(reply.key)
        reply = built.ask(GetNextVariableName(reply.key))
    return len(keys), len(set(keys))


def filled(built: Machine, name: str = "A") -> list[Status]:
    """Write one variable over and over: eight times 500 bytes in a store that has room for two of them."""
    return [built.status(write(name, STORED, bytes([number]) * 500)) for number in range(8)]


def refilled(profile: Profile) -> list[Status]:
    """Whether room comes back: in the boot phase, at its end, at the next start, and after the boot phase."""
    built = machine(sized(profile, 4000), runtime=False)
    found = [filled(built)[-1]]
    built.firmware.exit_boot_services()
    found.append(filled(built)[0])
    built.firmware.boot()
    found.append(filled(built)[0])
    built.firmware.exit_boot_services()
    found.append(filled(built)[-1])
    return found


def refilled_after_a_refusal(profile: Profile) -> list[Status]:
    built = machine(sized(profile, 4000))
    return filled(built)


def removed_by_nobody(profile: Profile) -> Status:
    built = machine(profile)
    assert built.status(signed(key("P"), b"v", time=day(5))) == SUCCESS
    return built.status(signed(key("P"), b"", None, day(1)))


def joined(into: Key, value: bytes, by: bytes = EXCHANGE) -> Look:
    """What becomes of a value that the same is appended to."""

    def look(profile: Profile) -> object:
        built = machine(profile, *OWNED)
        before = built.data(into) or b""
        built.status(signed(into, value, by, day(9), attributes=SIGNED | APPEND))
        return len(built.data(into) or b"") // max(len(before), 1)

    return look


def told(profile: Profile) -> EfiTime | None:
    return machine(profile).ask(GetTime()).time


def zone(set_to: EfiTime | None = None) -> Look:
    def look(profile: Profile) -> object:
        built = machine(profile)
        if set_to is not None:
            assert built.status(SetTime(set_to)) == SUCCESS
        time = built.ask(GetTime()).time
        return time and time.time_zone

    return look


def after(op: SetVariable, name: Key) -> Look:
    def look(profile: Profile) -> object:
        built = machine(profile)
        assert built.status(op) == SUCCESS
        return built.data(name)

    return look


def appended(profile: Profile) -> object:
    """The timestamp that an append by an older signature leaves."""
    built = machine(profile, *OWNED)
    assert built.status(signed(DB, digests(2), EXCHANGE, day(2), attributes=SIGNED | APPEND)) == SUCCESS
    record = built.firmware.variables.stored.store.get(DB)
    return record and record.timestamp


def two_digests(profile: Profile) -> object:
    """What an append makes of two lists of SHA-256 digests and a list that is something else."""
    built = machine(profile, Record(key("L"), Attributes(STORED), digests(1)))
    other = SignatureList.of(Guid(bytes(16)), Signature(OWNER, bytes(5)))
    value = SignatureDatabase((other,)).encode() + digests(1, 2)
    assert built.status(write("L", STORED | APPEND, value)) == SUCCESS
    return built.data("L")


def enrolled(*names: Key) -> Look:
    """What variables hold when the first platform key has been written, and after the next boot."""

    def look(profile: Profile) -> object:
        built = Machine(profile, verifier=Believing())
        built.firmware.reset()
        built.status(signed(PK, certificates(OWNER_CERTIFICATE), OWNER_CERTIFICATE))
        first = [built.data(name) for name in names]
        built.firmware.reset()
        return first, [built.data(name) for name in names]

    return look


def deployed(profile: Profile) -> object:
    """The modes behind the first platform key, who may write them before and then, and the modes behind its removal."""
    built = Machine(profile, runtime=False, verifier=Believing())
    built.firmware.boot()
    told = ("SetupMode", "AuditMode", "DeployedMode")
    found: list[object] = [built.status(write(AUDIT_MODE, VOLATILE, b"\1"))]
    found.append(built.status(signed(PK, certificates(OWNER_CERTIFICATE), OWNER_CERTIFICATE)))
    found.append([built.data(well_known(name)) for name in told])
    found += [built.status(write(mode, VOLATILE, b"\1")) for mode in (AUDIT_MODE, DEPLOYED_MODE)]
    built.firmware.boot()
    found.append([built.data(well_known(name)) for name in told])
    found.append(built.status(signed(PK, b"", OWNER_CERTIFICATE, day(9))))
    found.append([built.data(well_known(name)) for name in told])
    return found


def booted(*names: Key) -> Look:
    def look(profile: Profile) -> object:
        built = machine(profile)
        built.firmware.reset()
        return [built.data(name) for name in names]

    return look


def room(attributes: int, *, runtime: bool = True) -> Look:
    def look(profile: Profile) -> Reply:
        return machine(profile, runtime=runtime).ask(QueryVariableInfo(Attributes(attributes)))

    return look


def same_room(profile: Profile) -> bool:
    return room(VOLATILE)(profile) == room(STORED)(profile)


def unseen(profile: Profile) -> object:
    """What shows of a machine without dbx, with the one it came with, and with another: by reading, and by listing."""
    there = Record(DBX, Attributes(SIGNED), digests(1), day(1))
    found: list[object] = []
    for built in (machine(profile), machine(profile, there), machine(profile, there)):
        if len(found) == 2:
            assert built.status(signed(DBX, digests(2), None, day(2))) == SUCCESS
        found.append((built.status(read(well_known("BootOrder"))), built.status(GetNextVariableName())))
    boot = machine(profile, runtime=False)
    return [*found, (boot.status(read(well_known("BootOrder"))), boot.status(GetNextVariableName()))]


def saved(profile: Profile) -> object:
    """What comes of writing, changing, deleting what is stored, and of a volatile variable; and what is there then."""
    built = machine(profile, STAYS, runtime=False)
    ops = (write("New", STORED), write("Stays", STORED, b"y"), write("Stays", STORED, b""), write("Volatile", VOLATILE))
    return [built.status(op) for op in ops], [built.data(name) for name in ("New", "Stays", "Volatile")]


def cut_off(profile: Profile) -> object:
    """What is stored when the machine was reset, then when it was switched off."""
    built = machine(profile)
    built.ask(write("A", STORED))
    built.ask(ResetSystem(ResetType.WARM))
    first = built.data("A")
    built.ask(ResetSystem(ResetType.SHUTDOWN))
    return first, built.data("A")


def written_late(profile: Profile) -> object:
    """What was written before the boot phase ended, and after it, when the machine has started again each time."""
    built = machine(profile, runtime=False)
    built.ask(write("Early", STORED))
    built.firmware.boot()
    built.firmware.exit_boot_services()
    built.ask(write("Late", STORED))
    built.firmware.boot()
    return built.data("Early"), built.data("Late")


def started(*ops: Op, extra: tuple[Record, ...] = (), store: int = 0) -> Look:
    """What a machine says that has started again after these."""

    def look(profile: Profile) -> Status:
        built = machine(sized(profile, store) if store else profile, *extra)
        for op in ops:
            assert built.status(op) == SUCCESS
        built.firmware.reset()
        return built.status(GetTime())

    return look


def dead(op: Op) -> Look:
    """What a question gets in the boot phase, then after it, and what the next one gets."""

    def look(profile: Profile) -> object:
        built = machine(profile, runtime=False)
        found = [built.status(op)]
        built.firmware.exit_boot_services()
        return [*found, built.status(op), built.status(GetTime())]

    return look


def in_both_phases(*ops: Op) -> Look:
    """The answers in the boot phase and after it, and whether the clock's service is told to be missing."""

    def look(profile: Profile) -> object:
        return [[machine(profile, runtime=runtime).status(op) for op in ops] for runtime in (False, True)]

    return look


def missing(op: Op) -> Look:
    """The answers in the boot phase and after it."""
    return in_both_phases(op)


def capsules(flags: int) -> Look:
    return status(QueryCapsuleCapabilities((CapsuleHeader(VENDOR, 28, flags, 28),)))


def typed(profile: Profile) -> object:
    """What a descriptor of another revision, of another kind, in another form gets: signed, and where no signature is needed."""
    others = ({"revision": 0x0100}, {"kind": 0x0EF0}, {"form": VENDOR})
    owned = [machine(profile, *OWNED).status(signed(DB, digests(2), EXCHANGE, day(9), **other)) for other in others]
    free = [machine(profile).status(signed(KEK, certificates(EXCHANGE), None, **other)) for other in others]
    return owned, free


def checked(profile: Profile) -> object:
    """What nonsense around an unsigned key gets: a time with a zone, another kind."""
    ops = (signed(KEK, certificates(EXCHANGE), None, day(1, time_zone=5)), signed(KEK, certificates(EXCHANGE), None, form=VENDOR))
    return [machine(profile).status(op) for op in ops]


def private(profile: Profile) -> object:
    """A private variable while nobody owns the platform, and while somebody does."""
    return [machine(profile, *extra).status(signed(key("P"), b"v")) for extra in ((), ONLY_OWNER)]


def recovery(profile: Profile) -> object:
    """dbr, unsigned, by KEK, and with what is there already."""
    unowned, owned = machine(profile), machine(profile, *OWNED)
    found = [unowned.status(signed(DBR, digests(1), None)), owned.status(signed(DBR, digests(1), EXCHANGE))]
    found.append(owned.status(signed(DBR, digests(1), EXCHANGE, day(9), attributes=SIGNED | APPEND)))
    return found, owned.data(DBR)


def modes(profile: Profile) -> object:
    """Whether AuditMode can be entered."""
    built = Machine(profile, runtime=False, verifier=Believing())
    built.firmware.boot()
    return built.status(write(AUDIT_MODE, VOLATILE, b"\1")), built.data(well_known("AuditMode"))


def kept_attributes(profile: Profile) -> object:
    built = machine(profile)
    built.ask(write("A", 0x107))
    return built.ask(read("A")).attributes


def grown(profile: Profile) -> object:
    """Whether two halves of more than the limit make one variable."""
    built = machine(profile)
    half = bytes(20_000)
    return [built.status(write("A", STORED, half)), built.status(write("A", STORED | APPEND, half)), len(built.data("A") or b"")]


def hidden(*values: bytes) -> Look:
    """What comes of writing what is hidden after the boot phase, and whether it is there in the next boot."""

    def look(profile: Profile) -> object:
        built = machine(profile, HIDDEN)
        found = [built.status(write("Hidden", 3, value)) for value in values]
        built.firmware.boot()
        return found, built.data("Hidden")

    return look


def whole(profile: Profile) -> int:
    storage = room(STORED)(profile)
    assert isinstance(storage, Reply)
    assert storage.storage is not None
    return storage.storage.maximum_storage_size


def of_any_bits(profile: Profile) -> Profile:
    """The same, where unknown attributes would be taken."""
    return QUIRKS["unknown-attributes-stored"](profile)
