"""Whether a chain of certificates leads from a signer to one that is trusted.

Source: edk2 c5aa7e7d, CryptoPkg/Library/BaseCryptLib/Pk/CryptPkcs7VerifyCommon.c, Pkcs7Verify (a partial chain, any purpose, no time);
RFC 5280 §4.2, §6.1.
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeVar

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

    Who issued whom goes by their names; the signatures along the whole chain have to be right afterwards. So a signer that is trusted
    itself is refused where the pool holds an issuer who did not sign it. When a certificate was valid does not matter, as firmware does
    not ask.

    Args:
        signer: In DER.
        pool: Certificates that may stand between, in DER.
        anchor: The one that is trusted, in DER.

    Departs: OpenSSL follows up to 100 steps with any number of candidates each; here at most 1,000 candidates are looked at in all.

    Source: OpenSSL 1.1.1, crypto/x509/x509_vfy.c, build_chain, check_trust, check_chain_extensions, internal_verify.
    """
    trusted, first = certificate(anchor), certificate(signer)
    if trusted is None or first is None:
        return False
    chain = _chain(first, [one for one in map(certificate, pool) if one is not None], trusted)
    if trusted not in (chain[0], chain[-1]):
        return False
    links = list(pairwise(chain))
    return (
        all(map(_is_understood, chain))
        and all(_may_issue(issuer, steps) for steps, (_, issuer) in enumerate(links))
        and all(_signed(subject, issuer) for subject, issuer in links)
    )


def _chain(first: x509.Certificate, pool: list[x509.Certificate], trusted: x509.Certificate) -> list[x509.Certificate]:
    """A certificate and those above it, by their names: up to the trusted one, one of its own making, or as far as the pool goes."""
    chain = [first]
    for _ in range(min(_LONGEST, _MOST_CHECKS // (len(pool) + 1))):
        top = chain[-1]
        if top == trusted and len(chain) > 1:
            break
        above = next((one for one in (trusted, *pool) if one not in chain and _is_named_issuer(one, top)), None)
        if _is_own_issuer(top) or above is None:
            break
        chain.append(above)
    return chain


def _is_named_issuer(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Whether a certificate says that another one issued it, which may be so."""
    try:
        if issuer.subject != subject.issuer or not _may_sign(issuer):
            return False
    except ValueError:  # a name is read only now
        return False
    said = _extension(subject, x509.AuthorityKeyIdentifier)
    own = _extension(issuer, x509.SubjectKeyIdentifier)
    if said is None:
        return True
    if said.key_identifier is not None and own is not None and said.key_identifier != own.key_identifier:
        return False
    return said.authority_cert_serial_number in (None, issuer.serial_number)


def _is_own_issuer(one: x509.Certificate) -> bool:
    return _is_named_issuer(one, one)


def _signed(subject: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        subject.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


def _extension(one: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    """An extension's value; None where it is not there, or its certificate's extensions make no sense."""
    try:
        return one.extensions.get_extension_for_class(kind).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None


def _may_sign(one: x509.Certificate) -> bool:
    usage = _extension(one, x509.KeyUsage)
    return usage is None or usage.key_cert_sign


def _is_understood(one: x509.Certificate) -> bool:
    try:
        return all(extension.oid in _UNDERSTOOD for extension in one.extensions if extension.critical)
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False


def _may_issue(one: x509.Certificate, steps: int) -> bool:
    """Whether it is an authority's, with room for so many authorities below it."""
    if not _may_sign(one):
        return False
    basic = _extension(one, x509.BasicConstraints)
    if basic is not None:
        return basic.ca and (basic.path_length is None or steps <= basic.path_length)
    return _extension(one, x509.KeyUsage) is not None or (one.version is x509.Version.v1 and one.issuer == one.subject)
