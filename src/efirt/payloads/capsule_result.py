"""Capsule####: how a capsule was processed.

Source: UEFI 2.10 §8.5.6 (EFI_CAPSULE_RESULT_VARIABLE_HEADER and what follows it).
"""

from struct import Struct

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.payloads.capsule import FMP_CAPSULE
from efirt.values.efi_time import EfiTime
from efirt.values.guid import Guid
from efirt.values.status import Status
from efirt.wire.cursor import packed
from efirt.wire.text import decode_units, encode_units

CAPSULE_REPORT: Final = Guid.parse("39b68c46-f7fb-441b-b6ec-16b0f69821f3")
JSON_CAPSULE: Final = Guid.parse("67d6f4cd-d6b8-4573-bf4a-de5e252d61ae")

_WHERE: Final = "capsule result"
_HEAD: Final = Struct("<II16s16sQ")
_FMP: Final = Struct("<HBB16s")
_JSON: Final = Struct("<III")


class FmpResult(NamedTuple):
    """What is said of an image for firmware management.

    Attributes:
        version: 1.
        payload_index: Which image of the capsule.
        image_index: Which of the device.
        image_type: What the image is.
        texts: The capsule's file, and the device it was for, as a device path's text.
        ending: Bytes behind the second text's NUL.
    """

    version: int
    payload_index: int
    image_index: int
    image_type: Guid
    texts: tuple[str, ...]
    ending: bytes

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It is cut short.
        """
        if len(data) < _FMP.size:
            raise DecodeError(_WHERE, _HEAD.size + len(data), f"{_FMP.size} bytes are the least of what is said of an image")
        version, payload, image, kind = _FMP.unpack_from(data)
        text = data[_FMP.size :]
        parts = decode_units(text).split("\0", 2)
        rest = encode_units(parts.pop()) + text[len(text) & ~1 :]
        return cls(version, payload, image, Guid(kind), tuple(parts), rest)

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        texts = b"".join(encode_units(text) + b"\0\0" for text in self.texts)
        return packed(_FMP, self.version, self.payload_index, self.image_index, self.image_type.raw) + texts + self.ending


class CapsuleResult(NamedTuple):
    """How it went.

    Attributes:
        total_size: Bytes of all of it, as it says.
        guid: The capsule's.
        processed: When.
        status: How it ended.
        body: What is said beside, by the capsule's kind.
        reserved: 0.
    """

    total_size: int
    guid: Guid
    processed: EfiTime
    status: Status
    body: bytes = b""
    reserved: int = 0

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart; that its size is that of the bytes is not asked.

        Raises:
            DecodeError: It is cut short.
        """
        if len(data) < _HEAD.size:
            raise DecodeError(_WHERE, len(data), f"{_HEAD.size} bytes are the least")
        total, reserved, guid, time, status = _HEAD.unpack_from(data)
        return cls(total, Guid(guid), EfiTime.decode(time), Status(status), bytes(data[_HEAD.size :]), reserved)

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        return packed(_HEAD, self.total_size, self.reserved, self.guid.raw, self.processed.encode(), int(self.status)) + self.body

    def as_json(self) -> dict[str, Any]:
        """Its members, and what is said beside."""
        shown = {"guid": str(self.guid), "processed": str(self.processed), "status": str(self.status), "total_size": self.total_size}
        try:
            return shown | self._beside()
        except DecodeError as error:
            return shown | {"body": self.body.hex(), "problem": str(error)}

    def _beside(self) -> dict[str, Any]:
        if self.guid == FMP_CAPSULE:
            result = FmpResult.decode(self.body)
            file, target = (*result.texts, "", "")[:2]
            return {
                "payload_index": result.payload_index,
                "image_index": result.image_index,
                "image_type": str(result.image_type),
                "file": file or None,
                "target": target or None,
            }
        if self.guid == JSON_CAPSULE and len(self.body) >= _JSON.size:
            _version, capsule_id, size = _JSON.unpack_from(self.body)
            return {"capsule_id": capsule_id, "response": self.body[_JSON.size : _JSON.size + size].decode("utf-8", "replace")}
        return {"body": self.body.hex()}
