"""An authenticated write, as the rules of signatures look at it.

Source: UEFI 2.10 §8.2.2.
"""

from collections.abc import Iterator
from functools import cached_property

from efirt.annotation import TYPE_CHECKING, Final, NamedTuple
from efirt.errors import DecodeError
from efirt.firmware.write import Write
from efirt.payloads.authentication import AuthenticatedValue, signed_bytes
from efirt.payloads.certificate import Certificate
from efirt.payloads.signature_list import OWNER_SIZE, X509, SignatureDatabase
from efirt.store import Record

if TYPE_CHECKING:
    from efirt.firmware.verifier import Verifier

_LONG_FORM: Final = 0x82
_LONGEST_NAME: Final = 127
_OID_SIZE: Final = 9


class Digest(NamedTuple):
    """A digest that a signature may be made with.

    Attributes:
        name: As :mod:`hashlib` has it.
        oid: Its number, as it stands in a signature.
    """

    name: str
    oid: bytes


SHA256: Final = Digest("sha256", bytes.fromhex("608648016503040201"))
SHA384: Final = Digest("sha384", bytes.fromhex("608648016503040202"))
SHA512: Final = Digest("sha512", bytes.fromhex("608648016503040203"))


class Format(NamedTuple):
    """What of PKCS#7 a firmware reads.

    Attributes:
        digests: Those it takes.
        offsets: Where in a signature it looks for the digest's number, one for each form that it takes.
        looks_at_least: Bytes of a signature below which it does not look.

    Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, FindHashAlgorithmIndex.
    """

    digests: tuple[Digest, ...]
    offsets: tuple[int, ...]
    looks_at_least: int = 0

    def digest_of(self, signature: bytes) -> Digest | None:
        """The digest of a signature by where its number stands; None where it is none of those."""
        if len(signature) < 2 or signature[1] & _LONG_FORM != _LONG_FORM:  # noqa: PLR2004 - a tag and a length
            return None
        numbers = [signature[at : at + _OID_SIZE] for at in self.offsets]
        return next((digest for digest in self.digests if digest.oid in numbers), None)


class Trusted(NamedTuple):
    """Whom a firmware trusts.

    Attributes:
        platform_key: The value of PK; None where there is none.
        exchange_keys: The value of KEK; None where there is none.
        writer: Whom certdb notes for the variable; None where it notes nobody.

    Source: as :class:`Claim`.
    """

    platform_key: bytes | None
    exchange_keys: bytes | None
    writer: bytes | None


BARE: Final = 13
IN_CONTENT_INFO: Final = 32


class Claim:
    """An authenticated write: what it says of itself, and what it needs to be judged. Each is worked out when a rule asks for it.

    Attributes:
        write: What is asked.
        descriptor: Its descriptor, and the value behind it.
        existing: What is stored under the key, where that is visible now.
        platform_key: The value of PK; None where there is none.
        exchange_keys: The value of KEK; None where there is none.
        writer: Whom certdb notes for the variable; None where it notes nobody.
        verifier: Who judges.
        format: What of PKCS#7 the firmware reads.

    Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, VerifyTimeBasedPayload.
    """

    def __init__(self, write: Write, trusted: Trusted, existing: Record | None, verifier: "Verifier", takes: Format) -> None:
        self.write = write
        self.descriptor = AuthenticatedValue.decode(write.data)
        self.existing = existing
        self.verifier = verifier
        self.platform_key, self.exchange_keys, self.writer = trusted
        self.format = takes

    @cached_property
    def content(self) -> bytes:
        """What the signature has to be made over."""
        return signed_bytes(self.write.key, self.write.attributes, self.descriptor.time, self.descriptor.value)

    @cached_property
    def signer(self) -> bytes | None:
        """The certificate of the first who signed, in DER."""
        return next(iter(self.verifier.signers(self.descriptor.signature)), None)

    @cached_property
    def digest(self) -> Digest | None:
        """The digest by which the signature was made, if the firmware takes it."""
        return self.format.digest_of(self.descriptor.signature)

    def is_signed_by(self, certificate: bytes) -> bool:
        """Whether a certificate, or one it issued, made the signature."""
        return self.verifier.verify(self.descriptor.signature, self.content, certificate)

    @cached_property
    def identity(self) -> bytes | None:
        """What certdb would note of the signer: a digest of its name and its certificate; None where it has no name."""
        signer = self.signer
        if signer is None or self.digest is None:
            return None
        try:
            certificate = Certificate.decode(signer)
        except DecodeError:
            return None
        if certificate.common_name is None:
            return None
        from hashlib import new as new_digest  # noqa: PLC0415 - it loads OpenSSL, which most commands need not pay for

        name = certificate.common_name[:_LONGEST_NAME].partition(b"\0")[0]
        return new_digest(self.digest.name, name + certificate.tbs, usedforsecurity=False).digest()


def certificates_in(value: bytes) -> Iterator[bytes]:
    """The certificates of a value of signature lists, in DER; none where it is malformed.

    Source: edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, VerifyTimeBasedPayload.
    """
    try:
        database = SignatureDatabase.decode(value)
    except DecodeError:
        return
    for one in database.lists:
        if one.kind == X509:
            yield from (raw[OWNER_SIZE:] for raw in one.raw_signatures)


def first_entry(value: bytes) -> bytes | None:
    """The data of the first entry of signature lists, whatever its kind; None where there is none.

    Source: as :func:`certificates_in`.
    """
    try:
        database = SignatureDatabase.decode(value)
    except DecodeError:
        return None
    return next((raw[OWNER_SIZE:] for one in database.lists[:1] for raw in one.raw_signatures), None)
