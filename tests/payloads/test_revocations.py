"""A dbx, counted."""

import pytest

from efirt.payloads.revocations import MICROSOFT, SVN_OWNER, Revocations
from efirt.payloads.signature_list import SHA1, SHA256, X509, Signature, SignatureDatabase, SignatureList
from efirt.values.guid import Guid

OTHER = Guid.parse("12345678-1234-1234-1234-123456789abc")
BOOT_MANAGER = Guid.parse("9d132b61-59d5-4388-ab1c-185c3cb2eb92")


def hashes(count: int, owner: Guid = MICROSOFT) -> SignatureList:
    return SignatureList.of(SHA256, *(Signature(owner, number.to_bytes(32, "big")) for number in range(count)))


def version(program: Guid, major: int, minor: int, form: int = 1) -> Signature:
    return Signature(SVN_OWNER, bytes([form]) + program.raw + minor.to_bytes(2, "little") + major.to_bytes(2, "little") + bytes(11))


@pytest.mark.parametrize(
    ("count", "version"), [(371, "20230501 (x64)"), (26, "20230501 (aarch64)"), (89, "20230501 (ia32)"), (372, None), (0, None)]
)
def test_as_many_hashes_of_microsoft_s_as_a_list_had_tell_its_day(count: int, version: str | None) -> None:
    lists = (hashes(count),) if count else ()
    found = Revocations.of(SignatureDatabase((*lists, hashes(5, OTHER))))
    assert (found.entries, found.hashes, found.version) == (count + 5, count + 5, version)


LAST = bytes.fromhex("e14c88dc48339c0555686849a4e3f8986d558e65c4fc863a1a4f1d40478bd47c")


def test_a_list_of_later_years_is_known_by_its_last_hash() -> None:
    ended = SignatureList.of(SHA256, *hashes(371).signatures, Signature(MICROSOFT, LAST))
    assert Revocations.of(SignatureDatabase((hashes(3), ended))).version == "20250902 (x64)"
    told = SignatureList.of(SHA256, version(BOOT_MANAGER, 9, 1))
    assert Revocations.of(SignatureDatabase((ended, told))).version == "20250902 (x64)"
    assert Revocations.of(SignatureDatabase((ended, SignatureList.of(X509, Signature(OTHER, b"a certificate"))))).version is None
    theirs = SignatureList.of(SHA256, *hashes(371).signatures, Signature(OTHER, LAST))
    assert Revocations.of(SignatureDatabase((hashes(3), theirs))).version is None
    assert Revocations.of(SignatureDatabase((SignatureList.of(SHA256, Signature(MICROSOFT, LAST)),))).version is None
    more = SignatureList.of(SHA256, *ended.signatures, Signature(OTHER, bytes(32)))
    assert Revocations.of(SignatureDatabase((more,))).version is None


def test_a_list_that_lost_hashes_is_known_by_its_last_one() -> None:
    last = bytes.fromhex("13a1f37bedfb5417b6b737e2a3816c8fd587d74d836914b2b2edc9fd6ca30e58")
    ended = SignatureList.of(SHA256, *hashes(300).signatures, Signature(MICROSOFT, last))
    assert Revocations.of(SignatureDatabase((ended,))).version == "20230501 (x64)"


def test_security_versions_are_no_hashes() -> None:
    told = SignatureList.of(SHA256, version(BOOT_MANAGER, 9, 1), version(OTHER, 2, 0), version(BOOT_MANAGER, 1, 1, form=2))
    found = Revocations.of(SignatureDatabase((hashes(2), told)))
    assert found.versions == ("bootmgfw 9.1", f"{OTHER} 2.0")
    assert (found.entries, found.hashes) == (5, 3)


def test_certificates_and_digests_of_other_kinds_are_counted() -> None:
    lists = (
        SignatureList.of(X509, Signature(OTHER, b"a certificate")),
        SignatureList.of(SHA1, Signature(OTHER, bytes(20))),
        SignatureList.of(SHA256, Signature(OTHER, bytes(20))),
    )
    assert Revocations.of(SignatureDatabase(lists)) == Revocations(3, 0, 1)
    assert Revocations.of(SignatureDatabase()) == Revocations()
