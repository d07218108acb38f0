"""Capsules: what a firmware update comes in.

Source: UEFI 2.10 §8.5.3 (EFI_CAPSULE_HEADER), §23.3 (EFI_FIRMWARE_MANAGEMENT_CAPSULE_HEADER).
"""

from struct import Struct

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.values.guid import Guid
from efirt.wire.cursor import Cursor, packed

FMP_CAPSULE: Final = Guid.parse("6dcbd5ed-e82d-4c44-bda1-7194199ad92a")
PERSIST_ACROSS_RESET: Final = 0x00010000
POPULATE_SYSTEM_TABLE: Final = 0x00020000
INITIATE_RESET: Final = 0x00040000

_WHERE: Final = "capsule"
_HEAD: Final = Struct("<16sIII")
_FMP: Final = Struct("<IHH")
_OFFSET: Final = Struct("<Q")
_FLAGS: Final = {
    PERSIST_ACROSS_RESET: "PERSIST_ACROSS_RESET",
    POPULATE_SYSTEM_TABLE: "POPULATE_SYSTEM_TABLE",
    INITIATE_RESET: "INITIATE_RESET",
}


class Capsule(NamedTuple):
    """A capsule.

    Attributes:
        guid: What it is for.
        flags: The lower 16 bits as its GUID says; above :data:`PERSIST_ACROSS_RESET` and its like.
        image_size: Bytes of all of it, as it says.
        extension: What its header has behind the known members.
        body: What it carries.
    """

    guid: Guid
    flags: int
    image_size: int
    extension: bytes
    body: bytes

    @classmethod
    def of(cls, guid: Guid, body: bytes, flags: int = 0) -> Self:
        """A capsule that says its own size."""
        return cls(guid, flags, _HEAD.size + len(body), b"", body)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart; that its size is that of the bytes is not asked.

        Raises:
            DecodeError: Its header is cut short, or claims more than there is or less than its known members.
        """
        cursor = Cursor(_WHERE, bytes(data))
        guid, header_size, flags, image_size = cursor.unpack(_HEAD, "its header")
        if header_size < _HEAD.size:
            raise DecodeError(_WHERE, 16, f"its header claims {header_size} bytes, and has at least {_HEAD.size}")
        extension = cursor.take(header_size - _HEAD.size, "the rest of its header")
        return cls(Guid(guid), flags, image_size, extension, cursor.take(cursor.left, "its body"))

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        head = packed(_HEAD, self.guid.raw, _HEAD.size + len(self.extension), self.flags, self.image_size)
        return head + self.extension + self.body

    def as_json(self) -> dict[str, Any]:
        """Its header, and what it carries: for firmware management its parts, else how much."""
        shown: dict[str, Any] = {
            "guid": str(self.guid),
            "flags": [name for bit, name in _FLAGS.items() if self.flags & bit],
            "guid_flags": self.flags & 0xFFFF,
            "image_size": self.image_size,
            "body_size": len(self.body),
        }
        if self.guid != FMP_CAPSULE:
            return shown
        try:
            return shown | {"management": FmpCapsule.decode(self.body).as_json()}
        except DecodeError as error:
            return shown | {"problem": str(error)}


class FmpCapsule(NamedTuple):
    """What a capsule for firmware management carries: drivers and images.

    Attributes:
        version: 1.
        drivers: Where each driver begins, in bytes from here.
        payloads: Where each image begins.
        rest: All that follows these numbers.
    """

    version: int
    drivers: tuple[int, ...]
    payloads: tuple[int, ...]
    rest: bytes

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It is cut short, or a part would begin where there is nothing.
        """
        cursor = Cursor("FMP capsule", bytes(data))
        version, driver_count, payload_count = cursor.unpack(_FMP, "its header")
        offsets = [cursor.unpack(_OFFSET, "the place of a part")[0] for _ in range(driver_count + payload_count)]
        for offset in offsets:
            if not cursor.offset <= offset <= len(data):
                raise DecodeError("FMP capsule", _FMP.size, f"a part begins at byte {offset}, and there are {len(data)}")
        return cls(version, tuple(offsets[:driver_count]), tuple(offsets[driver_count:]), cursor.take(cursor.left, "its parts"))

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        head = packed(_FMP, self.version, len(self.drivers), len(self.payloads))
        return head + b"".join(packed(_OFFSET, offset) for offset in (*self.drivers, *self.payloads)) + self.rest

    def as_json(self) -> dict[str, Any]:
        """Where its parts begin."""
        return {"version": self.version, "drivers": list(self.drivers), "payloads": list(self.payloads)}
