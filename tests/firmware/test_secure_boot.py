"""Who may write the platform's keys and private variables, and what follows from it; signatures are judged by a stand-in."""

import pytest

from efirt.firmware import PROFILES, Profile
from efirt.firmware.namespaces import CUSTOM_MODE, SECURE_BOOT_ENABLE, VENDOR_KEYS
from efirt.firmware.profiles import EDK2, OVMF_2022_11
from efirt.firmware.secure_boot import CERTDB, CERTDBV
from efirt.payloads.certificate_database import CertificateDatabase
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.key import Key
from efirt.values.status import Status
from tests.firmware.machine import Machine, key, well_known, write
from tests.firmware.signing import (
    APPEND,
    DB,
    DBX,
    EXCHANGE,
    KEK,
    OWNER_CERTIFICATE,
    PK,
    SIGNED,
    STRANGER,
    WRITER,
    Believing,
    certificate,
    certificates,
    day,
    digests,
    signed,
)

NV, BS, RT, AT = 1, 2, 4, 0x20
OK = Status.SUCCESS
VIOLATION = Status.SECURITY_VIOLATION
ENABLE = Key("SecureBootEnable", SECURE_BOOT_ENABLE)
CUSTOM = Key("CustomMode", CUSTOM_MODE)
VENDOR_STORED = Key("VendorKeysNv", VENDOR_KEYS)
PRIVATE = key("Private")
OTHER = certificate("other", 2)


def machine(profile: Profile = OVMF_2022_11, *, runtime: bool = True, extra: tuple[Record, ...] = ()) -> Machine:
    return Machine(profile, runtime=runtime, extra=extra, verifier=Believing())


def owned(profile: Profile = OVMF_2022_11, *, runtime: bool = True) -> Machine:
    """A machine with an owner, a key exchange key and a database, all enrolled on the first of January."""
    built = machine(profile, runtime=runtime)
    for op in (
        signed(KEK, certificates(EXCHANGE), None),
        signed(DB, digests(1), None),
        signed(PK, certificates(OWNER_CERTIFICATE), OWNER_CERTIFICATE),
    ):
        assert built.status(op) == OK
    return built


def modes(built: Machine) -> tuple[bytes | None, ...]:
    return tuple(built.data(well_known(name)) for name in ("SetupMode", "SecureBoot", "AuditMode", "DeployedMode"))


def stored(built: Machine, name: Key) -> Record | None:
    return built.firmware.variables.stored.store.get(name)


def timestamp(built: Machine, name: Key) -> int:
    record = stored(built, name)
    assert record is not None
    return record.timestamp.day


def writers(built: Machine, database: Key = CERTDB) -> list[Key]:
    record = built.firmware.variables.find(database)
    assert record is not None
    return [binding.key for binding in CertificateDatabase.decode(record.data).bindings]


# The modes.


def test_at_runtime_a_platform_key_ends_setup_mode_and_secure_boot_waits_for_the_next_boot() -> None:
    built = owned()
    assert modes(built)[:2] == (b"\0", b"\0")
    assert stored(built, ENABLE) is None
    built.firmware.reset()
    assert modes(built)[:2] == (b"\0", b"\x01")
    assert stored(built, ENABLE) is not None


def test_in_the_boot_phase_secure_boot_follows_the_platform_key_at_once() -> None:
    built = owned(runtime=False)
    assert modes(built)[:2] == (b"\0", b"\x01")
    assert built.data(ENABLE) == b"\x01"
    assert built.status(signed(PK, b"", OWNER_CERTIFICATE, day(2))) == OK
    assert modes(built)[:2] == (b"\x01", b"\0")
    assert built.data(ENABLE) is None


def test_removing_the_platform_key_at_runtime_brings_setup_mode_back() -> None:
    built = owned()
    assert built.status(signed(PK, b"", OWNER_CERTIFICATE, day(2))) == OK
    assert modes(built)[0] == b"\x01"
    assert built.status(signed(KEK, certificates(STRANGER), None, day(1))) == OK


def test_a_platform_key_that_is_changed_stays_the_owner() -> None:
    built = owned()
    assert built.status(signed(PK, certificates(OTHER), OWNER_CERTIFICATE, day(2))) == OK
    assert modes(built)[0] == b"\0"
    assert built.status(signed(KEK, b"", OWNER_CERTIFICATE, day(3))) == VIOLATION
    assert built.status(signed(KEK, b"", OTHER, day(3))) == OK


