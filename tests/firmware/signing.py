"""Signatures for tests without cryptography: a certificate is DER, a signature names its signer and what it was made over."""

from collections.abc import Sequence
from hashlib import sha256

from efirt.ops import SetVariable
from efirt.payloads.authentication import AuthenticatedValue, signed_bytes
from efirt.payloads.signature_list import SHA256, X509, Signature, SignatureDatabase, SignatureList
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key

SIGNED = 0x27
APPEND = 0x40
OWNER = Guid.parse("0e0e0e0e-0000-4000-8000-000000000001")
PK, KEK = (Key(name, GLOBAL) for name in ("PK", "KEK"))
DB, DBX, DBT = (Key(name, IMAGE_SECURITY) for name in ("db", "dbx", "dbt"))

DIGESTS = {name: bytes.fromhex("6086480165030402") + bytes([number]) for number, name in enumerate(("sha256", "sha384", "sha512"), 1)}
_BARE = bytes.fromhex("308204000201013100300d0609")
_WRAPPED = bytes.fromhex("3082040006092a864886f70d010702a08203f1308203ed0201013100300d0609")
_RSA = bytes.fromhex("06092a864886f70d0101010500")
_CURVE = bytes.fromhex("06072a8648ce3d020106082a8648ce3d030107")
_COMMON_NAME = bytes.fromhex("0603550403")


def der(tag: int, *parts: bytes) -> bytes:
    """An element of DER, with a length of two bytes where one is not enough."""
    inside = b"".join(parts)
    head = bytes([len(inside)]) if len(inside) < 0x80 else b"\x82" + len(inside).to_bytes(2, "big")
    return bytes([tag]) + head + inside


def certificate(common_name: str, serial: int = 1, *, curve: bool = False, named: bool = True) -> bytes:
    """A certificate in shape; nobody signed it."""
    name = der(0x30, der(0x31, der(0x30, _COMMON_NAME, der(0x0C, common_name.encode())))) if named else der(0x30)
    numbers = der(0x30, der(0x02, bytes(9)), der(0x02, b"\x03"))
    key = der(0x30, der(0x30, _CURVE if curve else _RSA), der(0x03, b"\0", b"\x04" if curve else numbers))
    algorithm = der(0x30, der(0x06, b"\x2a"))
    tbs = der(0x30, der(0xA0, der(0x02, b"\x02")), der(0x02, bytes([serial])), algorithm, name, der(0x30), name, key)
    return der(0x30, tbs, algorithm, der(0x03, b"\0signature"))


OWNER_CERTIFICATE = certificate("owner")
EXCHANGE = certificate("exchange")
WRITER = certificate("writer")
STRANGER = certificate("stranger")


def signature(by: bytes | None, content: bytes, digest: str = "sha256", *, wrapped: bool = False) -> bytes:
    """What :class:`Believing` believes: the head a firmware looks at, what it was made over, and who made it."""
    return (_WRAPPED if wrapped else _BARE) + DIGESTS.get(digest, bytes(9)) + sha256(content).digest() + (by or b"")


class Believing:
    """Judges such signatures."""

    def _parts(self, signed_data: bytes) -> tuple[bytes, bytes]:
        at = len(_WRAPPED if signed_data.startswith(_WRAPPED) else _BARE) + 9
        return signed_data[at : at + 32], signed_data[at + 32 :]

    def signers(self, signed_data: bytes) -> Sequence[bytes]:
        by = self._parts(signed_data)[1]
        return (by,) if by else ()

    def verify(self, signed_data: bytes, content: bytes, anchor: bytes) -> bool:
        made_over, by = self._parts(signed_data)
        return by == anchor and made_over == sha256(content).digest()


def day(number: int, **more: int) -> EfiTime:
    return EfiTime(2024, 1, number, time_zone=0)._replace(**more)


def signed(  # noqa: PLR0913 - each has a default
    key: Key,
    value: bytes = b"",
    by: bytes | None = WRITER,
    time: EfiTime | None = None,
    *,
    attributes: int = SIGNED,
    digest: str = "sha256",
    wrapped: bool = False,
    spoiled: bool = False,
    **descriptor: object,
) -> SetVariable:
    """An authenticated write; unsigned where nobody signs."""
    time = time or day(1)
    content = signed_bytes(key, attributes, time, value) + b"!" * spoiled
    made = b"" if by is None else signature(by, content, digest, wrapped=wrapped)
    data = AuthenticatedValue(time, made, value)._replace(**descriptor).encode()  # type: ignore[arg-type] # a test names the field it means
    return SetVariable(key, Attributes(attributes), data)


def certificates(*ders: bytes) -> bytes:
    """A value of lists, one for each certificate."""
    return SignatureDatabase(tuple(SignatureList.of(X509, Signature(OWNER, one)) for one in ders)).encode()


def digests(*numbers: int, owner: Guid = OWNER) -> bytes:
    """A value of one list of digests."""
    return SignatureList.of(SHA256, *(Signature(owner, bytes([number]) * 32) for number in numbers)).encode()
