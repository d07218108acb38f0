"""Device paths and load options of a fresh machine, put together from their nodes.

Source: UEFI 2.10 §10.3, §3.1.3.
"""

from efirt.annotation import Final
from efirt.values.guid import Guid
from efirt.wire.text import encode_char16

_ATTRIBUTE_SIZE: Final = 4


def node(kind: int, subkind: int, body: bytes = b"") -> bytes:
    """A device path node."""
    return bytes([kind, subkind]) + (len(body) + 4).to_bytes(2, "little") + body


END: Final = node(0x7F, 0xFF)
"""The end of a device path."""

NEXT_INSTANCE: Final = node(0x7F, 0x01)
"""The end of one path of several."""


def pci_root(unit: int = 0) -> bytes:
    """``PciRoot(unit)``."""
    return node(2, 1, (0x0A0341D0).to_bytes(4, "little") + unit.to_bytes(4, "little"))


def acpi(identifier: int, unit: int = 0) -> bytes:
    """``Acpi(PNPxxxx,unit)``."""
    return node(2, 1, (identifier << 16 | 0x41D0).to_bytes(4, "little") + unit.to_bytes(4, "little"))


def pci(device: int, function: int) -> bytes:
    """``Pci(device,function)``."""
    return node(1, 1, bytes([function, device]))


def uart(baud: int) -> bytes:
    """``Uart(baud,8,N,1)``."""
    return node(3, 14, bytes(4) + baud.to_bytes(8, "little") + bytes([8, 1, 1]))


def messaging_vendor(guid: str) -> bytes:
    """``VenMsg(guid)``, such as a terminal type."""
    return node(3, 10, Guid.parse(guid).raw)


def video_adapter() -> bytes:
    """``AcpiAdr(0x80010100)``: the first display."""
    return node(2, 3, (0x80010100).to_bytes(4, "little"))


def sata(port: int) -> bytes:
    """``Sata(port,0xFFFF,0)``."""
    return node(3, 18, port.to_bytes(2, "little") + b"\xff\xff\0\0")


def partition(number: int, start: int, size: int, guid: str) -> bytes:
    """``HD(number,GPT,guid,start,size)``, both in blocks."""
    place = number.to_bytes(4, "little") + start.to_bytes(8, "little") + size.to_bytes(8, "little")
    return node(4, 1, place + Guid.parse(guid).raw + bytes([2, 2]))


def file(path: str) -> bytes:
    r"""A file's path, with ``\`` between its parts."""
    return node(4, 4, encode_char16(path))


def firmware_volume(guid: str) -> bytes:
    """``Fv(guid)``."""
    return node(4, 7, Guid.parse(guid).raw)


def firmware_file(guid: str) -> bytes:
    """``FvFile(guid)``."""
    return node(4, 6, Guid.parse(guid).raw)


def load_option(attributes: int, description: str, path: bytes, optional_data: bytes = b"") -> bytes:
    """A load option; ``path`` comes with its end."""
    head = attributes.to_bytes(_ATTRIBUTE_SIZE, "little") + len(path).to_bytes(2, "little")
    return head + encode_char16(description) + path + optional_data
