"""When the value of PK, KEK, db, dbx or dbt is no list of keys.

Source: UEFI 2.10 §32.4.1.
"""

from collections.abc import Iterator

from efirt.annotation import Final, NamedTuple
from efirt.errors import DecodeError
from efirt.firmware.rule import Rule, Rules
from efirt.payloads import signature_list as kinds
from efirt.payloads.certificate import Certificate
from efirt.payloads.signature_list import OWNER_SIZE, SignatureDatabase, SignatureList
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL
from efirt.values.key import Key
from efirt.values.status import Status

_SOURCE: Final = "edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c, CheckSignatureListFormat; UEFI 2.10 §32.4.1"
_INVALID: Final = Status.INVALID_PARAMETER

PLATFORM_KEY: Final = Key("PK", GLOBAL)

SIZES: Final[dict[Guid, int | None]] = {
    kinds.SHA1: 20,
    kinds.SHA224: 28,
    kinds.SHA256: 32,
    kinds.SHA384: 48,
    kinds.SHA512: 64,
    kinds.RSA2048: 256,
    kinds.RSA2048_SHA1: 256,
    kinds.RSA2048_SHA256: 256,
    kinds.X509: None,
    kinds.X509_SHA256: 48,
    kinds.X509_SHA384: 64,
    kinds.X509_SHA512: 80,
}
"""Bytes of an entry of each kind without its owner; None for any."""


class KeyLists(NamedTuple):
    """A new value of a variable that holds lists of keys.

    Attributes:
        key: Of the variable.
        value: Its bytes, at least one.
        database: The lists; None where these bytes are none.
    """

    key: Key
    value: bytes
    database: SignatureDatabase | None

    @classmethod
    def of(cls, key: Key, value: bytes) -> "KeyLists":
        """Read a value as lists, if it can be."""
        try:
            return cls(key, value, SignatureDatabase.decode(value))
        except DecodeError:
            return cls(key, value, None)

    @property
    def lists(self) -> tuple[SignatureList, ...]:
        """The lists, none where the bytes are none."""
        return self.database.lists if self.database is not None else ()

    @property
    def first_certificates(self) -> Iterator[bytes]:
        """The first entry of each list of certificates; empty where a list has none."""
        for one in self.lists:
            if one.kind == kinds.X509:
                yield one.body[OWNER_SIZE : one.signature_size]


def _has_rsa_key(certificate: bytes) -> bool:
    try:
        return Certificate.decode(certificate).has_rsa_key
    except DecodeError:
        return False


LIST_RULES: Final[Rules[KeyLists]] = (
    Rule("keys come in signature lists", _INVALID, lambda k: k.database is None, _SOURCE),
    Rule("the kinds of signature lists are known", _INVALID, lambda k: any(one.kind not in SIZES for one in k.lists), _SOURCE),
    Rule(
        "an entry has the size of its kind",
        _INVALID,
        lambda k: any(SIZES.get(one.kind) not in (None, one.signature_size - OWNER_SIZE) for one in k.lists),
        _SOURCE,
    ),
    Rule("no kind of list has a header", _INVALID, lambda k: any(one.header for one in k.lists), _SOURCE),
    Rule(
        "the first certificate of a list has a key for RSA",
        _INVALID,
        lambda k: not all(map(_has_rsa_key, k.first_certificates)),
        _SOURCE,
    ),
    Rule(
        "there is one platform key",
        _INVALID,
        lambda k: k.key == PLATFORM_KEY and sum(one.signature_count for one in k.lists) > 1,
        _SOURCE,
    ),
)
"""What a value of key lists demands.

Departs: edk2 reads on behind a list that is shorter than its head, and behind a value that is; here such a value is malformed.
"""
