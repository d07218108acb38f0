"""Whether a signature is right: SHA-2 and RSA, as OVMF checks it."""

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash, HashAlgorithm

from efirt.errors import DecodeError
from efirt.signatures.chain import certificate, leads_to
from efirt.signatures.signed_data import SignedData, Signer

_DIGESTS: Final[dict[str, HashAlgorithm]] = {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}


@lru_cache(maxsize=8)
def _decoded(signed_data: bytes) -> SignedData | None:
    try:
        return SignedData.decode(signed_data)
    except DecodeError:
        return None


class Pkcs7Verifier:
    """Judges the signatures of authenticated writes; it never raises, whatever it is given.

    Departs: signers with a key that is not for RSA, or with a digest that is not of SHA-2, are not believed.

    Source: edk2 c5aa7e7d, CryptoPkg/Library/BaseCryptLib/Pk/CryptPkcs7VerifyCommon.c; OpenSSL 3.0, crypto/pkcs7/pk7_smime.c, PKCS7_verify.
    """

    def signers(self, signed_data: bytes) -> tuple[bytes, ...]:
        """The certificates of those who signed, in DER, in order; none where they cannot be told.

        Args:
            signed_data: A PKCS#7 SignedData, bare or in a ContentInfo.
        """
        decoded = _decoded(signed_data)
        return () if decoded is None else tuple(signer.certificate for signer in decoded.signers)

    def verify(self, signed_data: bytes, content: bytes, anchor: bytes) -> bool:
        """Whether all who signed are trusted, and signed this.

        Args:
            signed_data: A PKCS#7 SignedData, bare or in a ContentInfo.
            content: What it claims to be made over.
            anchor: The certificate that is trusted, in DER.
        """
        decoded = _decoded(signed_data)
        if decoded is None:
            return False
        return all(
            leads_to(signer.certificate, decoded.certificates, anchor) and _signed(signer, decoded.digests, content)
            for signer in decoded.signers
        )


def _signed(signer: Signer, announced: frozenset[str], content: bytes) -> bool:
    digest, by = _DIGESTS.get(signer.digest), certificate(signer.certificate)
    if digest is None or signer.digest not in announced or by is None:
        return False
    signed = content
    if signer.attributes is not None:
        if signer.content_digest != _digest(digest, content):
            return False
        signed = signer.attributes
    try:
        key = by.public_key()
        if not isinstance(key, RSAPublicKey):
            return False
        key.verify(signer.signature, signed, PKCS1v15(), digest)
    except (ValueError, UnsupportedAlgorithm, InvalidSignature):
        return False
    return True


def _digest(digest: HashAlgorithm, content: bytes) -> bytes:
    running = Hash(digest)
    running.update(content)
    return running.finalize()
