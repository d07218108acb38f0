"""The EFI system resource table: what firmware can be updated, and how the last update went.

Source: UEFI 2.10 §23.4.
"""

from struct import Struct

from efirt.annotation import Any, Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.values.guid import Guid
from efirt.wire.cursor import packed

_WHERE: Final = "ESRT"
_HEAD: Final = Struct("<IIQ")
_ENTRY: Final = Struct("<16sIIIIII")
_VERSION: Final = 1

KINDS: Final = {0: "unknown", 1: "system firmware", 2: "device firmware", 3: "UEFI driver"}
STATUSES: Final = {
    0: "success",
    1: "unsuccessful",
    2: "insufficient resources",
    3: "incorrect version",
    4: "invalid format",
    5: "authentication error",
    6: "power: AC not connected",
    7: "power: insufficient battery",
    8: "unsatisfied dependencies",
}
"""What LastAttemptStatus says; 0x1000 to 0x3FFF are the vendor's."""


class EsrtEntry(NamedTuple):
    """Firmware that can be updated.

    Attributes:
        firmware_class: What it is.
        firmware_type: One of :data:`KINDS`.
        version: Its version.
        lowest_supported_version: The lowest it may be set back to.
        capsule_flags: For its capsule's header.
        last_attempt_version: Of the last update.
        last_attempt_status: One of :data:`STATUSES`.
    """

    firmware_class: Guid
    firmware_type: int
    version: int
    lowest_supported_version: int
    capsule_flags: int
    last_attempt_version: int
    last_attempt_status: int

    def as_json(self) -> dict[str, Any]:
        """Its members, and what two of them mean."""
        status = self.last_attempt_status
        return {
            **self._asdict(),
            "firmware_class": str(self.firmware_class),
            "firmware_type": KINDS.get(self.firmware_type, self.firmware_type),
            "last_attempt_status": STATUSES.get(status, status),
        }


class Esrt(NamedTuple):
    """The table.

    Attributes:
        entries: In order.
        most: Entries it has room for.
        version: 1.
    """

    entries: tuple[EsrtEntry, ...] = ()
    most: int = 0
    version: int = _VERSION

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It is cut short, of another version, or something stands behind it.
        """
        if len(data) < _HEAD.size:
            raise DecodeError(_WHERE, len(data), f"{_HEAD.size} bytes are the least")
        count, most, version = _HEAD.unpack_from(data)
        if version != _VERSION:
            raise DecodeError(_WHERE, 8, f"its version is {version}, and {_VERSION} is known")
        if len(data) != _HEAD.size + count * _ENTRY.size:
            raise DecodeError(_WHERE, 0, f"it claims {count} entries of {_ENTRY.size} bytes, and {len(data) - _HEAD.size} bytes follow")
        entries = tuple(EsrtEntry(Guid(guid), *numbers) for guid, *numbers in _ENTRY.iter_unpack(data[_HEAD.size :]))
        return cls(entries, most, version)

    def encode(self) -> bytes:
        """Its bytes.

        Raises:
            ValueError: A member does not fit.
        """
        head = packed(_HEAD, len(self.entries), self.most, self.version)
        return head + b"".join(packed(_ENTRY, one.firmware_class.raw, *one[1:]) for one in self.entries)
