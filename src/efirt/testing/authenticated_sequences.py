"""Random sequences with authenticated writes, the same for the same seed; needs the extra ``efirt[secureboot]``.

What is signed depends on what has been written before, so the generator keeps account of who owns the platform and who created what; it
does not matter where that account is wrong, since then a refusal is asked for. Signing is done while the sequence is made: who replays it
needs no cryptography.
"""

from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from efirt.ops import GetVariable, Op, QueryVariableInfo, SetVariable
from efirt.payloads.authentication import AuthenticatedValue, signed_bytes
from efirt.payloads.signature_list import SHA256, X509, Signature, SignatureDatabase, SignatureList
from efirt.testing.identities import Identity, chained, identity, with_curve_key
from efirt.testing.sequences import Generator
from efirt.values.attributes import Attributes
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key

NV, BS, RT, AT, APPEND = 1, 2, 4, 0x20, 0x40
SIGNED: Final = NV | BS | RT | AT
OWNERS: Final = tuple(Guid.parse(f"0e0e0e0e-0000-4000-8000-00000000000{number}") for number in range(3))
PRIVATE: Final = tuple(Key(name, Guid.parse("6b6f1f6e-5d0c-4d5e-9a63-0f2f5a3a7a21")) for name in ("P", "Q", "Grüße", "Private"))
KEYS: Final = (
    Key("PK", GLOBAL),
    Key("KEK", GLOBAL),
    Key("db", IMAGE_SECURITY),
    Key("dbx", IMAGE_SECURITY),
    Key("dbt", IMAGE_SECURITY),
)
_STATES: Final = (
    Key("SetupMode", GLOBAL),
    Key("SecureBoot", GLOBAL),
    Key("VendorKeys", GLOBAL),
    Key("certdb", Guid.parse("d9bee56e-75dc-49d9-b4d7-b534210f637a")),
)
_NEVER: Final = Key("Never", PRIVATE[0].guid)
"""A private variable that nobody creates."""
_BASE_YEAR: Final = 2020


class Signing(NamedTuple):
    """How a write is signed.

    Attributes:
        by: Who; nobody where None is given.
        digest: By which digest.
        attributes: Whether attributes are signed instead of the content.
        content_info: Whether it stands in a ContentInfo.
        with_certificate: Whether the signer's certificate is in it.
        with_issuer: Whether the issuer's is.
    """

    by: Identity | None
    digest: str = "sha256"
    attributes: bool = False
    content_info: bool = False
    with_certificate: bool = True
    with_issuer: bool = True


@cache
def people() -> dict[str, Identity]:
    """Everybody who signs: owners of the platform, of keys and of variables, and strangers with odd certificates."""
    people = {
        name: identity(name, seed) for seed, name in enumerate(("platform", "second platform", "exchange", "third", "writer", "other"))
    }
    people["namesake"] = identity("writer", 17)
    people["umlaut"] = identity("Schlüssel", 18)
    people["nameless"] = identity("", 19)
    people["leaf of exchange"] = chained("leaf of exchange", people["exchange"], 20)
    people["leaf of platform"] = chained("leaf of platform", people["platform"], 21)
    people["leaf of leaf"] = chained("leaf of leaf", people["leaf of exchange"], 22)
    return people


def _certificates(*people: Identity) -> bytes:
    lists = (SignatureList.of(X509, Signature(OWNERS[0], one.der)) for one in people)
    return SignatureDatabase(tuple(lists)).encode()


