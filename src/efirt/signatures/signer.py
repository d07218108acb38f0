"""Making the signature of an authenticated write.

Source: UEFI 2.10 §8.2.2; RFC 2315 §9; RFC 5652 §5.
"""

from collections.abc import Iterable
from typing import Any, Final

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

_DIGESTS: Final[dict[str, HashAlgorithm]] = {
    "sha1": SHA1(),  # noqa: S303 - for tests of what firmware refuses
    "sha256": SHA256(),
    "sha384": SHA384(),
    "sha512": SHA512(),
}


def sign(  # noqa: PLR0913 - each has a default, and a caller names the one it means
    content: bytes,
    key: RSAPrivateKey,
    certificate: x509.Certificate,
    *,
    digest: str = "sha256",
    others: Iterable[x509.Certificate] = (),
    attributes: bool = False,
    content_info: bool = False,
    with_certificate: bool = True,
) -> bytes:
    """Sign what firmware is to check: a PKCS#7 SignedData without the content.

    Args:
        content: What :func:`efirt.payloads.authentication.signed_bytes` gives.
        key: The signer's.
        certificate: The signer's.
        digest: ``sha256``, ``sha384`` or ``sha512``; older firmware takes the first only. ``sha1`` no firmware takes.
        others: Certificates between the signer and one that is trusted.
        attributes: Sign attributes that hold the content's digest, as sbvarsign does, and not the content itself.
        content_info: Put it into a ContentInfo, which older firmware does not take.
        with_certificate: Leave the signer's certificate in, without which firmware believes nothing.
    """
    algorithm = _DIGESTS[digest]
    signed, attribute_set = content, None
    if attributes:
        attribute_set = _attributes(_digest(algorithm, content))
        signed = attribute_set.dump()
    mine = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    info: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": {"issuer": mine.issuer, "serial_number": mine.serial_number}}),
        "digest_algorithm": {"algorithm": digest},
        "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
        "signature": key.sign(signed, PKCS1v15(), algorithm),
    }
    if attribute_set is not None:
        info["signed_attrs"] = attribute_set
    inside = [mine] if with_certificate else []
    inside += [asn1_x509.Certificate.load(other.public_bytes(Encoding.DER)) for other in others]
    whole = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": digest}],
        "encap_content_info": {"content_type": "data"},
        "signer_infos": [cms.SignerInfo(info)],
    }
    if inside:
        whole["certificates"] = inside
    data = cms.SignedData(whole)
    result: bytes = (cms.ContentInfo({"content_type": "signed_data", "content": data}) if content_info else data).dump()
    return result


def _attributes(digest: bytes) -> Any:  # noqa: ANN401 - asn1crypto has no types
    return cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "message_digest", "values": [digest]},
        ]
    )


def _digest(algorithm: HashAlgorithm, content: bytes) -> bytes:
    running = Hash(algorithm)
    running.update(content)
    return running.finalize()
