"""EFI_SIGNATURE_LIST: what PK, KEK, db, dbx and dbt hold.

Source: UEFI 2.10 §32.4.1.
"""

from collections.abc import Iterator
from struct import Struct

from efirt.annotation import Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.values.guid import Guid

SHA1: Final = Guid.parse("826ca512-cf10-4ac9-b187-be01496631bd")
SHA224: Final = Guid.parse("0b6e5233-a65c-44c9-9407-d9ab83bfc8bd")
SHA256: Final = Guid.parse("c1c41626-504c-4092-aca9-41f936934328")
SHA384: Final = Guid.parse("ff3e5307-9fd0-48c9-85f1-8ad56c701e01")
SHA512: Final = Guid.parse("093e0fae-a6c4-4f50-9f1b-d41e2b89c19a")
RSA2048: Final = Guid.parse("3c5766e8-269c-4e34-aa14-ed776e85b3b6")
RSA2048_SHA1: Final = Guid.parse("67f8444f-8743-48f1-a328-1eaab8736080")
RSA2048_SHA256: Final = Guid.parse("e2b36190-879b-4a3d-ad8d-f2e7bba32784")
X509: Final = Guid.parse("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
X509_SHA256: Final = Guid.parse("3bd2a492-96c0-4079-b420-fcf98ef103ed")
X509_SHA384: Final = Guid.parse("7076876e-80c2-4ee6-aad2-28b349a6865b")
X509_SHA512: Final = Guid.parse("446dbf63-2502-4cda-bcfa-2465d2b0fe9d")

HEADER_SIZE: Final = 28
OWNER_SIZE: Final = 16
_WHERE: Final = "EFI_SIGNATURE_LIST"
_HEADER: Final = Struct("<16sIII")


class Signature(NamedTuple):
    """An entry.

    Attributes:
        owner: Who put it there.
        data: A certificate or a digest, as its list says.
    """

    owner: Guid
    data: bytes


class SignatureList(NamedTuple):
    """Entries of one kind and one size.

    Attributes:
        kind: What they are: :data:`X509`, :data:`SHA256`, ...
        signature_size: Bytes of each, its owner's 16 included.
        body: All of them, one behind another.
        header: What some kinds have before them; of those in use none does.
    """

    kind: Guid
    signature_size: int
    body: bytes
    header: bytes = b""

    @classmethod
    def of(cls, kind: Guid, *signatures: Signature) -> Self:
        """A list of these.

        Raises:
            ValueError: There are none, or they differ in size.
        """
        sizes = {len(signature.data) for signature in signatures}
        if len(sizes) != 1:
            raise ValueError(f"the entries of a signature list have one size, not {sorted(sizes)}")
        return cls(kind, OWNER_SIZE + sizes.pop(), b"".join(signature.owner.raw + signature.data for signature in signatures))

    @property
    def raw_signatures(self) -> Iterator[bytes]:
        """Its entries, each with its owner."""
        size = self.signature_size
        return (self.body[at : at + size] for at in range(0, len(self.body), size))

    @property
    def signatures(self) -> Iterator[Signature]:
        """Its entries."""
        return (Signature(Guid(raw[:OWNER_SIZE]), raw[OWNER_SIZE:]) for raw in self.raw_signatures)

    @property
    def signature_count(self) -> int:
        """How many entries."""
        return len(self.body) // self.signature_size

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: It does not fit 32 bits.
        """
        size = HEADER_SIZE + len(self.header) + len(self.body)
        if max(size, self.signature_size) >> 32:
            raise ValueError(f"a signature list has less than 4 GiB, and this has {size} bytes")
        return _HEADER.pack(self.kind.raw, size, len(self.header), self.signature_size) + self.header + self.body


class SignatureDatabase(NamedTuple):
    """A variable's value: lists, one behind another.

    Attributes:
        lists: In order.
    """

    lists: tuple[SignatureList, ...] = ()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take a value apart; an empty one has no lists.

        Raises:
            DecodeError: A list is cut short, claims more than there is or less than its head, or is not a whole number of entries.
        """
        lists, offset = [], 0
        while offset < len(data):
            one, offset = _list_at(data, offset)
            lists.append(one)
        return cls(tuple(lists))

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A list does not fit 32 bits.
        """
        return b"".join(one.encode() for one in self.lists)


def _list_at(data: bytes, offset: int) -> tuple[SignatureList, int]:
    left = len(data) - offset
    if left < HEADER_SIZE:
        raise DecodeError(_WHERE, offset, f"{left} bytes are too few for a list's head")
    kind, size, header_size, signature_size = _HEADER.unpack_from(data, offset)
    if not HEADER_SIZE <= size <= left:
        raise DecodeError(_WHERE, offset + 16, f"it claims {size} bytes, and there are {left}")
    if header_size > size - HEADER_SIZE:
        raise DecodeError(_WHERE, offset + 20, f"its header claims {header_size} bytes of {size}")
    if signature_size < OWNER_SIZE:
        raise DecodeError(_WHERE, offset + 24, f"an entry of {signature_size} bytes has no room for its owner")
    begin, end = offset + HEADER_SIZE + header_size, offset + size
    if (end - begin) % signature_size:
        raise DecodeError(_WHERE, begin, f"{end - begin} bytes are no whole number of entries of {signature_size}")
    header = bytes(data[offset + HEADER_SIZE : begin])
    return SignatureList(Guid(kind), signature_size, bytes(data[begin:end]), header), end


def without(new: SignatureDatabase, old: SignatureDatabase) -> SignatureDatabase:
    """What of a database is not in another one: entry, owner, kind and size count; lists that lose all their entries go.

    Entries that stand twice in the new one stay twice.

    Source: UEFI 2.10 §8.2.2 (EFI_VARIABLE_APPEND_WRITE); edk2 c5aa7e7d, SecurityPkg/Library/AuthVariableLib/AuthService.c,
    FilterSignatureList.
    """
    there: dict[tuple[Guid, int], set[bytes]] = {}
    for one in old.lists:
        there.setdefault((one.kind, one.signature_size), set()).update(one.raw_signatures)
    lists = []
    for one in new.lists:
        known = there.get((one.kind, one.signature_size), ())
        body = b"".join(raw for raw in one.raw_signatures if raw not in known)
        if body:
            lists.append(one._replace(body=body))
    return SignatureDatabase(tuple(lists))
