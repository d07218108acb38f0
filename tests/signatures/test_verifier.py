"""Real signatures: right, altered, chained, malformed, and those that other tools make."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from efirt.errors import DecodeError
from efirt.payloads.authentication import AuthenticatedValue, signed_bytes
from efirt.payloads.certificate import Certificate
from efirt.payloads.signature_list import X509, Signature, SignatureDatabase, SignatureList
from efirt.signatures.signed_data import SignedData
from efirt.signatures.signer import sign
from efirt.signatures.verifier import Pkcs7Verifier
from efirt.testing.identities import Identity, chained, identity, with_curve_key
from efirt.values.guid import Guid
from efirt.values.guid_names import IMAGE_SECURITY
from efirt.values.key import Key

VERIFIER = Pkcs7Verifier()
ROOT = identity("platform", 0)
OTHER = identity("other", 5)
NAMESAKE = identity("platform", 5)
MIDDLE = chained("middle", ROOT, 1)
LEAF = chained("leaf", MIDDLE, 2, authority=False)
BELOW_LEAF = chained("below leaf", LEAF, 3)
CONTENT = b"what is signed"
OWNER = Guid.parse("0e0e0e0e-0000-4000-8000-000000000001")
BOUND_SECONDS = 5.0


def by(one: Identity, **more: object) -> bytes:
    return sign(CONTENT, one.key, one.certificate, others=one.issuers, **more)  # type: ignore[arg-type] # a test names the option it means


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("attributes", [False, True])
@pytest.mark.parametrize("content_info", [False, True])
def test_a_signature_holds_for_its_content_and_its_signer_alone(digest: str, attributes: bool, content_info: bool) -> None:
    made = by(ROOT, digest=digest, attributes=attributes, content_info=content_info)
    assert VERIFIER.verify(made, CONTENT, ROOT.der)
    assert not VERIFIER.verify(made, CONTENT + b"!", ROOT.der)
    assert not VERIFIER.verify(made, CONTENT, OTHER.der)
    assert not VERIFIER.verify(made, CONTENT, NAMESAKE.der)
    assert VERIFIER.signers(made) == (ROOT.der,)


def test_other_digests_are_not_believed() -> None:
    assert not VERIFIER.verify(by(ROOT, digest="sha1"), CONTENT, ROOT.der)


def test_without_the_signers_certificate_there_is_no_signer() -> None:
    made = by(ROOT, with_certificate=False)
    assert VERIFIER.signers(made) == ()
    assert not VERIFIER.verify(made, CONTENT, ROOT.der)


def test_a_chain_leads_to_any_certificate_above_the_signer() -> None:
    made = by(LEAF)
    assert all(VERIFIER.verify(made, CONTENT, one.der) for one in (LEAF, MIDDLE, ROOT))
    assert not VERIFIER.verify(made, CONTENT, OTHER.der)
    assert not VERIFIER.verify(made, CONTENT, NAMESAKE.der)


def test_a_chain_with_a_link_missing_leads_nowhere() -> None:
    made = sign(CONTENT, LEAF.key, LEAF.certificate)
    assert VERIFIER.verify(made, CONTENT, MIDDLE.der)
    assert not VERIFIER.verify(made, CONTENT, ROOT.der)


def test_who_is_trusted_is_refused_beside_an_issuer_who_did_not_sign_that() -> None:
    """Real OVMF refuses it, and takes it where the issuer is left out."""
    altered = bytearray(MIDDLE.der)
    altered[-1] ^= 1
    alone, beside = sign(CONTENT, MIDDLE.key, MIDDLE.certificate), sign(CONTENT, MIDDLE.key, MIDDLE.certificate, others=[ROOT.certificate])
    for signed, is_taken in ((alone, True), (beside, False)):
        assert signed.count(MIDDLE.der) == 1
        spoiled = signed.replace(MIDDLE.der, bytes(altered))
        assert VERIFIER.verify(signed, CONTENT, MIDDLE.der)
        assert VERIFIER.verify(spoiled, CONTENT, bytes(altered)) is is_taken


def test_who_is_no_authority_issues_nothing() -> None:
    assert not VERIFIER.verify(by(BELOW_LEAF), CONTENT, LEAF.der)
    assert not VERIFIER.verify(by(BELOW_LEAF), CONTENT, ROOT.der)


def test_certificates_that_are_over_are_believed() -> None:
    assert ROOT.certificate.not_valid_after_utc.year == 2014


def test_a_certificate_for_another_kind_of_key_is_no_anchor() -> None:
    assert not VERIFIER.verify(by(ROOT), CONTENT, with_curve_key())
    assert not Certificate.decode(with_curve_key()).has_rsa_key


def test_the_outline_of_a_certificate_is_that_of_cryptography() -> None:
    for one in (ROOT, LEAF, identity("Schlüssel", 5), identity("", 5)):
        outline = Certificate.decode(one.der)
        assert outline.tbs == one.certificate.tbs_certificate_bytes
        assert outline.has_rsa_key


def test_every_changed_byte_is_noticed() -> None:
    """Bytes that say nothing, such as the name of the signature's algorithm, may change; what is signed may not."""
    made = by(ROOT)
    unnoticed = [at for at in range(len(made)) if VERIFIER.verify(made[:at] + bytes([made[at] ^ 0x40]) + made[at + 1 :], CONTENT, ROOT.der)]
    assert len(unnoticed) < 60, unnoticed
    assert all(at < len(made) - 256 for at in unnoticed)