def test_of_two_platform_keys_the_first_counts() -> None:
    built = owned()
    assert built.status(signed(PK, certificates(OTHER), OWNER_CERTIFICATE, day(2), attributes=SIGNED | APPEND)) == OK
    assert built.data(PK) == certificates(OWNER_CERTIFICATE, OTHER)
    assert built.status(signed(KEK, b"", OTHER, day(3))) == VIOLATION


def test_an_empty_append_enrolls_nobody() -> None:
    built = machine(EDK2)
    assert built.status(signed(PK, b"", None, attributes=SIGNED | APPEND)) == OK
    assert modes(built)[0] == b"\x01"


def test_secure_boot_that_was_switched_off_stays_off() -> None:
    built = owned(runtime=False)
    assert built.status(write(ENABLE, NV | BS, b"\0")) == OK
    built.firmware.boot()
    assert modes(built)[:2] == (b"\0", b"\0")


def test_the_boot_phase_is_stepped() -> None:
    built = owned()
    built.firmware.boot()
    assert built.data(CUSTOM) == b"\0"
    assert built.status(write(CUSTOM, NV | BS, b"\x01")) == OK
    built.firmware.exit_boot_services()
    assert built.data(CUSTOM) is None
    built.firmware.reset()
    built.firmware.boot()
    assert built.data(CUSTOM) == b"\0"


# Keys.


def test_while_nobody_owns_the_platform_keys_are_taken_unsigned_and_their_time_is_kept() -> None:
    built = machine()
    assert built.status(signed(DB, digests(1), None, day(7, nanosecond=5))) == OK
    assert timestamp(built, DB) == 7
    assert built.status(signed(DB, digests(2), None, day(3))) == OK
    assert timestamp(built, DB) == 3


def test_the_first_platform_key_signs_itself_where_firmware_asks_for_it() -> None:
    answers = {
        name: machine(profile).status(signed(PK, certificates(OWNER_CERTIFICATE), None))
        for name, profile in PROFILES.items()
        if profile.authentication
    }
    assert answers == {"ovmf-2022.11": VIOLATION, "ovmf-2022.11-2m": VIOLATION, "edk2": OK, "edk2-2m": OK, "uefi-spec": VIOLATION}


@pytest.mark.parametrize("by", [OWNER_CERTIFICATE, EXCHANGE])
def test_the_databases_are_signed_by_the_owner_or_an_exchange_key(by: bytes) -> None:
    built = owned()
    assert built.status(signed(DB, digests(2), by, day(2))) == OK
    assert built.data(DB) == digests(2)


@pytest.mark.parametrize("by", [EXCHANGE, STRANGER, b""])
def test_exchange_keys_are_signed_by_the_owner_alone(by: bytes) -> None:
    assert owned().status(signed(KEK, b"", by, day(2))) == VIOLATION


def test_without_exchange_keys_a_stranger_s_write_finds_none() -> None:
    built = owned()
    assert built.status(signed(KEK, b"", OWNER_CERTIFICATE, day(2))) == OK
    assert built.status(signed(DB, digests(2), STRANGER, day(2))) == Status.NOT_FOUND
    assert built.status(signed(DB, b"no list", OWNER_CERTIFICATE, day(2))) == Status.NOT_FOUND


def test_an_older_append_is_taken_and_the_later_time_stays() -> None:
    built = owned()
    assert built.status(signed(DB, digests(2), EXCHANGE, day(9), attributes=SIGNED | APPEND)) == OK
    assert timestamp(built, DB) == 9
    assert built.status(signed(DB, digests(3), EXCHANGE, day(4), attributes=SIGNED | APPEND)) == OK
    assert timestamp(built, DB) == 9
    assert built.data(DB) == digests(1) + digests(2) + digests(3)


def test_what_is_there_is_not_appended_again_but_to_the_platform_key() -> None:
    built = owned()
    assert built.status(signed(DB, digests(1, 2, 2), EXCHANGE, day(2), attributes=SIGNED | APPEND)) == OK
    assert built.data(DB) == digests(1) + digests(2, 2)
    assert built.status(signed(DB, digests(1), EXCHANGE, day(3), attributes=SIGNED | APPEND)) == OK
    assert built.data(DB) == digests(1) + digests(2, 2)
    assert timestamp(built, DB) == 3


