"""Keys that are the same in every run, so that an input means the same: their primes are drawn from a generator with a seed."""

from random import Random
from typing import TYPE_CHECKING

from efirt.testing.conformance.signing import Keys

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

BITS = 2048
EXPONENT = 65537
ROUNDS = 8
SMALL = [number for number in range(3, 2000, 2) if all(number % divisor for divisor in range(3, int(number**0.5) + 1, 2))]


def probably_prime(number: int, draw: Random) -> bool:
    """Whether a number passes the test of Miller and Rabin."""
    if any(number % prime == 0 for prime in SMALL):
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for _ in range(ROUNDS):
        power = pow(draw.randrange(2, number - 1), odd, number)
        if power in {1, number - 1}:
            continue
        if not any((power := power * power % number) == number - 1 for _ in range(twos - 1)):
            return False
    return True


def prime(draw: Random) -> int:
    """A prime of half a key's size."""
    half = BITS // 2
    while True:
        number = draw.getrandbits(half) | 3 << half - 2 | 1
        if number % EXPONENT != 1 and probably_prime(number, draw):
            return number


class SeededKeys(Keys):
    """The suite's keys, always the same."""

    def _key(self, who: str) -> "RSAPrivateKey":
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - an extra

        if who not in self._keys:
            draw = Random(f"efirt fuzz {who}")  # noqa: S311 - reproducible, not secret
            p, q = prime(draw), prime(draw)
            public = rsa.RSAPublicNumbers(EXPONENT, p * q)
            d = pow(EXPONENT, -1, (p - 1) * (q - 1))
            numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
            self._keys[who] = numbers.private_key()
        return self._keys[who]
