"""Authenticated writes: the descriptor, what is signed, and lists of signatures.

Source: UEFI 2.10 §8.2.2 (EFI_VARIABLE_AUTHENTICATION_2), §32.4.1 (EFI_SIGNATURE_LIST).
"""

from collections.abc import Callable
from struct import pack
from typing import Final, NamedTuple, Protocol

from efirt.ops import Reply, SetVariable
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.key import Key
from efirt.wire.text import encode_units

PKCS7: Final = Guid.parse("4aafd29d-68df-49ee-8aa9-347d375665a7")
X509: Final = Guid.parse("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
SHA256: Final = Guid.parse("c1c41626-504c-4092-aca9-41f936934328")
OWNER: Final = Guid.parse("5a1c3c60-7d0b-4c0e-8f43-5b7a2f0c9e0f")
OTHER_OWNER: Final = Guid.parse("5a1c3c60-7d0b-4c0e-8f43-5b7a2f0c9e0e")

_REVISION: Final = 0x0200
_TYPE: Final = 0x0EF1
_CERTIFICATE_HEADER: Final = 24
_LIST_HEADER: Final = 28
_OWNERS: Final = ("K1", "K2", "K3", "EXPIRED", "UMLAUT", "PK", "KEK")


def moment(number: int, month: int = 1) -> EfiTime:
    """The suite's own timestamps: each number is later than the one before it, 0..=86399."""
    return EfiTime(2026, month, 1, number // 3600, number // 60 % 60, number % 60, 0, 0, 0)


LAST: Final = EfiTime(2090, 1, 1, 0, 0, 0, 0, 0, 0)
"""Later than all of them."""


class Form(NamedTuple):
    """How a signature is written.

    Attributes:
        digest: Its hash, as OpenSSL names it.
        wrapped: Whether a ContentInfo stands around it.
        signed_attributes: Whether it signs attributes, and not the content itself.
        certificates: Whether it holds the signer's certificate.
        chain: Whether it holds the issuer's, too.
    """

    digest: str = "sha256"
    wrapped: bool = False
    signed_attributes: bool = False
    certificates: bool = True
    chain: bool = False


USUAL: Final = Form()


class NotSigned(Exception):
    """There is nobody who could sign this, for the reason given."""


class Signer(Protocol):
    """Who holds the keys."""

    def certificate(self, who: str) -> bytes:
        """A key's certificate."""

    def sign(self, content: bytes, who: str, form: Form) -> bytes:
        """A detached signature."""


class Nobody:
    """Holds no keys.

    Args:
        why: The reason, as a sentence.
    """

    def __init__(self, why: str) -> None:
        self.why = why

    def certificate(self, _who: str) -> bytes:
        """Has none.

        Raises:
            NotSigned: Always.
        """
        raise NotSigned(self.why)

    def sign(self, _content: bytes, _who: str, _form: Form) -> bytes:
        """Signs nothing.

        Raises:
            NotSigned: Always.
        """
        raise NotSigned(self.why)


def descriptor(time: bytes, signature: bytes, revision: int = _REVISION, kind: int = _TYPE, guid: Guid = PKCS7) -> bytes:
    """What an authenticated write begins with."""
    return time + pack("<IHH", _CERTIFICATE_HEADER + len(signature), revision, kind) + guid.raw + signature


def to_sign(key: Key, attributes: int, time: bytes, payload: bytes) -> bytes:
    """What the signature is about."""
    return encode_units(key.name) + key.guid.raw + pack("<I", attributes) + time + payload


def signature_list(kind: Guid, *entries: bytes, owner: Guid = OWNER, header: tuple[int, int] | None = None) -> bytes:
    """One list of signatures of equal size.

    Args:
        kind: What they are.
        entries: Each, without its owner.
        owner: Whose they are.
        header: What the list says of its own size and of its signatures', instead of the truth.
    """
    size = 16 + len(entries[0])
    told = header or (_LIST_HEADER + size * len(entries), size)
    return kind.raw + pack("<III", told[0], 0, told[1]) + b"".join(owner.raw + entry for entry in entries)


class Payloads:
    """Makes authenticated writes.

    Attributes:
        signer: Who signs.
    """

    def __init__(self, signer: Signer) -> None:
        self.signer = signer

    def certificates(self, *who: str) -> bytes:
        """Lists with one certificate each."""
        return b"".join(signature_list(X509, self.signer.certificate(one)) for one in who)

    def signed(  # noqa: PLR0913, PLR0917 - as many as a signature depends on
        self, key: Key, attributes: int, time: EfiTime, payload: bytes, who: str = "K1", form: Form = USUAL
    ) -> bytes:
        """A whole signed write."""
        raw = time.encode()
        return descriptor(raw, self.signer.sign(to_sign(key, attributes, raw, payload), who, form)) + payload

    def delete(self, call: Callable[[SetVariable], Reply], key: Key, attributes: Attributes) -> None:
        """Delete an authenticated variable by any of the suite's keys, or without one where the platform lets somebody who is present."""
        tries = []
        for who in _OWNERS:
            try:
                tries.append(self.signed(key, attributes, LAST, b"", who))
            except NotSigned:
                continue
        for data in (*tries, descriptor(LAST.encode(), b"")):
            if not call(SetVariable(key, attributes, data)).status.is_error:
                return