def test_an_append_to_a_damaged_value_is_refused() -> None:
    damaged = Record(DBX, Attributes(SIGNED), b"damaged")
    assert machine(extra=(damaged,)).status(signed(DBX, digests(1), None, attributes=SIGNED | APPEND)) == Status.INVALID_PARAMETER


@pytest.mark.parametrize(("digest", "wrapped", "old", "new"), [
    ("sha256", False, OK, OK),
    ("sha384", False, VIOLATION, OK),
    ("sha512", False, VIOLATION, OK),
    ("sha256", True, VIOLATION, OK),
    ("sha512", True, VIOLATION, OK),
    ("sha1", False, VIOLATION, VIOLATION),
])  # fmt: skip
def test_newer_firmware_takes_more_digests_and_forms(digest: str, wrapped: bool, old: Status, new: Status) -> None:
    op = signed(PRIVATE, b"v", digest=digest, wrapped=wrapped)
    assert machine(OVMF_2022_11).status(op) == old
    assert machine(EDK2).status(op) == new


def test_old_firmware_does_not_look_at_a_signature_too_short_for_a_digest() -> None:
    for profile, answer in ((OVMF_2022_11, Status.NOT_FOUND), (EDK2, VIOLATION)):
        built = (
            owned(profile)
            if profile is OVMF_2022_11
            else machine(profile, extra=(Record(PK, Attributes(SIGNED), certificates(OWNER_CERTIFICATE)),))
        )
        built.firmware.variables.stored.store.remove(KEK) if stored(built, KEK) else None
        op = signed(DBX, digests(1), None, day(3))
        assert built.status(op) == answer


def test_a_user_who_is_there_may_ask_for_unsigned_keys_and_it_is_noted() -> None:
    built = owned(EDK2, runtime=False)
    assert built.data(well_known("VendorKeys")) == b"\x01"
    assert built.status(signed(DB, digests(3), None, day(9))) == VIOLATION
    assert built.status(write(CUSTOM, NV | BS, b"\x01")) == OK
    assert built.status(signed(DB, digests(3), None, day(9))) == OK
    assert built.data(well_known("VendorKeys")) == b"\0"
    record = stored(built, VENDOR_STORED)
    assert record is not None
    assert record.data == b"\0"
    assert built.status(signed(PK, b"", None, day(9))) == OK
    assert modes(built)[0] == b"\x01"
    built.firmware.boot()
    assert built.data(well_known("VendorKeys")) == b"\0"


def test_custom_mode_has_no_effect_at_runtime() -> None:
    built = owned(runtime=False)
    assert built.status(write(CUSTOM, NV | BS, b"\x01")) == OK
    built.firmware.exit_boot_services()
    assert built.status(signed(DB, digests(3), None, day(9))) == VIOLATION


# Private variables.


def test_who_creates_a_private_variable_is_noted_and_alone_changes_it() -> None:
    built = machine()
    assert built.status(signed(PRIVATE, b"one")) == OK
    assert writers(built) == [PRIVATE]
    assert built.status(signed(PRIVATE, b"two", STRANGER, day(2))) == VIOLATION
    assert built.status(signed(PRIVATE, b"two", WRITER, day(1))) == VIOLATION
    assert built.status(signed(PRIVATE, b"two", certificate("writer", 9), day(2))) == VIOLATION
    assert built.status(signed(PRIVATE, b"two", WRITER, day(2))) == OK
    assert built.data(PRIVATE) == b"two"


def test_the_digest_belongs_to_the_writer() -> None:
    built = machine(EDK2)
    assert built.status(signed(PRIVATE, b"one")) == OK
    assert built.status(signed(PRIVATE, b"two", WRITER, day(2), digest="sha512")) == VIOLATION


def test_a_private_variable_is_removed_by_its_writer_and_anybody_may_create_it_anew() -> None:
    built = machine(EDK2._replace(user_present=False))
    assert built.status(signed(PRIVATE, b"one")) == OK
    assert built.status(signed(PRIVATE, b"", STRANGER, day(2))) == VIOLATION
    assert built.status(signed(PRIVATE, b"", WRITER, day(2))) == OK
    assert writers(built) == []
    assert built.status(signed(PRIVATE, b"two", STRANGER, day(1))) == OK


