"""The modes of the specification, and hostile writes."""

import pytest

from efirt.firmware import PROFILES
from efirt.ops import QueryVariableInfo, SetVariable
from efirt.values.attributes import Attributes
from efirt.values.status import Status
from tests.firmware.machine import well_known, write
from tests.firmware.signing import APPEND, DB, KEK, OWNER_CERTIFICATE, PK, SIGNED, certificates, day, signed
from tests.firmware.test_secure_boot import PRIVATE, machine, modes, owned

BS, RT = 2, 4
OK = Status.SUCCESS

# The specification's modes.

SPECIFIED = PROFILES["uefi-spec"]
AUDIT, DEPLOY = (write(well_known(name), BS | RT, b"\x01") for name in ("AuditMode", "DeployedMode"))
SETUP_MODE, USER_MODE, AUDIT_MODE, DEPLOYED_MODE = (
    (b"\x01", b"\0", b"\0", b"\0"),
    (b"\0", b"\0", b"\0", b"\0"),
    (b"\x01", b"\0", b"\x01", b"\0"),
    (b"\0", b"\0", b"\0", b"\x01"),
)
ENROLL = signed(PK, certificates(OWNER_CERTIFICATE), OWNER_CERTIFICATE)
CLEAR = signed(PK, b"", OWNER_CERTIFICATE, day(2))
WAYS: list[tuple[list[SetVariable], tuple[bytes, ...]]] = [
    ([], SETUP_MODE),
    ([ENROLL], USER_MODE),
    ([AUDIT], AUDIT_MODE),
    ([ENROLL, AUDIT], AUDIT_MODE),
    ([AUDIT, ENROLL], DEPLOYED_MODE),
    ([ENROLL, DEPLOY], DEPLOYED_MODE),
    ([ENROLL, CLEAR], SETUP_MODE),
    ([ENROLL, DEPLOY, CLEAR], SETUP_MODE),
]


@pytest.mark.parametrize(("ops", "expected"), WAYS)
def test_the_specifications_modes_lead_to_one_another_and_outlive_a_reset(ops: list[SetVariable], expected: tuple[bytes, ...]) -> None:
    built = machine(SPECIFIED, runtime=False)
    assert [built.status(op) for op in ops] == [OK] * len(ops)
    assert modes(built) == expected
    built.firmware.boot()
    secure = b"\0" if expected[0] == b"\x01" else b"\x01"
    assert modes(built) == (expected[0], secure, *expected[2:])


@pytest.mark.parametrize(
    ("ops", "expected"), [([AUDIT], AUDIT_MODE), ([CLEAR], SETUP_MODE), ([DEPLOY, CLEAR], SETUP_MODE), ([DEPLOY], DEPLOYED_MODE)]
)
def test_secure_boot_ends_with_the_owner_and_not_with_the_next_boot(ops: list[SetVariable], expected: tuple[bytes, ...]) -> None:
    built = machine(SPECIFIED, runtime=False)
    assert built.status(ENROLL) == OK
    built.firmware.boot()
    assert modes(built) == (b"\0", b"\x01", b"\0", b"\0")
    assert [built.status(op) for op in ops] == [OK] * len(ops)
    secure = b"\0" if expected[0] == b"\x01" else b"\x01"
    assert modes(built) == (expected[0], secure, *expected[2:])


def test_after_the_boot_phase_it_ends_with_the_owner_too() -> None:
    built = machine(SPECIFIED)
    assert built.status(ENROLL) == OK
    assert modes(built) == USER_MODE
    built.firmware.reset()
    assert modes(built)[1] == b"\x01"
    assert built.status(CLEAR) == OK
    assert modes(built) == SETUP_MODE


def test_only_the_specification_s_modes_end_it_without_the_profile() -> None:
    built = owned(PROFILES["edk2"])
    built.firmware.reset()
    assert built.status(CLEAR) == OK
    assert modes(built)[:2] == (b"\x01", b"\x01")


def test_audit_clears_the_platform_key() -> None:
    built = machine(SPECIFIED, runtime=False)
    assert [built.status(op) for op in (ENROLL, AUDIT)] == [OK, OK]
    assert built.data(PK) is None


# Hostile writes.


@pytest.mark.parametrize("size", [10_000_000])
@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"0"])
def test_ten_megabytes_of_anything_are_a_status(size: int, fill: bytes) -> None:
    built = owned()
    for attributes in (SIGNED, SIGNED | APPEND):
        for name in (PK, KEK, DB, PRIVATE):
            data = bytes(16) + (size // 2).to_bytes(4, "little") + fill * size
            assert built.status(SetVariable(name, Attributes(attributes), data)).is_error


def test_the_room_for_authenticated_variables_is_told() -> None:
    storage = machine().ask(QueryVariableInfo(Attributes(SIGNED))).storage
    assert storage is not None
    assert storage.maximum_variable_size == 0x8400 - 60
