"""Which certificates of 2023 a machine lacks, whether it can get them, and that nothing else is said."""

from itertools import product

import pytest

from efirt.payloads.certificate_names import CertificateNames
from efirt.payloads.known_certificates import (
    KEK_2011,
    KEK_2023,
    KNOWN,
    OPTION_ROM_2023,
    SIZES,
    UEFI_2011,
    UEFI_2023,
    WINDOWS_2011,
    WINDOWS_2023,
    Known,
)
from efirt.values.guid import ZERO
from efirt.views.certificate_update import Judged, Room, judged
from efirt.views.secure_boot import Certificate, Dbx, Keys, SecureBoot

BEFORE, AFTER = "2026-01-01T00:00:00Z", "2026-11-23T00:00:00Z"
EXPIRY = "2026-06-24T20:51:29Z"
ROOMY = Room(100_000, 0)
ALL_2011 = ("KEK", KEK_2011), ("db", WINDOWS_2011), ("db", UEFI_2011)


def certificate(thumbprint: str, known: Known | None = None) -> Certificate:
    names = CertificateNames(
        "CN=x", "CN=y", 1, "2011-06-24T20:41:29Z", EXPIRY if "2011" in repr(KNOWN.get(thumbprint)) else "2099-01-01T00:00:00Z"
    )
    return Certificate(ZERO, thumbprint, 1500, names, "", known or KNOWN.get(thumbprint))


def keys(*thumbprints: str, known: Known | None = None) -> Keys:
    return Keys(True, tuple(certificate(one, known) for one in thumbprints), thumbprints=frozenset(thumbprints))


VENDOR = keys("aa" * 32)
TEST = keys("bb" * 32, known=Known("a test key", "test", "subject"))
NULL = Keys(is_there=True)


def machine(kek: Keys, db: Keys, pk: Keys = VENDOR) -> SecureBoot:
    return SecureBoot(pk, kek, db, Dbx(), "user", enabled=True, is_custom=False)


def lacking(result: Judged) -> list[tuple[str, str]]:
    return [(update.variable, update.thumbprint) for update in result.updates]


def test_a_machine_with_keys_of_its_own_lacks_nothing() -> None:
    assert judged(machine(keys("cc" * 32), keys("dd" * 32)), AFTER, ROOMY) == Judged("ok", "", (), 0, ())


def test_a_machine_without_keys_lacks_nothing() -> None:
    assert judged(machine(Keys(), Keys(), Keys()), AFTER, ROOMY).verdict == "ok"


def test_a_machine_of_2011_lacks_what_followed() -> None:
    result = judged(machine(keys(KEK_2011), keys(WINDOWS_2011, UEFI_2011)), AFTER, ROOMY)
    assert result.verdict == "update_available"
    assert lacking(result) == [("KEK", KEK_2023), ("db", WINDOWS_2023), ("db", UEFI_2023), ("db", OPTION_ROM_2023)]
    assert [update.from_guest for update in result.updates] == ["if the holder of the PK signs", "yes", "yes", "yes"]
    assert result.needed == sum(SIZES.values()) + 4 * 44
    assert result.reason.startswith("KEK lacks Microsoft Corporation KEK 2K CA 2023; db lacks Windows UEFI CA 2023, ")


def test_everything_that_is_lacking_changes_pcr_7_and_that_is_said() -> None:
    result = judged(machine(keys(KEK_2011), keys(WINDOWS_2011)), AFTER, ROOMY)
    assert all(update.changes_pcr7 for update in result.updates)
    assert "BitLocker" in result.remarks[-1]
    assert "LUKS" in result.remarks[-1]


@pytest.mark.parametrize("present", list(product((False, True), repeat=4)))
def test_just_what_is_not_there_is_lacking(present: tuple[bool, ...]) -> None:
    new = [KEK_2023, WINDOWS_2023, UEFI_2023, OPTION_ROM_2023]
    there = {one for one, is_there in zip(new, present, strict=True) if is_there}
    result = judged(machine(keys(KEK_2011, *({KEK_2023} & there)), keys(WINDOWS_2011, UEFI_2011, *(there - {KEK_2023}))), AFTER, ROOMY)
    assert {thumbprint for _, thumbprint in lacking(result)} == {*new} - there
    assert result.verdict == ("ok" if all(present) else "update_available")


def test_a_certificate_of_2023_without_one_of_2011_asks_for_nothing() -> None:
    assert judged(machine(keys(KEK_2023), keys(WINDOWS_2023)), AFTER, ROOMY).verdict == "ok"


def test_a_pk_that_is_none_blocks_kek_and_says_why() -> None:
    result = judged(machine(keys(KEK_2011), keys(WINDOWS_2011, WINDOWS_2023), NULL), AFTER, ROOMY)
    assert (result.verdict, result.updates[0].from_guest) == ("blocked", "no")
    assert result.reason.startswith("the PK is no certificate")


def test_without_a_key_of_microsoft_s_in_kek_db_is_blocked() -> None:
    result = judged(machine(keys("cc" * 32), keys(WINDOWS_2011)), AFTER, ROOMY)
    assert (result.verdict, result.updates[0].from_guest) == ("blocked", "no")
    assert "KEK has no key of Microsoft's" in result.reason


def test_without_a_pk_nothing_need_be_signed() -> None:
    result = judged(machine(Keys(), keys(WINDOWS_2011), Keys()), AFTER, ROOMY)
    assert (result.verdict, result.updates[0].from_guest) == ("update_available", "yes")


def test_a_test_key_is_to_be_replaced() -> None:
    result = judged(machine(keys("cc" * 32), keys("dd" * 32), TEST), AFTER, ROOMY)
    assert (result.verdict, result.updates[0].variable, result.updates[0].changes_pcr7) == ("update_available", "PK", True)
    assert "test key" in result.reason


def test_room_counts_to_the_byte_with_what_can_be_reclaimed() -> None:
    boot = machine(keys(KEK_2011), keys(WINDOWS_2011, UEFI_2011))
    needed = judged(boot, AFTER).needed
    assert judged(boot, AFTER, Room(needed - 10, 10)).verdict == "update_available"
    result = judged(boot, AFTER, Room(needed - 10, 9))
    assert result.verdict == "blocked"
    assert result.reason.startswith(f"{needed} bytes are needed, and there is room for {needed - 1}; ")


def test_a_store_without_authentication_is_blocked() -> None:
    result = judged(machine(keys(KEK_2011), Keys()), AFTER, ROOMY, is_authenticated=False)
    assert (result.verdict, "no room for what was signed" in result.reason) == ("blocked", True)


def test_expiry_is_told_as_what_it_is_and_never_as_more() -> None:
    boot = machine(keys(KEK_2011), keys(WINDOWS_2011, WINDOWS_2023))
    assert not [remark for remark in judged(boot, BEFORE, ROOMY).remarks if "expired" in remark]
    kek, db, _ = judged(boot, AFTER, ROOMY).remarks
    assert kek.endswith("it stays in force, and this machine cannot receive updates signed only by newer keys")
    assert db == "db: Microsoft Windows Production PCA 2011 expired on 2026-06-24"
    assert "boot" not in f"{kek}{db}".lower()
