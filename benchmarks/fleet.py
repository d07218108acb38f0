"""A fleet's images, made up: no two have the same bytes.

Each has variables of its own, names of its own (a network card's), a PK of its own, KEK and db of one of several dozen kinds, a dbx of one
of a few, and the dead records that a life leaves behind.
"""

from pathlib import Path
from struct import pack
from typing import Final

from efirt.images.edk2_record import encoded
from efirt.images.edk2_write import LAYOUTS, created
from efirt.payloads.signature_list import SHA256, X509, Signature, SignatureDatabase, SignatureList
from efirt.store import Record
from efirt.values.attributes import Attributes
from efirt.values.guid import Guid
from efirt.values.guid_names import GLOBAL, IMAGE_SECURITY
from efirt.values.key import Key

SIZE: Final = 0x20000
KINDS_OF_KEYS: Final = 50
KINDS_OF_DBX: Final = 20
HASHES: Final = 371
DEAD: Final = 0x3C

_LAYOUT: Final = LAYOUTS["ovmf-2m"]
_HEAD: Final = 0x64
_REGION: Final = 0xE000
_STORED, _SIGNED = Attributes(7), Attributes(0x27)
_CARDS: Final = Guid.parse("5b446ed1-e30b-4faa-871a-3654eca36080")
_OWNER: Final = Guid.parse("a0baa8a3-041d-48a8-bc87-c36d121b5e3d")
_MICROSOFT: Final = Guid.parse("77fa9abd-0359-4d32-bd60-28f4e78f784b")


def element(tag: int, *parts: bytes) -> bytes:
    """An element of DER."""
    body = b"".join(parts)
    size = len(body)
    head = bytes([size]) if size < 0x80 else b"\x82" + pack(">H", size)  # noqa: PLR2004 - the short form
    return bytes([tag]) + head + body


def name(common_name: str) -> bytes:
    """A certificate's name: a country, an organization and this."""
    parts = [(b"\x55\x04\x06", "US"), (b"\x55\x04\x0a", "A fleet's owner"), (b"\x55\x04\x03", common_name)]
    return element(0x30, *(element(0x31, element(0x30, element(6, kind), element(0x0C, text.encode()))) for kind, text in parts))


def certificate(common_name: str, serial: int) -> bytes:
    """A certificate as large as usual; nobody signed it."""
    rsa = element(0x30, element(6, bytes.fromhex("2a864886f70d010101")), element(5))
    numbers = element(0x30, element(2, b"\0" + b"\x95" * 256), element(2, b"\1\0\1"))
    validity = element(0x30, element(0x17, b"200102030405Z"), element(0x17, b"400102030405Z"))
    fields = [
        element(0xA0, element(2, b"\2")),
        element(2, pack(">Q", serial)),
        element(0x30, element(6, bytes.fromhex("2a864886f70d01010b")), element(5)),
        name("A fleet's root"),
        validity,
        name(common_name),
        element(0x30, rsa, element(3, b"\0" + numbers)),
        element(0xA3, element(0x30, *(element(0x30, element(6, b"\x55\x1d" + bytes([n])), element(4, bytes(48))) for n in range(14, 19)))),
    ]
    algorithm = element(0x30, element(6, bytes.fromhex("2a864886f70d01010b")), element(5))
    return element(0x30, element(0x30, *fields), algorithm, element(3, b"\0" + b"\x5a" * 256))


def keys(*certificates: bytes) -> bytes:
    """A list of keys."""
    return SignatureDatabase(tuple(SignatureList.of(X509, Signature(_OWNER, one)) for one in certificates)).encode()


def revoked(kind: int) -> bytes:
    """A dbx of as many hashes as a real one."""
    entries = [Signature(_MICROSOFT, (kind * HASHES + number).to_bytes(32, "big")) for number in range(HASHES)]
    return SignatureDatabase((SignatureList.of(SHA256, *entries),)).encode()


def records(number: int) -> list[Record]:
    """The variables of one machine."""
    kind = number % KINDS_OF_KEYS
    found = [
        Record(Key("PK", GLOBAL), _SIGNED, keys(certificate(f"Platform key of machine {number:06}", number))),
        Record(Key("KEK", GLOBAL), _SIGNED, keys(*(certificate(f"KEK {kind:04}-{one}", kind) for one in range(2)))),
        Record(Key("db", IMAGE_SECURITY), _SIGNED, keys(*(certificate(f"db {kind:04}-{one}", kind) for one in range(3)))),
        Record(Key("dbx", IMAGE_SECURITY), _SIGNED, revoked(number % KINDS_OF_DBX)),
        Record(Key(f"5254{number:08X}", _CARDS), _STORED, pack("<Q", number) * 8),
    ]
    for one in range(24):
        data = pack("<IHQ", 1, 62, number) + f"Boot entry {one} of machine {number}".encode("utf-16-le") + bytes(64)
        found.append(Record(Key(f"Boot{one:04X}", GLOBAL), _STORED, data))
    return found


def image(number: int) -> bytes:
    """The image of one machine: what lives, and before it what died."""
    live = records(number)
    dead = [encoded(one, authenticated=True, state=DEAD) for one in live[4:]]
    body = b"".join((*dead, *(encoded(one, authenticated=True) for one in live)))
    blank = created(_LAYOUT)
    assert _HEAD + len(body) <= _REGION
    return blank[:_HEAD] + body + blank[_HEAD + len(body) :]


def made(folder: Path, count: int) -> None:
    """Write the images of so many machines, a thousand to a directory."""
    for number in range(count):
        below = folder / f"{number // 1000:03}"
        if number % 1000 == 0:
            below.mkdir(parents=True)
        (below / f"machine-{number:06}_VARS.fd").write_bytes(image(number))