class AuthenticatedGenerator(Generator):
    """Draws operations, every second one of them an authenticated write.

    Args:
        seed: The same seed draws the same sequence.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._seconds = 100
        self._platform: str | None = None
        self._exchange: list[str] = []
        self._writers: dict[Key, str] = {}
        self._odd_count = 0
        self._is_good = True

    def sequence(self, count: int) -> list[Op]:
        """The next operations."""
        weights, steps = zip(*_STEPS, strict=True)
        return [step(self) for step in self._random.choices(steps, weights, k=count)]

    # Time, and what is signed.

    def _time(self) -> EfiTime:
        """Mostly a later one than ever before."""
        self._seconds += self._random.choice((0, 1, 1, 1, 60, 3600, 86_400))
        seconds = self._seconds
        if self._chance(0.08):
            seconds -= self._random.choice((1, 5, 100_000))
        days, rest = divmod(max(seconds, 0), 86_400)
        time = EfiTime(_BASE_YEAR + days // 336, days // 28 % 12 + 1, days % 28 + 1, rest // 3600, rest // 60 % 60, rest % 60, time_zone=0)
        odd: tuple[dict[str, int], ...] = (
            {"pad1": 1},
            {"nanosecond": 1},
            {"time_zone": 60},
            {"daylight": 1},
            {"pad2": 7},
            {"month": 13, "day": 40},
        )
        self._is_good = seconds == self._seconds
        if not self._chance(0.05):
            return time
        self._is_good = False
        return time._replace(**self._random.choice(odd))

    def _signing(self, by: str | None) -> Signing:
        """Mostly as it should be."""
        draw = self._random.random()
        who = None if by is None else people()[by]
        self._is_good &= draw >= 0.23
        if draw < 0.12:
            who = self._random.choice((*people().values(), None))
        signing = Signing(who)
        if 0.12 <= draw < 0.15:
            return signing._replace(digest=self._random.choice(("sha1", "sha384", "sha512")))
        if 0.15 <= draw < 0.18:
            return signing._replace(attributes=True)
        if 0.18 <= draw < 0.20:
            return signing._replace(content_info=True)
        if 0.20 <= draw < 0.22:
            return signing._replace(with_certificate=False)
        if 0.22 <= draw < 0.23:
            return signing._replace(with_issuer=False)
        return signing

    def _signed(self, key: Key, attributes: int, value: bytes, by: str | None) -> SetVariable:
        time, signing = self._time(), self._signing(by)
        content = signed_bytes(key, attributes, time, value)
        spoiled = self._random.random()
        self._is_good &= spoiled >= 0.05
        if spoiled < 0.03 or (by is not None and by == self._platform and self._chance(0.2)):
            self._is_good = False
            content += b"!"
        elif spoiled < 0.04:
            content = signed_bytes(Key(key.name + "x", key.guid), attributes, time, value)
        elif spoiled < 0.05:
            content = signed_bytes(key, attributes ^ APPEND, time, value)
        signature = b"" if signing.by is None else _signature(signing, content)
        described = AuthenticatedValue(time, signature, value)
        return SetVariable(key, Attributes(attributes), self._spoiled(described, key))

    def _spoiled(self, described: AuthenticatedValue, key: Key) -> bytes:
        """Mostly the bytes as they should be; else a descriptor, a signature or a length that is not.

        The value of a platform key is left whole, and where it begins: OVMF follows a size in it before it has looked at it, out of its
        memory, and takes the machine down.
        """
        draw, data = self._random.random(), described.encode()
        whole = key == KEYS[0]
        if draw < 0.90:
            return data
        self._is_good = False
        if draw < 0.91:
            return described._replace(revision=0x0100).encode()
        if draw < 0.92:
            return described._replace(kind=0x0EF0).encode()
        if draw < 0.93:
            return described._replace(form=Guid(bytes(16))).encode()
        if draw < 0.94:
            return data[: self._random.randrange(60)]
        if draw < 0.96:
            sizes = (0, 23, len(data) - 15, 0xFFFFFFFF) if whole else (0, 23, 24, 25, 40, 60, len(data) - 16, len(data) - 15, 0xFFFFFFFF)
            size = self._random.choice(sizes)
            return data[:16] + size.to_bytes(4, "little") + data[20:]
        if draw < 0.97 and described.signature:
            return described._replace(signature=described.signature[: self._random.randrange(len(described.signature))]).encode()
        if draw < 0.98:
            return described._replace(signature=described.signature + self._random.randbytes(3)).encode()
        at = self._random.choice((*range(16), *range(20, 40))) if whole else self._random.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self._random.randrange(8)]) + data[at + 1 :]

    # The platform's keys.

    def _digests(self) -> bytes:
        """Lists of digests, few enough to meet again."""
        draw = self._random
        entries = [Signature(draw.choice(OWNERS), bytes([draw.randrange(5)]) * 32) for _ in range(draw.choice((1, 1, 2, 3)))]
        lists = [SignatureList.of(SHA256, *entries)]
        if draw.random() < 0.3:
            lists.append(SignatureList.of(SHA256, Signature(draw.choice(OWNERS), bytes([draw.randrange(5)]) * 32)))
        return SignatureDatabase(tuple(lists)).encode()

    def _malformed(self) -> bytes:
        """A value that is no list of keys."""
        good = self._digests()
        certificate = people()["writer"].der
        one = SignatureList.of(X509, Signature(OWNERS[0], certificate))
        return self._random.choice(
            (
                good + b"\0",
                good[:-1],
                b"text that is no list of keys at all",
                good[:16] + bytes(4) + good[20:],
                good[:24] + (47).to_bytes(4, "little") + good[28:],
                good[:20] + (4).to_bytes(4, "little") + good[24:],
                Guid(bytes(16)).raw + good[16:],
                SignatureList.of(X509, Signature(OWNERS[0], b"no certificate")).encode(),
                SignatureList.of(X509, Signature(OWNERS[0], with_curve_key())).encode(),
                one._replace(signature_size=one.signature_size - 1).encode(),
                SignatureList.of(X509, Signature(OWNERS[0], certificate + bytes(4))).encode(),
                SignatureList.of(X509, Signature(OWNERS[0], certificate), Signature(OWNERS[1], certificate)).encode(),
                SignatureList.of(SHA256, Signature(OWNERS[0], bytes(31))).encode(),
            )
        )

    def platform_key(self) -> Op:
        """Write or remove PK."""
        draw = self._random.random()
        removed = self._platform is not None and draw < 0.45
        name = self._random.choice(("platform", "platform", "second platform"))
        value = b"" if removed or draw > 0.97 else _certificates(people()[name])
        if 0.90 < draw <= 0.97:  # not one where firmware would look for a certificate where there is no memory
            good = _certificates(people()["platform"])
            value = self._random.choice((good * 2, self._digests(), good + b"!"))
        attributes = SIGNED | (APPEND if self._chance(0.05) else 0)
        op = self._signed(KEYS[0], attributes, value, self._platform or self._random.choice((name, name, name, None, "other")))
        if self._is_good and not attributes & APPEND and draw <= 0.90:
            self._platform = None if removed else name
        return op

    def exchange_keys(self) -> Op:
        """Write or append to KEK."""
        names = self._random.sample(("exchange", "third", "other"), k=self._random.choice((1, 2)))
        value = _certificates(*(people()[name] for name in names))
        draw = self._random.random()
        if draw < 0.2:
            value, names = b"", []
        elif draw < 0.3:
            value = self._malformed()
        attributes = SIGNED | (APPEND if self._chance(0.3) else 0)
        by = self._platform or self._random.choice((None, "exchange"))
        op = self._signed(KEYS[1], attributes, value, by)
        if self._is_good and not 0.2 <= draw < 0.3:
            self._exchange = [*self._exchange, *names] if attributes & APPEND else names
        return op

    def image_database(self) -> Op:
        """Write or append to db, dbx or dbt."""
        draw = self._random.random()
        value = (
            self._digests() if draw < 0.7 else _certificates(people()["other"]) if draw < 0.8 else self._malformed() if draw < 0.9 else b""
        )
        attributes = SIGNED | (APPEND if self._chance(0.5) else 0)
        if self._chance(0.04):
            attributes = self._random.choice((NV | BS | RT, BS | RT | AT, NV | BS | AT, 0, AT))
        candidates = [*self._exchange, "leaf of exchange", "leaf of leaf", "leaf of platform", self._platform, self._platform]
        by = self._random.choice(candidates) if self._platform else self._random.choice((None, None, "exchange"))
        return self._signed(self._random.choice(KEYS[2:]), attributes, value, by)

    # Private variables.

    def private(self) -> Op:
        """Create, change or append to a private variable."""
        if self._chance(0.15):
            return self._oddly_private()
        key = self._random.choice(PRIVATE)
        by = self._writers.get(key) or self._random.choice(
            ("writer", "writer", "other", "namesake", "umlaut", "nameless", "leaf of exchange")
        )
        attributes = SIGNED | (APPEND if self._chance(0.25) else 0)
        value = self._data()
        op = self._signed(key, attributes, value, by)
        if self._is_good and value and by != "nameless":
            self._writers[key] = by
        return op

    def _oddly_private(self) -> Op:
        """Write a private variable with attributes that do not fit; a name of its own, since such a write may leave its name unusable."""
        self._odd_count += self._chance(0.7)
        odd = (
            NV | BS | AT,
            NV | BS | AT,
            NV | BS | AT,
            NV | BS | AT,
            BS | RT | AT,
            BS | AT,
            NV | AT,
            NV | RT | AT,
            SIGNED | 0x10,
            SIGNED | 0x80,
        )
        return self._signed(Key(f"Odd{self._odd_count}", PRIVATE[0].guid), self._random.choice(odd), self._data(), "writer")

    def remove_private(self) -> Op:
        """Remove a private variable: signed, unsigned, by somebody else, or without authentication."""
        key = self._random.choice(PRIVATE)
        draw = self._random.random()
        by = self._writers.get(key, "writer")
        if draw < 0.1:
            return SetVariable(key, Attributes(self._random.choice((0, SIGNED, SIGNED & ~AT))), b"")
        if self._chance(0.1):
            return self._signed(_NEVER, SIGNED | self._random.choice((0, APPEND, APPEND)), b"", "writer")
        attributes = SIGNED | (APPEND if draw > 0.9 else 0)
        if draw <= 0.9:
            self._writers.pop(key, None)
        return self._signed(key, attributes, b"", by if draw < 0.5 else self._random.choice((None, "other")))

    def plain_on_signed(self) -> Op:
        """Write what is authenticated without authentication, or what firmware keeps to itself."""
        key = self._random.choice((*self._writers, *self._writers, *KEYS, *_STATES))  # one that is not there would become a plain one
        attributes = self._random.choice((0, NV | BS | RT, SIGNED, NV | BS | RT | APPEND, BS | RT))
        return SetVariable(key, Attributes(attributes), self._random.choice((b"", b"\x01", b"plain text")))

    def look(self) -> Op:
        """Read what authenticated writes change."""
        return GetVariable(self._random.choice((*KEYS, *PRIVATE, *_STATES, *KEYS, *_STATES)), self._random.choice((8192, 8192, 8192, 1)))

    def room(self) -> Op:
        """Ask how much room there is for authenticated variables."""
        return QueryVariableInfo(Attributes(self._random.choice((SIGNED, SIGNED | APPEND, 7))))


def _signature(signing: Signing, content: bytes) -> bytes:
    from efirt.signatures.signer import sign  # noqa: PLC0415 - an extra

    by = signing.by
    if by is None:
        return b""
    return sign(
        content,
        by.key,
        by.certificate,
        digest=signing.digest,
        others=by.issuers if signing.with_issuer else (),
        attributes=signing.attributes,
        content_info=signing.content_info,
        with_certificate=signing.with_certificate,
    )


_STEPS: Final[tuple[tuple[int, Callable[[AuthenticatedGenerator], Op]], ...]] = (
    (90, AuthenticatedGenerator.platform_key),
    (70, AuthenticatedGenerator.exchange_keys),
    (160, AuthenticatedGenerator.image_database),
    (190, AuthenticatedGenerator.private),
    (70, AuthenticatedGenerator.remove_private),
    (50, AuthenticatedGenerator.plain_on_signed),
    (240, AuthenticatedGenerator.look),
    (20, AuthenticatedGenerator.room),
    (20, AuthenticatedGenerator.set),
    (20, AuthenticatedGenerator.delete),
    (20, AuthenticatedGenerator.next_name),
    (10, AuthenticatedGenerator.get),
)
