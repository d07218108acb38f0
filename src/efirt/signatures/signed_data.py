"""PKCS#7 SignedData, taken apart: who signed, with which certificates beside.

Source: RFC 2315 §9; edk2 c5aa7e7d, CryptoPkg/Library/BaseCryptLib/Pk/CryptPkcs7VerifyCommon.c, WrapPkcs7Data, Pkcs7GetSigners.
"""

from typing import Any, Final, NamedTuple, Self

from asn1crypto import cms

from efirt.errors import DecodeError

_SIGNED_DATA_OID: Final = bytes.fromhex("06092a864886f70d010702")
_OID_OFFSET: Final = 4
_SET: Final = b"\x31"
_NO_LENGTH: Final = b"\x80"
LARGEST: Final = 0x10000 + 64
"""Bytes of a signature, at most: firmware takes those whose length has two bytes."""
_FAULTS: Final = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, NotImplementedError)
"""What asn1crypto is known to raise for bytes that are not what they claim."""


class Signer(NamedTuple):
    """One who signed.

    Attributes:
        certificate: In DER.
        digest: Its name, such as ``sha256``.
        signature: What was made.
        attributes: What was signed instead of the content, in DER; None where it was the content itself.
        content_digest: What the attributes say of the content; None where they do not.
    """

    certificate: bytes
    digest: str
    signature: bytes
    attributes: bytes | None
    content_digest: bytes | None


class SignedData(NamedTuple):
    """What firmware looks at.

    Attributes:
        signers: At least one, each with a certificate that is in here.
        certificates: All that are in here, in DER.
        digests: The names of the digests it announces.
    """

    signers: tuple[Signer, ...]
    certificates: tuple[bytes, ...]
    digests: frozenset[str]

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart, bare or in a ContentInfo.

        Raises:
            DecodeError: It is none, nobody signed it, or a signer's certificate is not in it.

        Departs: what is larger than firmware looks at, or has no length at its head, is not even tried.
        """
        if len(data) > LARGEST or data[1:2] == _NO_LENGTH:
            raise DecodeError("PKCS#7 SignedData", 0, f"{len(data)} bytes that no firmware takes for one")
        try:
            return cls._of(_bare(data))
        except _FAULTS as cause:
            raise DecodeError("PKCS#7 SignedData", 0, str(cause) or type(cause).__name__) from None

    @classmethod
    def _of(cls, signed: Any) -> Self:  # noqa: ANN401 - asn1crypto has no types
        pool = [choice.chosen for choice in signed["certificates"] or () if choice.name == "certificate"]
        signers = tuple(_signer(info, pool) for info in signed["signer_infos"])
        if not signers:
            raise DecodeError("PKCS#7 SignedData", 0, "nobody signed it")
        digests = frozenset(algorithm["algorithm"].native for algorithm in signed["digest_algorithms"])
        return cls(signers, tuple(certificate.dump() for certificate in pool), digests)


def _bare(data: bytes) -> Any:  # noqa: ANN401 - asn1crypto has no types
    """The SignedData itself; bytes may follow a ContentInfo, but not a bare one, as firmware's wrapping has it."""
    if data[_OID_OFFSET : _OID_OFFSET + len(_SIGNED_DATA_OID)] == _SIGNED_DATA_OID:
        return cms.ContentInfo.load(data)["content"]
    return cms.SignedData.load(data, strict=True)


def _signer(info: Any, pool: list[Any]) -> Signer:  # noqa: ANN401 - asn1crypto has no types
    asked = info["sid"].chosen
    number, issuer = asked["serial_number"].native, asked["issuer"]
    for certificate in pool:
        if certificate.serial_number == number and certificate.issuer == issuer:
            break
    else:
        raise DecodeError("PKCS#7 SignedData", 0, "a signer's certificate is not in it")
    attributes, told = info["signed_attrs"], None
    raw = attributes.dump() if attributes else None
    for attribute in attributes or ():
        if attribute["type"].native == "message_digest":
            told = attribute["values"][0].native
    return Signer(
        certificate.dump(),
        info["digest_algorithm"]["algorithm"].native,
        info["signature"].native,
        None if raw is None else _SET + raw[1:],
        told,
    )
