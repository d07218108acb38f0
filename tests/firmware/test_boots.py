"""What a boot leaves in the store, to the byte, and other things that real OVMF was seen to do over resets."""

from efirt.firmware.model import COUNTER
from efirt.firmware.profiles import OVMF_2022_11
from efirt.firmware.secure_boot import CERTDB
from efirt.firmware.space import ERROR_FLAG
from efirt.ops import GetWakeupTime
from efirt.payloads.signature_list import SHA256, Signature, SignatureDatabase, SignatureList
from efirt.values.status import Status
from tests.firmware.machine import Machine, key, write
from tests.firmware.signing import APPEND, DB, KEK, OWNER, OWNER_CERTIFICATE, PK, SIGNED, Believing, certificates, day, digests, signed

MIDNIGHT = 1_700_006_400
HIDDEN = 0x23


def lists(*groups: tuple[int, ...]) -> bytes:
    """A list for each group of digests."""
    return SignatureDatabase(
        tuple(SignatureList.of(SHA256, *(Signature(OWNER, bytes([number]) * 32) for number in group)) for group in groups)
    ).encode()


def full(machine: Machine) -> Machine:
    """The same machine without room for anything."""
    machine.firmware.variables.stored.used = machine.firmware.variables.stored.used._replace(common=OVMF_2022_11.limits.common_space)
    return machine


def test_an_append_to_db_without_room_is_tried_again_with_what_the_first_try_left_of_the_value() -> None:
    machine = Machine(verifier=Believing())
    assert machine.status(signed(DB, digests(1), None)) == Status.SUCCESS
    full(machine)
    append = SIGNED | APPEND
    assert machine.status(signed(DB, lists((2,)), None, attributes=append)) == Status.OUT_OF_RESOURCES
    assert machine.status(signed(DB, lists((1,)), None, attributes=append)) == Status.OUT_OF_RESOURCES
    assert machine.status(signed(DB, lists((1, 2)), None, attributes=append)) == Status.INVALID_PARAMETER
    assert machine.status(signed(DB, lists((1,), (2,)), None, attributes=append)) == Status.OUT_OF_RESOURCES
    assert machine.data(DB) == digests(1)


def test_a_signed_append_without_room_is_tried_again_with_what_the_first_try_left_of_the_value() -> None:
    machine = Machine(verifier=Believing())
    for op in (signed(KEK, certificates(OWNER_CERTIFICATE), None), signed(DB, digests(1), None)):
        assert machine.status(op) == Status.SUCCESS
    assert machine.status(signed(PK, certificates(OWNER_CERTIFICATE), OWNER_CERTIFICATE)) == Status.SUCCESS
    full(machine)
    for value, status in (
        (digests(1), Status.OUT_OF_RESOURCES),
        (digests(2), Status.OUT_OF_RESOURCES),
        (digests(1, 2), Status.SECURITY_VIOLATION),
        (digests(1) + digests(2), Status.SECURITY_VIOLATION),
    ):
        assert machine.status(signed(DB, value, OWNER_CERTIFICATE, day(2), attributes=SIGNED | APPEND)) == status
    assert machine.data(DB) == digests(1)


def test_a_boot_takes_orphans_out_of_certdb_one_by_one_and_each_leaves_a_dead_record() -> None:
    machine = Machine(verifier=Believing())
    for name in ("One", "Two", "Three"):
        assert machine.status(signed(key(name), b"x", attributes=HIDDEN)) == Status.INVALID_PARAMETER
    region = machine.firmware.variables.stored
    sizes, before = [len(machine.data(CERTDB) or b"")], region.used.common
    for name in ("One", "Two", "Three"):
        sizes.append(sizes[-1] - 28 - 2 * len(name) - 32)
    counter = region.size_of(region.store.get(COUNTER) or next(iter(region.store)))
    machine.firmware.boot()
    assert sizes[-1] == len(machine.data(CERTDB) or b"") == 4
    written = [-(-(60 + 14 + size) // 4) * 4 for size in sizes[1:]]
    assert region.used.common == before + sum(written) + -(-counter // 4) * 4


def test_a_boot_counts_first_and_forgets_errors_then() -> None:
    machine = Machine()
    assert full(machine).status(write("A", 7)) == Status.OUT_OF_RESOURCES
    assert machine.data(ERROR_FLAG) == b"\xef"
    machine.firmware.boot()
    region = machine.firmware.variables.stored
    assert [record.key for record in region.store][-2:] == [COUNTER, ERROR_FLAG]
    assert region.used.common > region.live().common  # counting made room, and the older flag died after that
    assert machine.data(ERROR_FLAG) == b"\xff"


def test_a_nearly_full_store_is_tidied_when_the_boot_phase_ends_not_before_the_boot_manager_writes() -> None:
    machine = Machine()
    variables = machine.firmware.variables
    room = OVMF_2022_11.limits.common_space - OVMF_2022_11.limits.variable_size
    variables.stored.used = variables.stored.used._replace(common=room)
    machine.firmware.boot()
    assert variables.stored.used.common > room
    machine.firmware.exit_boot_services()
    assert variables.stored.used == variables.stored.live()


def test_the_room_of_volatile_records_that_do_not_show_is_taken_again_by_each_boot() -> None:
    first = Machine()
    volatile = first.firmware.variables.volatile
    firmware = type(first.firmware)(
        OVMF_2022_11,
        now=lambda: 0,
        stored=first.firmware.variables.stored.store,
        volatile=volatile.store,
        volatile_used=volatile.used.common + 4000,
    )
    firmware.reset()
    assert firmware.variables.volatile.used.common == volatile.used.common + 4000


def test_the_alarm_s_time_of_day_comes_whether_or_not_the_alarm_is_on() -> None:
    machine = Machine()
    machine.seconds = MIDNIGHT - 1
    assert machine.ask(GetWakeupTime()).pending is False
    machine.seconds = MIDNIGHT
    reply = machine.ask(GetWakeupTime())
    assert (reply.enabled, reply.pending) == (False, True)
    assert machine.ask(GetWakeupTime()).pending is False
    machine.seconds = MIDNIGHT + 86_400
    machine.firmware.boot()
    assert machine.ask(GetWakeupTime()).pending is False