def test_a_bare_signature_ends_where_it_says_and_a_wrapped_one_may_be_followed() -> None:
    assert not VERIFIER.verify(by(ROOT) + b"\0", CONTENT, ROOT.der)
    assert VERIFIER.verify(by(ROOT, content_info=True) + b"\0", CONTENT, ROOT.der)


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(data: bytes) -> None:
    assert VERIFIER.signers(data) == ()
    assert not VERIFIER.verify(data, CONTENT, ROOT.der)
    assert not VERIFIER.verify(by(ROOT), CONTENT, data)


@given(st.data())
def test_a_spoiled_signature_is_judged(data: st.DataObject) -> None:
    made = bytearray(by(ROOT, attributes=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 4))):
        made[data.draw(st.integers(0, len(made) - 1))] = data.draw(st.integers(0, 255))
    VERIFIER.signers(bytes(made))
    VERIFIER.verify(bytes(made[: data.draw(st.integers(0, len(made)))]), CONTENT, ROOT.der)


@pytest.mark.parametrize("fill", [b"\x30", b"\0", b"\xff", b"\x30\x80", b"\x30\x82\xff\xff"])
def test_ten_megabytes_are_judged_in_bounded_time(fill: bytes) -> None:
    data = fill * (10_000_000 // len(fill))
    began = time.monotonic()
    assert VERIFIER.signers(data) == ()
    assert not VERIFIER.verify(data, CONTENT, ROOT.der)
    with pytest.raises(DecodeError):
        SignedData.decode(b"\x30\x82\xff\xf0" + data[:0xFFF0])
    assert time.monotonic() - began < BOUND_SECONDS


def test_a_crowd_are_judged_in_bounded_time() -> None:
    crowd = [identity("crowd", 5).certificate] * 70
    made = sign(CONTENT, LEAF.key, LEAF.certificate, others=crowd)
    began = time.monotonic()
    assert not VERIFIER.verify(made, CONTENT, OTHER.der)
    assert time.monotonic() - began < BOUND_SECONDS


# Other tools' signatures.


def written(folder: Path, one: Identity) -> tuple[Path, Path]:
    certificate, private = folder / "one.crt", folder / "one.key"
    certificate.write_bytes(one.certificate.public_bytes(Encoding.PEM))
    private.write_bytes(one.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    return certificate, private


def lists(folder: Path) -> tuple[Path, bytes]:
    value = SignatureDatabase((SignatureList.of(X509, Signature(OWNER, OTHER.der)),)).encode()
    (folder / "value.esl").write_bytes(value)
    return folder / "value.esl", value


@pytest.mark.parametrize("tool", ["sign-efi-sig-list", "sbvarsign"])
def test_what_other_tools_sign_is_believed_and_when_altered_it_is_not(tool: str, tmp_path: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed: apt-get install efitools sbsigntool")
    certificate, private = written(tmp_path, ROOT)
    esl, value = lists(tmp_path)
    out = tmp_path / "value.auth"
    key = Key("db", IMAGE_SECURITY)
    if tool == "sbvarsign":
        command = ["sbvarsign", "--key", str(private), "--cert", str(certificate), "--output", str(out), "db", str(esl)]
        attributes = 0x67
    else:
        command = ["sign-efi-sig-list", "-t", "2024-01-02 03:04:05", "-c", str(certificate), "-k", str(private), "db", str(esl), str(out)]
        attributes = 0x27
    subprocess.run(command, check=True, capture_output=True)
    decoded = AuthenticatedValue.decode(out.read_bytes())
    assert decoded.encode() == out.read_bytes()
    assert decoded.value == value
    content = signed_bytes(key, attributes, decoded.time, value)
    assert VERIFIER.signers(decoded.signature) == (ROOT.der,)
    assert VERIFIER.verify(decoded.signature, content, ROOT.der)
    assert not VERIFIER.verify(decoded.signature, content + b"!", ROOT.der)
    assert not VERIFIER.verify(decoded.signature, content, OTHER.der)
    assert not VERIFIER.verify(decoded.signature[:-1] + bytes([decoded.signature[-1] ^ 1]), content, ROOT.der)
    if tool == "sign-efi-sig-list":
        signature = sign(content, ROOT.key, ROOT.certificate)
        assert SignedData.decode(signature) == SignedData.decode(decoded.signature)
