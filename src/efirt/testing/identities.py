"""Keys and certificates for tests, the same for the same seed; needs the extra ``efirt[secureboot]``.

They protect nothing: anybody can make them again.
"""

from datetime import datetime
from functools import cache
from random import Random
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

_EXPONENT: Final = 65537
_PRIME_BITS: Final = 1024
_ROUNDS: Final = 8
_BEGIN: Final = datetime(2012, 1, 1)  # noqa: DTZ001 - certificates have no zone
_END: Final = datetime(2014, 1, 1)  # noqa: DTZ001 - over, since firmware does not ask
_SMALL_PRIMES: Final = tuple(number for number in range(3, 2000, 2) if all(number % other for other in range(3, int(number**0.5) + 1, 2)))


class Identity(NamedTuple):
    """Somebody who signs.

    Attributes:
        key: The private key.
        certificate: The certificate.
        issuers: The certificates above it.
    """

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        """The certificate in DER."""
        return self.certificate.public_bytes(Encoding.DER)


def _is_prime(number: int, draw: Random) -> bool:
    if any(number % prime == 0 for prime in _SMALL_PRIMES):
        return False
    odd, twos = number - 1, 0
    while not odd & 1:
        odd, twos = odd >> 1, twos + 1
    for _ in range(_ROUNDS):
        power = pow(draw.randrange(2, number - 1), odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = pow(power, 2, number)
            if power == number - 1:
                break
        else:
            return False
    return True


def _prime(draw: Random) -> int:
    while True:
        number = draw.getrandbits(_PRIME_BITS) | 3 << _PRIME_BITS - 2 | 1
        if number % _EXPONENT != 1 and _is_prime(number, draw):
            return number


@cache
def key(seed: int) -> rsa.RSAPrivateKey:
    """An RSA key of 2048 bits that anybody can make again."""
    draw = Random(seed)  # noqa: S311 - reproducible on purpose
    p, q = _prime(draw), _prime(draw)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def _name(common_name: str) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "efirt tests")]
    if common_name:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    return x509.Name(attributes)


def _builder(common_name: str, issuer: x509.Name, seed: int, *, authority: bool) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(_name(common_name)).issuer_name(issuer).serial_number(1000 + seed)
    builder = builder.not_valid_before(_BEGIN).not_valid_after(_END)
    return builder.add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)


@cache
def identity(common_name: str, seed: int) -> Identity:
    """Somebody with a certificate of their own making."""
    mine = key(seed)
    builder = _builder(common_name, _name(common_name), seed, authority=True)
    return Identity(mine, builder.public_key(mine.public_key()).sign(mine, SHA256()))


def chained(common_name: str, issuer: Identity, seed: int, *, authority: bool = True) -> Identity:
    """Somebody whose certificate another one issued."""
    mine = key(seed)
    builder = _builder(common_name, issuer.certificate.subject, seed, authority=authority)
    certificate = builder.public_key(mine.public_key()).sign(issuer.key, SHA256())
    return Identity(mine, certificate, (issuer.certificate, *issuer.issuers))


@cache
def with_curve_key() -> bytes:
    """A certificate, in DER, for a key that is not for RSA."""
    curve = ec.derive_private_key(0x5EED, ec.SECP256R1())
    issuer = identity("writer", 4)
    builder = _builder("curve", issuer.certificate.subject, 23, authority=False)
    return builder.public_key(curve.public_key()).sign(issuer.key, SHA256()).public_bytes(Encoding.DER)
