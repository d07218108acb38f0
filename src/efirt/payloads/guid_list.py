"""Variables that are a row of GUIDs.

Source: UEFI 2.10 §3.3, §32.4.1 (SignatureSupport).
"""

from efirt.annotation import Final, NamedTuple, Self
from efirt.errors import DecodeError
from efirt.values.guid import Guid

_SIZE: Final = 16


class GuidList(NamedTuple):
    """GUIDs.

    Attributes:
        guids: In order.
    """

    guids: tuple[Guid, ...] = ()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Take it apart.

        Raises:
            DecodeError: It ends within a GUID.
        """
        if len(data) % _SIZE:
            raise DecodeError("GUIDs", len(data) - len(data) % _SIZE, f"{len(data) % _SIZE} bytes are no GUID")
        return cls(tuple(Guid(bytes(data[at : at + _SIZE])) for at in range(0, len(data), _SIZE)))

    def encode(self) -> bytes:
        """Its bytes."""
        return b"".join(guid.raw for guid in self.guids)

    def as_json(self) -> list[str]:
        """The GUIDs."""
        return list(map(str, self.guids))
