"""Keys that sign, made anew in each process; needs the package cryptography.

Source: UEFI 2.10 §8.2.2 (what is signed, and how); RFC 5652 §5 (SignedData).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from efirt.testing.conformance.payloads import Form

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

_BITS: Final = 2048
_EXPONENT: Final = 65537
_LONG_FORM: Final = 0x80


class Person(NamedTuple):
    """A key's owner.

    Attributes:
        common_name: In the certificate.
        issuer: Who signed the certificate; empty for its own key.
        last_year: Until when it is valid.
        curve: Whether the key is one of an elliptic curve.
    """

    common_name: str
    issuer: str = ""
    last_year: int = 2090
    curve: bool = False


PEOPLE: Final[Mapping[str, Person]] = {
    "PK": Person("efirt check platform"),
    "KEK": Person("efirt check exchange 1"),
    "KEK2": Person("efirt check exchange 2"),
    "KEK3": Person("efirt check exchange 3"),
    "K1": Person("efirt check variable 1"),
    "K2": Person("efirt check variable 2"),
    "K3": Person("efirt check variable 1"),
    "EXPIRED": Person("efirt check expired", last_year=2014),
    "UMLAUT": Person("efirt Prüfung"),
    "STRANGER": Person("efirt check stranger"),
    "LEAF_OF_KEK": Person("efirt check leaf of exchange 1", "KEK"),
    "LEAF_OF_PK": Person("efirt check leaf of platform", "PK"),
    "CURVE": Person("efirt check curve", curve=True),
}
"""Everybody the cases know; K3 has K1's name and another key."""


class Keys:
    """Keys and certificates of everybody, each made when it is first asked for."""

    def __init__(self) -> None:
        # Asked for here so that who lacks the package learns it before the first case.
        import cryptography.x509  # noqa: F401, PLC0415 - an extra

        self._keys: dict[str, RSAPrivateKey] = {}
        self._certificates: dict[str, Certificate] = {}

    def certificate(self, who: str) -> bytes:
        """Somebody's certificate, in DER."""
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - an extra

        return self._certificate(who).public_bytes(Encoding.DER)

    def sign(self, content: bytes, who: str, form: Form) -> bytes:
        """A detached signature of somebody's."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.serialization import Encoding, pkcs7  # noqa: PLC0415

        if form.digest == "sha1":
            return self._with_sha1(content, who)
        digests: dict[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512]
        digests = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary]
        options += [] if form.signed_attributes else [pkcs7.PKCS7Options.NoAttributes]
        options += [] if form.certificates else [pkcs7.PKCS7Options.NoCerts]
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(self._certificate(who), self._key(who), digests[form.digest])
        if form.chain:
            builder = builder.add_certificate(self._certificate(PEOPLE[who].issuer))
        whole = builder.sign(Encoding.DER, options)
        return whole if form.wrapped else _unwrapped(whole)

    def _key(self, who: str) -> "RSAPrivateKey":
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - an extra

        if who not in self._keys:
            self._keys[who] = rsa.generate_private_key(_EXPONENT, _BITS)
        return self._keys[who]

    def _certificate(self, who: str) -> "Certificate":
        if who not in self._certificates:
            self._certificates[who] = self._made(PEOPLE[who], who)
        return self._certificates[who]

    def _made(self, person: Person, who: str) -> "Certificate":
        from cryptography import x509  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
        from cryptography.x509.oid import NameOID  # noqa: PLC0415

        def named(one: Person) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one.common_name)])

        public = ec.generate_private_key(ec.SECP256R1()).public_key() if person.curve else self._key(who).public_key()
        issuer = person.issuer or ("STRANGER" if person.curve else who)
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(person))
            .issuer_name(named(PEOPLE[issuer]))
            .public_key(public)
            .serial_number(1000 + list(PEOPLE).index(who))
            .not_valid_before(datetime(2010, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(person.last_year, 1, 1, tzinfo=UTC))
            .add_extension(x509.BasicConstraints(ca=not person.issuer, path_length=None), critical=True)
        )
        return builder.sign(self._key(issuer), hashes.SHA256())

    def _with_sha1(self, content: bytes, who: str) -> bytes:
        """What the package no longer makes: a signature with SHA-1."""
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415

        certificate = self._certificate(who)
        sha1 = _der(0x30, bytes.fromhex("06052b0e03021a 0500"))
        rsa = _der(0x30, bytes.fromhex("06092a864886f70d010101 0500"))
        serial = _der(0x02, certificate.serial_number.to_bytes(2, "big"))
        signer = _der(0x30, certificate.issuer.public_bytes() + serial)
        signature = self._key(who).sign(content, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - firmware must refuse it
        info = _der(0x30, _der(0x02, b"\x01") + signer + sha1 + rsa + _der(0x04, signature))
        data = _der(0x30, bytes.fromhex("06092a864886f70d010701"))
        return _der(0x30, _der(0x02, b"\x01") + _der(0x31, sha1) + data + _der(0xA0, self.certificate(who)) + _der(0x31, info))


def _der(tag: int, content: bytes) -> bytes:
    if len(content) < _LONG_FORM:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes(-(-len(content).bit_length() // 8), "big")
    return bytes([tag, _LONG_FORM | len(size)]) + size + content


def _inside(data: bytes, at: int) -> int:
    """Where the content of a value begins."""
    size = data[at + 1]
    return at + 2 + (size & ~_LONG_FORM if size & _LONG_FORM else 0)


def _unwrapped(whole: bytes) -> bytes:
    """The SignedData in a ContentInfo: behind the type's identifier and an explicit tag."""
    at = _inside(whole, 0)
    after_type = _inside(whole, at) + whole[at + 1]
    return whole[_inside(whole, after_type) :]
