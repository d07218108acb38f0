"""Whose keys a machine has, and what is switched on."""

import pytest

from efirt.firmware.namespaces import CUSTOM_MODE, SECURE_BOOT_ENABLE
from efirt.payloads.signature_list import SHA256, X509, Signature, SignatureDatabase, SignatureList
from efirt.store import Record
from efirt.testing.identities import identity
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key
from efirt.views.secure_boot import Remembered, SecureBoot, keys_of

OWNER = Guid.parse("12345678-1234-1234-1234-123456789abc")
MINE = identity("vendor", 4).der
TESTS = identity("DO NOT TRUST - Test PK", 4).der


def listed(*certificates: bytes) -> bytes:
    return SignatureDatabase(tuple(SignatureList.of(X509, Signature(OWNER, one)) for one in certificates)).encode()


def seen(*, is_edk2: bool = True, **variables: bytes) -> SecureBoot:
    guids = {"db": IMAGE_SECURITY, "dbx": IMAGE_SECURITY, "SecureBootEnable": SECURE_BOOT_ENABLE, "CustomMode": CUSTOM_MODE}
    records = [Record(Key(name, guids.get(name, GLOBAL)), Attributes(7), data) for name, data in variables.items()]
    return SecureBoot.of(records, is_edk2=is_edk2)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (None, "none"),
        (listed(MINE), "vendor"),
        (listed(TESTS), "test"),
        (b"", "null"),
        (b"VMW.NULLPK", "null"),
        (listed(b"VMW.NULLPK"), "null"),
        (listed(b"\0"), "null"),
        (SignatureDatabase((SignatureList.of(SHA256, Signature(OWNER, bytes(32))),)).encode(), "null"),
    ],
)
def test_the_kinds_of_platform_keys(data: bytes | None, kind: str) -> None:
    assert (seen() if data is None else seen(PK=data)).pk_kind == kind


@pytest.mark.parametrize(
    ("variables", "mode", "enabled"),
    [
        ({}, "setup", False),
        ({"PK": listed(MINE)}, "user", True),
        ({"PK": listed(MINE), "SecureBootEnable": b"\0"}, "user", False),
        ({"PK": listed(MINE), "SecureBootEnable": b"\1"}, "user", True),
        ({"SecureBootEnable": b"\1"}, "setup", False),
        ({"PK": listed(MINE), "SecureBoot": b"\0", "SecureBootEnable": b"\1"}, "user", False),
        ({"PK": listed(MINE), "SetupMode": b"\1"}, "setup", False),
        ({"SetupMode": b"\0"}, "user", True),
        ({"AuditMode": b"\1"}, "audit", False),
        ({"PK": listed(MINE), "DeployedMode": b"\1"}, "deployed", True),
    ],
)
def test_the_mode_and_the_switch(variables: dict[str, bytes], mode: str, enabled: bool) -> None:
    found = seen(is_edk2=True, **variables)
    assert (found.mode, found.enabled) == (mode, enabled)


def test_where_the_host_decides_nothing_is_said_of_the_switch() -> None:
    assert seen(is_edk2=False, PK=listed(MINE)).enabled is None
    assert seen(is_edk2=False, PK=listed(MINE), SecureBoot=b"\1").enabled is True


def test_a_variable_of_another_vendor_is_not_the_one() -> None:
    stranger = Record(Key("PK", OWNER), Attributes(7), listed(MINE))
    assert SecureBoot.of([stranger]).pk_kind == "none"


def test_custom_mode_is_told() -> None:
    assert seen(CustomMode=b"\1").is_custom
    assert not seen(CustomMode=b"\0").is_custom


def test_a_certificate_tells_what_it_says_and_one_that_is_none_says_why() -> None:
    good, bad = keys_of(listed(MINE, b"nonsense")).certificates
    assert good.names is not None
    assert (good.names.subject, good.owner, good.size, good.known) == ("CN=vendor,O=efirt tests", OWNER, len(MINE), None)
    assert good.title == "CN=vendor,O=efirt tests"
    assert bad.names is None
    assert "DER" in bad.problem
    assert bad.title.startswith("a certificate of thumbprint ")


def test_a_subject_that_claims_to_be_known_is_shown_as_it_is() -> None:
    (one,) = keys_of(listed(TESTS)).certificates
    assert one.title == "CN=DO NOT TRUST - Test PK,O=efirt tests"


def test_entries_that_are_no_certificates_are_counted() -> None:
    digests = SignatureList.of(SHA256, *(Signature(OWNER, bytes([n]) * 32) for n in range(3)))
    found = keys_of(listed(MINE) + digests.encode())
    assert (len(found.certificates), found.others) == (1, 3)


def test_of_very_many_certificates_the_first_are_looked_at() -> None:
    many = SignatureList.of(X509, *(Signature(OWNER, bytes([n >> 8, n & 255])) for n in range(1000)))
    found = keys_of(many.encode())
    assert (len(found.certificates), found.others) == (256, 744)


def test_lists_that_make_no_sense_say_why() -> None:
    found = seen(PK=listed(MINE), KEK=b"short", db=listed(MINE)[:-1], dbx=b"\1" * 40)
    assert "too few for a list's head" in found.kek.problem
    assert "claims" in found.db.problem
    assert found.dbx.problem
    assert found.kek.is_there
    assert not found.kek.certificates


def test_values_that_look_alike_are_told_apart_and_the_oldest_is_forgotten() -> None:
    asked: list[bytes] = []

    def noted(data: bytes) -> int:
        asked.append(data)
        return len(asked)

    remembered = Remembered(noted, 2)
    one, other, third = bytes(300) + b"1" + bytes(300), bytes(300) + b"2" + bytes(300), b"third"
    assert [remembered(data) for data in (one, one, other, third, third, one)] == [1, 1, 2, 3, 3, 4]
    assert [remembered(data) for data in (b"4", one, b"5", one, third)] == [5, 4, 6, 4, 7]
