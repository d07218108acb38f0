"""Whether a chain of certificates leads from a signer to one that is trusted.

Source: edk2 c5aa7e7d, CryptoPkg/Library/BaseCryptLib/Pk/CryptPkcs7VerifyCommon.c, Pkcs7Verify (a partial chain, any purpose, no time);
RFC 5280 §4.2, §6.1.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtensionOID

_LONGEST: Final = 100
_MOST_CHECKS: Final = 1000
_UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.POLICY_MAPPINGS,
    }
)


@lru_cache(maxsize=64)
def certificate(der: bytes) -> x509.Certificate | None:
    """The certificate; None where these bytes are none."""
    try:
        return x509.load_der_x509_certificate(der)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None


def leads_to(signer: bytes, pool: Iterable[bytes], anchor: bytes) -> bool:
    """Whether the signer is trusted, or was issued, over any number of steps, by what is.

    When a certificate was valid does not matter, as firmware does not ask.

    Args:
        signer: In DER.
        pool: Certificates that may stand between, in DER.
        anchor: The one that is trusted, in DER.

    Departs: OpenSSL follows up to 100 steps with any number of candidates each; here at most 1,000 candidates are looked at in all.
    """
    trusted, current = certificate(anchor), certificate(signer)
    if trusted is None or current is None or not _is_understood(current):
        return False
    others = [one for one in map(certificate, pool) if one is not None]
    used, checks = {current}, 0
    for steps in range(_LONGEST):
        if current == trusted:
            return True
        for candidate in (trusted, *others):
            checks += 1
            if checks > _MOST_CHECKS:
                return False
            if candidate not in used and _issued(candidate, current, steps):
                current = candidate
                used.add(candidate)
                break
        else:
            return False
    return False


def _issued(issuer: x509.Certificate, subject: x509.Certificate, steps: int) -> bool:
    if issuer.subject != subject.issuer or not _is_understood(issuer) or not _may_issue(issuer, steps):
        return False
    try:
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _is_understood(one: x509.Certificate) -> bool:
    try:
        return all(extension.oid in _UNDERSTOOD for extension in one.extensions if extension.critical)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False


def _may_issue(one: x509.Certificate, steps: int) -> bool:
    """Whether it is an authority's, with room for so many authorities below it."""
    found = {extension.oid: extension.value for extension in one.extensions}
    usage = found.get(ExtensionOID.KEY_USAGE)
    if isinstance(usage, x509.KeyUsage) and not usage.key_cert_sign:
        return False
    basic = found.get(ExtensionOID.BASIC_CONSTRAINTS)
    if isinstance(basic, x509.BasicConstraints):
        return basic.ca and (basic.path_length is None or steps <= basic.path_length)
    return usage is not None or (one.version is x509.Version.v1 and one.issuer == one.subject)