def test_a_user_who_is_there_removes_any_private_variable_unsigned() -> None:
    built = machine()
    assert built.status(signed(PRIVATE, b"one", WRITER, day(5))) == OK
    assert built.status(signed(PRIVATE, b"", None, day(1, nanosecond=9))) == OK
    assert built.data(PRIVATE) is None
    assert writers(built) == []


def test_whom_nobody_noted_is_removed_and_told_as_not_found() -> None:
    lone, other = (Record(key(name), Attributes(SIGNED), b"x") for name in ("Lone", "Other"))
    built = machine(extra=(lone,))
    assert built.status(signed(PRIVATE, b"one")) == OK
    assert built.status(signed(lone.key, b"", None)) == Status.NOT_FOUND
    assert built.data(lone.key) is None
    assert machine(extra=(other,)).status(signed(other.key, b"", None)) == OK


def test_a_signed_removal_of_what_is_not_there_finds_nothing() -> None:
    assert machine().status(signed(PRIVATE, b"")) == Status.NOT_FOUND


def test_a_writer_without_a_name_creates_nothing() -> None:
    assert machine().status(signed(PRIVATE, b"v", certificate("", named=False))) == VIOLATION
    assert machine().status(signed(PRIVATE, b"v", b"no certificate")) == VIOLATION


def test_appending_makes_a_private_variable_without_a_time() -> None:
    built = machine()
    assert built.status(signed(PRIVATE, b"one", attributes=SIGNED | APPEND)) == OK
    assert timestamp(built, PRIVATE) == 0
    assert built.status(signed(PRIVATE, b"two", attributes=SIGNED | APPEND)) == OK
    assert built.data(PRIVATE) == b"onetwo"
    assert built.status(signed(PRIVATE, b"", attributes=SIGNED | APPEND, time=day(3))) == OK
    assert (built.data(PRIVATE), timestamp(built, PRIVATE)) == (b"onetwo", 3)


def test_a_volatile_private_variable_lives_in_the_boot_phase_only() -> None:
    built = machine(runtime=False)
    assert built.status(signed(PRIVATE, b"v", attributes=BS | RT | AT)) == OK
    assert writers(built, CERTDBV) == [PRIVATE]
    built.firmware.exit_boot_services()
    assert built.status(signed(key("Later"), b"v", attributes=BS | RT | AT)) == VIOLATION
    built.firmware.reset()
    assert writers(built, CERTDBV) == []


def test_a_hidden_variable_that_cannot_be_created_leaves_its_writer_behind_until_the_next_boot() -> None:
    built = machine()
    hidden = NV | BS | AT
    assert built.status(signed(PRIVATE, b"v", attributes=hidden)) == Status.INVALID_PARAMETER
    assert writers(built) == [PRIVATE]
    assert built.status(signed(PRIVATE, b"v")) == VIOLATION
    built.firmware.reset()
    assert writers(built) == []
    assert built.status(signed(PRIVATE, b"v")) == OK


def test_a_full_certificate_database_is_told_as_a_violation() -> None:
    built = machine(runtime=False)
    names = [f"{number:03}" + "x" * 300 for number in range(80)]
    answers = [built.status(signed(key(name), b"v")) for name in names]
    assert answers.index(VIOLATION) == (33716 - 4) // (28 + 2 * 303 + 32)
    assert built.data(key(names[0])) == b"v"


def test_firmware_keeps_its_databases_to_itself() -> None:
    for name in (CERTDB, CERTDBV):
        assert machine().status(signed(name, b"value")) == Status.WRITE_PROTECTED


def test_a_damaged_certificate_database_lets_nobody_in() -> None:
    built = machine(extra=(Record(CERTDB, Attributes(SIGNED), b"damaged"), Record(PRIVATE, Attributes(SIGNED), b"x")))
    assert built.status(signed(key("New"), b"v")) == VIOLATION
    assert built.status(signed(PRIVATE, b"v")) == VIOLATION
    assert built.status(signed(PRIVATE, b"", None)) == Status.INVALID_PARAMETER
    built.firmware.reset()


def test_a_certificate_database_that_is_hidden_is_none_and_another_is_made() -> None:
    built = machine(extra=(Record(CERTDB, Attributes(NV | BS), (4).to_bytes(4, "little")),))
    assert built.status(signed(PRIVATE, b"v")) == OK
    assert writers(built) == [PRIVATE]
